const HEADER_LENGTH = 8;
const LONG_HEADER_LENGTH = 16;
const MAX_BOXES = 1000;

/**
 * Whether an MP4's index (`moov`) comes before its data (`mdat`), so that players can start while it loads.
 * Null when this is no MP4.
 */
export function isIndexFirst(bytes: Buffer): boolean | null {
  let at = 0;
  for (let box = 0; box < MAX_BOXES && at + HEADER_LENGTH <= bytes.length; box += 1) {
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (box === 0 && type !== 'ftyp') return null;
    if (type === 'moov') return true;
    if (type === 'mdat') return false;
    const length = boxLength(bytes, at);
    if (length < HEADER_LENGTH) return null;
    at += length;
  }
  return null;
}

function boxLength(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32BE(at);
  if (length !== 1) return length;
  return at + LONG_HEADER_LENGTH <= bytes.length ? Number(bytes.readBigUInt64BE(at + HEADER_LENGTH)) : 0;
}
