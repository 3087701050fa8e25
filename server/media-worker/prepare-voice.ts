import { stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError, validationError } from '../lib/app-error.js';
import type { MediaEngine } from './engine/engine.js';
import { pictureOf, type SoundStream, soundOf } from './engine/probed-media.js';
import type { Recipe } from './engine/recipe.js';
import { seconds } from './film-recipe.js';
import type { Prepared } from './prepared.js';
import { damaged, unreadable } from './unreadable.js';
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
/** What Opus knows. */
const soundRate = 48_000;
const pieceMs = 60;
/** So little over the limit is what an encoder adds, and phones play it. */
const overhangMs = 500;

/**
 * Makes the voice note of a status: Ogg with Opus, mono, and how loud it is over its length. Covers and pictures of chapters
 * are left out. Throws in words what is wrong with a recording, also when it is longer than a status may be.
 */
export async function prepareVoice(
  engine: MediaEngine,
  job: VoiceJob,
  limits: { longestMs: number; timeoutMs: number },
): Promise<Prepared> {
  const signal = AbortSignal.any([job.signal, AbortSignal.timeout(limits.timeoutMs)]);
  try {
    return await prepare(engine, { ...job, signal }, limits.longestMs);
  } catch (error) {
    if (signal.aborted && !job.signal.aborted) throw damaged('audio', 'it took too long');
    throw error;
  }
}

async function prepare(engine: MediaEngine, job: VoiceJob, longestMs: number): Promise<Prepared> {
  const { signal, folder } = job;
  const { sound, fromMs, lengthMs } = await lookAt(engine, job, longestMs);
  const file = path.join(folder, 'voice.ogg');
  const waveform = new Waveform();
  const ran = await engine.run(voiceRecipe(job, sound, { fromMs, lengthMs, file }), {
    signal,
    onTime: (ms) => job.tell(Math.min(99, Math.round((ms / lengthMs) * 100))),
    onData: (piece) => waveform.add(piece),
  });
  if (ran.result === 'failed') throw damaged('audio', ran.message);
  const durationMs = Math.round((waveform.samples / waveformRate) * 1000);
  if (durationMs === 0) throw damaged('audio', 'it has no sound');
  const { size: bytes } = await stat(file);
  const facts = { kind: 'audio', bytes, durationMs, waveform: waveform.bars() } as const;
  return { ...facts, file, thumbnail: null, preview: null, width: null, height: null, isAnimation: false, note: null };
}

interface Span {
  /** On the clock of the file. */
  fromMs: number;
  lengthMs: number;
}

async function lookAt(engine: MediaEngine, job: VoiceJob, longestMs: number): Promise<Span & { sound: SoundStream }> {
  const media = await engine.probe({ path: job.from, demuxer: job.demuxer }, job.signal);
  if (!media) throw damaged('audio', 'it cannot be opened');
  if (pictureOf(media)) {
    throw new AppError('unsupported_media_type', 'This is a video. Upload it to /api/upload-video.');
  }
  const sound = soundOf(media);
  if (!sound) throw unreadable(media, 'audio');
  const wholeMs = sound.endMs - sound.startMs;
  if (job.startMs > 0 && job.startMs >= wholeMs)
    throw validationError('startMs', 'The recording is shorter than that.');
  const lengthMs = Math.min(job.endMs ?? wholeMs, wholeMs) - job.startMs;
  if (lengthMs > longestMs + overhangMs) throw tooLong(longestMs);
  return { sound, fromMs: sound.startMs + job.startMs, lengthMs };
}

function voiceRecipe(
  job: VoiceJob,
  { index }: SoundStream,
  { fromMs, lengthMs, file }: Span & { file: string },
): Recipe {
  const filters = [
    `asetpts=PTS-${seconds(fromMs)}/TB`,
    `aresample=${String(soundRate)}:async=1:first_pts=0`,
    'aformat=sample_fmts=s16:channel_layouts=mono',
    `atrim=end=${seconds(lengthMs)}`,
    'asplit[whole][heard]',
  ];
  const piece = String((soundRate * pieceMs) / 1000);
  return {
    input: { path: job.from, demuxer: job.demuxer, seekMs: job.startMs > 0 ? fromMs : undefined },
    graph: [
      `[0:${String(index)}]${filters.join(',')}`,
      `[whole]asetnsamples=n=${piece}:p=0[voice]`,
      `[heard]aresample=${String(waveformRate)},aformat=sample_fmts=s16:channel_layouts=mono[loudness]`,
    ].join(';'),
    outputs: [
      {
        kind: 'file',
        path: file,
        format: 'ogg',
        tracks: [
          {
            label: 'voice',
            encoder: 'libopus',
            options: { b: '32000', application: 'voip', frame_duration: String(pieceMs) },
          },
        ],
      },
      { kind: 'raw', label: 'loudness', format: 's16le' },
    ],
  };
}

function tooLong(longestMs: number): AppError {
  return new AppError(
    'payload_too_large',
    `A voice note lasts at most ${String(Math.round(longestMs / 1000))} seconds. Choose a part of it with startMs and endMs.`,
  );
}
