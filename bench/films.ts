import { readFile } from 'node:fs/promises';
import { openEmbeddedEngine } from '../server/media-worker/engine/embedded-engine.js';
import type { MediaEngine } from '../server/media-worker/engine/engine.js';

const workTimeoutMs = 300_000;

/** The engine that comes with the packages. Throws where they have none for this machine. */
export async function embeddedEngine(): Promise<MediaEngine> {
  const engine = await openEmbeddedEngine();
  if ('reason' in engine) throw new Error(engine.reason);
  return engine;
}

/** How like its source a film is that was made from it, as SSIM from 0 to 1, over all its pictures, in the size of the film. */
export async function likeness(
  engine: MediaEngine,
  film: string,
  source: string,
  { width, height, folder }: { width: number; height: number; folder: string },
): Promise<number> {
  const stats = `${folder}/ssim.txt`;
  const graph = `movie=filename=${source},scale=${String(width)}:${String(height)}:flags=bicubic,format=yuv420p[source];[0:0]format=yuv420p[film];[film][source]ssim=stats_file=${stats}[out]`;
  const outcome = await engine.run(
    {
      input: { path: film, demuxer: 'mov' },
      graph,
      outputs: [{ kind: 'raw', label: 'out', format: 'rawvideo' }],
    },
    { signal: AbortSignal.timeout(workTimeoutMs), onData: () => undefined },
  );
  if (outcome.result === 'failed') throw new Error(outcome.message);
  const values = [...(await readFile(stats, 'utf8')).matchAll(/All:([\d.]+)/g)].map(([, value]) => Number(value));
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Makes an MP4 with a tone. `picture` is a source of FFmpeg's filter language. */
export async function makeFilm(
  engine: MediaEngine,
  file: string,
  film: { picture: string; seconds: number; encoder: string; options: Readonly<Record<string, string>> },
): Promise<void> {
  const pieces = 'aformat=sample_fmts=fltp:channel_layouts=stereo,asetnsamples=n=1024:p=0';
  const tracks = [
    { label: 'picture', encoder: film.encoder, options: film.options },
    { label: 'sound', encoder: 'aac', options: {} },
  ];
  const outcome = await engine.run(
    {
      graph: `${film.picture}[picture];sine=duration=${String(film.seconds)},${pieces}[sound]`,
      outputs: [{ kind: 'file', path: file, format: 'mp4', tracks }],
    },
    { signal: AbortSignal.timeout(workTimeoutMs) },
  );
  if (outcome.result === 'failed') throw new Error(outcome.message);
}
