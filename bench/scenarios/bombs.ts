import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type CallableProcess, startProcess } from '../child-process.js';
import { ChildrenMemory } from '../children-memory.js';
import { median, medianOf, type AnswerTimes, type Measurement } from '../measure.js';
import type { PictureUploaderCalls } from '../picture-uploader.js';
import type { Result, Scenario, ScenarioInput } from '../scenario.js';
import type { StatuscastServerCalls } from '../statuscast-server.js';
import { SteadyClient } from '../steady-client.js';

const timeoutMs = 600_000;
const quietMs = 5_000;
const coreCounts = [2, 4, 8] as const;
/** The uploads follow each other so often: of one time there are fewer than a hundred answers, and their p99 would be the slowest. */
const times = 8;

type Uploader = CallableProcess<PictureUploaderCalls>;

interface BombMeasurement extends Measurement {
  answers: AnswerTimes;
  workersPeakMb: number;
}

/**
 * Does the server still answer while pictures are uploaded that take much to open? Four PNGs of 1 MB with 20 compressed texts of
 * 50 MB each, a GIF of 46 kB with 2,000 pictures of 9000×9000 points, and four JPEGs of 98 megapixels come at the same moment,
 * to a server that has just started, and again as soon as all are answered.
 * A machine with more cores is emulated by what the server does there: as large a thread pool, and as many files at work.
 */
export const bombsScenario: Scenario = {
  name: 'bombs',
  question: 'GET /api/sessions while pictures that unpack to gigabytes and four of 98 megapixels are uploaded at once',
  async run(input) {
    input.progress('making the pictures');
    // In a process of its own: what uploading costs here must not be taken for the server's answer time.
    const uploader = startProcess<PictureUploaderCalls>('picture-uploader', {});
    try {
      await uploader.call('make', undefined, timeoutMs);
      const results: Result[] = [];
      for (const cores of coreCounts) results.push(...(await measureCores(cores, uploader, input)));
      return results;
    } finally {
      await uploader.stop();
    }
  },
};

async function measureCores(cores: number, uploader: Uploader, input: ScenarioInput): Promise<Result[]> {
  const taken = new Map<string, BombMeasurement[]>();
  for (let round = 1; round <= input.rounds; round += 1) {
    input.progress(`as on ${String(cores)} cores, round ${String(round)} of ${String(input.rounds)}`);
    for (const [name, measurement] of await measureRound(cores, uploader, input))
      taken.set(name, [...(taken.get(name) ?? []), measurement]);
  }
  return [...taken].map(([name, rounds]) => {
    const answer = (field: keyof AnswerTimes): number => median(rounds.map(({ answers }) => answers[field]));
    return {
      scenario: 'bombs',
      subject: 'Statuscast' as const,
      case: `as on ${String(cores)} cores, ${name}`,
      ...medianOf(rounds),
      answers: {
        count: answer('count'),
        p50Ms: answer('p50Ms'),
        p90Ms: answer('p90Ms'),
        p95Ms: answer('p95Ms'),
        p99Ms: answer('p99Ms'),
        maxMs: answer('maxMs'),
      },
      workersPeakMb: median(rounds.map(({ workersPeakMb }) => workersPeakMb)),
      rounds,
    };
  });
}

async function measureRound(
  cores: number,
  uploader: Uploader,
  { simulator }: ScenarioInput,
): Promise<[string, BombMeasurement][]> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'statuscast-bombs-bench-'));
  const apiKey = randomBytes(32).toString('base64url');
  const server = startProcess<StatuscastServerCalls>('statuscast-server', {
    API_KEY: apiKey,
    PORT: '0',
    DATA_DIR: dataDir,
    UPLOADS_DIR: path.join(dataDir, 'uploads'),
    LOG_LEVEL: 'error',
    RATE_LIMIT_MAX: '1000000',
    UV_THREADPOOL_SIZE: String(cores),
    MEDIA_JOBS_AT_ONCE: String(Math.max(2, cores - 1)),
    WHATSAPP_URL: simulator.url,
    WHATSAPP_ROOT_KEY: simulator.rootKeyHex,
  });
  try {
    const url = await server.call('start', undefined, timeoutMs);
    const pid = await server.call('pid', undefined, timeoutMs);
    const headers = { 'x-api-key': apiKey };
    const measure = async (work: () => Promise<unknown>): Promise<BombMeasurement> => {
      const memory = new ChildrenMemory(pid);
      await server.call('startMeasuring', undefined, timeoutMs);
      const client = new SteadyClient(() => askForSessions(url, headers));
      try {
        await work();
        const answers = await client.stop();
        const measured = await server.call('stopMeasuring', undefined, timeoutMs);
        return { ...measured, answers, workersPeakMb: await memory.stop() };
      } finally {
        client.close();
        await memory.stop();
      }
    };
    return [
      ['idle', await measure(() => wait(quietMs))],
      [
        'uploads',
        await measure(async () => {
          for (let time = 0; time < times; time += 1) await uploader.call('upload', { url, apiKey }, timeoutMs);
        }),
      ],
    ];
  } finally {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function askForSessions(url: string, headers: Record<string, string>): Promise<void> {
  const answer = await fetch(`${url}/api/sessions`, { headers, signal: AbortSignal.timeout(timeoutMs) });
  if (!answer.ok) throw new Error(`GET /api/sessions: ${await answer.text()}`);
  await answer.arrayBuffer();
}
