import type { DestinationStream } from 'pino';

const levelNames: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};
const colors: Readonly<Record<string, number>> = { warn: 33, error: 31, fatal: 31 };

/**
 * A destination for the logger that writes lines for the person at a terminal: time, level, message, then the values.
 * What is not a JSON object passes as it is. `colored` marks what needs attention.
 */
export function terminalLog(out: { write(text: string): unknown }, { colored = true } = {}): DestinationStream {
  return {
    write(line) {
      const entry = entryOf(line);
      out.write(entry ? lineOf(entry, colored) : line);
    },
  };
}

function entryOf(line: string): Record<string, unknown> | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function lineOf(entry: Record<string, unknown>, colored: boolean): string {
  const { time, level, msg, err, ...values } = entry;
  const name = levelNames[Number(level)] ?? String(level);
  const color = colors[name];
  const paint = (text: string): string =>
    colored && color !== undefined ? `\u001B[${String(color)}m${text}\u001B[39m` : text;
  const words = [clockOf(time), paint(name.padEnd(5)), paint(printable(typeof msg === 'string' ? msg : ''))];
  for (const [key, value] of Object.entries(values)) words.push(`${key}=${wordOf(value)}`);
  return `${words.join(' ')}\n${err === undefined ? '' : errorOf(err)}`;
}

function clockOf(time: unknown): string {
  return typeof time === 'number' ? new Date(time).toTimeString().slice(0, 8) : '--:--:--';
}

/** Text with spaces keeps its quotes, so that one value cannot look like two. */
function wordOf(value: unknown): string {
  if (typeof value !== 'string') return printable(JSON.stringify(value));
  return /^[^\s"=]+$/.test(value) ? printable(value) : printable(JSON.stringify(value));
}

function errorOf(error: unknown): string {
  const { stack, message } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
  const text = typeof stack === 'string' ? stack : typeof message === 'string' ? message : JSON.stringify(error);
  return `${text
    .split('\n')
    .map((line) => `  ${printable(line)}`)
    .join('\n')}\n`;
}

/** A name from outside must not move the cursor or change colours. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '·');
}
