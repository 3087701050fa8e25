import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { Writable } from 'node:stream';
import { EventBus } from '../../server/events/event-bus.js';
import { DeadlineError, withDeadline } from '../../server/lib/deadline.js';
import { isDiskFull } from '../../server/lib/disk-full.js';
import { newId } from '../../server/lib/ids.js';
import { KeyedLock } from '../../server/lib/running/keyed-lock.js';
import { Lifecycle } from '../../server/lib/lifecycle.js';
import { createLogger } from '../../server/lib/logger.js';
import { PeriodicTask } from '../../server/lib/running/periodic-task.js';
import { nextMatch } from '../../server/lib/running/next-match.js';
import { Places } from '../../server/lib/running/places.js';
import { Sealer } from '../../server/lib/sealer.js';
import { eventually } from '../support/eventually.js';

const silent = createLogger({ logLevel: 'silent' });
const never = new Promise<never>(() => undefined);

describe('ids', () => {
  it('are ULIDs that sort in the order they were made', () => {
    const ids = Array.from({ length: 1_000 }, () => newId());
    assert.deepEqual(ids.toSorted(), ids);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.every((id) => /^[0-9A-HJKMNP-TV-Z]{26}$/.test(id)));
  });
});

describe('a deadline', () => {
  it('lets through what is in time', async () => {
    assert.equal(await withDeadline(Promise.resolve(1), 1_000, 'It'), 1);
    await assert.rejects(withDeadline(Promise.reject(new Error('no')), 1_000, 'It'), /^Error: no$/);
  });

  it('names what took too long', async () => {
    await assert.rejects(
      withDeadline(never, 5, 'The phone'),
      (error) => error instanceof DeadlineError && /^The phone did not finish within 5 ms/.test(error.message),
    );
  });

  it('waits no longer once what is waited for is over', async () => {
    const over = new AbortController();
    const waiting = withDeadline(never, 60_000, 'It', over.signal);
    over.abort(new Error('closed'));
    await assert.rejects(waiting, /^Error: closed$/);
    await assert.rejects(withDeadline(never, 60_000, 'It', over.signal), /^Error: closed$/);
  });

  it('leaves nothing behind, and a failure that comes too late is nobody’s', async () => {
    const { signal } = new AbortController();
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    for (let count = 0; count < 20; count += 1) await withDeadline(Promise.resolve(1), 60_000, 'It', signal);
    assert.ok(timers() < before + 10, 'timers stay');
    assert.deepEqual(getEventListeners(signal, 'abort'), []);
    let fail: (error: Error) => void = () => undefined;
    const late = new Promise<never>((_resolve, reject) => (fail = reject));
    await assert.rejects(withDeadline(late, 1, 'It'), DeadlineError);
    // Unhandled it would fail this run.
    fail(new Error('late'));
    await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('a keyed lock', () => {
  it('runs one at a time per key, in order, also after a failure', async () => {
    const lock = new KeyedLock();
    const seen: string[] = [];
    const work = (name: string) => async () => {
      seen.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(`${name} ends`);
      if (name === 'a1') throw new Error('no');
    };
    const failing = lock.run('a', work('a1'));
    await Promise.all([assert.rejects(failing), lock.run('a', work('a2')), lock.run('b', work('b1'))]);
    assert.deepEqual(
      seen.filter((line) => line.startsWith('a')),
      ['a1 begins', 'a1 ends', 'a2 begins', 'a2 ends'],
    );
    assert.ok(seen.indexOf('b1 begins') < seen.indexOf('a1 ends'));
    await lock.drain();
    assert.equal(lock.size, 0);
  });

  it('keeps whoever comes while others wait behind these', async () => {
    const lock = new KeyedLock();
    let running = 0;
    const work = async (): Promise<void> => {
      running += 1;
      assert.equal(running, 1);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    };
    const first = lock.run('a', work);
    const others = [lock.run('a', work), lock.run('a', work)];
    await first;
    await Promise.all([...others, lock.run('a', work)]);
    assert.equal(lock.size, 0);
  });
});

describe('the life cycle', () => {
  function partsThatTell(seen: string[], broken: { start?: string; stop?: string; hangs?: string } = {}) {
    const lifecycle = new Lifecycle(silent);
    for (const name of ['a', 'b', 'c']) {
      lifecycle.add({
        name,
        stopTimeoutMs: 20,
        start: () => {
          seen.push(`+${name}`);
          if (broken.start === name) throw new Error(`${name} cannot`);
        },
        stop: async () => {
          seen.push(`-${name}`);
          if (broken.stop === name) throw new Error('no');
          if (broken.hangs === name) await never;
        },
      });
    }
    return lifecycle;
  }

  it('starts in order and stops in the reverse order, once', async () => {
    const seen: string[] = [];
    const lifecycle = partsThatTell(seen);
    await lifecycle.start();
    await Promise.all([lifecycle.stop(), lifecycle.stop()]);
    assert.deepEqual(seen, ['+a', '+b', '+c', '-c', '-b', '-a']);
  });

  it('is over for everybody who stops it when the last part has stopped', async () => {
    const lifecycle = new Lifecycle(silent);
    let finish: () => void = () => undefined;
    lifecycle.add({ name: 'slow', stop: () => new Promise<void>((resolve) => (finish = resolve)) });
    let over = 0;
    const stops = [lifecycle.stop(), lifecycle.stop()].map((stop) => stop.then(() => (over += 1)));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(over, 0);
    finish();
    await Promise.all(stops);
  });

  it('stops what was started when a part cannot start', async () => {
    const seen: string[] = [];
    await assert.rejects(partsThatTell(seen, { start: 'b' }).start(), /b cannot/);
    assert.deepEqual(seen, ['+a', '+b', '-b', '-a']);
  });

  it('goes on when a part fails or hangs while stopping', async () => {
    const seen: string[] = [];
    const lifecycle = partsThatTell(seen, { stop: 'c', hangs: 'b' });
    await lifecycle.start();
    await lifecycle.stop();
    assert.deepEqual(seen.slice(3), ['-c', '-b', '-a']);
  });

  it('stops what runs already also when nothing was started', async () => {
    const lifecycle = new Lifecycle(silent);
    let stopped = 0;
    lifecycle.add({ name: 'open from the start', stop: () => void (stopped += 1) });
    lifecycle.add({ name: 'not started', start: () => undefined, stop: () => void (stopped += 10) });
    await lifecycle.stop();
    assert.equal(stopped, 1);
  });
});

describe('the log', () => {
  it('shows no keys, codes or words of people', () => {
    let text = '';
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        text += chunk.toString();
        done();
      },
    });
    const logger = createLogger({ logLevel: 'trace' }, sink);
    logger.info({ apiKey: 'SECRET', session: { pairingCode: 'SECRET' }, qr: 'SECRET', content: 'SECRET' }, 'm');
    const secret = { apiKey: 'SECRET', authorization: 'SECRET', password: 'SECRET', qr: 'SECRET', qrCode: 'SECRET' };
    logger.info({ ...secret, pairingCode: 'SECRET', text: 'SECRET', caller: secret }, 'm');
    logger.info({ headers: { 'x-api-key': 'SECRET', authorization: 'SECRET', cookie: 'SECRET' } }, 'm');
    logger.info({ req: { headers: { cookie: 'SECRET' } } }, 'm');
    logger.info({ req: { headers: { 'x-api-key': 'SECRET', authorization: 'SECRET' } } }, 'm');
    assert.ok(text.includes('***') && !text.includes('SECRET'), text);
  });
});

describe('a sealer', () => {
  it('opens what it sealed, and nothing that was changed or sealed otherwise', () => {
    const sealer = new Sealer('secret', 'purpose');
    const sealed = sealer.seal('hé 👋');
    assert.ok(!sealed.includes('h'.repeat(3)) && sealed !== sealer.seal('hé 👋'));
    assert.equal(sealer.open(sealed), 'hé 👋');
    const bytes = Buffer.from(sealed, 'base64');
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    assert.equal(sealer.open(bytes.toString('base64')), undefined);
    assert.equal(sealer.open(''), undefined);
    assert.equal(new Sealer('secret', 'another').open(sealed), undefined);
    assert.equal(new Sealer('other', 'purpose').open(sealed), undefined);
  });
});

describe('a periodic task', () => {
  it('comes back after a failure, and stops', async () => {
    let turns = 0;
    const task = new PeriodicTask({
      name: 'test',
      everyMs: 1,
      work: () => {
        turns += 1;
        return turns === 1 ? Promise.reject(new Error('no')) : Promise.resolve();
      },
      logger: silent,
    });
    task.start();
    await eventually(() => turns >= 3, { what: 'three turns' });
    await task.stop();
    const atStop = turns;
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(turns, atStop);
  });

  it('has one turn at a time, and stops when the one that runs is over', async () => {
    const begun: (() => void)[] = [];
    const work = (): Promise<void> => new Promise((resolve) => begun.push(resolve));
    const task = new PeriodicTask({ name: 'test', everyMs: 1, work, logger: silent });
    task.start();
    await eventually(() => begun.length === 1, { what: 'the first turn' });
    const startedAt = performance.now();
    await eventually(() => performance.now() - startedAt > 20);
    assert.equal(begun.length, 1);
    begun[0]?.();
    await eventually(() => begun.length === 2, { what: 'the second turn' });
    let isStopped = false;
    const stopped = task.stop().then(() => (isStopped = true));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isStopped, false);
    begun[1]?.();
    await stopped;
  });

  it('says once why it fails, and once more when it fails again after it went well', async () => {
    const lines: string[] = [];
    const logger = createLogger({ logLevel: 'warn' }, { write: (line) => void lines.push(line) });
    const outcomes = ['disk', 'disk', 'network', '', 'network'];
    const work = (): Promise<void> => {
      const message = outcomes.shift();
      return message ? Promise.reject(new Error(message)) : Promise.resolve();
    };
    const task = new PeriodicTask({ name: 'test', everyMs: 1, work, logger });
    for (let turn = 0; turn < 5; turn += 1) await task.runOnce();
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { err: { message: string } }).err.message),
      ['disk', 'network', 'network'],
    );
  });
});

describe('an event bus', () => {
  it('carries events to all who listen, also when one of them fails, until they stop', () => {
    const bus = new EventBus(silent);
    const heard: string[] = [];
    bus.subscribe(() => {
      throw new Error('no');
    });
    const stop = bus.subscribe(({ name }) => heard.push(name));
    const event = {
      name: 'statuses-updated',
      organizationId: 'o',
      sessionId: 's',
      payload: { sessionId: 's' },
    } as const;
    bus.publish(event);
    stop();
    bus.publish(event);
    assert.deepEqual(heard, ['statuses-updated']);
  });
});

describe('waiting for a match', () => {
  it('asks again when it is woken, also when that came while it asked', async () => {
    let wake: () => void = () => undefined;
    let followers = 0;
    let asked = 0;
    const follow = (wakeUp: () => void): (() => void) => {
      wake = wakeUp;
      followers += 1;
      return () => void (followers -= 1);
    };
    const { signal } = new AbortController();
    const matches = async (): Promise<boolean> => {
      asked += 1;
      if (asked === 1) wake();
      await new Promise((resolve) => setImmediate(resolve));
      return asked === 2;
    };
    await nextMatch(follow, matches, { timeoutMs: 60_000, signal });
    assert.deepEqual([asked, followers, getEventListeners(signal, 'abort').length], [2, 0, 0]);
  });

  it('ends with its time, or when the caller leaves', async () => {
    const follow = (): (() => void) => () => undefined;
    const no = (): Promise<boolean> => Promise.resolve(false);
    await nextMatch(follow, no, { timeoutMs: 1 });
    const gone = new AbortController();
    const waiting = nextMatch(follow, no, { timeoutMs: 60_000, signal: gone.signal });
    gone.abort();
    await waiting;
  });
});

describe('a disk', () => {
  it('is full when it has no room, or none for this user', () => {
    const failure = (code: string): Error => Object.assign(new Error('no'), { code });
    assert.deepEqual(
      ['ENOSPC', 'EDQUOT', 'EIO'].map((code) => isDiskFull(failure(code))),
      [true, true, false],
    );
  });
});

describe('places', () => {
  it('are counted by network and in all, and given back once', () => {
    const places = new Places({ ofOne: 2, inAll: 3 });
    const full = (): boolean[] => ['a', 'b', 'c'].map((network) => places.isFull(network));
    const leave = places.enter('a');
    places.enter('a');
    assert.deepEqual(full(), [true, false, false]);
    places.enter('b');
    assert.deepEqual(full(), [true, true, true]);
    leave();
    leave();
    assert.deepEqual([full(), places.size], [[false, false, false], 2]);
  });
});
