/** Four bytes that open every client stream: `WA`, protocol 6, token dictionary 3. They are the Noise prologue. */
export const introHeader = Buffer.from([0x57, 0x41, 0x06, 0x03]);

const routingMagic = Buffer.from([0x45, 0x44, 0x00, 0x01]);
const lengthBytes = 3;
const routingPrefixBytes = routingMagic.length + lengthBytes;

/** The largest frame that its three length bytes can announce. */
export const maxFrameBytes = 0xff_ff_ff;
const maxRoutingBytes = 1024;

/** Bytes that cannot be the start of, or a frame in, a client's stream. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
}

/** A frame's payload behind its three-byte, big-endian length. Servers never send an intro header. */
export function encodeFrame(payload: Uint8Array): Buffer {
  if (payload.length > maxFrameBytes) throw new RangeError(`a frame of ${payload.length} bytes cannot be written`);
  const frame = Buffer.allocUnsafe(lengthBytes + payload.length);
  frame.writeUIntBE(payload.length, 0, lengthBytes);
  frame.set(payload, lengthBytes);
  return frame;
}

/**
 * Cuts a client's byte stream into frames: an optional routing header (`ED`), the intro header, then frames that may
 * arrive split or several at a time.
 */
export class FrameReader {
  /** What the client stored from an earlier `edge_routing`, once its header was read. */
  routingInfo: Buffer | null = null;

  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private hasSeenIntro = false;

  /** Feeds bytes in and returns the payloads that are complete now. Throws `FramingError` on anything else. */
  push(bytes: Buffer): Buffer[] {
    this.pending.push(bytes);
    this.pendingBytes += bytes.length;
    if (!this.hasSeenIntro && !this.readIntro()) return [];
    const frames: Buffer[] = [];
    for (;;) {
      if (this.pendingBytes < lengthBytes) return frames;
      const sizeBytes = this.peek(lengthBytes).readUIntBE(0, lengthBytes);
      if (sizeBytes === 0) throw new FramingError('a frame of zero bytes');
      if (this.pendingBytes < lengthBytes + sizeBytes) return frames;
      frames.push(this.take(lengthBytes + sizeBytes).subarray(lengthBytes));
    }
  }

  private readIntro(): boolean {
    if (this.pendingBytes < introHeader.length) return false;
    if (this.peek(routingMagic.length).equals(routingMagic)) {
      if (this.pendingBytes < routingPrefixBytes) return false;
      const sizeBytes = this.peek(routingPrefixBytes).readUIntBE(routingMagic.length, lengthBytes);
      if (sizeBytes > maxRoutingBytes) throw new FramingError(`a routing header of ${sizeBytes} bytes`);
      if (this.pendingBytes < routingPrefixBytes + sizeBytes + introHeader.length) return false;
      this.routingInfo = Buffer.from(this.take(routingPrefixBytes + sizeBytes).subarray(routingPrefixBytes));
    }
    const intro = this.take(introHeader.length);
    if (!intro.equals(introHeader)) {
      throw new FramingError(
        `the stream opens with ${intro.toString('hex')} instead of ${introHeader.toString('hex')}`,
      );
    }
    this.hasSeenIntro = true;
    return true;
  }

  /** Joins the pending pieces only when a frame needs it, so that a slow 16 MB frame is not copied on every read. */
  private peek(sizeBytes: number): Buffer {
    const first = this.pending[0];
    if (first && first.length >= sizeBytes) return first.subarray(0, sizeBytes);
    const all = Buffer.concat(this.pending);
    this.pending = [all];
    return all.subarray(0, sizeBytes);
  }

  private take(sizeBytes: number): Buffer {
    const taken = this.peek(sizeBytes);
    const first = this.pending[0];
    if (first && first.length === sizeBytes) this.pending.shift();
    else if (first) this.pending[0] = first.subarray(sizeBytes);
    this.pendingBytes -= sizeBytes;
    return taken;
  }
}
