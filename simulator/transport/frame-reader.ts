/** Four bytes that open every client stream: `WA`, protocol 6, token dictionary 3. They are the Noise prologue. */
export const INTRO_HEADER = Buffer.from([0x57, 0x41, 0x06, 0x03]);

const ROUTING_MAGIC = Buffer.from([0x45, 0x44, 0x00, 0x01]);
const LENGTH_BYTES = 3;
const ROUTING_PREFIX_BYTES = ROUTING_MAGIC.length + LENGTH_BYTES;

/** The largest frame that its three length bytes can announce. */
export const MAX_FRAME_BYTES = 0xff_ff_ff;
const MAX_ROUTING_BYTES = 1024;

/** Bytes that cannot be the start of, or a frame in, a client's stream. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
}

/** A frame's payload behind its three-byte, big-endian length. Servers never send an intro header. */
export function encodeFrame(payload: Uint8Array): Buffer {
  if (payload.length > MAX_FRAME_BYTES) throw new RangeError(`a frame of ${payload.length} bytes cannot be written`);
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + payload.length);
  frame.writeUIntBE(payload.length, 0, LENGTH_BYTES);
  frame.set(payload, LENGTH_BYTES);
  return frame;
}

/**
 * Cuts a client's byte stream into frames: an optional routing header (`ED`), the intro header, then frames that may
 * arrive split or several at a time.
 */
export class FrameReader {
  /** What the client stored from an earlier `edge_routing`, once its header was read. */
  routingInfo: Buffer | null = null;

  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #introSeen = false;

  /** Feeds bytes in and returns the payloads that are complete now. Throws `FramingError` on anything else. */
  push(bytes: Buffer): Buffer[] {
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (!this.#introSeen && !this.#readIntro()) return [];
    const frames: Buffer[] = [];
    for (;;) {
      if (this.#pendingBytes < LENGTH_BYTES) return frames;
      const sizeBytes = this.#peek(LENGTH_BYTES).readUIntBE(0, LENGTH_BYTES);
      if (sizeBytes === 0) throw new FramingError('a frame of zero bytes');
      if (this.#pendingBytes < LENGTH_BYTES + sizeBytes) return frames;
      frames.push(this.#take(LENGTH_BYTES + sizeBytes).subarray(LENGTH_BYTES));
    }
  }

  #readIntro(): boolean {
    if (this.#pendingBytes < INTRO_HEADER.length) return false;
    if (this.#peek(ROUTING_MAGIC.length).equals(ROUTING_MAGIC)) {
      if (this.#pendingBytes < ROUTING_PREFIX_BYTES) return false;
      const sizeBytes = this.#peek(ROUTING_PREFIX_BYTES).readUIntBE(ROUTING_MAGIC.length, LENGTH_BYTES);
      if (sizeBytes > MAX_ROUTING_BYTES) throw new FramingError(`a routing header of ${sizeBytes} bytes`);
      if (this.#pendingBytes < ROUTING_PREFIX_BYTES + sizeBytes + INTRO_HEADER.length) return false;
      this.routingInfo = Buffer.from(this.#take(ROUTING_PREFIX_BYTES + sizeBytes).subarray(ROUTING_PREFIX_BYTES));
    }
    const intro = this.#take(INTRO_HEADER.length);
    if (!intro.equals(INTRO_HEADER)) {
      throw new FramingError(
        `the stream opens with ${intro.toString('hex')} instead of ${INTRO_HEADER.toString('hex')}`,
      );
    }
    this.#introSeen = true;
    return true;
  }

  /** Joins the pending pieces only when a frame needs it, so that a slow 16 MB frame is not copied on every read. */
  #peek(sizeBytes: number): Buffer {
    const first = this.#pending[0];
    if (first && first.length >= sizeBytes) return first.subarray(0, sizeBytes);
    const all = Buffer.concat(this.#pending);
    this.#pending = [all];
    return all.subarray(0, sizeBytes);
  }

  #take(sizeBytes: number): Buffer {
    const taken = this.#peek(sizeBytes);
    const first = this.#pending[0];
    if (first && first.length === sizeBytes) this.#pending.shift();
    else if (first) this.#pending[0] = first.subarray(sizeBytes);
    this.#pendingBytes -= sizeBytes;
    return taken;
  }
}
