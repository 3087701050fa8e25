import { stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError, validationError } from '../lib/app-error.js';
import type { MediaEngine } from './engine/engine.js';
import { coverOf, pictureOf, type PictureStream, soundOf, type SoundStream } from './engine/probed-media.js';
import { maxPicturePoints } from './engine/recipe.js';
import { findPeak } from './film-peak.js';
import { filmRecipe } from './film-recipe.js';
import { shownSize } from './film-shape.js';
import { frameAt } from './film-thumbnail.js';
import type { Prepared } from './prepared.js';
import { prepareThumbnail } from './prepare-image.js';
import { damaged, unreadable } from './unreadable.js';

export interface VideoJob {
  from: string;
  demuxer: string;
  /** Where everything that is made goes. */
  folder: string;
  startMs: number;
  endMs: number | undefined;
  /** Moving pictures: their sound is left out, and what is longer than a status is cut off. */
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

/** So little over the length of a part is no part of its own: phones cut it off unseen. */
const overhangMs = 500;
/** The picture of the thumbnail: the very first is often black. */
const thumbnailAtMs = 1_000;

interface Film {
  picture: PictureStream;
  sound: SoundStream | undefined;
  isAnimation: boolean;
  fromMs: number;
  lengthMs: number;
  parts: number;
}

/**
 * Makes an MP4 that phones play at once. It is as long as the longer of its pictures and its sound, and what is longer than a
 * status may be becomes several of equal length, cut where pictures are whole. Throws in words.
 */
export async function prepareVideo(engine: MediaEngine, job: VideoJob, limits: VideoLimits): Promise<Prepared[]> {
  const signal = AbortSignal.any([job.signal, AbortSignal.timeout(limits.timeoutMs)]);
  try {
    return await prepare(engine, { ...job, signal }, limits);
  } catch (error) {
    if (signal.aborted && !job.signal.aborted) throw damaged('video', 'it took too long');
    throw error;
  }
}

async function prepare(engine: MediaEngine, job: VideoJob, limits: VideoLimits): Promise<Prepared[]> {
  const { folder, signal } = job;
  const file = { path: job.from, demuxer: job.demuxer };
  const film = await lookAt(engine, job, limits);
  const peak = await findPeak(engine, file, film.picture, film, signal);
  const partMs = film.lengthMs / film.parts;
  const prepared: Prepared[] = [];
  for (let part = 0; part < film.parts; part += 1) {
    const to = path.join(folder, `part-${String(part).padStart(3, '0')}.mp4`);
    const plan = { ...film, file, peak, fromMs: film.fromMs + part * partMs, lengthMs: partMs, to };
    const onTime = (ms: number): void => {
      job.tell(Math.min(99, Math.round(((part * partMs + ms) / film.lengthMs) * 100)));
    };
    const ran = await engine.run(filmRecipe(plan), { signal, onTime });
    if (ran.result === 'failed') throw damaged('video', ran.message);
    prepared.push(await describe(engine, job, film.picture, to));
  }
  return prepared;
}

async function lookAt(engine: MediaEngine, job: VideoJob, limits: VideoLimits): Promise<Film> {
  const media = await engine.probe({ path: job.from, demuxer: job.demuxer }, job.signal);
  if (!media) throw damaged('video', 'it cannot be opened');
  const sound = job.isAnimation ? undefined : soundOf(media);
  // A song with a cover is a film that does not move.
  const found = pictureOf(media) ?? (sound && coverOf(media));
  const picture = found && job.isAnimation ? heldUp(found) : found;
  if (!picture) throw unreadable(media, 'video');
  if (picture.width * picture.height > maxPicturePoints) {
    throw new AppError('payload_too_large', 'The picture of this video is too large. Make it 4K or smaller.');
  }
  const startMs = Math.min(picture.isCover ? Infinity : picture.startMs, sound?.startMs ?? Infinity);
  const wholeMs = Math.max(picture.isCover ? -Infinity : picture.endMs, sound?.endMs ?? -Infinity) - startMs;
  const lengthMs = job.isAnimation ? Math.min(wholeMs, limits.partMs) : lengthOf(job, wholeMs, limits);
  const parts = Math.max(1, Math.ceil((lengthMs - overhangMs) / limits.partMs));
  return { picture, sound, isAnimation: job.isAnimation, fromMs: startMs + job.startMs, lengthMs, parts };
}

/** With the times of its pictures as browsers show them. */
function heldUp(picture: PictureStream): PictureStream {
  const { hurriedMs, endMs, startMs, pictures } = picture;
  if (hurriedMs === 0) return picture;
  const lengthMs = endMs + hurriedMs - startMs;
  return { ...picture, endMs: startMs + lengthMs, pictureMs: lengthMs / pictures, rate: undefined };
}

function lengthOf(job: VideoJob, wholeMs: number, limits: VideoLimits): number {
  if (job.startMs > 0 && job.startMs >= wholeMs) throw validationError('startMs', 'The video is shorter than that.');
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

/** What became of one file, with its thumbnail. */
async function describe(engine: MediaEngine, job: VideoJob, picture: PictureStream, file: string): Promise<Prepared> {
  const made = { path: file, demuxer: 'mov' };
  const media = await engine.probe(made, job.signal);
  const track = media && pictureOf(media);
  if (!media || !track) throw damaged('video', 'the result could not be read');
  const durationMs = Math.round(Math.max(...media.streams.map(({ endMs }) => endMs)));
  const frame = await frameAt(engine, made, track, Math.min(thumbnailAtMs, durationMs / 2), job.signal);
  const thumbnail = file.replace(/\.mp4$/, '-thumb.jpg');
  const preview = await prepareThumbnail(frame, thumbnail);
  const { size: bytes } = await stat(file);
  const { isAnimation } = job;
  const facts = { kind: 'video', bytes, ...shownSize(picture), durationMs, isAnimation } as const;
  return { ...facts, file, thumbnail, preview, waveform: null, note: null };
}
