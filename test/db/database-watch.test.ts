import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { DatabaseWatch } from '../../server/db/database-watch.js';
import { DatabaseTrouble, type TroubleKind } from '../../server/lib/database-trouble.js';
import { keptLog } from '../support/kept-log.js';

const trouble = (kind: TroubleKind): DatabaseTrouble => new DatabaseTrouble(kind, 'It fails.', 'Mend it.');

describe('what the log says of a database in trouble', () => {
  it('is one line for each trouble, however often it is met, and one for its end', async () => {
    const { logger, lines } = keptLog();
    const watch = new DatabaseWatch({ check: () => Promise.resolve(), logger });
    await watch.look();
    for (let time = 0; time < 50; time += 1) watch.report(trouble('full'));
    // A database that is away is met as one that does not answer and as one that has no place left, in turn.
    for (let time = 0; time < 50; time += 1) watch.report(trouble(time % 2 === 0 ? 'unreachable' : 'busy'));
    assert.deepEqual(
      lines.map((line) => line['trouble']),
      ['full', 'unreachable', 'busy'],
    );
  });

  it('comes again for the same trouble once all was well', async () => {
    const { logger, lines } = keptLog();
    let now = 0;
    let isWell = false;
    const check = (): Promise<void> => (isWell ? Promise.resolve() : Promise.reject(trouble('full')));
    const watch = new DatabaseWatch({ check, logger, nowMs: () => now });
    for (const next of [false, false, true, true, false, false]) {
      isWell = next;
      now += 5_000;
      assert.equal((await watch.look()).trouble?.kind, next ? undefined : 'full');
    }
    assert.deepEqual(
      lines.map(({ msg }) => msg.includes('works again')),
      [false, true, false],
    );
  });
});

describe('what is known of the database', () => {
  let nowMs: number;
  let checks: { settle: () => void; fail: (error: Error) => void }[];
  let watch: DatabaseWatch;
  beforeEach(() => {
    mock.timers.enable({ apis: ['setInterval'] });
    nowMs = 0;
    checks = [];
    const check = (): Promise<void> => new Promise((settle, fail) => checks.push({ settle, fail }));
    watch = new DatabaseWatch({ check, logger: keptLog().logger, nowMs: () => nowMs });
  });
  afterEach(() => {
    mock.timers.reset();
  });
  async function settleAt(ms: number): Promise<void> {
    const looked = watch.look();
    nowMs = ms;
    checks.at(-1)?.settle();
    await looked;
  }

  it('is one check for all who ask while it runs, and for a second afterwards', async () => {
    const asked = [watch.look(), watch.look()];
    nowMs = 12;
    checks[0]?.settle();
    const well = { trouble: undefined, latencyMs: 12 };
    assert.deepEqual(await Promise.all(asked), [well, well]);
    nowMs += 999;
    assert.deepEqual([await watch.look(), checks.length], [well, 1]);
    nowMs += 1;
    const again = watch.look();
    assert.equal(checks.length, 2);
    // A statement that fails meanwhile tells nobody that the check is over.
    watch.report(trouble('full'));
    const late = watch.look();
    nowMs += 3;
    checks[1]?.settle();
    assert.deepEqual(await Promise.all([again, late]), [
      { trouble: undefined, latencyMs: 3 },
      { trouble: undefined, latencyMs: 3 },
    ]);
  });

  it('is at once what a statement met, and for a second nobody asks again', async () => {
    await settleAt(5);
    nowMs = 10_000;
    const met = trouble('full');
    watch.report(met);
    assert.deepEqual(await watch.look(), { trouble: met, latencyMs: null });
    assert.equal(checks.length, 1);
  });

  it('is the trouble behind a failure, and in words for one that nobody knows', async () => {
    const full = trouble('full');
    const causes: [error: Error, kind: TroubleKind][] = [
      [new Error('not stored', { cause: full }), 'full'],
      [new Error('secret inner words'), 'silent'],
    ];
    for (const [error, kind] of causes) {
      nowMs += 5_000;
      const looked = watch.look();
      checks.at(-1)?.fail(error);
      const { trouble: found } = await looked;
      assert.equal(found?.kind, kind);
      assert.ok(!found.inWords.includes('secret'), found.inWords);
    }
  });

  it('is looked at every five seconds, until it stops; and that waits for the check that runs', async () => {
    watch.start();
    nowMs = 5_000;
    mock.timers.tick(5_000);
    assert.equal(checks.length, 1);
    let hasStopped = false;
    const stopped = watch.stop().then(() => (hasStopped = true));
    await new Promise(setImmediate);
    assert.equal(hasStopped, false);
    checks[0]?.settle();
    await stopped;
    nowMs = 20_000;
    mock.timers.tick(15_000);
    assert.equal(checks.length, 1);
  });
});
