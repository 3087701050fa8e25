import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { WorkerPool, type PoolOptions } from '../../server/media-pool/worker-pool.js';
import { eventually } from '../support/eventually.js';
import { keptLog } from '../support/kept-log.js';
import { makeTempDir } from '../support/temp-dir.js';

const never = new AbortController().signal;

/** Does what it is told, in the language of media workers. */
const program = `
import { writeSync } from 'node:fs';
const say = (message) => process.send(message);
process.on('message', ({ id, task, input, limits }) => {
  const done = (output, memoryBytes = 0) => say({ type: 'done', id, output, memoryBytes });
  const { word, signal, code, reply, holds } = input;
  if (word !== undefined) writeSync(4, word);
  if (signal !== undefined) process.kill(process.pid, signal);
  else if (code !== undefined) process.exit(code);
  else if (reply === 'none') say({ type: 'progress', id, percent: 1 });
  else if (reply === 'told') {
    for (const [of, percent] of [[id, 5], [id + 1, 50], [id, 70]]) say({ type: 'progress', id: of, percent });
    say({ type: 'done', id: id + 1, output: 'of another', memoryBytes: 0 });
    done('told');
  } else if (reply !== undefined) say({ ...reply, id });
  else done({ pid: process.pid, task, limits, env: process.env, folder: process.argv[2], ffmpeg: process.argv[3] }, holds);
});
say({ type: 'ready' });
`;

interface Answer {
  pid: number;
  task: string;
  limits: object;
  env: Record<string, string>;
  folder: string;
  ffmpeg: string | undefined;
}

describe('the pool of media workers', function () {
  this.timeout(60_000);
  let dir: string;
  let removeDir: () => Promise<void>;
  let pools: WorkerPool[];
  before(async () => {
    ({ dir, remove: removeDir } = await makeTempDir());
    await writeFile(path.join(dir, 'worker.mjs'), program);
  });
  beforeEach(() => {
    pools = [];
  });
  afterEach(async () => {
    await Promise.all(pools.map((pool) => pool.stop()));
  });
  after(() => removeDir());

  function poolOf(changes: Partial<PoolOptions> = {}, name = 'worker.mjs') {
    const { logger, lines } = keptLog();
    const environment = { GIVEN: 'yes' };
    const worker = {
      program: path.join(dir, name),
      folder: dir,
      ffmpegPath: 'the-ffmpeg',
      environment,
      atOnce: 2,
      logger,
    };
    const pool = new WorkerPool({ worker, idleMs: 60_000, tasksOfOne: 9, restingBytes: 1_000, logger, ...changes });
    pools.push(pool);
    const run = (
      input: object = {},
      { isNew = false, signal = never, timeMs = 60_000, tell = (_percent: number): void => undefined } = {},
    ) => pool.run('thumbnail', input as never, { memoryBytes: 1, timeMs }, { signal, isNew, tell });
    const answer = async (...given: Parameters<typeof run>): Promise<Answer> => {
      const outcome = await run(...given);
      assert.equal(outcome.result, 'done');
      const output: unknown = outcome.output;
      return output as Answer;
    };
    return { pool, run, answer, lines };
  }

  it('gives a worker its task with its limits, and none of the server’s environment', async () => {
    process.env['SERVER_SECRET'] = 'hidden';
    const { task, limits, env, folder, ffmpeg } = await poolOf().answer();
    delete process.env['SERVER_SECRET'];
    assert.deepEqual(
      [task, limits, folder, ffmpeg],
      ['thumbnail', { memoryBytes: 1, timeMs: 60_000 }, dir, 'the-ffmpeg'],
    );
    assert.deepEqual([env['GIVEN'], env['SERVER_SECRET'], env['PATH']], ['yes', undefined, undefined]);
    assert.equal(env['VIPS_DISC_THRESHOLD'], '64g');
  });

  it('has the next task done by a worker that has nothing to do, unless it is to be a new one', async () => {
    const { pool, answer } = poolOf();
    const first = await answer();
    assert.deepEqual(pool.facts(), { workers: 1, working: 0, failures: 0 });
    assert.equal((await answer()).pid, first.pid);
    assert.notEqual((await answer({}, { isNew: true })).pid, first.pid);
    const [one, two] = await Promise.all([answer(), answer()]);
    assert.notEqual(one.pid, two.pid);
    assert.equal(pool.facts().workers, 2);
  });

  it('ends a worker that has done enough, holds too much, or has nothing to do for long', async () => {
    for (const [changes, input] of [
      [{ tasksOfOne: 1 }, {}],
      [{}, { holds: 1_001 }],
      [{ idleMs: 1 }, {}],
    ] as const) {
      const { pool, answer } = poolOf(changes);
      await answer(input);
      await eventually(() => pool.facts().workers === 0, { what: JSON.stringify(changes) });
    }
    const { answer } = poolOf({ tasksOfOne: 2 });
    const first = await answer({ holds: 1_000 });
    assert.equal((await answer()).pid, first.pid);
    assert.notEqual((await answer()).pid, first.pid);
  });

  const timeWord = (cpuMs: number | null): string => JSON.stringify({ reason: 'time', cpuMs });
  const ends: [string, object, object][] = [
    ['falls over', { signal: 'SIGSEGV' }, { result: 'crashed' }],
    ['gives up', { signal: 'SIGABRT' }, { result: 'crashed' }],
    ['ends by itself', { code: 0 }, { result: 'crashed' }],
    ['is killed', { signal: 'SIGKILL' }, { result: 'lost' }],
    ['is told to end', { signal: 'SIGTERM' }, { result: 'lost' }],
    [
      'took too much memory',
      { word: '{"reason":"memory","cpuMs":0}', signal: 'SIGKILL' },
      { result: 'too_heavy', reason: 'memory' },
    ],
    ['computed for too long', { word: timeWord(15_000), signal: 'SIGKILL' }, { result: 'too_heavy', reason: 'time' }],
    ['got no processor', { word: timeWord(14_999), signal: 'SIGKILL' }, { result: 'lost' }],
    ['let a program compute', { word: timeWord(null), signal: 'SIGKILL' }, { result: 'too_heavy', reason: 'time' }],
    ['was killed while it spoke', { word: '{"reason":"ti', signal: 'SIGKILL' }, { result: 'lost' }],
  ];
  it('tells how a worker ended, and counts and logs those that ended by no will of ours', async () => {
    const { pool, run, lines } = poolOf();
    let failures = 0;
    for (const [what, input, expected] of ends) {
      const outcome = await run(input);
      const { how: _how, ...rest } = { how: '', ...outcome };
      assert.deepEqual(rest, expected, what);
      if (rest.result !== 'too_heavy') failures += 1;
      assert.deepEqual(pool.facts(), { workers: 0, working: 0, failures }, what);
    }
    assert.deepEqual([lines.length, new Set(lines.map(({ msg }) => msg)).size], [failures, 1]);
  });

  it('passes on what a worker says of its task, and nothing of another', async () => {
    const { pool, run } = poolOf();
    const told: number[] = [];
    assert.deepEqual(await run({ reply: 'told' }, { tell: (percent) => told.push(percent) }), {
      result: 'done',
      output: 'told',
    });
    assert.deepEqual(told, [5, 70]);
    const error = { code: 'unavailable', message: 'Later.', details: { a: 1 }, retryAfterSeconds: 3, cause: 'full' };
    const refused = await run({ reply: { type: 'refused', error } });
    assert.equal(refused.result, 'refused');
    const { code, message, details, retryAfterSeconds, cause } = refused.error;
    assert.deepEqual({ code, message, details, retryAfterSeconds, cause: (cause as Error).message }, error);
    const failed = await run({ reply: { type: 'failed', stack: 'the stack' } });
    assert.equal(failed.result, 'failed');
    assert.match(failed.error.message, /the stack/);
    assert.deepEqual(pool.facts(), { workers: 1, working: 0, failures: 0 });
  });

  it('ends a worker with whoever asked, and begins nothing for who has left', async () => {
    const { pool, run } = poolOf();
    const leaving = new AbortController();
    const left = run({ reply: 'none' }, { signal: leaving.signal, tell: () => leaving.abort(new Error('gone')) });
    await assert.rejects(left, /gone/);
    await assert.rejects(run({}, { signal: leaving.signal }), /gone/);
    assert.deepEqual(pool.facts(), { workers: 0, working: 0, failures: 0 });
  });

  it('ends all its workers when it stops', async () => {
    const { pool, run, answer } = poolOf();
    await answer();
    let begun: () => void = () => undefined;
    const isBegun = new Promise<void>((resolve) => (begun = resolve));
    const working = run({ reply: 'none' }, { isNew: true, tell: begun });
    await isBegun;
    assert.deepEqual(pool.facts(), { workers: 2, working: 1, failures: 0 });
    await pool.stop();
    assert.equal(pool.facts().workers, 0);
    assert.equal((await working).result, 'lost');
  });

  it('says that a worker did not start, and with which words', async () => {
    await writeFile(path.join(dir, 'broken.mjs'), 'throw new Error("no such library")');
    const outcome = await poolOf({}, 'broken.mjs').run();
    assert.equal(outcome.result, 'lost');
    assert.match(outcome.how, /^it did not start: .*no such library/s);
  });
});
