import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { StartLimiter } from '../../server/sessions/start-limiter.js';

describe('sessions that set out together', () => {
  let nowMs: number;
  let out: string[];
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    nowMs = 5_000;
    out = [];
  });
  afterEach(() => mock.timers.reset());

  const newLimiter = (atOnce: number, perMinute: number): StartLimiter =>
    new StartLimiter({ atOnce, perMinute }, () => nowMs);
  const ask = (limiter: StartLimiter, ...names: string[]) => names.map((name) => limiter.request(() => out.push(name)));
  const pass = (ms: number): void => {
    nowMs += ms;
    mock.timers.tick(ms);
  };

  it('go as many at once as may, in the order they asked, and the next when one has arrived', () => {
    const limiter = newLimiter(2, 100);
    const [a, b, c, d] = ask(limiter, 'a', 'b', 'c', 'd', 'e');
    assert.deepEqual(out, ['a', 'b']);
    b?.release();
    assert.deepEqual(out, ['a', 'b', 'c']);
    b?.release();
    assert.deepEqual(out, ['a', 'b', 'c'], 'one that arrives twice makes room once');
    d?.release();
    a?.release();
    assert.deepEqual(out, ['a', 'b', 'c', 'e'], 'who gave up its place is passed over');
    c?.release();
    ask(limiter, 'f');
    assert.deepEqual(out.at(-1), 'f');
  });

  it('are no more within any minute than may be, and go on by themselves after it', () => {
    const limiter = newLimiter(10, 2);
    ask(limiter, 'a');
    pass(20_000);
    ask(limiter, 'b', 'c', 'd');
    assert.deepEqual(out, ['a', 'b']);
    pass(39_999);
    assert.deepEqual(out, ['a', 'b']);
    pass(1);
    assert.deepEqual(out, ['a', 'b', 'c']);
    pass(19_999);
    assert.deepEqual(out, ['a', 'b', 'c']);
    pass(1);
    assert.deepEqual(out, ['a', 'b', 'c', 'd']);
  });

  it('stay when the server stops', () => {
    const limiter = newLimiter(1, 2);
    const [a] = ask(limiter, 'a', 'b');
    limiter.stop();
    a?.release();
    assert.deepEqual(out, ['a']);
    const slow = newLimiter(9, 1);
    ask(slow, 'c', 'd');
    slow.stop();
    pass(60_000);
    assert.deepEqual(out, ['a', 'c']);
  });
});
