/** A cell in quotes that is longer than a spreadsheet allows (32,767 characters) was never closed. */
const longestCell = 40_000;
/** Bounds how long the event loop is held. */
const lengthPerTurn = 65_536;

/**
 * The same text with quotation marks that mean what RFC 4180 says, and without blanks around them. A cell may begin with one and
 * not end with one, or go on behind it: then those of its line are part of the text, and neither other lines nor other cells
 * suffer. Lines stay where they are.
 */
export async function withRightQuotes(text: string, separator: string): Promise<string> {
  const pieces: string[] = [];
  let [copiedTo, at, yieldedAt] = [0, 0, 0];
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return copiedTo === 0 ? text : [...pieces, text.slice(copiedTo)].join('');
    const lineStart = text.lastIndexOf('\n', quote) + 1;
    const record = readRecord(text, lineStart, separator);
    at = record?.end ?? endOfLine(text, lineStart);
    for (const [from, to] of record?.blanks ?? []) {
      pieces.push(text.slice(copiedTo, from));
      copiedTo = to;
    }
    if (!record) {
      pieces.push(text.slice(copiedTo, lineStart), rightLine(text.slice(lineStart, at), separator));
      copiedTo = at;
    }
    if (at - yieldedAt < lengthPerTurn) continue;
    yieldedAt = at;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

interface QuotedCell {
  opening: number;
  /** Where its quotation mark ends, and where its separator or line break is. */
  closed: number;
  end: number;
}

/**
 * Where the record that begins here ends, also behind line breaks in quotes, and the blanks around its quotes. Undefined when
 * its quotation marks are wrong.
 */
function readRecord(text: string, start: number, separator: string) {
  const blanks: [number, number][] = [];
  for (let at = start; ;) {
    const cell = readQuoted(text, at, separator);
    if (cell === 'wrong') return undefined;
    if (cell) blanks.push([at, cell.opening], [cell.closed, cell.end]);
    const end = cell?.end ?? endOfPlain(text, at, separator);
    if (text[end] !== separator) return { end, blanks: blanks.filter(([from, to]) => to > from) };
    at = end + 1;
  }
}

/** One line of which every cell with a quotation mark in it stands in right ones. */
function rightLine(line: string, separator: string): string {
  const cells: string[] = [];
  for (let at = 0; at <= line.length;) {
    const quoted = readQuoted(line, at, separator);
    const cell = quoted === 'wrong' ? undefined : quoted;
    const end = cell?.end ?? endOfPlain(line, at, separator);
    const plain = line.slice(at, end);
    if (cell) cells.push(line.slice(cell.opening, cell.closed));
    else cells.push(plain.includes('"') ? `"${plain.trim().replaceAll('"', '""')}"` : plain);
    at = end + 1;
  }
  return cells.join(separator);
}

/** The cell in quotes that begins here; undefined when it is none, `wrong` when it is not closed or goes on behind that. */
function readQuoted(text: string, start: number, separator: string): QuotedCell | 'wrong' | undefined {
  const opening = afterBlanks(text, start, separator);
  if (text[opening] !== '"') return undefined;
  let closing = text.indexOf('"', opening + 1);
  while (closing !== -1 && text[closing + 1] === '"') closing = text.indexOf('"', closing + 2);
  if (closing === -1 || closing - opening > longestCell) return 'wrong';
  const end = afterBlanks(text, closing + 1, separator);
  const isEnd = end === text.length || text[end] === '\n' || text[end] === separator;
  return isEnd ? { opening, closed: closing + 1, end } : 'wrong';
}

function endOfPlain(text: string, start: number, separator: string): number {
  let at = start;
  while (at < text.length && text[at] !== separator && text[at] !== '\n') at += 1;
  return at;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

function afterBlanks(text: string, from: number, separator: string): number {
  let at = from;
  while (text[at] !== separator && /[^\S\n]/.test(text[at] ?? '')) at += 1;
  return at;
}
