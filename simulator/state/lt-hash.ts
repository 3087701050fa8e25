import { hkdf } from '../crypto/hkdf.js';

const SIZE_BYTES = 128;
const INFO = 'WhatsApp Patch Integrity';

/** A homomorphic sum over a collection's current values: 64 little-endian 16-bit counters that wrap around. */
export class LtHash {
  readonly #sum = Buffer.alloc(SIZE_BYTES);
  readonly #valueMacs = new Map<string, Buffer>();

  get bytes(): Buffer {
    return Buffer.from(this.#sum);
  }

  /** The value behind this index is now the one with this MAC, or none. */
  set(indexMac: Uint8Array, valueMac: Buffer | null): void {
    const index = Buffer.from(indexMac).toString('base64');
    const previous = this.#valueMacs.get(index);
    if (previous) this.#add(previous, -1);
    if (valueMac) {
      this.#add(valueMac, 1);
      this.#valueMacs.set(index, valueMac);
    } else {
      this.#valueMacs.delete(index);
    }
  }

  #add(valueMac: Buffer, sign: 1 | -1): void {
    const expanded = hkdf(valueMac, SIZE_BYTES, { info: INFO });
    for (let offset = 0; offset < SIZE_BYTES; offset += 2) {
      const sum = this.#sum.readUInt16LE(offset) + sign * expanded.readUInt16LE(offset);
      this.#sum.writeUInt16LE(sum & 0xffff, offset);
    }
  }
}
