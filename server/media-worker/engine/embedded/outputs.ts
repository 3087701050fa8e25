import { FormatContext, Frame, type Packet } from 'node-av/lib';
import type { FileOutput, RawOutput } from '../recipe.js';
import { Encoder } from './encoder.js';
import type { Graph } from './graph.js';
import { pull } from './frame-source.js';
import { check, type Cleanup, setOptions, toMs } from './native.js';

/** One result of a recipe while it is made. */
export interface OpenOutput {
  readonly isAtEnd: boolean;
  /** Takes a little of what the graph has ready. Answers whether there was something. */
  step(): boolean;
  finish(): void;
}

export class OpenFile implements OpenOutput {
  private readonly muxer = new FormatContext();
  private readonly encoders: Encoder[];
  private writtenMs = 0;

  constructor(
    output: FileOutput,
    graph: Graph,
    private readonly onTime: (ms: number) => void,
    cleanup: Cleanup,
  ) {
    check(this.muxer.allocOutputContext2(null, output.format, output.path), `the muxer ${output.format}`);
    cleanup.add(this.muxer, (muxer) => muxer.freeContext());
    this.encoders = output.tracks.map((track) => new Encoder(track, graph.sink(track.label), cleanup));
    for (const encoder of this.encoders) {
      const stream = this.muxer.newStream();
      check(stream.codecpar.fromContext(encoder.context), 'describing a track');
      stream.timeBase = encoder.context.timeBase;
      if (encoder.context.framerate.num > 0) stream.avgFrameRate = encoder.context.framerate;
    }
    check(this.muxer.openOutputSync(), 'opening the result');
    cleanup.add(this.muxer, (muxer) => muxer.closeOutputSync());
    setOptions(this.muxer, output.options ?? {});
    check(this.muxer.writeHeaderSync(null), 'beginning the result');
  }

  get isAtEnd(): boolean {
    return this.encoders.every(({ isAtEnd }) => isAtEnd);
  }

  step(): boolean {
    let didSomething = false;
    for (const [index, encoder] of this.encoders.entries()) {
      if (encoder.step((packet) => this.write(packet, index, encoder))) didSomething = true;
    }
    return didSomething;
  }

  finish(): void {
    check(this.muxer.writeTrailerSync(), 'completing the result');
  }

  private write(packet: Packet, index: number, encoder: Encoder): void {
    const stream = this.muxer.streams[index];
    if (!stream) return;
    if (index === 0) this.tell(packet, encoder);
    packet.streamIndex = index;
    packet.rescaleTs(encoder.context.timeBase, stream.timeBase);
    check(this.muxer.interleavedWriteFrameSync(packet), 'writing the result');
  }

  private tell(packet: Packet, { context }: Encoder): void {
    const atMs = toMs(packet.pts, context.timeBase) ?? 0;
    if (atMs <= this.writtenMs) return;
    this.writtenMs = atMs;
    this.onTime(atMs);
  }
}

/** Hands over what comes out of the graph as it is. */
export class OpenRaw implements OpenOutput {
  private readonly frame = new Frame();
  isAtEnd = false;

  constructor(
    private readonly output: RawOutput,
    private readonly graph: Graph,
    private readonly onData: (piece: Buffer) => void,
    cleanup: Cleanup,
  ) {
    cleanup.add(this.frame, (frame) => frame.free());
    this.frame.alloc();
  }

  step(): boolean {
    if (this.isAtEnd) return false;
    const pulled = pull(this.graph.sink(this.output.label), this.frame);
    if (pulled === 'frame') this.onData(this.frame.toBuffer());
    this.frame.unref();
    this.isAtEnd = pulled === 'end';
    return pulled !== 'none';
  }

  finish(): void {
    // Nothing was opened.
  }
}
