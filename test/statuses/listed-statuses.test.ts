import assert from 'node:assert/strict';
import { rootPrincipal, type Principal } from '../../server/access/principal.js';
import type { ListStatusesQuery } from '../../server/contract/statuses.js';
import { noPlan } from '../../server/statuses/plan.js';
import type { StatusRecord } from '../../server/statuses/status.js';
import { insertOrganization, insertSession } from '../support/sample-rows.js';
import { openSqlite, type TestSqlite } from '../support/open-sqlite.js';
import { insertSentStatus, openServices, SetClock, type Services } from '../support/open-services.js';

const at = new Date('2026-03-02T08:00:00Z');
const now = at.getTime();
const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;

describe('the list of statuses', () => {
  let sqlite: TestSqlite;
  let services: Services;

  beforeEach(async () => {
    sqlite = await openSqlite();
    services = openServices(sqlite.db, new SetClock(at));
    await insertOrganization(sqlite.db, 'globex');
    await insertSession(sqlite.db, { sessionId: 'acc1' });
    await insertSession(sqlite.db, { sessionId: 'acc2' });
    await insertSession(sqlite.db, { sessionId: 'foreign', organizationId: 'globex' });
  });
  afterEach(() => sqlite.remove());

  /** Ids have the length of real ones, and sort by their first letter. */
  const idOf = (letter: string) => letter.padEnd(26, '0');
  const insert = (letter: string, changes: Partial<StatusRecord> = {}) =>
    insertSentStatus(services, idOf(letter), { createdAt: now, ...changes });
  async function list(
    query: Partial<ListStatusesQuery> = {},
    principal: Partial<Principal> = {},
    sessionId: string | null = null,
  ) {
    const whole = { limit: 50, ...query };
    const page = await services.statuses.list({ ...rootPrincipal, ...principal }, sessionId, whole);
    const letters = page.items.map(({ id }) => id.slice(0, 1)).join('');
    return { letters, total: page.total, nextCursor: page.nextCursor };
  }

  it('has the newest first, page by page and each once, also when newer ones come between two pages', async () => {
    for (const letter of ['A', 'B', 'C', 'D', 'E']) await insert(letter);
    const first = await list({ limit: 2 });
    assert.deepEqual([first.letters, first.total, first.nextCursor], ['ED', 5, idOf('D')]);
    await insert('F');
    const second = await list({ limit: 2, cursor: idOf('D') });
    assert.deepEqual([second.letters, second.total, second.nextCursor], ['CB', 6, idOf('B')]);
    assert.deepEqual(await list({ limit: 2, cursor: idOf('B') }), { letters: 'A', total: 6, nextCursor: null });
    assert.equal((await list({ limit: 2, cursor: idOf('C') })).nextCursor, null, 'a full page may be the last one');
  });

  it('shows everybody what is theirs: the organization, the account that is asked for, that of the key', async () => {
    await insert('A');
    await insert('B', { sessionId: 'acc2' });
    await insert('C', { sessionId: 'foreign', organizationId: 'globex' });
    for (const [whose, principal, sessionId, letters] of [
      ['root', {}, null, 'CBA'],
      ['an organization', { organizationId: 'default' }, null, 'BA'],
      ['another organization', { organizationId: 'globex' }, null, 'C'],
      ['one account', { organizationId: 'default' }, 'acc2', 'B'],
      ['the key of an account', { organizationId: 'default', sessionId: 'acc1' }, null, 'A'],
      ['an account of another organization', { organizationId: 'default' }, 'foreign', ''],
    ] as const) {
      const listed = await list({}, principal, sessionId);
      assert.deepEqual([listed.letters, listed.total], [letters, letters.length], whose);
    }
  });

  it('is narrowed by state, kind and time, and counts what is left', async () => {
    await insert('A', { createdAt: now - 2 * dayMs, sentAt: now - 2 * dayMs });
    await insert('B', { createdAt: now - dayMs, type: 'url', content: 'https://example.com/' });
    await insert('C', { createdAt: now - 2 * hourMs, state: 'failed' });
    await insert('D', { createdAt: now - hourMs });
    for (const [query, letters] of [
      [{}, 'DCB'],
      [{ state: 'failed' }, 'C'],
      [{ type: 'url' }, 'B'],
      [{ type: 'url', state: 'failed' }, ''],
      [{ from: new Date(now - 2 * hourMs).toISOString() }, 'DC'],
      [{ to: new Date(now - hourMs).toISOString() }, 'CB'],
      [{ from: new Date(0).toISOString(), to: new Date(now - hourMs + 1).toISOString() }, 'DCBA'],
    ] as const) {
      const listed = await list(query);
      assert.deepEqual([listed.letters, listed.total], [letters, letters.length], JSON.stringify(query));
    }
  });

  it('has what is still to come, however long ago it was planned', async () => {
    const long = { createdAt: now - 9 * dayMs, sentAt: null, expiresAt: null };
    await insert('A', { ...long, state: 'scheduled', scheduledAt: now + hourMs });
    await insert('B', { ...long, state: 'scheduled', scheduledAt: now - 2 * dayMs });
    await insert('C', { ...long, state: 'queued' });
    await insert('D', { ...long, state: 'failed' });
    assert.equal((await list()).letters, 'A');
    assert.equal((await list({ state: 'scheduled' })).letters, 'BA');
    assert.equal((await list({ state: 'queued' })).letters, 'C');
    assert.equal((await list({ state: 'failed' })).letters, '');
  });
});

describe('statuses in the database', () => {
  let sqlite: TestSqlite;
  let services: Services;

  beforeEach(async () => {
    sqlite = await openSqlite();
    services = openServices(sqlite.db, new SetClock(at));
    await insertSession(sqlite.db, { sessionId: 'acc1' });
    await insertSession(sqlite.db, { sessionId: 'acc2' });
  });
  afterEach(() => sqlite.remove());

  const insert = (id: string, changes: Partial<StatusRecord> = {}) => insertSentStatus(services, id, changes);
  const idsOf = (records: readonly { id: string }[]) => records.map(({ id }) => id);

  it('of one account are not found by way of another: alone, as a series, by their message ids', async () => {
    const part = (position: number) => ({ ...noPlan, series: { id: 'one', position } });
    await insert('A', { plan: part(1) });
    await insert('B', { plan: part(0) });
    await insert('C', { sessionId: 'acc2', plan: part(2), messageId: '3EB0A' });
    const { statusesStore: store, unitOfWork } = services;
    assert.deepEqual([(await store.find('acc1', 'A'))?.id, await store.find('acc2', 'A')], ['A', undefined]);
    assert.deepEqual(idsOf(await store.listSeries('acc1', 'one')), ['B', 'A']);
    const byMessage = (sessionId: string) =>
      unitOfWork.run((tx) => store.listByMessageIds(tx, sessionId, ['3EB0A', '3EB0B']));
    assert.deepEqual(idsOf(await byMessage('acc1')).sort(), ['A', 'B']);
    assert.deepEqual(idsOf(await byMessage('acc2')), ['C']);
  });

  it('tell how long a post takes for each person, by the last five that reached anybody', async () => {
    const { statusesStore: store } = services;
    const sent = (id: string, startedAt: number, tookMs: number, included: number, sessionId = 'acc1') =>
      insert(id, {
        sessionId,
        startedAt,
        sentAt: startedAt + tookMs,
        counts: { targeted: included, included, delivered: 0, viewed: 0, reacted: 0, replied: 0, clicked: 0 },
      });
    assert.equal(await store.recentMsPerPerson('acc1'), undefined);
    await sent('A', 1_000, 900_000, 1);
    await sent('B', 9_000, 60_000, 0);
    await sent('C', 9_000, 60_000, 1, 'acc2');
    for (const [nth, id] of ['D', 'E', 'F', 'G'].entries()) await sent(id, 2_000 + nth, 100, 10);
    assert.equal(await store.recentMsPerPerson('acc1'), (900_000 + 4 * 100) / 41);
    await sent('H', 2_100, 600, 60);
    assert.equal(await store.recentMsPerPerson('acc1'), 10);
    assert.equal(await store.recentMsPerPerson('acc2'), 60_000);
    // The clock was put back while it went out.
    await sent('I', 9_999, -5_000, 900);
    assert.equal(await store.recentMsPerPerson('acc1'), 900 / 990);
  });

  it('that are to be posted are known by their ids, and no others', async () => {
    const states = ['scheduled', 'queued', 'sending', 'sent', 'failed', 'canceled', 'deleted', 'expired'] as const;
    for (const state of states) await insert(state, { state });
    await insert('other', { state: 'queued' });
    assert.deepEqual([...(await services.statusesStore.listWaiting(states))].sort(), [
      'queued',
      'scheduled',
      'sending',
    ]);
  });

  it('are taken back in the order in which somebody wanted it', async () => {
    await insert('A', { deleteRequestedAt: now, revokeAttempts: 1 });
    await insert('B', { deleteRequestedAt: now - 1 });
    await insert('C', { deleteRequestedAt: now - 2, sessionId: 'acc2' });
    await insert('D', { deleteRequestedAt: now });
    const { steps, unitOfWork } = services;
    const claim = async () => {
      const claimed = (await unitOfWork.run((tx) => steps.claimDeletion(tx, 'acc1')))?.status;
      await sqlite
        .db('statuses')
        .where({ id: claimed?.id ?? '' })
        .update({ delete_requested_at: null });
      return [claimed?.id, claimed?.revokeAttempts];
    };
    assert.deepEqual(
      [await claim(), await claim(), await claim(), await claim()],
      [
        ['B', 1],
        ['A', 2],
        ['D', 1],
        [undefined, undefined],
      ],
    );
  });

  it('expire so many at a time, and what is to be taken back from them is over with them', async () => {
    for (const id of ['A', 'B', 'C']) await insert(id, { expiresAt: now, deleteRequestedAt: 1 });
    await insert('D', { expiresAt: now + 1 });
    await insert('E', { expiresAt: now, state: 'deleted' });
    const { statusesStore: store, unitOfWork } = services;
    const expire = async () => {
      const expired = await unitOfWork.run((tx) => store.expire(tx, now, 2));
      assert.ok(expired.every(({ state, deleteRequestedAt }) => state === 'expired' && deleteRequestedAt === null));
      return expired.length;
    };
    assert.deepEqual([await expire(), await expire(), await expire()], [2, 1, 0]);
    assert.deepEqual(await store.sessionsWithWork(), []);
  });
});
