/** Signal's version byte: version 3 spoken, version 3 understood. */
export const versionByte = 0x33;

/** A field: its number and its value; undefined fields are left out, zeros are not (as libsignal writes them). */
export type Field = readonly [number: number, value: number | Uint8Array | undefined];

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest >>>= 7) size += 1;
  return size;
}

function writeVarint(target: Buffer, value: number, offset: number): number {
  let rest = value;
  let position = offset;
  while (rest > 0x7f) {
    target[position++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[position++] = rest;
  return position;
}

function fieldSize([, value]: Field): number {
  if (value === undefined) return 0;
  // Field numbers stay below 16, so every tag is one byte.
  if (typeof value === 'number') return 1 + varintSize(value >>> 0);
  return 1 + varintSize(value.length) + value.length;
}

/**
 * A Signal message: the version byte, the fields (uint32 or bytes) as protobuf in the order given, and `trailerSize`
 * bytes left free at the end for a MAC or a signature. Field numbers are 1 to 15.
 */
export function encodeSignalMessage(fields: readonly Field[], trailerSize = 0): Buffer {
  let size = 1 + trailerSize;
  for (const field of fields) size += fieldSize(field);
  const message = Buffer.allocUnsafe(size);
  message[0] = versionByte;
  let offset = 1;
  for (const [number, value] of fields) {
    if (value === undefined) continue;
    if (typeof value === 'number') {
      message[offset++] = number << 3;
      offset = writeVarint(message, value >>> 0, offset);
    } else {
      message[offset++] = (number << 3) | 2;
      offset = writeVarint(message, value.length, offset);
      message.set(value, offset);
      offset += value.length;
    }
  }
  return message;
}
