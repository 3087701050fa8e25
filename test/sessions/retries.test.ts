import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { DatabaseTrouble } from '../../server/lib/database-trouble.js';
import { Retries } from '../../server/sessions/retries.js';

describe('what an account does by itself after a while', () => {
  let isOver: boolean;
  let failures: string[];
  let done: string[];
  let retries: Retries;
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    [isOver, failures, done] = [false, [], []];
    const start = (failure: string, work: () => Promise<void>): void => {
      void work().catch(() => failures.push(failure));
    };
    retries = new Retries(start, () => isOver);
  });
  afterEach(() => mock.timers.reset());

  const trouble = new DatabaseTrouble('full', 'The disk is full.', 'Make room.');
  const works = (what: string) => (): Promise<void> => Promise.resolve(void done.push(what));
  const passes = async (ms: number): Promise<void> => {
    mock.timers.tick(ms);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  };

  it('is one thing: the newest replaces the one before', async () => {
    retries.after(5, 'first', works('first'));
    retries.after(10, 'second', works('second'));
    await passes(9);
    assert.deepEqual(done, []);
    await passes(1);
    assert.deepEqual(done, ['second']);
    retries.after(5, 'third', works('third'));
    retries.cancel();
    await passes(60_000);
    assert.deepEqual([done, failures], [['second'], []]);
  });

  it('is done again every three seconds for as long as the database is in trouble', async () => {
    let tries = 0;
    const work = (): Promise<void> => ((tries += 1) < 4 ? Promise.reject(trouble) : Promise.resolve());
    await retries.do(work);
    assert.equal(tries, 1);
    for (const expected of [2, 3, 4, 4]) {
      await passes(2_999);
      await passes(1);
      assert.equal(tries, expected);
    }
    assert.deepEqual(failures, []);
  });

  it('fails where something else is wrong, and where the account is over', async () => {
    const wrong = new Error('something else');
    await assert.rejects(
      retries.do(() => Promise.reject(wrong)),
      wrong,
    );
    isOver = true;
    await assert.rejects(
      retries.do(() => Promise.reject(trouble)),
      trouble,
    );
    await passes(60_000);
    assert.deepEqual(done, []);
  });
});
