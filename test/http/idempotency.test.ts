import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';
import { rootPrincipal } from '../../server/access/principal.js';
import type { QuotaLimits } from '../../server/config/quota-settings.js';
import type { Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { defineRoute } from '../../server/http/define-route.js';
import { Idempotency } from '../../server/http/idempotency.js';
import { IdempotencyStore } from '../../server/http/idempotency-store.js';
import type { AppError } from '../../server/lib/app-error.js';
import { beginOwnerProcess, endOwnerProcess, type OwnerProcess } from '../../server/lib/owner-process.js';
import { Sealer } from '../../server/lib/sealer.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { quotasWith } from '../support/quotas.js';
import { SetClock } from '../support/open-services.js';

const route = defineRoute({
  method: 'post',
  path: '/things',
  tag: 'Test',
  summary: 'Make a thing',
  access: { capability: 'send', on: 'visible' },
  response: { status: 201, data: z.object({}) },
  location: () => '/things/1',
  idempotent: true,
  handler: () => assert.fail('nobody asks it'),
});

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
    idempotency = idempotencyWith();
  });

  afterEach(() => {
    idempotency.stop();
  });

  const idempotencyWith = (limits: Partial<QuotaLimits> = {}): Idempotency =>
    new Idempotency({
      store: new IdempotencyStore(db),
      unitOfWork: units,
      quotas: quotasWith(limits),
      clock,
      sealer: new Sealer('secret', 'test'),
    });
  const ask = (answerNow: Answer, params: object = {}, by = idempotency, who = rootPrincipal) =>
    by.once(who, route, 'k1', { params, body: { a: 1 } }, answerNow);
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

  it('is not waited for when the process that was to give it has ended', async () => {
    const ended = beginOwnerProcess('');
    endOwnerProcess(ended);
    const alive = beginOwnerProcess('');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)']);
    const killed = { ...ended, pid: child.pid ?? 0 };
    const onAnotherMachine = { ...ended, machine: 'elsewhere' };
    /** A repeat of a request that `holder` has not answered. */
    const repeat = async (holder: OwnerProcess): Promise<unknown> => {
      await db('idempotency_keys').delete();
      await ask(() => Promise.resolve({ id: 'first' }));
      const { id, machine, pid } = holder;
      await db('idempotency_keys').update({ response_body: null, holder: id, machine, pid });
      return ask(() => Promise.resolve({ id: 'second' }));
    };
    try {
      for (const holder of [alive, killed, onAnotherMachine]) {
        await assert.rejects(repeat(holder), { code: 'conflict', message: /still runs/ });
      }
      child.kill('SIGKILL');
      await once(child, 'exit');
      for (const holder of [ended, killed]) assert.deepEqual(await repeat(holder), { id: 'second' });
    } finally {
      child.kill('SIGKILL');
      endOwnerProcess(alive);
    }
  });

  it('is for one caller, one thing, and a day', async () => {
    const make =
      (id: string): Answer =>
      () =>
        Promise.resolve({ id });
    const one = { sessionId: 'one' };
    assert.deepEqual(await ask(make('1'), one), { id: '1' });
    assert.deepEqual(await ask(make('2'), { sessionId: 'other' }), { id: '2' });
    const somebodyElse = { ...rootPrincipal, id: 'somebody else' };
    assert.deepEqual(await ask(make('3'), one, idempotency, somebodyElse), { id: '3' });
    clock.advance(24 * 60 * 60_000);
    await idempotency.forgetOld(100);
    assert.deepEqual(await ask(never, one), { id: '1' });
    clock.advance(1);
    assert.deepEqual(await ask(make('4'), one), { id: '4' });
    await idempotency.forgetOld(100);
    assert.equal((await db('idempotency_keys')).length, 1, 'only the last one is not over');
  });

  it('is kept of so many requests of an organization, whose repeats are answered all the same', async () => {
    const limited = idempotencyWith({ keptAnswer: 2 });
    const made: unknown[] = [];
    const post = (key: string, organizationId: string | null = null): Promise<unknown> =>
      limited.once({ ...rootPrincipal, organizationId }, route, key, { params: {}, body: {} }, () => {
        made.push(key);
        return Promise.resolve({ id: key });
      });
    const ends = await Promise.allSettled(['a', 'b', 'c', 'd'].map((key) => post(key)));
    const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as AppError] : []));
    assert.equal(made.length, 2);
    for (const { code, message, retryAfterSeconds } of failures) {
      assert.deepEqual([code, retryAfterSeconds], ['rate_limited', 3_600]);
      assert.match(message, /^An organization has at most 2 requests with an Idempotency-Key in a day\. Wait until/);
    }
    const [first = ''] = made as string[];
    assert.deepEqual(await post(first), { id: first }, 'a repeat');
    assert.equal(made.length, 2);
    await db('organizations').insert({ id: 'acme', name: 'Acme', created_at: 1 });
    await post('e', 'acme');
    clock.advance(24 * 60 * 60_000 + 1);
    await limited.forgetOld(100);
    await post('f');
    limited.stop();
  });

  it('is waited for as long as a request may wait for an outcome, unless its server has stopped', async () => {
    void ask(() => new Promise(() => undefined));
    await eventually(async () => assert.equal((await db('idempotency_keys')).length, 1));
    clock.advance(2 * 60_000);
    await assert.rejects(ask(never), { message: /still runs/ });
    const other = idempotencyWith();
    await assert.rejects(ask(never, {}, other), { message: /still runs/ });
    idempotency.stop();
    assert.deepEqual(await ask(() => Promise.resolve({ id: 'second' }), {}, other), { id: 'second' });
    other.stop();
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

  it('is not waited for until the time that a wrong clock showed', async () => {
    const elsewhere = { holder: '01J9ZX8K2QHV0M3T6R7P4N5W8K', machine: 'another', pid: 1 };
    const row = { scope: '', key: 'k1', body_hash: '', response_body: null, ...elsewhere };
    await ask(() => Promise.resolve({ id: 'gone' }));
    const [{ scope, body_hash } = row] = await db<typeof row>('idempotency_keys');
    for (const [aheadMs, isFree] of [
      [6 * 60 * 60_000, true],
      [-6 * 60 * 60_000, true],
      [30_000, false],
      [-30_000, false],
    ] as const) {
      await db('idempotency_keys').delete();
      await db('idempotency_keys').insert({ ...row, scope, body_hash, created_at: clock.now().getTime() + aheadMs });
      const answer = ask(() => Promise.resolve({ id: 'again' }));
      if (isFree) assert.deepEqual(await answer, { id: 'again' });
      else await assert.rejects(answer, { code: 'conflict', message: /still runs/ });
    }
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
