import { execFile } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { MediaFile } from './media-file.js';
import { isProtectedTag, type ProbedMedia, type ProbedStream } from './probed-media.js';
import { StreamClock } from './stream-clock.js';

const execute = promisify(execFile);
const look = ['-v', 'error', '-protocol_whitelist', 'file'];

const described = z.object({
  streams: z.array(
    z.object({
      index: z.number(),
      codec_type: z.string().optional(),
      codec_name: z.string().default('unknown'),
      codec_tag_string: z.string().default(''),
      width: z.number().default(0),
      height: z.number().default(0),
      sample_aspect_ratio: z.string().optional(),
      pix_fmt: z.string().optional(),
      sample_fmt: z.string().optional(),
      color_primaries: z.string().optional(),
      color_transfer: z.string().optional(),
      color_space: z.string().optional(),
      r_frame_rate: z.string().optional(),
      start_time: z.string().optional(),
      disposition: z.object({ default: z.number(), attached_pic: z.number() }),
      side_data_list: z.array(z.object({ displaymatrix: z.string().optional() })).default([]),
    }),
  ),
});

type Described = z.infer<typeof described>['streams'][number];

/** Asks the program ffprobe, which reads all packets: headers lie about lengths, and clocks begin anywhere. */
export async function probeByProgram(
  program: string,
  file: MediaFile,
  signal: AbortSignal,
): Promise<ProbedMedia | undefined> {
  const input = ['-f', file.demuxer, '-i', file.path];
  let streams: Described[];
  try {
    const { stdout } = await execute(program, [...look, '-show_streams', '-of', 'json', ...input], { signal });
    streams = described.parse(JSON.parse(stdout)).streams;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
  const clocks = new Map(streams.map(({ index }) => [index, new StreamClock()]));
  const encrypted = await readPackets(program, input, clocks, signal);
  return { streams: streams.flatMap((stream) => describe(stream, clocks.get(stream.index), encrypted)) };
}

/** Answers which streams have packets that only a licence opens. */
async function readPackets(
  program: string,
  input: readonly string[],
  clocks: ReadonlyMap<number, StreamClock>,
  signal: AbortSignal,
): Promise<Set<number>> {
  const entries = 'packet=stream_index,pts_time,dts_time,duration_time,flags:packet_side_data=side_data_type';
  const encrypted = new Set<number>();
  const running = execFile(program, [...look, '-show_entries', entries, '-of', 'csv=p=0', ...input], {
    signal,
    maxBuffer: Infinity,
  });
  const ended = new Promise<void>((resolve) => {
    // What is behind the damage is not there.
    running.once('error', () => resolve());
    running.once('close', () => resolve());
  });
  if (running.stdout) {
    for await (const line of createInterface({ input: running.stdout })) {
      const [index, pts, dts, duration, flags, ...sideData] = line.split(',');
      // What else stands beside a packet has lines of its own.
      if (flags === undefined) continue;
      if (sideData.includes('Encryption info')) encrypted.add(Number(index));
      if (!flags.includes('D')) clocks.get(Number(index))?.add(toMs(pts) ?? toMs(dts), toMs(duration));
    }
  }
  await ended;
  signal.throwIfAborted();
  return encrypted;
}

function describe(stream: Described, clock: StreamClock | undefined, encrypted: ReadonlySet<number>): ProbedStream[] {
  const isPicture = stream.codec_type === 'video';
  if (!clock || clock.packets === 0 || (!isPicture && stream.codec_type !== 'audio')) return [];
  const facts = {
    index: stream.index,
    codec: stream.codec_name,
    isDecodable: stream.codec_name !== 'unknown',
    isWhole: (isPicture ? stream.pix_fmt : stream.sample_fmt) !== undefined,
    isProtected: encrypted.has(stream.index) || isProtectedTag(stream.codec_tag_string),
    isDefault: stream.disposition.default === 1,
    ...clock.span(toMs(stream.start_time)),
  };
  if (!isPicture) return [{ ...facts, kind: 'sound' }];
  const aspect = fraction(stream.sample_aspect_ratio, ':');
  return [
    {
      ...facts,
      kind: 'picture',
      isCover: stream.disposition.attached_pic === 1,
      width: stream.width,
      height: stream.height,
      pixelAspect: aspect ? aspect.num / aspect.den : 1,
      displayMatrix: displayMatrixOf(stream),
      colour: { primaries: stream.color_primaries, transfer: stream.color_transfer, matrix: stream.color_space },
      pictureMs: clock.intervalMs(),
      rate: fraction(stream.r_frame_rate, '/'),
      pictures: clock.packets,
      hurriedMs: clock.hurriedMs,
    },
  ];
}

/** ffprobe prints it as a table of three lines, each with its number and a colon before it. */
function displayMatrixOf({ side_data_list }: Described): number[] | undefined {
  const table = side_data_list.map(({ displaymatrix }) => displaymatrix).find((text) => text !== undefined);
  const numbers = table
    ?.replaceAll(/^\s*\d+:/gm, '')
    .match(/-?\d+/g)
    ?.map(Number);
  return numbers?.length === 9 ? numbers : undefined;
}

function fraction(text: string | undefined, between: string): { num: number; den: number } | undefined {
  const [num = 0, den = 0] = (text ?? '').split(between).map(Number);
  return num > 0 && den > 0 ? { num, den } : undefined;
}

function toMs(text: string | undefined): number | undefined {
  const seconds = text === undefined || text === '' ? NaN : Number(text);
  return Number.isFinite(seconds) ? seconds * 1000 : undefined;
}
