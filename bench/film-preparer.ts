import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createLogger } from '../server/lib/logger.js';
import { MediaEngines } from '../server/media-worker/engine/media-engines.js';
import { prepareFile } from '../server/media-worker/prepare-file.js';
import { answerCalls } from './child-process.js';
import { startMeter, type Measurement } from './measure.js';
import { watchPrograms } from './program-usage.js';

/* Makes films ready as an upload does, in this process: with the engine of the packages, or with a program. */

export interface PreparedFilm {
  measurement: Measurement;
  file: string;
}

const timeoutMs = 300_000;

const calls = {
  prepare: async (wanted: {
    from: string;
    folder: string;
    demuxer: string;
    program: string | null;
  }): Promise<PreparedFilm> => {
    const engines = new MediaEngines(wanted.program ?? undefined, createLogger({ logLevel: 'silent' }));
    // Loading it is paid once by a process that lives on.
    await engines.get();
    const folder = path.join(wanted.folder, 'prepared');
    await mkdir(folder, { recursive: true });
    const programs = watchPrograms();
    const meter = startMeter();
    const [film] = await prepareFile(
      {
        kind: 'video',
        from: wanted.from,
        folder,
        layout: 'fit',
        startMs: 0,
        endMs: undefined,
        type: { mimeType: 'video/mp4', demuxer: wanted.demuxer },
      },
      {
        engines,
        limits: { partMs: 60_000, longestMs: 600_000, timeoutMs },
        signal: AbortSignal.timeout(timeoutMs),
        tell: () => undefined,
      },
    );
    const own = await meter.stop();
    const theirs = await programs.stop();
    if (!film) throw new Error('No film came out.');
    const cpuMs = own.cpuMs + theirs.cpuMs;
    const peakMemoryMb = wanted.program === null ? own.peakMemoryMb : theirs.peakMemoryMb;
    return { measurement: { ...own, cpuMs, peakMemoryMb }, file: film.file };
  },
};
export type FilmPreparerCalls = typeof calls;

answerCalls(calls, () => Promise.resolve());
