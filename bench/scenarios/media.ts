import { randomBytes } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { startProcess } from '../child-process.js';
import { ffmpegProgram, hasFfmpeg } from '../ffmpeg-program.js';
import { embeddedEngine, makeFilm } from '../films.js';
import { medianOf, type Measurement } from '../measure.js';
import type { PlainToolsCalls } from '../plain-tools.js';
import type { Result, Scenario, ScenarioInput } from '../scenario.js';
import type { StatuscastServerCalls } from '../statuscast-server.js';

const timeoutMs = 600_000;

interface Sample {
  title: string;
  kind: 'picture' | 'video';
  file: string;
}

/** Takes a file in and gets it ready, with a thumbnail. */
interface Side {
  name: Result['subject'];
  prepare(sample: Sample): Promise<Measurement>;
  stop(): Promise<void>;
}

/**
 * What does an upload cost until its answer, next to the bare calls of sharp and of the program ffmpeg on a file that is there
 * already? Where there is no such program, a video has nothing beside it.
 * Wall time counts for both; CPU time, blocks of the event loop and memory are those of the process, without those it starts.
 * Each file meets a fresh process, so that the peak of memory is its own.
 */
export const mediaScenario: Scenario = {
  name: 'media',
  question: 'A picture, a video and 100 MB of video: from the upload to the file that can be posted',
  async run(input) {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'statuscast-media-bench-'));
    try {
      const results: Result[] = [];
      const compared = await hasFfmpeg(input.progress);
      for (const sample of await makeSamples(folder, input)) {
        const opens = [() => statuscast(folder, input.simulator)];
        if (compared || sample.kind === 'picture') opens.unshift(() => plainTools(folder));
        results.push(...(await measureSample(sample, opens, input)));
      }
      return results;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function measureSample(
  sample: Sample,
  opens: (() => Promise<Side>)[],
  { rounds, progress }: ScenarioInput,
): Promise<Result[]> {
  const taken = new Map<Result['subject'], Measurement[]>();
  for (let round = 1; round <= rounds; round += 1) {
    for (const open of opens) {
      const side = await open();
      progress(`${sample.title}, round ${String(round)} of ${String(rounds)}, ${side.name}`);
      try {
        taken.set(side.name, [...(taken.get(side.name) ?? []), await side.prepare(sample)]);
      } finally {
        await side.stop();
      }
    }
  }
  return [...taken].map(([subject, measured]) => ({
    scenario: 'media',
    subject,
    case: sample.title,
    ...medianOf(measured),
    rounds: measured,
  }));
}

async function makeSamples(folder: string, { progress }: ScenarioInput): Promise<Sample[]> {
  progress('making the files');
  const photo = path.join(folder, 'photo.jpg');
  const noise = { type: 'gaussian', mean: 128, sigma: 30 } as const;
  await sharp({ create: { width: 4000, height: 3000, channels: 3, background: '#888', noise } })
    .jpeg()
    .toFile(photo);
  const engine = await embeddedEngine();
  const bars = (size: string, seconds: number, filters = ''): string =>
    `testsrc2=size=${size}:rate=30:duration=${String(seconds)}${filters},format=yuv420p`;
  const film = path.join(folder, 'film.mp4');
  const options = { preset: 'ultrafast' };
  await makeFilm(engine, film, { picture: bars('1280x720', 30), seconds: 30, encoder: 'libx264', options });
  const large = path.join(folder, 'large.mp4');
  await makeFilm(engine, large, {
    picture: bars('1920x1080', 10, ',noise=alls=30:allf=t'),
    seconds: 10,
    encoder: 'libx264',
    options: { ...options, b: '85M', maxrate: '90M', bufsize: '90M' },
  });
  const megabytes = Math.round((await stat(large)).size / 1024 / 1024);
  return [
    { title: 'photo, 12 megapixels', kind: 'picture', file: photo },
    { title: 'video, 30 s in 720p', kind: 'video', file: film },
    { title: `video, ${String(megabytes)} MB in 1080p`, kind: 'video', file: large },
  ];
}

async function plainTools(folder: string): Promise<Side> {
  const child = startProcess<PlainToolsCalls>('plain-tools', { FFMPEG_PATH: ffmpegProgram });
  return {
    name: 'plain tools',
    prepare: ({ kind, file }) => child.call(kind, { from: file, to: path.join(folder, `out-${kind}`) }, timeoutMs),
    stop: () => child.stop(),
  };
}

async function statuscast(folder: string, simulator: ScenarioInput['simulator']): Promise<Side> {
  const dataDir = await mkdtemp(path.join(folder, 'server-'));
  const apiKey = randomBytes(32).toString('base64url');
  const child = startProcess<StatuscastServerCalls>('statuscast-server', {
    API_KEY: apiKey,
    PORT: '0',
    DATA_DIR: dataDir,
    UPLOADS_DIR: path.join(dataDir, 'uploads'),
    LOG_LEVEL: 'warn',
    MAX_UPLOAD_MB: '200',
    STATUS_MEDIA_SECONDS: '60',
    WHATSAPP_URL: simulator.url,
    WHATSAPP_ROOT_KEY: simulator.rootKeyHex,
  });
  const url = await child.call('start', undefined, timeoutMs);
  return {
    name: 'Statuscast',
    async prepare({ kind, file }) {
      const field = kind === 'picture' ? 'image' : 'video';
      const form = new FormData();
      form.set(field, await openAsBlob(file), path.basename(file));
      await child.call('startMeasuring', undefined, timeoutMs);
      const request = { method: 'POST', headers: { 'x-api-key': apiKey }, body: form };
      const answer = await fetch(`${url}/api/upload-${field}`, { ...request, signal: AbortSignal.timeout(timeoutMs) });
      const measurement = await child.call('stopMeasuring', undefined, timeoutMs);
      if (!answer.ok) throw new Error(`The upload was refused: ${await answer.text()}`);
      return measurement;
    },
    async stop() {
      await child.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
