import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { getPriority } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { childEnvironment } from '../../server/lib/child-environment.js';
import { AppError } from '../../server/lib/app-error.js';
import { createLogger } from '../../server/lib/logger.js';
import { projectRoot } from '../../server/lib/project-root.js';
import { MediaPreparer } from '../../server/media-pool/media-preparer.js';
import { MemoryBudget } from '../../server/media-pool/memory-budget.js';
import { WaitingTurns } from '../../server/lib/running/waiting-turns.js';
import { WorkerPool } from '../../server/media-pool/worker-pool.js';
import type { TaskLimits } from '../../server/media-worker/protocol.js';
import { eventually } from '../support/eventually.js';
import { makeTempDir } from '../support/temp-dir.js';
import { mediaWorkerProgram } from '../support/test-server.js';
import { runningWorkers } from './running-workers.js';

const never = new AbortController().signal;

describe('media workers', function () {
  this.timeout(60_000);
  let temp: { dir: string; remove: () => Promise<void> };
  let picture: string;
  let pool: WorkerPool;
  let preparer: MediaPreparer;
  let folders = 0;

  const newFolder = async (): Promise<string> => {
    const folder = path.join(temp.dir, `work-${String((folders += 1))}`);
    await mkdir(folder);
    return folder;
  };
  const workers = (): Promise<number[]> => runningWorkers(temp.dir);

  before(async () => {
    temp = await makeTempDir();
    picture = path.join(temp.dir, 'picture.png');
    // Interlaced: it is unpacked as a whole.
    const points = { width: 5_000, height: 4_000, channels: 3, background: '#1F6F5C' } as const;
    await sharp({ create: points }).png({ progressive: true, compressionLevel: 1 }).toFile(picture);
    const logger = createLogger({ logLevel: 'silent' });
    const program = mediaWorkerProgram() ?? path.join(projectRoot(), 'server', 'media-worker', 'main.ts');
    const environment = childEnvironment(process.env);
    pool = new WorkerPool({
      worker: { program, folder: temp.dir, ffmpegPath: undefined, environment, atOnce: 4, logger },
      idleMs: 60_000,
      tasksOfOne: 4,
      restingBytes: 1024 ** 3,
      logger,
    });
    preparer = new MediaPreparer({
      pool,
      turns: new WaitingTurns({
        atOnce: 1,
        longAtOnce: 1,
        waiting: 9,
        waitingOfOne: 9,
        longestWaitMs: 60_000,
        busy: 'Too many files.',
        retryAfterSeconds: 60,
      }),
      memory: new MemoryBudget(1024 ** 3),
      limits: { partMs: 60_000, longestMs: 60_000, timeoutMs: 60_000 },
      newFolder,
      discard: async () => undefined,
    });
  });
  after(async () => {
    await preparer.stop();
    assert.deepEqual(await workers(), [], 'nothing is left when the server has stopped');
    await temp.remove();
  });

  async function prepare(told: { signal?: AbortSignal; tell?: (percent: number) => void } = {}) {
    const folder = await newFolder();
    return preparer.prepare(
      { kind: 'image', from: picture, folder, sizeBytes: 1_000, layout: 'fit', startMs: 0, endMs: undefined },
      { organizationId: 'a', signal: told.signal ?? never, tell: told.tell ?? (() => undefined) },
    );
  }
  /** The same without the words. */
  const prepareWithin = async (limits: TaskLimits) => {
    const type = { mimeType: 'image/png', demuxer: null };
    const job = { kind: 'image', from: picture, folder: await newFolder(), type, layout: 'fit' } as const;
    const lengths = { partMs: 60_000, longestMs: 60_000, timeoutMs: 60_000 };
    const input = { ...job, startMs: 0, endMs: undefined, limits: lengths };
    return pool.run('prepare', input, limits, { signal: never, isNew: false });
  };
  const killAll = async (signal: NodeJS.Signals): Promise<void> => {
    for (const pid of await workers()) process.kill(pid, signal);
  };

  it('prepare one file after the other, and are changed after a number of tasks', async () => {
    const [first] = await prepare();
    assert.deepEqual([first?.kind, first?.width, first?.height], ['image', 1080, 864]);
    const [pid] = await workers();
    await prepare();
    // Two tasks for each file.
    await eventually(() => pool.facts().workers === 0, { what: 'the worker to be ended' });
    await prepare();
    const [other, ...more] = await workers();
    assert.ok(other !== undefined && other !== pid && more.length === 0);
  });

  it('give way to the server, also where Linux looks at sessions', async () => {
    // Looked at while they work: this may be their last task.
    const look = async (pid: number): Promise<[number, string | undefined]> => [
      getPriority(pid),
      await readFile(`/proc/${String(pid)}/autogroup`, 'utf8').then(
        (text) => / nice \d+$/m.exec(text)?.[0],
        () => undefined,
      ),
    ];
    let looking: Promise<[number, string | undefined][]> | undefined;
    await prepare({ tell: () => void (looking ??= workers().then((pids) => Promise.all(pids.map(look)))) });
    assert.deepEqual(await looking, [[15, existsSync('/proc/self/autogroup') ? ' nice 6' : undefined]]);
  });

  it('that are killed are followed by another one, and what they did is done again', async () => {
    let told = 0;
    const [prepared] = await prepare({ tell: () => void ((told += 1) === 1 && killAll('SIGKILL')) });
    assert.equal(prepared?.kind, 'image');
    assert.equal(pool.facts().failures, 1);
  });

  it('that are killed again and again are no verdict on the file', async () => {
    await assert.rejects(
      prepare({ tell: () => void killAll('SIGKILL') }),
      (error) => error instanceof AppError && error.code === 'unavailable' && error.retryAfterSeconds === 30,
    );
    assert.equal((await prepare())[0]?.kind, 'image');
  });

  it('that fall over twice are: the file is damaged', async () => {
    await assert.rejects(
      prepare({ tell: () => void killAll('SIGSEGV') }),
      (error) => error instanceof AppError && error.code === 'validation_error' && /it is damaged/.test(error.message),
    );
  });

  it('end themselves when a file takes more memory or time than it may', async () => {
    for (const [limits, reason] of [
      [{ memoryBytes: 1, timeMs: 60_000 }, 'memory'],
      [{ memoryBytes: 1024 ** 3, timeMs: 1 }, 'time'],
    ] as const) {
      assert.deepEqual(await prepareWithin(limits), { result: 'too_heavy', reason });
      assert.equal(pool.facts().workers, 0);
    }
  });

  it('end with the caller, and leave the next one its turn', async () => {
    const leaving = new AbortController();
    const gone = prepare({ signal: leaving.signal, tell: () => leaving.abort(new Error('gone')) });
    const next = prepare();
    await assert.rejects(gone, /gone/);
    assert.equal((await next)[0]?.kind, 'image');
  });

  it('show a link the picture of its page, and nothing for what is none', async () => {
    const points = { width: 600, height: 300, channels: 4, background: '#1F6F5C80' } as const;
    const thumbnail = await preparer.thumbnail(await sharp({ create: points }).webp().toBuffer());
    assert.ok(thumbnail);
    const { format, width, height } = await sharp(thumbnail).metadata();
    assert.deepEqual([format, width, height], ['jpeg', 192, 96]);
    assert.equal(await preparer.thumbnail(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')), undefined);
  });
});
