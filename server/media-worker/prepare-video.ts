import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError, validationError } from '../lib/app-error.js';
import type { Ffmpeg } from './ffmpeg.js';
import { prepareThumbnail } from './prepare-image.js';
import type { Prepared } from './prepared.js';
import { probeMedia, type ProbedMedia } from './probe.js';

export interface VideoJob {
  from: string;
  demuxer: string;
  /** Where everything that is made goes. */
  folder: string;
  startMs: number;
  endMs: number | undefined;
  /** Moving pictures: shown again and again, without sound. */
  isAnimation: boolean;
  signal: AbortSignal;
  tell: (percent: number) => void;
}

export interface VideoLimits {
  /** A longer one is cut into several of equal length. */
  partMs: number;
  /** A longer one is refused. */
  longestMs: number;
  timeoutMs: number;
}

/** The size that phones send and show at once; a part of a minute stays below 16 MB with these. */
const longSide = 1280;
const shortSide = 720;
const maxPixels = 8192 * 4352;
const soundBitsPerSecond = 96_000;
const bitsPerPart = 15 * 1024 * 1024 * 8;
const mostBitsPerSecond = 4_000_000;
/** The picture of the thumbnail: the very first is often black. */
const thumbnailAtMs = 1_000;

/**
 * Makes an MP4 that phones play at once: H.264 and AAC, the index first, with a silent track where there is no sound, at most
 * 720×1280 either way. What is longer than a status may be becomes several, cut where pictures are whole. Throws in words.
 */
export async function prepareVideo(ffmpeg: Ffmpeg, job: VideoJob, limits: VideoLimits): Promise<Prepared[]> {
  const probed = await probeMedia(job.from);
  const lengthMs = job.isAnimation ? limits.partMs : lengthOf(job, probed, limits);
  const parts = Math.max(1, Math.ceil((lengthMs - 500) / limits.partMs));
  const partMs = lengthMs / parts;
  const ran = await ffmpeg.run({
    args: argumentsOf(job, probed, { lengthMs, parts, partMs }),
    signal: job.signal,
    timeoutMs: limits.timeoutMs,
    onTime: (ms) => job.tell(Math.min(99, Math.round((ms / lengthMs) * 100))),
  });
  if (ran.result === 'failed') throw damaged(ran.message);
  const names = (await readdir(job.folder)).filter((name) => /^part-\d+\.mp4$/.test(name)).sort();
  const prepared: Prepared[] = [];
  for (const name of names) prepared.push(await describe(ffmpeg, job, path.join(job.folder, name)));
  if (prepared.length === 0) throw damaged('nothing came out');
  return prepared;
}

function lengthOf(job: VideoJob, probed: ProbedMedia | undefined, limits: VideoLimits): number {
  if (!probed?.hasPicture) throw damaged('no picture could be read');
  const { width, height, durationMs } = probed;
  if ((width ?? 0) * (height ?? 0) > maxPixels) {
    throw new AppError('payload_too_large', 'The picture of this video is too large. Make it 4K or smaller.');
  }
  const wholeMs = durationMs ?? limits.longestMs;
  if (job.startMs >= wholeMs) throw validationError('startMs', 'The video is shorter than that.');
  const lengthMs = Math.min(job.endMs ?? wholeMs, wholeMs) - job.startMs;
  if (lengthMs > limits.longestMs) {
    const minutes = String(Math.round(limits.longestMs / 6_000) / 10);
    throw new AppError(
      'payload_too_large',
      `The video is longer than ${minutes} minutes. Choose a part of it with startMs and endMs.`,
    );
  }
  return lengthMs;
}

function argumentsOf(
  job: VideoJob,
  probed: ProbedMedia | undefined,
  { lengthMs, parts, partMs }: { lengthMs: number; parts: number; partMs: number },
): string[] {
  const seconds = (ms: number): string => (ms / 1000).toFixed(3);
  const hasSound = !job.isAnimation && probed?.hasSound === true;
  const silence = ['-f', 'lavfi', '-i', 'anullsrc=channel_layout=stereo:sample_rate=44100'];
  const bits = Math.floor(Math.min(mostBitsPerSecond, bitsPerPart / (partMs / 1000)) - soundBitsPerSecond);
  const box = `scale=w='if(gte(iw,ih),min(iw,${String(longSide)}),min(iw,${String(shortSide)}))':h='if(gte(iw,ih),min(ih,${String(shortSide)}),min(ih,${String(longSide)}))'`;
  // What is shown wider than it is stored is made as wide as it is shown.
  const square = `scale=w='if(gt(sar,0),iw*sar,iw)':h=ih`;
  const filters = [
    square,
    `${box}:force_original_aspect_ratio=decrease:force_divisible_by=2`,
    'setsar=1',
    'format=yuv420p',
  ];
  return [
    ...['-f', job.demuxer],
    ...(job.startMs > 0 ? ['-ss', seconds(job.startMs)] : []),
    ...['-t', seconds(lengthMs)],
    ...['-i', job.from],
    ...(hasSound ? [] : silence),
    ...[
      '-map',
      '0:v:0',
      '-map',
      hasSound ? '0:a:0' : '1:a:0',
      '-sn',
      '-dn',
      '-map_metadata',
      '-1',
      '-map_chapters',
      '-1',
    ],
    ...['-vf', filters.join(','), '-fpsmax', '30'],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '24', '-profile:v', 'high', '-level', '4.0'],
    ...['-maxrate', String(bits), '-bufsize', String(bits * 2), '-threads', '2'],
    ...['-c:a', 'aac', '-b:a', String(soundBitsPerSecond), '-ac', '2', '-ar', '44100'],
    ...['-t', seconds(lengthMs)],
    ...(hasSound ? [] : ['-shortest']),
    ...(parts === 1
      ? ['-movflags', '+faststart', '-f', 'mp4', path.join(job.folder, 'part-000.mp4')]
      : cutting(job.folder, partMs / 1000)),
  ];
}

function cutting(folder: string, partSeconds: number): string[] {
  const every = partSeconds.toFixed(3);
  return [
    ...['-force_key_frames', `expr:gte(t,n_forced*${every})`],
    ...['-f', 'segment', '-segment_time', every, '-segment_time_delta', '0.05', '-reset_timestamps', '1'],
    ...['-segment_format', 'mp4', '-segment_format_options', 'movflags=+faststart'],
    path.join(folder, 'part-%03d.mp4'),
  ];
}

/** What became of one file, with its thumbnail. */
async function describe(ffmpeg: Ffmpeg, job: VideoJob, file: string): Promise<Prepared> {
  const probed = await probeMedia(file, true);
  if (!probed?.hasPicture || probed.durationMs === null) throw damaged('the result could not be read');
  const { width, height, durationMs } = probed;
  const frame = file.replace(/\.mp4$/, '-frame.png');
  const at = (Math.min(thumbnailAtMs, durationMs / 2) / 1000).toFixed(3);
  const ran = await ffmpeg.run({
    args: ['-ss', at, '-i', file, '-frames:v', '1', '-f', 'image2', '-update', '1', frame],
    signal: job.signal,
    timeoutMs: 60_000,
  });
  if (ran.result === 'failed') throw damaged(ran.message);
  const thumbnail = file.replace(/\.mp4$/, '-thumb.jpg');
  const preview = await prepareThumbnail(frame, thumbnail);
  const { size: bytes } = await stat(file);
  const { isAnimation } = job;
  return {
    kind: 'video',
    file,
    thumbnail,
    preview,
    bytes,
    width,
    height,
    durationMs,
    waveform: null,
    isAnimation,
    note: null,
  };
}

function damaged(why: string): AppError {
  const sentence = 'The video is damaged or incomplete and cannot be read. Save it anew and upload that.';
  const details = { fields: { video: sentence } };
  return new AppError('validation_error', sentence, { details, cause: new Error(why) });
}
