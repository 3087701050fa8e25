import type { BadCell } from '../../../../server/contract/audience-imports.js';
import { formatNumber } from '../../lib/format.js';
import { Note } from '../../ui/note.js';
import classes from './import-file.module.css';

/** What of a file is left out, cell by cell, with the reason. */
export function BadCells({ bad, badCount, badCellCount }: { bad: BadCell[]; badCount: number; badCellCount: number }) {
  if (badCount + badCellCount === 0) return null;
  const lines = badCount === 0 ? [] : [badCount === 1 ? '1 line' : `${formatNumber(badCount)} lines`];
  const cells = badCellCount === 0 ? [] : [badCellCount === 1 ? '1 cell' : `${formatNumber(badCellCount)} cells`];
  const isOne = badCount + badCellCount === 1;
  return (
    <Note tone="attention" title={`${[...lines, ...cells].join(' and ')} ${isOne ? 'is' : 'are'} left out`}>
      <ul className={classes.bad}>
        {bad.map((cell) => (
          <li key={`${String(cell.line)}/${String(cell.column)}/${cell.value}`}>
            {placeOf(cell)}, “{cell.value}”: {cell.reason}
          </li>
        ))}
        {badCount + badCellCount > bad.length ? (
          <li>and {formatNumber(badCount + badCellCount - bad.length)} more</li>
        ) : null}
      </ul>
    </Note>
  );
}

function placeOf({ line, column, heading }: BadCell): string {
  const row = `Line ${formatNumber(line)}`;
  return column === null ? row : `${row}, ${heading ?? `column ${String(column)}`}`;
}
