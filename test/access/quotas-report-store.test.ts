import assert from 'node:assert/strict';
import { ApiKeysStore } from '../../server/access/api-keys-store.js';
import type { Quota, QuotaPlace } from '../../server/access/quota-limits.js';
import { countOf } from '../../server/access/quotas-report-store.js';
import type { Database } from '../../server/db/database.js';
import { knexOf, UnitOfWork } from '../../server/db/unit-of-work.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { quotasWith } from '../support/quotas.js';
import { insertOrganization, insertSession } from '../support/sample-rows.js';
import { InsertedRows } from './inserted-rows.js';
import { keyRecord } from './key-record.js';

const now = 50_000;
const acme = { organizationId: 'acme', sessionId: 'a' };
const globex = { organizationId: 'globex', sessionId: 'g' };

describeOnEveryDatabase('what counts against a limit', (open) => {
  let db: Database;
  let units: UnitOfWork;

  beforeEach(async () => {
    db = await open();
    units = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
    for (const place of [acme, globex]) {
      await insertOrganization(db, place.organizationId);
      await insertSession(db, place);
    }
    await insertSession(db, { ...acme, sessionId: 'b' });
  });

  const counted = (quota: Quota, place: QuotaPlace): Promise<number> =>
    units.run((tx) => countOf(tx, quota, { at: now, ...place }));
  async function expectCounts(expected: Partial<Record<Quota, number>>, place: QuotaPlace): Promise<void> {
    const found: Partial<Record<Quota, number>> = {};
    for (const quota of Object.keys(expected) as Quota[]) found[quota] = await counted(quota, place);
    assert.deepEqual(found, expected);
  }
  const ofOrganization = { organizationId: 'acme' };

  it('are the keys that open something, each kind for itself', async () => {
    const keys = new ApiKeysStore(db);
    const records = [
      ...[{}, { expiresAt: now + 1 }, { expiresAt: now }, { revokedAt: 1 }, { organizationId: 'globex' }],
      ...[{ sessionId: 'a' }, { sessionId: 'b' }, { sessionId: 'a', revokedAt: 1 }, { sessionId: 'a', expiresAt: now }],
    ].map(({ organizationId = 'acme', sessionId, expiresAt, revokedAt }: Made) => ({
      organizationId,
      sessionId: sessionId ?? null,
      kind: sessionId ? ('session' as const) : ('admin' as const),
      expiresAt: dateOf(expiresAt),
      revokedAt: dateOf(revokedAt),
    }));
    await units.run(async (tx) => {
      for (const changes of records) await keys.insert(tx, keyRecord(changes).record);
    });
    assert.equal(await counted('organizationKey', ofOrganization), 2);
    assert.equal(await counted('sessionKey', acme), 1);
  });

  it('is what the organization has, and not what others have', async () => {
    const rows = new InsertedRows(db);
    for (const [organizationId, ids] of [
      ['acme', ['A1', 'A2']],
      ['globex', ['G1', 'G2', 'G3']],
    ] as const) {
      for (const id of ids) {
        await rows.audience(id, organizationId, id);
        await rows.draft(id, organizationId);
        await rows.broadcast(id, organizationId);
        await db('templates').insert({
          id,
          organization_id: organizationId,
          name: id,
          body: '{}',
          created_by: 'root',
          created_at: 1,
          updated_at: 1,
        });
        await db('broadcast_accounts').insert(
          ['a', 'b', 'g'].map((session_id, position) => ({ broadcast_id: id, session_id, position, state: 'pending' })),
        );
        const person = { organization_id: organizationId, phone_number: id };
        await db('audience_members').insert({ ...person, audience_id: id, added_at: 1 });
        await db('opt_outs').insert({ ...person, session_id: '', created_at: 1 });
        await db('person_tags').insert(['x', id].map((tag) => ({ ...person, tag })));
      }
    }
    await db('audience_members').insert({
      organization_id: 'acme',
      phone_number: 'more',
      audience_id: 'A1',
      added_at: 1,
    });
    await db('broadcast_accounts').where({ broadcast_id: 'A2' }).update({ state: 'queued' });
    const expected: Partial<Record<Quota, number>> = {
      list: 2,
      listMember: 3,
      tag: 3,
      tagged: 4,
      optOut: 2,
      template: 2,
      draft: 2,
      pendingBroadcast: 1,
      session: 2,
      organization: 3,
    };
    await expectCounts(expected, ofOrganization);
  });

  it('is what the account or the schedule has, and only what is still to come', async () => {
    const rows = new InsertedRows(db);
    for (const [id, state, place, targeted] of [
      ['1', 'scheduled', acme, 10],
      ['2', 'queued', acme, 5],
      ['3', 'sending', acme, 100],
      ['4', 'sent', acme, 100],
      ['5', 'canceled', acme, 100],
      ['6', 'queued', { ...acme, sessionId: 'b' }, 100],
    ] as const) {
      await rows.status(id, place, { state });
      await db('statuses').where({ id }).update({ targeted });
    }
    for (const [id, sessionId] of ['a', 'a', 'b'].entries()) {
      await rows.schedule(`S${String(id)}`, { ...acme, sessionId });
      await db('people').insert({
        id: String(id),
        organization_id: 'acme',
        session_id: sessionId,
        created_at: 1,
        updated_at: 1,
      });
    }
    const left = (schedule_id: string, occurrence_at: number, outcome = 'canceled') => ({
      schedule_id,
      occurrence_at,
      outcome,
      created_at: 1,
    });
    await db('schedule_occurrences').insert([
      ...[left('S0', now - 1), left('S0', now), left('S0', now + 1)],
      ...[left('S0', now + 2, 'posted'), left('S1', now + 1)],
    ]);
    const expected = { pendingStatus: 2, pendingRecipient: 15, schedule: 2, person: 2, changedTime: 2 };
    await expectCounts(expected, { ...acme, scheduleId: 'S0' });
  });

  it('is looked at only where something is added: who is beyond a lowered limit may do the rest', async () => {
    const audience = (id: string, source: Database) => new InsertedRows(source).audience(id, 'acme', id);
    for (const id of ['1', '2', '3']) await audience(id, db);
    const quotas = quotasWith({ list: 2, draft: 1 });
    const refused = { code: 'conflict' };
    await units.run((tx) => quotas.require(tx, 'list', ofOrganization, 0));
    const adding = (atMost: number, added: readonly string[]) =>
      units.run((tx) =>
        quotas.whileAddingAll(tx, { list: atMost, draft: 0 }, ofOrganization, async () => {
          for (const id of added) await audience(id, knexOf(tx) as Database);
          return added;
        }),
      );
    assert.deepEqual(await adding(2, []), []);
    await assert.rejects(adding(1, ['4']), refused);
    await assert.rejects(
      units.run((tx) => quotas.require(tx, 'list', ofOrganization)),
      refused,
    );
    await db('audiences').delete();
    assert.deepEqual(await adding(5, ['5', '6']), ['5', '6'], 'what was there already is not added');
    assert.deepEqual((await db('audiences').pluck('id')).sort(), ['5', '6']);
  });
});

interface Made {
  organizationId?: string;
  sessionId?: string;
  expiresAt?: number;
  revokedAt?: number;
}

function dateOf(at: number | undefined): Date | null {
  return at === undefined ? null : new Date(at);
}
