import assert from 'node:assert/strict';
import { z } from 'zod';
import { rootPrincipal } from '../../server/access/principal.js';
import type { Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { defineRoute } from '../../server/http/define-route.js';
import { Idempotency } from '../../server/http/idempotency.js';
import { IdempotencyStore } from '../../server/http/idempotency-store.js';
import { Sealer } from '../../server/lib/sealer.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { quotasWith } from '../support/quotas.js';
import { SetClock } from '../support/open-services.js';

const routeOf = (method: 'post' | 'put', path: `/${string}`) =>
  defineRoute({
    method,
    path,
    tag: 'Test',
    summary: 'Make a thing',
    idempotent: true,
    handler: () => assert.fail('nobody asks it'),
    access: { capability: 'send', on: 'visible' },
    response: { status: 200, data: z.object({}) },
  });
const route = routeOf('post', '/things');

type Answer = Parameters<Idempotency['once']>[4];

describeOnEveryDatabase('an idempotency key', (open) => {
  let db: Database;
  let clock: SetClock;
  let idempotency: Idempotency;
  let acted: number;
  const opened: Idempotency[] = [];

  beforeEach(async () => {
    db = await open();
    clock = new SetClock(new Date('2026-03-01T10:00:00Z'));
    idempotency = withSecret('secret');
    acted = 0;
  });
  afterEach(() => {
    for (const each of opened.splice(0)) each.stop();
  });

  function withSecret(secret: string): Idempotency {
    const unitOfWork = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
    const parts = { store: new IdempotencyStore(db), unitOfWork, quotas: quotasWith(), clock };
    const made = new Idempotency({ ...parts, sealer: new Sealer(secret, 'test') });
    opened.push(made);
    return made;
  }
  const act: Answer = () => Promise.resolve({ number: (acted += 1) });
  const ask = (key: string | undefined, { by = idempotency, of = route, answer = act } = {}) =>
    by.once(rootPrincipal, of, key, { params: {}, body: { a: 1 } }, answer);

  it('is one for each method and address', async () => {
    const routes = [route, routeOf('put', '/things'), routeOf('post', '/others')];
    for (let round = 0; round < 2; round += 1) {
      for (const [index, of] of routes.entries()) assert.deepEqual(await ask('k', { of }), { number: index + 1 });
    }
    assert.equal(acted, 3);
    await ask(undefined);
    await ask(undefined);
    assert.equal(acted, 5);
  });

  it('has up to 255 visible characters of ASCII, and nothing is done under any other', async () => {
    for (const key of ['', 'a b', ' ', 'ü', 'a\n', 'x'.repeat(256)]) {
      await assert.rejects(ask(key), { code: 'validation_error' }, JSON.stringify(key));
    }
    assert.equal(acted, 0);
    for (const key of ['x'.repeat(255), '!', '~']) await ask(key);
    assert.equal(acted, 3);
  });

  it('keeps also an answer without a body', async () => {
    const nothing: Answer = () => {
      acted += 1;
      return Promise.resolve(undefined);
    };
    await ask('k', { answer: nothing });
    assert.equal(await ask('k', { answer: nothing }), null);
    assert.equal(acted, 1);
  });

  it('keeps answers sealed, and acts no second time where they cannot be opened', async () => {
    await ask('k', { answer: () => Promise.resolve({ apiKey: 'shown-this-once' }) });
    assert.doesNotMatch(JSON.stringify(await db('idempotency_keys')), /shown-this-once/);
    await assert.rejects(ask('k', { by: withSecret('another secret') }), { code: 'conflict', message: /be read/ });
    assert.equal(acted, 0);
  });

  it('stays with whoever took it over, also when the slow first request fails then', async () => {
    const slow = ask('k', {
      answer: async () => {
        clock.advance(3 * 60_000);
        await ask('k');
        throw new Error('too late');
      },
    });
    await assert.rejects(slow, /too late/);
    assert.deepEqual(await ask('k'), { number: 1 });
    assert.equal(acted, 1);
  });

  it('whose holder is not written down is waited for', async () => {
    await ask('k');
    await db('idempotency_keys').update({ response_body: null, holder: null, machine: null, pid: null });
    await assert.rejects(ask('k'), { code: 'conflict', message: /still runs/ });
    clock.advance(2 * 60_000 + 1);
    assert.deepEqual(await ask('k'), { number: 2 });
  });
});
