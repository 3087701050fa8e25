import type { Measurement } from './measure.js';
import type { Result } from './scenario.js';

const columns: [title: string, key: keyof Measurement][] = [
  ['wall ms', 'wallMs'],
  ['CPU ms', 'cpuMs'],
  ['longest block ms', 'longestBlockMs'],
];

/** One JSON object per line, numbers rounded to a tenth of a millisecond. */
export function jsonLines(results: readonly Result[]): string {
  const rounded = (_key: string, value: unknown): unknown =>
    typeof value === 'number' ? Math.round(value * 10) / 10 : value;
  return results.map((result) => `${JSON.stringify(result, rounded)}\n`).join('');
}

/** A table for people: per case one row for each side, and one for the ratio between them. */
export function table(results: readonly Result[]): string {
  const rows = [['', '', ...columns.map(([title]) => title)]];
  for (const name of new Set(results.map((result) => result.case))) {
    const ours = results.find((result) => result.case === name && result.subject === 'Statuscast');
    const plain = results.find((result) => result.case === name && result.subject === 'plain Baileys');
    if (plain) rows.push([name, plain.subject, ...columns.map(([, key]) => plain[key].toFixed(0))]);
    if (ours) rows.push([name, ours.subject, ...columns.map(([, key]) => ours[key].toFixed(0))]);
    if (plain && ours) rows.push([name, 'ratio', ...columns.map(([, key]) => (ours[key] / plain[key]).toFixed(2))]);
  }
  const widths = rows[0]?.map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: string[]): string =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  return rows.map((row) => `${line(row)}\n`).join('');
}
