import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { DeadlineError, withDeadline } from '../../server/lib/deadline.js';
import { newId } from '../../server/lib/ids.js';
import { KeyedLock } from '../../server/lib/keyed-lock.js';
import { Lifecycle } from '../../server/lib/lifecycle.js';
import { createLogger } from '../../server/lib/logger.js';
import { PeriodicTask } from '../../server/lib/periodic-task.js';
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
});
