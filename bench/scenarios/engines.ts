import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { MediaEngine } from '../../server/media-worker/engine/engine.js';
import { startProcess } from '../child-process.js';
import type { FilmPreparerCalls } from '../film-preparer.js';
import { ffmpegProgram, hasFfmpeg } from '../ffmpeg-program.js';
import { embeddedEngine, likeness, makeFilm } from '../films.js';
import { median, medianOf, type Measurement } from '../measure.js';
import type { Result, Scenario } from '../scenario.js';

const timeoutMs = 600_000;

interface Film {
  title: string;
  file: string;
  /** Of what is made of it. */
  width: number;
  height: number;
}

interface Round {
  measurement: Measurement;
  likeness: number;
  megabits: number;
}

/**
 * What do the engine of the packages and the program ffmpeg cost for the same recipe, and how good is what they make? CPU time and memory are those of whoever does the work.
 */
export const enginesScenario: Scenario = {
  name: 'engines',
  question: 'A film made ready for WhatsApp: the engine of the packages next to the program ffmpeg',
  async run({ rounds, progress }) {
    const sides = [{ name: 'Statuscast', program: null } as const];
    const compared = await hasFfmpeg(progress);
    const all = [...sides, ...(compared ? [{ name: 'plain tools', program: ffmpegProgram } as const] : [])];
    const folder = await mkdtemp(path.join(os.tmpdir(), 'statuscast-engines-bench-'));
    const engine = await embeddedEngine();
    try {
      const results: Result[] = [];
      progress('making the films');
      for (const film of await makeFilms(engine, folder)) {
        const taken = new Map<Result['subject'], Round[]>();
        for (let round = 1; round <= rounds; round += 1) {
          for (const side of all) {
            progress(`${film.title}, round ${String(round)} of ${String(rounds)}, ${side.name}`);
            taken.set(side.name, [...(taken.get(side.name) ?? []), await prepare(engine, film, side.program, folder)]);
          }
        }
        results.push(...[...taken].map(([subject, measured]) => resultOf(film, subject, measured)));
      }
      return results;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

function resultOf(film: Film, subject: Result['subject'], rounds: readonly Round[]): Result {
  const measurements = rounds.map(({ measurement }) => measurement);
  return {
    scenario: 'engines',
    subject,
    case: film.title,
    ...medianOf(measurements),
    rounds: measurements,
    film: {
      likeness: median(rounds.map((round) => round.likeness)),
      megabits: median(rounds.map((round) => round.megabits)),
    },
  };
}

async function prepare(engine: MediaEngine, film: Film, program: string | null, folder: string): Promise<Round> {
  const work = await mkdtemp(path.join(folder, 'work-'));
  const child = startProcess<FilmPreparerCalls>('film-preparer', {});
  try {
    const wanted = { from: film.file, folder: work, demuxer: 'mov', program };
    const made = await child.call('prepare', wanted, timeoutMs);
    const { size } = await stat(made.file);
    return {
      measurement: made.measurement,
      likeness: await likeness(engine, made.file, film.file, { ...film, folder: work }),
      megabits: (size * 8) / 1_000_000,
    };
  } finally {
    await child.stop();
    await rm(work, { recursive: true, force: true });
  }
}

async function makeFilms(engine: MediaEngine, folder: string): Promise<Film[]> {
  const films = [
    { title: 'bars, 10 s in 1080p, H.264', source: 'testsrc2=size=1920x1080:rate=30:duration=10', encoder: 'libx264' },
    { title: 'fractal, 10 s in 720p, H.264', source: 'mandelbrot=size=1280x720:rate=30', encoder: 'libx264' },
    {
      title: 'bars, 10 s in 1080p, HEVC in 10 bits',
      source: 'testsrc2=size=1920x1080:rate=30:duration=10',
      encoder: 'libx265',
    },
  ];
  await mkdir(path.join(folder, 'films'));
  const made: Film[] = [];
  for (const [index, { title, source, encoder }] of films.entries()) {
    const file = path.join(folder, 'films', `${String(index)}.mp4`);
    const is10Bits = encoder === 'libx265';
    const options: Record<string, string> = { preset: 'ultrafast', crf: '12' };
    if (is10Bits) options['x265-params'] = 'log-level=none';
    await makeFilm(engine, file, {
      picture: `${source},trim=duration=10,format=${is10Bits ? 'yuv420p10le' : 'yuv420p'}`,
      seconds: 10,
      encoder,
      options,
    });
    made.push({ title, file, width: 1280, height: 720 });
  }
  return made;
}
