import {
  AVERROR_EAGAIN,
  AVERROR_EOF,
  AVMEDIA_TYPE_VIDEO,
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_PICTURE_TYPE_NONE,
} from 'node-av/constants';
import type { FFEncoderCodec, AVPixelFormat, AVSampleFormat } from 'node-av/constants';
import { Codec, CodecContext, type FilterContext, Frame, Packet } from 'node-av/lib';
import { codecThreads, type EncodedTrack } from '../recipe.js';
import { pull } from './frame-source.js';
import { check, type Cleanup, present, setOptions } from './native.js';

/** Packs what comes out of one exit of the graph. */
export class Encoder {
  readonly context = new CodecContext();
  private readonly frame = new Frame();
  private readonly packet = new Packet();
  private readonly isPicture: boolean;
  isAtEnd = false;

  constructor(
    track: EncodedTrack,
    private readonly sink: FilterContext,
    cleanup: Cleanup,
  ) {
    cleanup.add(this.frame, (frame) => frame.free());
    cleanup.add(this.packet, (packet) => packet.free());
    this.frame.alloc();
    this.packet.alloc();
    const codec = present(Codec.findEncoderByName(track.encoder as FFEncoderCodec), `the encoder ${track.encoder}`);
    this.isPicture = codec.type === AVMEDIA_TYPE_VIDEO;
    this.context.allocContext3(codec);
    cleanup.add(this.context, (context) => context.freeContext());
    if (this.isPicture) this.describePicture();
    else this.describeSound();
    this.context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
    setOptions(this.context, { threads: String(codecThreads), ...track.options });
    check(this.context.open2Sync(codec, null), `opening ${track.encoder}`);
  }

  /** Encodes at most one frame of the graph, and hands over the packets. Answers whether there was one. */
  step(take: (packet: Packet) => void): boolean {
    if (this.isAtEnd) return false;
    const pulled = pull(this.sink, this.frame);
    if (pulled === 'none') return false;
    // The source's own choice of key pictures means nothing here.
    if (pulled === 'frame') this.frame.pictType = AV_PICTURE_TYPE_NONE;
    check(this.context.sendFrameSync(pulled === 'frame' ? this.frame : null), 'encoding');
    this.frame.unref();
    this.isAtEnd = pulled === 'end';
    for (;;) {
      const received = this.context.receivePacketSync(this.packet);
      if (received === AVERROR_EAGAIN || received === AVERROR_EOF) return true;
      check(received, 'encoding');
      if (this.isPicture && this.packet.duration === 0n) this.packet.duration = 1n;
      take(this.packet);
      this.packet.unref();
    }
  }

  private describePicture(): void {
    const { context, sink } = this;
    context.width = sink.buffersinkGetWidth();
    context.height = sink.buffersinkGetHeight();
    context.pixelFormat = sink.buffersinkGetFormat() as AVPixelFormat;
    context.sampleAspectRatio = sink.buffersinkGetSampleAspectRatio();
    context.timeBase = sink.buffersinkGetTimeBase();
    context.framerate = sink.buffersinkGetFrameRate();
    context.colorSpace = sink.buffersinkGetColorspace();
    context.colorRange = sink.buffersinkGetColorRange();
  }

  private describeSound(): void {
    const { context, sink } = this;
    context.sampleRate = sink.buffersinkGetSampleRate();
    context.sampleFormat = sink.buffersinkGetFormat() as AVSampleFormat;
    context.channelLayout = sink.buffersinkGetChannelLayout();
    context.timeBase = sink.buffersinkGetTimeBase();
  }
}

/** What an encoder takes, by its name. */
export function carriesOf(encoder: string): 'picture' | 'sound' {
  const codec = present(Codec.findEncoderByName(encoder as FFEncoderCodec), `the encoder ${encoder}`);
  return codec.type === AVMEDIA_TYPE_VIDEO ? 'picture' : 'sound';
}
