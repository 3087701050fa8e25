import assert from 'node:assert/strict';
import { ApiKeysStore } from '../../server/access/api-keys-store.js';
import { KeyRateLimits } from '../../server/access/key-rate-limits.js';
import type { Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { SetClock } from '../support/open-services.js';
import { keyRecord } from './key-record.js';

describeOnEveryDatabase('the request limit of a key', (open) => {
  let db: Database;
  let clock: SetClock;
  let store: ApiKeysStore;
  let nowMs: number;
  let limits: KeyRateLimits;

  beforeEach(async () => {
    db = await open();
    clock = new SetClock(new Date('2026-03-01T10:00:00Z'));
    store = new ApiKeysStore(db);
    nowMs = 0;
    limits = limitsFrom(store);
  });

  function limitsFrom(from: Pick<ApiKeysStore, 'listWithRateLimit'>): KeyRateLimits {
    return new KeyRateLimits(from, clock, () => nowMs);
  }

  async function made(changes: Parameters<typeof keyRecord>[0]): Promise<{ text: string; id: string }> {
    const { text, record } = keyRecord(changes);
    const units = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
    await units.run((tx) => store.insert(tx, record));
    return { text, id: record.id };
  }

  it('is found by the key and by its id, and for no other key', async () => {
    const [limited, other, plain] = [await made({ rateLimitMax: 7 }), await made({ rateLimitMax: 9 }), await made({})];
    assert.deepEqual(await limits.find(limited.text), { keyId: limited.id, max: 7 });
    assert.deepEqual(await limits.findById(other.id), { keyId: other.id, max: 9 });
    for (const none of [plain.text, keyRecord().text, limited.id, '', undefined]) {
      assert.equal(await limits.find(none), undefined);
    }
    for (const none of [plain.id, 'gone']) assert.equal(await limits.findById(none), undefined);
  });

  it('ends with the key', async () => {
    const ending = await made({ rateLimitMax: 7, expiresAt: new Date(clock.now().getTime() + 1_000) });
    const revoked = await made({ rateLimitMax: 7, revokedAt: clock.now() });
    assert.ok(await limits.find(ending.text));
    assert.equal(await limits.find(revoked.text), undefined);
    clock.advance(1_000);
    assert.equal(await limits.find(ending.text), undefined);
    assert.equal(await limits.findById(ending.id), undefined);
  });

  it('is another one soon after another process changed it, and at once after this one did', async () => {
    const { text, id } = await made({ rateLimitMax: 7 });
    const maxNow = async () => (await limits.find(text))?.max;
    assert.equal(await maxNow(), 7);
    await db('api_keys').where({ id }).update({ rate_limit_max: 8 });
    nowMs = 5_000;
    assert.equal(await maxNow(), 7, 'a flood of requests asks the database only now and then');
    nowMs = 5_001;
    assert.equal(await maxNow(), 8);
    await db('api_keys').where({ id }).update({ rate_limit_max: 9 });
    limits.forget();
    assert.equal(await maxNow(), 9);
  });

  it('is asked for again at once when the database failed', async () => {
    const { text } = await made({ rateLimitMax: 7 });
    let fails = true;
    const shaky = limitsFrom({
      listWithRateLimit: () => (fails ? Promise.reject(new Error('no database')) : store.listWithRateLimit()),
    });
    await assert.rejects(shaky.find(text), /no database/);
    fails = false;
    assert.equal((await shaky.find(text))?.max, 7);
  });
});
