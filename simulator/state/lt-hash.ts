import { hkdf } from '../crypto/hkdf.js';

const sizeBytes = 128;
const info = 'WhatsApp Patch Integrity';

/** A homomorphic sum over a collection's current values: 64 little-endian 16-bit counters that wrap around. */
export class LtHash {
  private readonly sum = Buffer.alloc(sizeBytes);
  private readonly valueMacs = new Map<string, Buffer>();

  get bytes(): Buffer {
    return Buffer.from(this.sum);
  }

  /** The value behind this index is now the one with this MAC, or none. */
  set(indexMac: Uint8Array, valueMac: Buffer | null): void {
    const index = Buffer.from(indexMac).toString('base64');
    const previous = this.valueMacs.get(index);
    if (previous) this.add(previous, -1);
    if (valueMac) {
      this.add(valueMac, 1);
      this.valueMacs.set(index, valueMac);
    } else {
      this.valueMacs.delete(index);
    }
  }

  private add(valueMac: Buffer, sign: 1 | -1): void {
    const expanded = hkdf(valueMac, sizeBytes, { info });
    for (let offset = 0; offset < sizeBytes; offset += 2) {
      const sum = this.sum.readUInt16LE(offset) + sign * expanded.readUInt16LE(offset);
      this.sum.writeUInt16LE(sum & 0xffff, offset);
    }
  }
}
