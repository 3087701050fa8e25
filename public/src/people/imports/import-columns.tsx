import { NativeSelect } from '@mantine/core';
import type { ImportColumn, ImportPreview } from '../../../../server/contract/audience-imports.js';
import classes from './import-file.module.css';

const uses: { value: ImportColumn['use']; label: string }[] = [
  { value: 'number', label: 'Phone number' },
  { value: 'name', label: 'Name' },
  { value: 'tags', label: 'Tags' },
  { value: 'field', label: 'Field, for texts of posts' },
  { value: 'skip', label: 'Not imported' },
];

/** What each column of a file is used as, to be put right. `onChange` is told all uses, as the API takes them. */
export function ImportColumns({ preview, onChange }: { preview: ImportPreview; onChange: (columns: string) => void }) {
  const { columns, columnsAsQuery } = preview;
  const choose = (at: number, use: string): void => {
    onChange(
      columnsAsQuery
        .split(',')
        .map((known, index) => (index === at ? use : known))
        .join(','),
    );
  };
  return (
    <ul className={classes.columns} aria-label="Columns">
      {columns.map(({ column, heading, use, field, samples }, at) => (
        <li key={column}>
          <NativeSelect
            label={heading ?? `Column ${String(column)}`}
            description={samples.join(' · ') || 'empty'}
            value={use}
            data={uses.map((each) =>
              each.value === 'field' && field !== null
                ? { ...each, label: `Field {{${field}}}, for texts of posts` }
                : each,
            )}
            onChange={(event) => choose(at, event.currentTarget.value)}
          />
        </li>
      ))}
    </ul>
  );
}
