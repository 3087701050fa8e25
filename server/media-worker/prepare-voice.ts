import { stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError, validationError } from '../lib/app-error.js';
import type { Ffmpeg } from './ffmpeg.js';
import type { Prepared } from './prepared.js';
import { probeMedia } from './probe.js';
import { Waveform } from './waveform.js';

export interface VoiceJob {
  from: string;
  demuxer: string;
  folder: string;
  startMs: number;
  endMs: number | undefined;
  signal: AbortSignal;
  tell: (percent: number) => void;
}

/** Enough to see how loud it is. */
const waveformRate = 8_000;

/**
 * Makes the voice note of a status: Ogg with Opus, mono, and how loud it is over its length. Throws in words what is wrong
 * with a recording, also when it is longer than a status may be.
 */
export async function prepareVoice(
  ffmpeg: Ffmpeg,
  job: VoiceJob,
  limits: { longestMs: number; timeoutMs: number },
): Promise<Prepared> {
  const probed = await probeMedia(job.from);
  if (probed && (!probed.hasSound || probed.hasPicture)) throw noRecording(probed.hasPicture);
  const wholeMs = probed?.durationMs ?? undefined;
  if (wholeMs !== undefined && job.startMs >= wholeMs)
    throw validationError('startMs', 'The recording is shorter than that.');
  const endMs = Math.min(job.endMs ?? Infinity, wholeMs ?? Infinity);
  if (endMs - job.startMs > limits.longestMs && endMs !== Infinity) throw tooLong(limits.longestMs);

  const file = path.join(job.folder, 'voice.ogg');
  const waveform = new Waveform();
  // A little more than may be, so that what is too long and does not say so is found out.
  const readMs = Math.min(endMs - job.startMs, limits.longestMs + 1_000);
  const ran = await ffmpeg.run({
    args: [
      ...['-f', job.demuxer],
      ...(job.startMs > 0 ? ['-ss', (job.startMs / 1000).toFixed(3)] : []),
      ...['-t', (readMs / 1000).toFixed(3), '-i', job.from],
      ...['-map', '0:a:0', '-map_metadata', '-1', '-ac', '1', '-ar', '48000'],
      ...['-c:a', 'libopus', '-b:a', '32k', '-application', 'voip', '-frame_duration', '60', '-f', 'ogg', file],
      ...['-map', '0:a:0', '-ac', '1', '-ar', String(waveformRate), '-c:a', 'pcm_s16le', '-f', 's16le', 'pipe:3'],
    ],
    signal: job.signal,
    timeoutMs: limits.timeoutMs,
    onTime: (ms) => job.tell(Math.min(99, Math.round((ms / readMs) * 100))),
    onData: (chunk) => waveform.add(chunk),
  });
  if (ran.result === 'failed') throw damaged(ran.message);
  const durationMs = (await probeMedia(file, true))?.durationMs ?? Math.round((waveform.samples / waveformRate) * 1000);
  if (waveform.samples === 0 || durationMs === 0) throw damaged('it has no sound');
  if (durationMs > limits.longestMs + 500) throw tooLong(limits.longestMs);
  const { size: bytes } = await stat(file);
  const facts = { kind: 'audio', bytes, durationMs, waveform: waveform.bars() } as const;
  return { ...facts, file, thumbnail: null, preview: null, width: null, height: null, isAnimation: false, note: null };
}

function tooLong(longestMs: number): AppError {
  const seconds = String(Math.round(longestMs / 1000));
  return new AppError(
    'payload_too_large',
    `A voice note lasts at most ${seconds} seconds. Choose a part of it with startMs and endMs.`,
  );
}

function noRecording(hasPicture: boolean): AppError {
  const sentence = hasPicture ? 'This is a video. Upload it to /api/upload-video.' : 'There is no sound in this file.';
  return new AppError('unsupported_media_type', sentence);
}

function damaged(why: string): AppError {
  const sentence = 'The recording is damaged or incomplete and cannot be read. Save it anew and upload that.';
  const details = { fields: { audio: sentence } };
  return new AppError('validation_error', sentence, { details, cause: new Error(why) });
}
