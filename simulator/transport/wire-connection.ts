import { decodeBinaryNode, encodeBinaryNode } from '@whiskeysockets/baileys';
import type { RawData, WebSocket } from 'ws';
import { describeNode, type BinaryNode } from '../wire/node.js';
import type { Log } from '../lib/log.js';
import type { CertificateChain } from './certificate-chain.js';
import { encodeFrame, FrameReader, FramingError } from './frame-reader.js';
import { NoiseError, NoiseResponder, type HandshakeResult, type TransportCiphers } from './noise-responder.js';

const closeDeadlineMs = 2_000;
const closeNormal = 1000;
const closeProtocolError = 1002;
/** A client that does not read is cut off instead of filling our memory. */
const maxUnsentBytes = 64 * 1024 * 1024;

export interface WireListener {
  /** The client proved its Noise key and said who it is. Nothing was answered yet. */
  onHandshake(handshake: HandshakeResult): void;
  /** Stanzas in wire order: the next one waits until the promise settles. */
  onNode(node: BinaryNode): void | Promise<void>;
  /** The socket is gone, for whatever reason. Called once. */
  onClosed(): void;
  /** The client broke the transport's rules; the socket is closed right after. */
  onViolation(words: string): void;
}

/** How the wire misbehaves on purpose. */
export interface WireFaults {
  /** Nothing is read and nothing is written, but the TCP connection stays. */
  silent: boolean;
  /** Milliseconds before each frame; frames then leave in two pieces. 0 sends at once. */
  frameDelayMs: number;
}

/** One client's socket: frames, Noise and binary stanzas. Knows nothing about what the stanzas mean. */
export class WireConnection {
  readonly faults: WireFaults = { silent: false, frameDelayMs: 0 };
  /** Frames only, without what WebSocket and TCP add. */
  receivedBytes = 0;
  sentBytes = 0;
  private readonly frames = new FrameReader();
  private readonly handshakeDeadline: NodeJS.Timeout;
  private readonly responder: NoiseResponder;
  private ciphers: TransportCiphers | null = null;
  private hasAnsweredHello = false;
  private reading: Promise<void> = Promise.resolve();
  private slowWriting: Promise<void> = Promise.resolve();
  private hasViolation = false;
  private isClosing = false;
  private isClosed = false;

  constructor(
    private readonly socket: WebSocket,
    chain: CertificateChain,
    handshakeMs: number,
    private readonly listener: WireListener,
    private readonly log: Log,
  ) {
    this.responder = new NoiseResponder(chain);
    this.handshakeDeadline = setTimeout(() => this.violate('no handshake in time'), handshakeMs);
    socket.on('message', (data) => this.receive(data));
    socket.on('error', (error) => this.log('debug', 'socket error', { error: error.message }));
    socket.on('close', () => this.finish());
  }

  get isOpen(): boolean {
    return !this.isClosed && this.socket.readyState === this.socket.OPEN;
  }

  /** What the client kept from an earlier `edge_routing` stanza. */
  get routingInfo(): Buffer | null {
    return this.frames.routingInfo;
  }

  /** Encrypts and writes one stanza. A closed or silenced connection swallows it, as a dead network would. */
  send(node: BinaryNode): void {
    if (!this.ciphers || !this.isOpen || this.faults.silent) return;
    this.log('trace', 'sent', { node: describeNode(node) });
    const frame = encodeFrame(this.ciphers.seal(encodeBinaryNode(node)));
    this.sentBytes += frame.length;
    if (this.faults.frameDelayMs > 0) return this.writeSlowly(frame, this.faults.frameDelayMs);
    this.socket.send(frame);
    if (this.socket.bufferedAmount > maxUnsentBytes) {
      this.log('warn', 'the client reads too slowly and is cut off', { unsentBytes: this.socket.bufferedAmount });
      this.terminate();
    }
  }

  /** Writes the first half of a stanza's frame and cuts the connection there. */
  sendCutFrame(node: BinaryNode): void {
    if (!this.ciphers || !this.isOpen) return;
    const frame = encodeFrame(this.ciphers.seal(encodeBinaryNode(node)));
    this.socket.send(frame.subarray(0, Math.ceil(frame.length / 2)), () => this.terminate());
  }

  /** Writes a frame that the client cannot open. */
  sendGarbage(sizeBytes = 48): void {
    if (this.isOpen) this.socket.send(encodeFrame(Buffer.alloc(sizeBytes, 0xaa)));
  }

  /** The orderly end: a WebSocket closing handshake with this code, and a hard end when the client ignores it. */
  close(code = closeNormal): void {
    if (this.isClosed || this.isClosing) return;
    this.isClosing = true;
    this.socket.close(code);
    const deadline = setTimeout(() => this.terminate(), closeDeadlineMs);
    this.socket.once('close', () => clearTimeout(deadline));
  }

  /** Resets the TCP connection. */
  terminate(): void {
    this.socket.terminate();
  }

  private receive(data: RawData): void {
    if (this.faults.silent || this.isClosed || this.hasViolation) return;
    const bytes = Buffer.isBuffer(data) ? data : data instanceof ArrayBuffer ? Buffer.from(data) : Buffer.concat(data);
    this.receivedBytes += bytes.length;
    let frames: Buffer[];
    try {
      frames = this.frames.push(bytes);
    } catch (error) {
      if (error instanceof FramingError) return this.violate(error.message);
      throw error;
    }
    for (const frame of frames) {
      this.reading = this.reading.then(() => this.accept(frame));
    }
  }

  private async accept(frame: Buffer): Promise<void> {
    // What follows a violation cannot be understood: it would only be refused a second time.
    if (this.isClosed || this.hasViolation) return;
    try {
      if (!this.ciphers) return this.shakeHands(frame);
      const node = await decodeBinaryNode(this.ciphers.open(frame)).catch((error: unknown) => {
        throw new NoiseError(`a frame holds no stanza: ${error instanceof Error ? error.message : String(error)}`);
      });
      this.log('trace', 'received', { node: describeNode(node) });
      await this.listener.onNode(node);
    } catch (error) {
      if (error instanceof NoiseError) return this.violate(error.message);
      this.log('error', 'a stanza broke the simulator', {
        error: String(error instanceof Error ? error.stack : error),
      });
      this.close(1011);
    }
  }

  private shakeHands(frame: Buffer): void {
    if (!this.hasAnsweredHello) {
      this.hasAnsweredHello = true;
      this.socket.send(encodeFrame(this.responder.answerHello(frame)));
      return;
    }
    const { ciphers, ...handshake } = this.responder.finish(frame);
    clearTimeout(this.handshakeDeadline);
    this.ciphers = ciphers;
    this.listener.onHandshake(handshake);
  }

  private writeSlowly(frame: Buffer, delayMs: number): void {
    const middle = Math.ceil(frame.length / 2);
    this.slowWriting = this.slowWriting.then(async () => {
      await pause(delayMs);
      if (this.isOpen) this.socket.send(frame.subarray(0, middle));
      await pause(delayMs);
      if (this.isOpen) this.socket.send(frame.subarray(middle));
    });
  }

  private violate(words: string): void {
    this.hasViolation = true;
    clearTimeout(this.handshakeDeadline);
    this.listener.onViolation(words);
    this.close(closeProtocolError);
  }

  private finish(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    clearTimeout(this.handshakeDeadline);
    this.listener.onClosed();
  }
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs).unref());
}
