import {
  AVERROR_EAGAIN,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_VIDEO,
  AV_DISPOSITION_ATTACHED_PIC,
  AV_DISPOSITION_DEFAULT,
  AV_PKT_DATA_DISPLAYMATRIX,
  AV_PKT_DATA_ENCRYPTION_INFO,
  AV_PKT_FLAG_DISCARD,
} from 'node-av/constants';
import { avGetCodecName, Codec, type CodecParameters, Packet, type Stream } from 'node-av/lib';
import type { MediaFile } from '../media-file.js';
import { isProtectedTag, type ProbedMedia, type ProbedStream } from '../probed-media.js';
import { StreamClock } from '../stream-clock.js';
import { colourOf } from './colour-names.js';
import { Cleanup, NativeError, toMs } from './native.js';
import { openInput } from './open-input.js';
import { Turns } from './turns.js';

/** Reads all packets, without unpacking them: headers lie about lengths, and clocks begin anywhere. */
export async function probeFile(file: MediaFile, signal: AbortSignal): Promise<ProbedMedia | undefined> {
  const cleanup = new Cleanup();
  try {
    const input = openInput(file, cleanup);
    const streams = input.streams;
    const clocks = streams.map(() => new StreamClock());
    const encrypted = new Set<number>();
    const packet = cleanup.add(new Packet(), (one) => one.free());
    packet.alloc();
    const turns = new Turns(signal);
    for (;;) {
      const read = input.readFrameSync(packet);
      if (read === AVERROR_EAGAIN) continue;
      // What is behind the damage is not there.
      if (read < 0) break;
      const { streamIndex } = packet;
      const stream = streams[streamIndex];
      if (!encrypted.has(streamIndex) && packet.getSideData(AV_PKT_DATA_ENCRYPTION_INFO)) encrypted.add(streamIndex);
      if (stream && !packet.hasFlags(AV_PKT_FLAG_DISCARD)) {
        const { timeBase } = stream;
        const atMs = toMs(packet.pts, timeBase) ?? toMs(packet.dts, timeBase);
        clocks[streamIndex]?.add(atMs, toMs(packet.duration, timeBase));
      }
      packet.unref();
      if (turns.isOver) await turns.next();
    }
    return { streams: streams.flatMap((stream, index) => describe(stream, clocks[index], encrypted.has(index))) };
  } catch (error) {
    if (error instanceof NativeError) return undefined;
    throw error;
  } finally {
    cleanup.run();
  }
}

function describe(stream: Stream, clock: StreamClock | undefined, isEncrypted: boolean): ProbedStream[] {
  const { codecpar, timeBase, rFrameRate } = stream;
  const isPicture = codecpar.codecType === AVMEDIA_TYPE_VIDEO;
  if (!clock || clock.packets === 0 || (!isPicture && codecpar.codecType !== AVMEDIA_TYPE_AUDIO)) return [];
  const facts = {
    index: stream.index,
    codec: avGetCodecName(codecpar.codecId) ?? 'unknown',
    isDecodable: Codec.findDecoder(codecpar.codecId) !== null,
    isWhole: codecpar.format >= 0 && (!isPicture || codecpar.width > 0),
    isProtected: isEncrypted || isProtectedTag(codecpar.codecTagString ?? ''),
    isDefault: stream.hasDisposition(AV_DISPOSITION_DEFAULT),
    // The first sound of a film may be silence that belongs to its encoder, which the header leaves out.
    ...clock.span(toMs(stream.startTime, timeBase)),
  };
  if (!isPicture) return [{ ...facts, kind: 'sound' }];
  const { num, den } = codecpar.sampleAspectRatio;
  return [
    {
      ...facts,
      kind: 'picture',
      isCover: stream.hasDisposition(AV_DISPOSITION_ATTACHED_PIC),
      width: codecpar.width,
      height: codecpar.height,
      pixelAspect: num > 0 && den > 0 ? num / den : 1,
      displayMatrix: displayMatrixOf(codecpar),
      colour: colourOf(codecpar),
      pictureMs: clock.intervalMs(),
      rate: rFrameRate.num > 0 && rFrameRate.den > 0 ? { num: rFrameRate.num, den: rFrameRate.den } : undefined,
      pictures: clock.packets,
      hurriedMs: clock.hurriedMs,
    },
  ];
}

function displayMatrixOf(codecpar: CodecParameters): number[] | undefined {
  const bytes = codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX);
  if (!bytes || bytes.length < 36) return undefined;
  return Array.from({ length: 9 }, (_none, at) => bytes.readInt32LE(at * 4));
}
