import assert from 'node:assert/strict';
import path from 'node:path';
import { connectDatabase } from '../../server/db/database.js';
import { EventBus } from '../../server/events/event-bus.js';
import { EventLog } from '../../server/events/event-log.js';
import { EventStore } from '../../server/events/event-store.js';
import { Idempotency } from '../../server/http/idempotency.js';
import { IdempotencyStore } from '../../server/http/idempotency-store.js';
import { createLogger } from '../../server/lib/logger.js';
import { Sealer } from '../../server/lib/sealer.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { quotasWith } from '../support/quotas.js';
import { eventually } from '../support/eventually.js';
import { startTestServer } from '../support/test-server.js';

const dayMs = 24 * 60 * 60_000;
const now = Date.UTC(2026, 6, 1, 12);
const clock = { now: () => new Date(now) };

describeOnEveryDatabase('what is out of date is forgotten, and nothing newer', (open) => {
  it('answers that are kept for repeats, after a day', async () => {
    const db = await open();
    for (const [key, ageMs] of [
      ['old', dayMs + 1],
      ['a day', dayMs],
      ['new', 0],
    ] as const) {
      await db('idempotency_keys').insert({ scope: 'of one', key, body_hash: 'hash', created_at: now - ageMs });
    }
    const idempotency = new Idempotency({
      store: new IdempotencyStore(db),
      quotas: quotasWith(),
      clock,
      sealer: new Sealer('secret', 'test'),
      unitOfWork: new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined }),
    });
    await idempotency.forgetOld(100);
    assert.deepEqual(await db('idempotency_keys').orderBy('created_at').pluck('key'), ['a day', 'new']);
    idempotency.stop();
  });

  it('events from before a time, at most so many at once', async () => {
    const db = await open();
    for (const [id, ageMs] of [
      ['old', 7 * dayMs + 1],
      ['in time', 7 * dayMs],
      ['new', 0],
    ] as const) {
      const row = { organization_id: 'default', session_id: 'acc1', name: 'session-created', payload: '{}' };
      await db('events').insert({ ...row, id, created_at: now - ageMs });
    }
    const log = new EventLog(new EventStore(db), new EventBus(createLogger({ logLevel: 'silent' })), clock);
    assert.equal(await log.forgetBefore(now - 7 * dayMs, 1), 1);
    assert.equal(await log.forgetBefore(now - 7 * dayMs, 1), 0);
    assert.deepEqual(await db('events').orderBy('created_at').pluck('id'), ['in time', 'new']);
  });
});

describe('a server that was just started', () => {
  it('forgets what went out of date before', async () => {
    const before = await startTestServer();
    await before.stop({ keepData: true });
    const db = await connectDatabase({ file: path.join(before.dataDir, 'data', 'statuscast.sqlite') });
    await db('idempotency_keys').insert({ scope: 'of one', key: 'old', body_hash: 'hash', created_at: 1 });
    const server = await startTestServer({ dataDir: before.dataDir });
    await eventually(async () => (await db('idempotency_keys').first('key')) === undefined, { what: 'the old to go' });
    await db.destroy();
    await server.stop();
  });
});
