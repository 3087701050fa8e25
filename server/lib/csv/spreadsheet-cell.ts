/*
 * Spreadsheet programs run a cell as a formula when it begins like one. Which character ends a cell depends on the country of
 * whoever opens the file, so that the middle of one of our cells may be the beginning of one of theirs. Quotation marks before
 * it are dropped then: they are no beginning.
 *
 * Each run of what may stand before is looked at once, however long it is. What begins with apostrophes of its own gets
 * another, so that each is taken off again: nobody writes more than twenty in a row.
 */

const beforeFormula = /(?<![,;|"\s])([,;|"\s]*)(?='{0,20}[=+\-@＝＋－＠])/g;
const escaped = /(?<![,;|"\s])([,;|"\s]*)'(?='{0,20}[=+\-@＝＋－＠])/g;
const separator = /[,;|\t\r\n]/;

/** A text that no program takes for a formula, whatever separates its cells: an apostrophe stands before what begins like one. */
export function safeCell(text: string): string {
  return text.replaceAll(beforeFormula, (run: string, _run: string, at: number) =>
    mayBeginCell(run, at) ? `${run}'` : run,
  );
}

/** What `safeCell` was given. */
export function plainCell(text: string): string {
  return text.replaceAll(escaped, (found: string, run: string, at: number) => (mayBeginCell(run, at) ? run : found));
}

function mayBeginCell(run: string, at: number): boolean {
  return at === 0 || separator.test(run);
}
