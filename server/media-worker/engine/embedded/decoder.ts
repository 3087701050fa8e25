import { AVERROR_EAGAIN, AVERROR_EOF, AVMEDIA_TYPE_VIDEO, AV_NOPTS_VALUE } from 'node-av/constants';
import { Codec, CodecContext, Frame, type Packet, type Stream } from 'node-av/lib';
import { codecThreads, maxPicturePoints } from '../recipe.js';
import { check, type Cleanup, present, setOptions, type TimeBase } from './native.js';

/** A decoder that says so often in a row that something is damaged does not get on. */
const mostDamaged = 64;

/** Unpacks one stream. Damaged packets are left out, as players do. */
export class Decoder {
  private readonly context = new CodecContext();
  private readonly frame = new Frame();
  private nextTime = 0n;
  /** For frames that do not say how long they last. */
  private readonly usualDuration: bigint;
  frames = 0;

  constructor(stream: Stream, cleanup: Cleanup) {
    const { codecpar, timeBase } = stream;
    const codec = present(Codec.findDecoder(codecpar.codecId), 'the decoder');
    this.context.allocContext3(codec);
    cleanup.add(this.context, (context) => context.freeContext());
    cleanup.add(this.frame, (frame) => frame.free());
    this.frame.alloc();
    check(this.context.parametersToContext(codecpar), 'setting up the decoder');
    this.context.pktTimebase = timeBase;
    this.usualDuration = durationOf(stream.rFrameRate, timeBase);
    const pictureOptions = { threads: String(codecThreads), max_pixels: String(maxPicturePoints) };
    setOptions(this.context, codecpar.codecType === AVMEDIA_TYPE_VIDEO ? pictureOptions : { threads: '1' });
    check(this.context.open2Sync(codec, null), 'opening the decoder');
  }

  /** Hands over every frame that comes out; it is taken back when `take` returns. Null ends the stream. */
  decode(packet: Packet | null, take: (frame: Frame) => void): void {
    const sent = this.context.sendPacketSync(packet);
    if (sent < 0 && sent !== AVERROR_EAGAIN && sent !== AVERROR_EOF) return;
    for (let damaged = 0; damaged < mostDamaged;) {
      const received = this.context.receiveFrameSync(this.frame);
      if (received === AVERROR_EAGAIN || received === AVERROR_EOF) return;
      if (received < 0) {
        damaged += 1;
        continue;
      }
      this.frames += 1;
      const time = this.frame.bestEffortTimestamp;
      this.frame.pts = time === AV_NOPTS_VALUE ? this.nextTime : time;
      if (this.frame.duration <= 0n) this.frame.duration = this.usualDuration;
      this.nextTime = this.frame.pts + this.frame.duration;
      take(this.frame);
      this.frame.unref();
    }
  }
}

/** Of one picture at this rate, 40 ms where there is none, in steps of the stream's clock. */
function durationOf(rate: TimeBase, timeBase: TimeBase): bigint {
  const seconds = rate.num > 0 && rate.den > 0 ? rate.den / rate.num : 0.04;
  return BigInt(Math.max(1, Math.round((seconds * timeBase.den) / timeBase.num)));
}
