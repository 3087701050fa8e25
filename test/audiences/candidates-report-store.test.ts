import assert from 'node:assert/strict';
import { CandidatesReportStore } from '../../server/audiences/candidates-report-store.js';
import { ListsStore } from '../../server/audiences/lists-store.js';
import { OptOutsStore } from '../../server/audiences/opt-outs-store.js';
import { TagsStore } from '../../server/audiences/tags-store.js';
import type { Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { insertSession } from '../support/insert-session.js';
import { insertOrganization } from '../support/sample-rows.js';
import { describeOnEveryDatabase } from '../support/databases.js';

const numbers = ['491700000001', '491700000002', '491700000003'] as const;
const [one, two, three] = numbers;

describeOnEveryDatabase('who may be meant by an audience', (open) => {
  let db: Database;
  let store: CandidatesReportStore;
  let lists: ListsStore;
  let optOuts: OptOutsStore;
  let units: UnitOfWork;

  beforeEach(async () => {
    db = await open();
    store = new CandidatesReportStore(db);
    lists = new ListsStore(db);
    optOuts = new OptOutsStore(db);
    units = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
    await insertSession(db, 'acc1');
    await insertSession(db, 'acc2');
    for (const [index, phoneNumber] of numbers.entries()) {
      await db('people').insert({
        id: `p${String(index)}`,
        organization_id: 'default',
        session_id: 'acc1',
        created_at: 1,
        updated_at: 1,
        phone_number: phoneNumber,
        lid: index === 0 ? '77' : null,
        push_name: `Person ${String(index)}`,
      });
    }
  });

  async function list(members: { phoneNumber: string; tags?: string[] }[]): Promise<string> {
    const at = { created_at: 1, updated_at: 1 };
    const place = { id: '01J00000000000000000000001', organizationId: 'default' };
    await units.run(async (tx) => {
      await lists.insert(tx, { id: place.id, organization_id: 'default', name: 'L', created_by: 'test', ...at });
      await lists.addMembers(tx, place, members, 1);
      const tagged = members.map(({ phoneNumber, tags = [] }) => ({ phoneNumber, tags }));
      await new TagsStore(db).add(tx, 'default', tagged);
    });
    return place.id;
  }
  /** A status that these people got; the viewers looked at it then. */
  async function status(id: string, got: string[], viewedAt: Record<string, number>): Promise<void> {
    const of = { organization_id: 'default', session_id: 'acc1' };
    const sent = { message_id: id, type: 'text', content: 'x', state: 'sent', created_by: 'test' };
    await db('statuses').insert({ ...of, ...sent, id, created_at: 1, updated_at: 1 });
    for (const [position, personId] of got.entries()) {
      const pair = { status_id: id, person_id: personId, organization_id: 'default' };
      await db('status_recipients').insert({ ...pair, outcome: 'included', position });
      const seenAt = viewedAt[personId];
      if (seenAt !== undefined) await db('views').insert({ ...pair, viewed_at: seenAt, recorded_at: seenAt });
    }
  }

  it('are the members of a list, and nobody for a list of somebody else', async () => {
    const id = await list([{ phoneNumber: two }, { phoneNumber: one, tags: ['vip', 'vip'] }]);
    assert.deepEqual(await store.listMembers('default', id), [one, two]);
    assert.equal(await store.listMembers('other', id), undefined);
    assert.deepEqual(await store.tagged('default', 'vip'), [one]);
    assert.deepEqual(await store.tagged('other', 'vip'), []);
  });

  it('leave out who opted out everywhere or of this session', async () => {
    await units.run(async (tx) => {
      await optOuts.add(tx, 'default', null, [one], 1);
      await optOuts.add(tx, 'default', 'acc1', [two], 1);
      await optOuts.add(tx, 'default', 'acc2', [three], 1);
    });
    assert.deepEqual(await store.optedOut('default', 'acc1'), [one, two]);
    assert.deepEqual(await store.optedOut('other', 'acc1'), []);
  });

  it('are looked at anew when one opt-out goes and another comes, whatever the clock said', async () => {
    const optOut = (phone_number: string, created_at: number, session_id = '') =>
      db('opt_outs').insert({ organization_id: 'default', session_id, phone_number, created_at });
    const version = () => store.leaveOutVersion('default', 'acc1');
    const seen = [await version()];
    const differs = async (what: string) => {
      const now = await version();
      assert.ok(!seen.includes(now), what);
      assert.equal(await version(), now, 'it stays as long as nothing changes');
      seen.push(now);
    };
    await optOut(one, 1_000);
    await differs('one came');
    await db('opt_outs').delete();
    await optOut(two, 2_000);
    await differs('one went and one came');
    // Made while the clock was six hours ahead, the first stays the latest for as long.
    await optOut(three, 6 * 3_600_000);
    await differs('another came');
    await db('opt_outs').where({ phone_number: two }).delete();
    await optOut(one, 3_000);
    await differs('one went and one came behind the latest');
    await optOut(one, 4_000, 'acc2');
    assert.equal(await version(), seen.at(-1), 'one of another account says nothing');
  });

  it('are known once, by number or hidden id, with the last time they viewed', async () => {
    await status('S1', ['p0', 'p1'], { p0: 500 });
    await status('S2', ['p0'], { p0: 900 });
    const known = await store.candidatesOf('acc1', [
      { phoneNumber: null, lid: '77' },
      { phoneNumber: one, lid: null },
      { phoneNumber: '491799999999', lid: null },
      { phoneNumber: two, lid: null },
    ]);
    assert.deepEqual(
      known.map(({ personId, name, lastViewedAt }) => [personId, name, lastViewedAt]),
      [
        ['p0', 'Person 0', 900],
        [null, null, null],
        ['p1', 'Person 1', null],
      ],
    );
  });

  it('have opted out by any form of their number, of this account or everywhere, in this organization', async () => {
    await insertOrganization(db, 'other');
    const [written, known] = ['5531988887777', '553188887777'];
    await units.run(async (tx) => {
      await optOuts.add(tx, 'default', null, [written], 1);
      await optOuts.add(tx, 'default', 'acc1', [one], 1);
      await optOuts.add(tx, 'default', 'acc2', [two], 1);
      await optOuts.add(tx, 'other', null, [three], 1);
    });
    const out = [known, written, one, two, three].map((number) => store.hasOptedOut('default', 'acc1', number));
    assert.deepEqual(await Promise.all(out), [true, true, true, false, false]);
  });

  it('are known by any form of their number, and only to their own account', async () => {
    const place = { organization_id: 'default', created_at: 1, updated_at: 1 };
    await db('people').insert({ ...place, id: 'q0', session_id: 'acc2', phone_number: one, lid: '77' });
    await db('people').insert({ ...place, id: 'q1', session_id: 'acc1', phone_number: '553188887777', lid: null });
    const of = async (sessionId: string, ...addresses: [string | null, string | null][]) =>
      (
        await store.candidatesOf(
          sessionId,
          addresses.map(([phoneNumber, lid]) => ({ phoneNumber, lid })),
        )
      ).map(({ personId }) => personId);
    assert.deepEqual(await of('acc1', [one, null], [null, '77'], ['5531988887777', null]), ['p0', 'q1']);
    assert.deepEqual(await of('acc2', [null, '77'], [two, null], [two, null]), ['q0', null]);
    assert.deepEqual(await of('acc1', ['5531988880000', null], ['553188880000', null]), [null], 'one stranger');
  });

  it('have what lists of the organization say of them, by what was added last', async () => {
    await insertOrganization(db, 'other');
    const at = { created_at: 1, updated_at: 1, created_by: 'test' };
    for (const [id, organization, addedAt, name, city] of [
      ['L1', 'default', 30, 'Ada', 'Bonn'],
      ['L2', 'default', 20, 'Eve', 'Kiel'],
      ['L3', 'other', 40, 'Bob', 'Rome'],
    ] as const) {
      await db('audiences').insert({ id, organization_id: organization, name: id, ...at });
      const member = { audience_id: id, organization_id: organization, phone_number: one, added_at: addedAt };
      await db('audience_members').insert({ ...member, name, fields: JSON.stringify({ city }) });
    }
    const facts = async (organizationId: string, listId: string | null) =>
      Object.fromEntries((await store.factsOf({ organizationId, listId }, [one, two])).get(one) ?? []);
    assert.deepEqual(await facts('default', null), { name: 'Ada', city: 'Bonn' });
    assert.deepEqual(await facts('default', 'L2'), { name: 'Eve', city: 'Kiel' });
    assert.deepEqual([await facts('default', 'L3'), await facts('other', 'L1')], [{}, {}]);
  });

  it('are all members of a list, however many', async () => {
    const many = Array.from({ length: 2_001 }, (_, index) => String(491_800_000_000 + index));
    const id = await list(many.map((phoneNumber) => ({ phoneNumber })));
    assert.deepEqual(await store.listMembers('default', id), many);
  });
});
