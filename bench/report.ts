import type { Result } from './scenario.js';

interface Column {
  title: string;
  of: (result: Result) => number | undefined;
  /** Behind the point; none unless told otherwise. */
  digits?: number;
}

const measured: Column[] = [
  { title: 'wall ms', of: (result) => result.wallMs },
  { title: 'CPU ms', of: (result) => result.cpuMs },
  { title: 'longest block ms', of: (result) => result.longestBlockMs },
  { title: 'peak MB', of: (result) => result.peakMemoryMb },
];
const shared: Column[] = [
  { title: 'CPU ms each', of: ({ perAccount }) => perAccount?.cpuMs },
  { title: 'KB each', of: ({ perAccount }) => perAccount?.memoryKb },
];
const trafficked: Column[] = [
  { title: 'queries', of: ({ traffic }) => traffic?.queries },
  { title: 'sent KB', of: ({ traffic }) => traffic?.sentKb },
  { title: 'received KB', of: ({ traffic }) => traffic?.receivedKb },
];

const filmed: Column[] = [
  { title: 'SSIM', of: ({ film }) => film?.likeness, digits: 4 },
  { title: 'Mbit', of: ({ film }) => film?.megabits, digits: 1 },
];

const inWorkers: Column[] = [{ title: 'workers peak MB', of: (result) => result.workersPeakMb }];

const answered: Column[] = [
  { title: 'answers', of: ({ answers }) => answers?.count },
  { title: 'p50 ms', of: ({ answers }) => answers?.p50Ms },
  { title: 'p90 ms', of: ({ answers }) => answers?.p90Ms },
  { title: 'p95 ms', of: ({ answers }) => answers?.p95Ms },
  { title: 'p99 ms', of: ({ answers }) => answers?.p99Ms },
  { title: 'max ms', of: ({ answers }) => answers?.maxMs },
  { title: 'quickest post ms', of: ({ posts }) => posts?.quickestMs },
  { title: 'slowest post ms', of: ({ posts }) => posts?.slowestMs },
];

const received: Column[] = [
  { title: 'receipts/s', of: ({ receipts }) => receipts?.perSecond },
  { title: 'µs CPU each', of: ({ receipts }) => receipts?.cpuUsEach },
  { title: 'wire to socket p50 ms', of: ({ receipts }) => receipts?.p50Ms },
  { title: 'p99 ms', of: ({ receipts }) => receipts?.p99Ms },
];

const unlucky: Column[] = [{ title: 'errors', of: ({ errors }) => errors }];

/** One JSON object per line, numbers rounded to a tenth of a millisecond. */
export function jsonLines(results: readonly Result[]): string {
  const rounded = (_key: string, value: unknown): unknown =>
    typeof value === 'number' ? Math.round(value * 10) / 10 : value;
  return results.map((result) => `${JSON.stringify(result, rounded)}\n`).join('');
}

/** A table for people: per case one row for each side, and one for the ratio between them. */
export function table(results: readonly Result[]): string {
  const columns = [
    ...measured,
    ...(results.some(({ workersPeakMb }) => workersPeakMb !== undefined) ? inWorkers : []),
    ...(results.some(({ perAccount }) => perAccount) ? shared : []),
    ...(results.some(({ traffic }) => traffic) ? trafficked : []),
    ...(results.some(({ answers }) => answers) ? answered : []),
    ...(results.some(({ receipts }) => receipts) ? received : []),
    ...(results.some(({ errors }) => errors !== undefined) ? unlucky : []),
    ...(results.some(({ film }) => film) ? filmed : []),
  ];
  const rows = [['', '', ...columns.map(({ title }) => title)]];
  const cells = (result: Result): string[] => columns.map(({ of, digits }) => of(result)?.toFixed(digits ?? 0) ?? '');
  for (const name of new Set(results.map((result) => result.case))) {
    const ours = results.find((result) => result.case === name && result.subject === 'Statuscast');
    const plain = results.find((result) => result.case === name && result.subject !== 'Statuscast');
    if (plain) rows.push([name, plain.subject, ...cells(plain)]);
    if (ours) rows.push([name, ours.subject, ...cells(ours)]);
    if (plain && ours) rows.push([name, 'ratio', ...columns.map(({ of }) => ratio(of(ours), of(plain)))]);
  }
  const widths = rows[0]?.map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: string[]): string =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  return rows.map((row) => `${line(row)}\n`).join('');
}

/** The plans that there are, under the names of their cases. */
export function plansInWords(results: readonly Result[]): string {
  return results
    .flatMap(({ case: name, plans }) => (plans ? [`${name}\n${plans.map(indented).join('\n')}\n\n`] : []))
    .join('');
}

function indented(plan: string): string {
  return plan.replaceAll(/^/gm, '    ');
}

function ratio(ours: number | undefined, plain: number | undefined): string {
  return ours === undefined || !plain ? '' : (ours / plain).toFixed(2);
}
