const headerLength = 8;
const longHeaderLength = 16;
const maxBoxes = 1000;

/**
 * Whether an MP4's index (`moov`) comes before its data (`mdat`), so that players can start while it loads.
 * Null when this is no MP4.
 */
export function isIndexFirst(bytes: Buffer): boolean | null {
  let at = 0;
  for (let box = 0; box < maxBoxes && at + headerLength <= bytes.length; box += 1) {
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (box === 0 && type !== 'ftyp') return null;
    if (type === 'moov') return true;
    if (type === 'mdat') return false;
    const length = boxLength(bytes, at);
    if (length < headerLength) return null;
    at += length;
  }
  return null;
}

function boxLength(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32BE(at);
  if (length !== 1) return length;
  return at + longHeaderLength <= bytes.length ? Number(bytes.readBigUInt64BE(at + headerLength)) : 0;
}
