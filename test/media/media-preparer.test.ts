import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../server/lib/app-error.js';
import { WaitingTurns } from '../../server/lib/running/waiting-turns.js';
import { MediaPreparer } from '../../server/media-pool/media-preparer.js';
import { MemoryBudget } from '../../server/media-pool/memory-budget.js';
import type { Outcome } from '../../server/media-pool/worker-process.js';
import type { TaskLimits, TaskName } from '../../server/media-worker/protocol.js';
import { makeTempDir } from '../support/temp-dir.js';

const mebibyte = 1024 * 1024;
const never = new AbortController().signal;
const inspected = {
  type: { mimeType: 'image/png', demuxer: null },
  from: 'clean',
  memoryBytes: 10 * mebibyte,
  timeMs: 7_000,
};
const done = (output: unknown): Outcome<unknown> => ({ result: 'done', output });
const crashed: Outcome<never> = { result: 'crashed', how: 'SIGSEGV' };
const lost: Outcome<never> = { result: 'lost', how: 'SIGKILL' };

interface Asked {
  task: TaskName;
  input: Record<string, unknown>;
  limits: TaskLimits;
  isNew: boolean;
}

describe('preparing media', () => {
  let dir: string;
  let removeDir: () => Promise<void>;
  let asked: Asked[];
  let discarded: string[];
  /** What comes of one task after the other; the last one for ever. */
  let outcomes: Partial<Record<TaskName, (Outcome<unknown> | Promise<Outcome<unknown>> | Error)[]>>;
  let preparer: MediaPreparer;
  let stopped: number;
  beforeEach(async () => {
    ({ dir, remove: removeDir } = await makeTempDir());
    [asked, discarded, stopped] = [[], [], 0];
    outcomes = { inspect: [done(inspected)], prepare: [done(['made'])] };
    const pool = {
      run: async (
        task: TaskName,
        input: Asked['input'],
        limits: TaskLimits,
        rest: { signal: AbortSignal; isNew: boolean },
      ) => {
        rest.signal.throwIfAborted();
        asked.push({ task, input, limits, isNew: rest.isNew });
        const list = outcomes[task] ?? [];
        const outcome = (list.length > 1 ? list.shift() : list[0]) ?? assert.fail(task);
        if (outcome instanceof Error) throw outcome;
        return outcome;
      },
      facts: () => ({ workers: 0, working: 0, failures: 0 }),
      stop: async () => void (stopped += 1),
    };
    const limits = {
      atOnce: 1,
      longAtOnce: 1,
      waiting: 9,
      waitingOfOne: 9,
      longestWaitMs: 60_000,
    };
    preparer = new MediaPreparer({
      pool: pool as never,
      turns: new WaitingTurns({ ...limits, busy: 'Busy.', retryAfterSeconds: 1 }),
      memory: new MemoryBudget(100 * mebibyte),
      limits: { partMs: 1, longestMs: 2, timeoutMs: 3 },
      newFolder: () => Promise.resolve(dir),
      discard: async (folder) => void discarded.push(folder),
    });
  });
  afterEach(() => removeDir());

  const prepare = (kind: 'image' | 'video' | 'audio' = 'image', signal = never) =>
    preparer.prepare(
      { kind, from: 'given', folder: dir, sizeBytes: 5, layout: 'letterbox', startMs: 1, endMs: 9 },
      { organizationId: 'a', signal, tell: () => undefined },
    );
  const refusal = async (work: Promise<unknown>): Promise<AppError> => {
    const error = await work.then(
      () => assert.fail('it went well'),
      (failure: unknown) => failure,
    );
    assert.ok(error instanceof AppError, String(error));
    return error;
  };

  it('looks at a file, and then does what it needs within what that needs', async () => {
    assert.deepEqual(await prepare(), ['made']);
    const [looked, made] = asked;
    assert.deepEqual([looked?.task, made?.task, asked.length], ['inspect', 'prepare', 2]);
    assert.deepEqual(looked?.input, {
      kind: 'image',
      from: 'given',
      folder: path.join(dir, 'inspect-0'),
      sizeBytes: 5,
      startMs: 1,
      endMs: 9,
      longestMs: 2,
    });
    assert.deepEqual(made?.input, {
      kind: 'image',
      from: 'clean',
      type: inspected.type,
      folder: path.join(dir, 'prepare-0'),
      layout: 'letterbox',
      startMs: 1,
      endMs: 9,
      limits: { partMs: 1, longestMs: 2, timeoutMs: 3 },
    });
    assert.deepEqual(made?.limits, { memoryBytes: (10 * 1.5 + 192) * mebibyte, timeMs: 7_000 });
  });

  it('is done once more by a new worker in a folder of its own when the first did not last', async () => {
    for (const first of [crashed, lost]) {
      outcomes['prepare'] = [first, done(['made'])];
      assert.deepEqual(await prepare(), ['made']);
      const tries = asked.splice(0).filter(({ task }) => task === 'prepare');
      assert.deepEqual(
        tries.map(({ isNew, input }) => [isNew, path.basename(String(input['folder']))]),
        [
          [false, 'prepare-0'],
          [true, 'prepare-1'],
        ],
      );
      assert.deepEqual((await readdir(dir)).sort(), ['inspect-0', 'prepare-0', 'prepare-1']);
      await removeDir();
      ({ dir, remove: removeDir } = await makeTempDir());
    }
  });

  it('judges the file only when two workers fell over it', async () => {
    for (const [results, code, seconds] of [
      [[crashed, crashed], 'validation_error', undefined],
      [[crashed, lost], 'unavailable', 30],
      [[lost, crashed], 'unavailable', 30],
      [[lost, lost], 'unavailable', 30],
    ] as const) {
      outcomes['inspect'] = [...results];
      const error = await refusal(prepare('audio'));
      assert.deepEqual([error.code, error.retryAfterSeconds, asked.splice(0).length], [code, seconds, 2]);
      await removeDir();
      ({ dir, remove: removeDir } = await makeTempDir());
    }
  });

  it('is not tried again for what was refused, a fault, or what is too much, which is told with a remedy', async () => {
    const no = new AppError('unsupported_media_type', 'No picture.');
    outcomes['inspect'] = [{ result: 'refused', error: no }];
    assert.equal(await refusal(prepare()), no);
    outcomes['inspect'] = [{ result: 'failed', error: new TypeError('a fault') }];
    await removeDir();
    ({ dir, remove: removeDir } = await makeTempDir());
    await assert.rejects(prepare(), /a fault/);
    assert.equal(asked.length, 2);
    outcomes['inspect'] = [done(inspected)];
    for (const [kind, reason, sentence] of [
      ['image', 'memory', /Preparing this picture took more than 207 MB of memory, .* save it anew as JPEG/],
      ['video', 'time', /Preparing this video took longer than 7 seconds, .* smaller or shorter/],
      ['audio', 'time', /Preparing this recording took longer than 7 seconds, .* MP3/],
    ] as const) {
      await removeDir();
      ({ dir, remove: removeDir } = await makeTempDir());
      outcomes['prepare'] = [{ result: 'too_heavy', reason }];
      const error = await refusal(prepare(kind));
      assert.equal(error.code, 'payload_too_large');
      assert.match(error.message, sentence);
    }
    await removeDir();
    ({ dir, remove: removeDir } = await makeTempDir());
    outcomes['inspect'] = [done({ ...inspected, memoryBytes: 101 * mebibyte })];
    assert.match((await refusal(prepare())).message, /about 101 MB of memory .* may take 100 MB here/);
  });

  it('makes a thumbnail for a link, or none, and leaves nothing', async () => {
    const picture = Buffer.from('picture');
    outcomes['thumbnail'] = [done(Buffer.from('small'))];
    assert.equal((await preparer.thumbnail(picture))?.toString(), 'small');
    assert.equal(asked.find(({ task }) => task === 'thumbnail')?.input['from'], 'clean');
    for (const [outcome, given] of [
      [done(null), undefined],
      [{ result: 'refused', error: new AppError('unsupported_media_type', 'No.') }, undefined],
      [{ result: 'failed', error: new TypeError('a fault') }, /a fault/],
    ] as const) {
      await removeDir();
      ({ dir, remove: removeDir } = await makeTempDir());
      outcomes['thumbnail'] = [outcome];
      if (given) await assert.rejects(preparer.thumbnail(picture), given);
      else assert.equal(await preparer.thumbnail(picture), undefined);
    }
    assert.equal(discarded.length, 4);
  });

  it('asks once what prepares films, and again when nobody could say', async () => {
    preparer.requireEngine();
    outcomes['engine'] = [new Error('no worker'), done({ available: true, engine: 'embedded', version: '8' })];
    await assert.rejects(preparer.engine(), /no worker/);
    for (let time = 0; time < 3; time += 1) assert.equal((await preparer.engine()).available, true);
    assert.equal(asked.length, 2);
    preparer.requireEngine();
  });

  it('refuses films and recordings where it is known that nothing prepares them', async () => {
    outcomes['engine'] = [done({ available: false, reason: 'There is no FFmpeg.' })];
    await preparer.engine();
    assert.throws(() => preparer.requireEngine(), {
      code: 'unavailable',
      message: /server\. There is no FFmpeg\. Pict/,
    });
    assert.equal(asked.length, 1, 'not looked for again at once');
  });

  it('ends what waits when it stops, in words, and what is asked for later', async () => {
    let goOn: (outcome: Outcome<unknown>) => void = () => undefined;
    const held = new Promise<Outcome<unknown>>((resolve) => (goOn = resolve));
    outcomes['inspect'] = [held, done(inspected)];
    const first = prepare().catch((error: unknown) => error);
    const second = prepare();
    const stop = preparer.stop();
    const error = await refusal(second);
    assert.deepEqual([error.code, error.retryAfterSeconds], ['unavailable', 10]);
    goOn(done(inspected));
    assert.ok((await first) instanceof AppError);
    await stop;
    await refusal(prepare());
    assert.equal(stopped, 1);
  });
});
