/*
 * Spreadsheet programs run a cell as a formula when it begins like one. Which character ends a cell depends on the country of
 * whoever opens the file, so that the middle of one of our cells may be the beginning of one of theirs.
 */

const beforeFormula = /(^|[,;|\t\r\n])(\s*)(?=[=+\-@＝＋－＠])/g;
const escaped = /(^|[,;|\t\r\n])(\s*)'(?=[=+\-@＝＋－＠])/g;

/** A text that no program takes for a formula, whatever separates its cells: an apostrophe stands before what begins like one. */
export function safeCell(text: string): string {
  return text.replaceAll(beforeFormula, "$1$2'");
}

/** What `safeCell` was given. */
export function plainCell(text: string): string {
  return text.replaceAll(escaped, '$1$2');
}
