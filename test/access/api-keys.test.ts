import assert from 'node:assert/strict';
import { ApiKeys } from '../../server/access/api-keys-service.js';
import { ApiKeysStore } from '../../server/access/api-keys-store.js';
import { Authenticator, keyOfHeaders } from '../../server/access/authenticator.js';
import { rootPrincipal } from '../../server/access/principal.js';
import { Secret } from '../../server/lib/secret.js';
import type { Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { AppError } from '../../server/lib/app-error.js';
import { createLogger } from '../../server/lib/logger.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSession } from '../support/sample-rows.js';

const rootKey = 'the-root-key-of-this-test';
const session = { sessionId: 'acc1', organizationId: 'default', name: 'Account 1', createdBy: 'the desk' };

describeOnEveryDatabase('API keys', (open) => {
  let db: Database;
  let keys: ApiKeys;
  let units: UnitOfWork;
  let authenticator: Authenticator;
  let now: Date;

  beforeEach(async () => {
    db = await open();
    await insertSession(db, session);
    now = new Date('2026-01-28T10:00:00Z');
    units = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
    keys = new ApiKeys(new ApiKeysStore(db), units, { now: () => now }, createLogger({ logLevel: 'silent' }));
    authenticator = new Authenticator(new Secret(rootKey), keys);
  });
  afterEach(() => keys.stop());

  it('of a session stand for that session and nothing else', async () => {
    const key = await units.run((tx) => keys.createForSession(tx, session));
    assert.match(key, /^wask_[\w-]{43}$/);
    const principal = await authenticator.authenticate(key);
    assert.equal(principal.kind, 'session');
    assert.equal(principal.sessionId, 'acc1');
    assert.equal(principal.organizationId, 'default');
    assert.deepEqual([...principal.capabilities], ['read', 'send', 'manage']);
  });

  it('are stored as a hash only', async () => {
    const key = await units.run((tx) => keys.createForSession(tx, session));
    const stored = JSON.stringify(await db('api_keys').select());
    assert.ok(!stored.includes(key.slice(13)));
    assert.ok(stored.includes(key.slice(0, 12)));
  });

  it('do not exist when the session was not created after all', async () => {
    const failing = units.run(async (tx) => {
      await keys.createForSession(tx, session);
      throw new Error('no');
    });
    await assert.rejects(failing);
    assert.deepEqual(await db('api_keys').select(), []);
  });

  it('end with the session, with a revocation and with their time', async () => {
    const key = await units.run((tx) => keys.createForSession(tx, session));
    const isRefused = () =>
      assert.rejects(
        authenticator.authenticate(key),
        (error) => error instanceof AppError && error.code === 'unauthorized',
      );
    await db('api_keys').update({ expires_at: now.getTime() });
    await isRefused();
    await db('api_keys').update({ expires_at: now.getTime() + 1 });
    await authenticator.authenticate(key);
    await db('api_keys').update({ revoked_at: now.getTime() });
    await isRefused();
    await db('api_keys').update({ revoked_at: null });
    await db('sessions').delete();
    await isRefused();
  });

  it('remember when they were used last, in one write for many uses', async () => {
    const key = await units.run((tx) => keys.createForSession(tx, session));
    for (let second = 0; second < 5; second += 1) {
      now = new Date(Date.parse('2026-01-28T10:00:00Z') + second * 1_000);
      await authenticator.authenticate(key);
    }
    assert.deepEqual(await db('api_keys').pluck('last_used_at'), [null]);
    await keys.drain();
    const usedAt = now.getTime();
    assert.deepEqual(await db('api_keys').pluck('last_used_at'), [usedAt]);
    for (const [at, expected] of [
      [usedAt + 3_600_000, usedAt + 3_600_000],
      // A server whose clock is behind.
      [usedAt, usedAt + 3_600_000],
    ] as const) {
      now = new Date(at);
      await authenticator.authenticate(key);
      await keys.drain();
      assert.deepEqual(await db('api_keys').pluck('last_used_at'), [expected]);
    }
  });

  it('that ended are told apart from those that work, whoever ended them', async () => {
    for (let count = 0; count < 4; count += 1) await units.run((tx) => keys.createForSession(tx, session));
    const ids: string[] = await db('api_keys').orderBy('id').pluck('id');
    const [works, revoked, expired, later] = ids;
    await db('api_keys').where({ id: revoked }).update({ revoked_at: now.getTime() });
    await db('api_keys').where({ id: expired }).update({ expires_at: now.getTime() });
    await db('api_keys')
      .where({ id: later })
      .update({ expires_at: now.getTime() + 1 });
    assert.deepEqual(await keys.listEnded([...ids, 'gone']), [revoked, expired, 'gone']);
    assert.deepEqual(await keys.listEnded([works ?? '']), []);
    const many = Array.from({ length: 1_200 }, (_none, nth) => `gone ${String(nth)}`);
    assert.deepEqual(await keys.listEnded([...many, works ?? '']), many);
    assert.deepEqual(await keys.listEnded([]), []);
  });

  it('are forgotten 90 days after they ended', async () => {
    for (let count = 0; count < 3; count += 1) await units.run((tx) => keys.createForSession(tx, session));
    const [works, revoked, expired]: string[] = await db('api_keys').orderBy('id').pluck('id');
    await db('api_keys').where({ id: revoked }).update({ revoked_at: now.getTime() });
    await db('api_keys')
      .where({ id: expired })
      .update({ expires_at: now.getTime() + 1 });
    now = new Date(now.getTime() + 90 * 24 * 60 * 60_000);
    await keys.prune();
    assert.equal((await db('api_keys').select()).length, 3);
    now = new Date(now.getTime() + 1);
    await keys.prune();
    assert.deepEqual(await db('api_keys').orderBy('id').pluck('id'), [works, expired]);
    now = new Date(now.getTime() + 1);
    await keys.prune();
    assert.deepEqual(await db('api_keys').pluck('id'), [works]);
  });

  it('of the configuration stand for root', async () => {
    assert.equal(await authenticator.authenticate(rootKey), rootPrincipal);
    for (const wrong of [undefined, '', 'x', `${rootKey}x`, rootKey.slice(1), 'wask_', 'k'.repeat(600)]) {
      await assert.rejects(authenticator.authenticate(wrong), AppError);
    }
  });
});

describe('the key in the headers', () => {
  it('is found in either header', () => {
    assert.equal(keyOfHeaders({ 'x-api-key': ' a ' }), 'a');
    assert.equal(keyOfHeaders({ authorization: 'Bearer a' }), 'a');
    assert.equal(keyOfHeaders({ authorization: 'bearer   a ' }), 'a');
    assert.equal(keyOfHeaders({ 'x-api-key': 'a', authorization: 'Bearer b' }), 'a');
  });

  it('is not made up from other things', () => {
    assert.equal(keyOfHeaders({}), undefined);
    assert.equal(keyOfHeaders({ authorization: 'Basic a' }), undefined);
    assert.equal(keyOfHeaders({ authorization: 'Bearer' }), undefined);
    assert.equal(keyOfHeaders({ authorization: 'Bearer a b' }), undefined);
  });
});
