import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { AppError } from '../../server/lib/app-error.js';
import { WaitingTurns, type TurnLimits } from '../../server/lib/running/waiting-turns.js';

const never = new AbortController().signal;
const roomy: TurnLimits = {
  atOnce: 1,
  longAtOnce: 1,
  waiting: 100,
  waitingOfOne: 100,
  longestWaitMs: 60_000,
  busy: 'Too much at once.',
  retryAfterSeconds: 60,
};
const isBusy = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'unavailable' && error.retryAfterSeconds === 60;

/** Work that ends when it is told to. */
function work(): { run: () => Promise<void>; finish: () => void } {
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return { run: () => done, finish };
}

describe('turns that are waited for', () => {
  it('leave places for others where one has all that one may have', async () => {
    const turns = new WaitingTurns({ ...roomy, atOnce: 3, longAtOnce: 3, ofOneAtOnce: 2, waitingOfOne: 1 });
    const [one, two, three] = [work(), work(), work()];
    const begun: string[] = [];
    const take = (organization: string, name: string, { run }: ReturnType<typeof work>): Promise<void> =>
      turns.run(organization, false, never, () => {
        begun.push(name);
        return run();
      });
    const all = [take('a', 'a1', one), take('a', 'a2', two), take('a', 'a3', three)];
    await assert.rejects(take('a', 'a4', work()), isBusy);
    const other = work();
    const others = take('b', 'b1', other);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([begun, turns.waiting], [['a1', 'a2', 'b1'], 1]);
    other.finish();
    await others;
    assert.equal(begun.length, 3);
    one.finish();
    await all[0];
    assert.deepEqual(begun.slice(3), ['a3']);
    for (const { finish } of [two, three]) finish();
    await Promise.all(all);
  });

  it('go from organization to organization, however many one has sent', async () => {
    const turns = new WaitingTurns(roomy);
    const order: string[] = [];
    const first = work();
    const all = [turns.run('a', false, never, first.run)];
    for (const [organization, file] of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'].map(
      (name) => [name[0] ?? '', name] as const,
    ))
      all.push(turns.run(organization, false, never, async () => void order.push(file)));
    first.finish();
    await Promise.all(all);
    assert.deepEqual(order, ['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  });

  it('leave one for what is short beside something long', async () => {
    const turns = new WaitingTurns({ ...roomy, atOnce: 2 });
    const film = work();
    const running = turns.run('a', true, never, film.run);
    let secondFilmRan = false;
    const secondFilm = turns.run('a', true, never, async () => {
      secondFilmRan = true;
    });
    await turns.run('a', false, never, async () => undefined);
    await turns.run('b', false, never, async () => undefined);
    assert.equal(secondFilmRan, false);
    film.finish();
    await Promise.all([running, secondFilm]);
    assert.equal(secondFilmRan, true);
  });

  it('are refused to an organization that has too many waiting, and not to another one', async () => {
    const turns = new WaitingTurns({ ...roomy, waitingOfOne: 1, waiting: 2 });
    const first = work();
    const all = [turns.run('a', false, never, first.run), turns.run('a', false, never, async () => undefined)];
    await assert.rejects(
      turns.run('a', false, never, async () => undefined),
      isBusy,
    );
    all.push(turns.run('b', false, never, async () => undefined));
    assert.equal(turns.waiting, 2);
    await assert.rejects(
      turns.run('c', false, never, async () => undefined),
      isBusy,
      'all places are taken',
    );
    assert.equal(turns.waiting, 2);
    first.finish();
    await Promise.all(all);
    assert.equal(turns.waiting, 0);
  });

  it('are given up by who leaves or has waited too long', async () => {
    const turns = new WaitingTurns({ ...roomy, longestWaitMs: 1 });
    const first = work();
    const running = turns.run('a', false, never, first.run);
    await assert.rejects(
      turns.run('a', false, never, async () => undefined),
      isBusy,
    );
    const leaving = new AbortController();
    const left = turns.run('b', false, leaving.signal, async () => assert.fail('nobody waits for it'));
    leaving.abort(new Error('left'));
    await assert.rejects(left, /left/);
    assert.equal(turns.waiting, 0);
    first.finish();
    await running;
  });

  it('begin nothing for who has left before, whether or not there is one', async () => {
    const turns = new WaitingTurns(roomy);
    const gone = AbortSignal.abort(new Error('left before'));
    const ask = (): Promise<void> => turns.run('a', false, gone, async () => assert.fail('nobody waits for it'));
    await assert.rejects(ask(), /left before/);
    const first = work();
    const running = turns.run('a', false, never, first.run);
    await assert.rejects(ask(), /left before/);
    assert.equal(turns.waiting, 0);
    first.finish();
    await running;
  });

  it('leave nothing behind with whoever had one', async () => {
    const turns = new WaitingTurns(roomy);
    const { signal } = new AbortController();
    await Promise.all([1, 2].map(() => turns.run('a', false, signal, async () => undefined)));
    assert.deepEqual(getEventListeners(signal, 'abort'), []);
  });

  it('go on after a failure', async () => {
    const turns = new WaitingTurns(roomy);
    const failing = turns.run('a', false, never, async () => {
      throw new Error('damaged');
    });
    const next = turns.run('a', false, never, async () => 'next');
    await assert.rejects(failing, /damaged/);
    assert.equal(await next, 'next');
  });
});
