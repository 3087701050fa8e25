import path from 'node:path';
import type { ImageLayout, UploadKind } from '../contract/media.js';
import type { FoundType } from './detect-type.js';
import type { MediaEngines } from './engine/media-engines.js';
import { pictureOf } from './engine/probed-media.js';
import { asGif, prepareImage, readPicture } from './prepare-image.js';
import { prepareVideo, type VideoJob, type VideoLimits } from './prepare-video.js';
import { prepareVoice } from './prepare-voice.js';
import type { Prepared } from './prepared.js';
import { isReadByOthers, readablePicture } from './readable-picture.js';

/** A file that somebody gave, what it is by its bytes, and what is to become of it. */
export interface PrepareJob {
  kind: UploadKind;
  from: string;
  /** Where everything that is made goes. */
  folder: string;
  type: FoundType;
  layout: ImageLayout;
  startMs: number;
  endMs: number | undefined;
}

export interface PrepareTools {
  engines: MediaEngines;
  limits: VideoLimits;
  signal: AbortSignal;
  /** Told from 0 to 100. */
  tell: (percent: number) => void;
}

/** Makes the files of a status: one, or several for a video that was cut. Throws in words what is wrong with what was given. */
export async function prepareFile(job: PrepareJob, tools: PrepareTools): Promise<Prepared[]> {
  const { engines, limits, signal, tell } = tools;
  signal.throwIfAborted();
  tell(0);
  const { from, folder, startMs, endMs } = job;
  const { demuxer } = job.type;
  const work = { from, folder, startMs, endMs, signal, tell };
  let prepared: Prepared[];
  if (demuxer === null) prepared = [await preparePicture(job, work, tools)];
  else if (job.kind === 'video')
    prepared = await prepareVideo(await engines.get(), { ...work, demuxer, isAnimation: false }, limits);
  else
    prepared = [await prepareVoice(await engines.get(), { ...work, demuxer }, { ...limits, longestMs: limits.partMs })];
  tell(100);
  return prepared;
}

/** What moves becomes a short video, where that can be made. */
async function preparePicture(
  job: PrepareJob,
  work: Omit<VideoJob, 'demuxer' | 'isAnimation'>,
  { engines, limits, signal }: PrepareTools,
): Promise<Prepared> {
  const { mimeType } = job.type;
  if (isReadByOthers(mimeType)) {
    const from = await readablePicture(job.from, mimeType, job.folder, { engine: () => engines.get(), signal });
    return prepareStill({ ...job, from });
  }
  const { frames } = await readPicture(job.from, mimeType);
  if (!(await doesMove(job, frames, engines, signal))) return prepareStill(job);
  const { available } = await engines.look();
  if (!available) {
    const note = 'Moving pictures cannot be prepared on this server. This is the first picture of it.';
    return { ...(await prepareStill(job)), note };
  }
  const engine = await engines.get();
  const demuxer = movingDemuxers[mimeType] ?? 'gif';
  const isRead = engine.name === 'embedded' || mimeType !== 'image/webp';
  const film = isRead
    ? { from: job.from, demuxer }
    : { from: await asGif(job.from, mimeType, job.folder), demuxer: 'gif' };
  const [video] = await prepareVideo(engine, { ...work, ...film, isAnimation: true }, limits);
  if (!video) throw new Error('An animation became no video.');
  return { ...video, note: 'The moving picture became a short video.' };
}

/** What reads moving pictures; the program ffmpeg may be too old for WebP. */
const movingDemuxers: Readonly<Record<string, string>> = {
  'image/gif': 'gif',
  'image/webp': 'webp_anim',
  'image/apng': 'apng',
};

/** `frames` are those that sharp sees: of a PNG it knows the first only, and pages of a TIFF are no movement. */
async function doesMove(job: PrepareJob, frames: number, engines: MediaEngines, signal: AbortSignal): Promise<boolean> {
  const { mimeType } = job.type;
  if (mimeType !== 'image/apng') return frames > 1 && mimeType in movingDemuxers;
  if (!(await engines.look()).available) return false;
  const media = await (await engines.get()).probe({ path: job.from, demuxer: 'apng' }, signal);
  return ((media && pictureOf(media))?.pictures ?? 0) > 1;
}

async function prepareStill({ from, folder, layout }: PrepareJob): Promise<Prepared> {
  const file = path.join(folder, 'image.jpg');
  const thumbnail = path.join(folder, 'image-thumb.jpg');
  const facts = await prepareImage(from, { image: file, thumbnail }, layout);
  return {
    kind: 'image',
    ...facts,
    file,
    thumbnail,
    durationMs: null,
    waveform: null,
    isAnimation: false,
    note: null,
  };
}
