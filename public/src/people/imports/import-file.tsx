import { Button, FileButton, Group, Stack, Text } from '@mantine/core';
import { IconFileUpload } from '@tabler/icons-react';
import { useState } from 'react';
import { maxImportBytes, type ImportPreview, type ImportReport } from '../../../../server/contract/audience-imports.js';
import type { AudienceList } from '../../../../server/contract/audiences.js';
import { useImportMembers, usePreviewImport } from '../actions.js';
import { sentenceOf } from '../../lib/api-client.js';
import { formatBytes, formatNumber } from '../../lib/format.js';
import { peopleCount } from '../../lib/format.js';
import { BadCells } from './bad-cells.js';
import { ImportColumns } from './import-columns.js';
import { Note } from '../../ui/note.js';
import classes from './import-file.module.css';

/** A spreadsheet's people, onto a list: first what would happen, to be put right, then the import with a report. */
export function ImportFile({ list, onDone }: { list: AudienceList; onDone: () => void }) {
  const load = useImportMembers();
  const look = usePreviewImport();
  const [csv, setCsv] = useState<File | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  function take(file: File | null): void {
    if (file === null) return;
    load.reset();
    look.reset();
    setProblem(null);
    if (file.size > maxImportBytes) {
      setProblem(`${file.name} has ${formatBytes(file.size)}. Import at most ${formatBytes(maxImportBytes)} at once.`);
    } else if (/\.(xlsx?|ods|numbers)$/i.test(file.name)) {
      setProblem('This is a workbook. Save it as CSV in your spreadsheet program, then choose that file.');
    } else {
      setCsv(file);
      look.mutate({ listId: list.id, csv: file });
    }
  }

  const failed = [load, look].find(({ isError }) => isError);
  const error = problem ?? (failed ? sentenceOf(failed.error) : null);
  const preview = load.isSuccess ? undefined : look.data;
  return (
    <Stack>
      {preview ? null : <Hint />}
      {preview && csv ? (
        <Found preview={preview} onColumns={(columns) => look.mutate({ listId: list.id, csv, columns })} />
      ) : null}
      <Group>
        {preview && csv && preview.peopleCount > 0 ? (
          <Button
            loading={load.isPending}
            disabled={look.isPending}
            onClick={() => load.mutate({ listId: list.id, csv, columns: preview.columnsAsQuery })}
          >
            Import {peopleCount(preview.peopleCount)}
          </Button>
        ) : null}
        <FileButton accept=".csv,.txt,.tsv,text/csv,text/plain" onChange={take}>
          {(props) => (
            <Button
              {...props}
              variant={look.data ? 'light' : 'filled'}
              loading={look.isPending && !look.data}
              leftSection={<IconFileUpload size={18} aria-hidden />}
            >
              {look.data ? 'Choose another file' : 'Choose a file'}
            </Button>
          )}
        </FileButton>
        {load.isSuccess ? <Button onClick={onDone}>Done</Button> : null}
      </Group>
      {error === null ? null : (
        <Note tone="bad" title="Nothing was imported" alert>
          {error}
        </Note>
      )}
      {load.data === undefined ? null : <Report report={load.data} />}
    </Stack>
  );
}

function Hint() {
  return (
    <>
      <Text size="sm">
        A CSV file with one person per line, from any spreadsheet, Google Contacts, Outlook or HubSpot. Its columns are
        found by themselves, and shown before anything is imported:
      </Text>
      <pre className={classes.example}>{'phoneNumber,name,tags,city\n+49 151 23456789,Asha Rao,vip;press,Berlin'}</pre>
    </>
  );
}

function Found({ preview, onColumns }: { preview: ImportPreview; onColumns: (columns: string) => void }) {
  const { peopleCount: people, newCount, duplicateCount, people: first } = preview;
  const names = first.slice(0, 3).map(({ name, phoneNumber }) => name ?? `+${phoneNumber}`);
  const twice = duplicateCount === 0 ? '' : ` ${formatNumber(duplicateCount)} more lines name somebody again.`;
  return (
    <div className={classes.report}>
      <p className={classes.result} role="status">
        <strong>{people === 0 ? 'Nobody was found.' : `${peopleCount(people)} found`}</strong>
        {people === 0
          ? ' Say which column has the phone numbers.'
          : ` (${names.join(', ')}${people > names.length ? ' …' : ''}), `}
        {people === 0 ? '' : `${formatNumber(newCount)} of them new to the list.${twice} Nothing is changed yet.`}
      </p>
      <ImportColumns preview={preview} onChange={onColumns} />
      <BadCells {...preview} />
    </div>
  );
}

function Report({ report }: { report: ImportReport }) {
  const { added, alreadyThere, memberCount } = report;
  const there = alreadyThere > 0 ? ` ${peopleCount(alreadyThere)} on it already or named twice.` : '';
  return (
    <div role="status" className={classes.report}>
      <p className={classes.result}>
        <strong>{peopleCount(added)} added.</strong>
        {there} The list has {peopleCount(memberCount)} now.
      </p>
      <BadCells {...report} />
    </div>
  );
}
