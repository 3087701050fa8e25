/** First and last byte, both included. */
export interface ByteRange {
  start: number;
  end: number;
}

/** Reads a `Range` header with one range; undefined when there is none or it asks for something else than bytes. */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const [, first, last] = match;
  const isSuffix = first === '';
  const start = isSuffix ? Math.max(sizeBytes - Number(last), 0) : Number(first);
  const end = isSuffix || last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  return start > end || start >= sizeBytes ? 'unsatisfiable' : { start, end };
}
