/**
 * The length-delimited fields of one protobuf message, one at a time, so that a message with 50,000 parts is never decoded
 * at a stretch. Throws for bytes that are no such message.
 */
export function* protobufFields(message: Uint8Array): Generator<{ field: number; bytes: Uint8Array }> {
  const reader = new Reader(message);
  while (!reader.isAtEnd) {
    const tag = reader.varint();
    const field = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        reader.varint();
        break;
      case 1:
        reader.take(8);
        break;
      case 2:
        yield { field, bytes: reader.take(reader.varint()) };
        break;
      case 5:
        reader.take(4);
        break;
      default:
        throw new Error('This is no protobuf message.');
    }
  }
}

class Reader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 49; factor *= 128) {
      const byte = this.take(1)[0] ?? 0;
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
    throw new Error('A number in this protobuf message is too long.');
  }

  take(length: number): Uint8Array {
    const from = this.at;
    this.at += length;
    if (this.at > this.bytes.length) throw new Error('This protobuf message is cut off.');
    return this.bytes.subarray(from, this.at);
  }
}
