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
import { SetClock } from '../viewers/open-services.js';

const route = defineRoute({
  method: 'post',
  path: '/things',
  tag: 'Test',
  summary: 'Make a thing',
  access: { capability: 'send', on: 'visible' },
  response: { status: 201, data: z.object({}) },
  location: () => '/things/1',
  idempotent: true,
  handler: () => ({}),
});

type Parsed = Parameters<Idempotency['once']>[3];
type Answer = Parameters<Idempotency['once']>[4];

describeOnEveryDatabase('an answer kept in the transaction that makes it true', (open) => {
  let db: Database;
  let units: UnitOfWork;
  let clock: SetClock;
  let idempotency: Idempotency;

  beforeEach(async () => {
    db = await open();
    units = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
    clock = new SetClock(new Date('2026-03-01T10:00:00Z'));
    idempotency = new Idempotency(new IdempotencyStore(db), clock, new Sealer('secret', 'test'));
  });

  const ask = (answerNow: Answer) =>
    idempotency.once(rootPrincipal, route, 'k1', { body: { a: 1 } } as Parsed, answerNow);
  const never: Answer = () => assert.fail('asked to act a second time');

  it('stands when the request fails afterwards', async () => {
    const failing = ask(async (keep) => {
      await units.run((tx) => keep(tx, { id: 'first' }));
      throw new Error('the connection to the caller broke');
    });
    await assert.rejects(failing, /broke/);
    assert.deepEqual(await ask(never), { id: 'first' });
  });

  it('is given to a repeat while the first request still waits for the outcome, and replaced by it', async () => {
    let finish: (answer: unknown) => void = () => undefined;
    let isKept: () => void = () => undefined;
    const kept = new Promise<void>((resolve) => (isKept = resolve));
    const first = ask(async (keep) => {
      await units.run((tx) => keep(tx, { state: 'queued' }));
      isKept();
      return new Promise((resolve) => (finish = resolve));
    });
    await kept;
    assert.deepEqual(await ask(never), { state: 'queued' });
    finish({ state: 'sent' });
    await first;
    assert.deepEqual(await ask(never), { state: 'sent' });
  });

  it('is gone with a transaction that fails, and the caller may try again', async () => {
    const failing = ask((keep) =>
      units.run(async (tx) => {
        await keep(tx, { id: 'first' });
        throw new Error('the disk is full');
      }),
    );
    await assert.rejects(failing, /full/);
    assert.deepEqual(await ask(() => Promise.resolve({ id: 'second' })), { id: 'second' });
  });

  it('takes the change back when another request took the key over meanwhile', async () => {
    const slow = ask(async (keep) => {
      clock.advance(3 * 60_000);
      assert.deepEqual(await ask(() => Promise.resolve({ id: 'other' })), { id: 'other' });
      await units.run((tx) => keep(tx, { id: 'slow' }));
    });
    await assert.rejects(slow, { code: 'conflict', message: /took this idempotency key over/ });
    assert.deepEqual(await ask(never), { id: 'other' });
  });
});
