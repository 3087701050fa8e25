import assert from 'node:assert/strict';
import { OrganizationsService } from '../../server/access/organizations-service.js';
import { OrganizationsStore } from '../../server/access/organizations-store.js';
import { ApiKeysStore } from '../../server/access/api-keys-store.js';
import { rootPrincipal } from '../../server/access/principal.js';
import type { QuotaLimits } from '../../server/config/quota-settings.js';
import { quotaWords, type Quota } from '../../server/access/quota-limits.js';
import { TagsService } from '../../server/audiences/tags-service.js';
import { TagsStore } from '../../server/audiences/tags-store.js';
import type { Database } from '../../server/db/database.js';
import { knexOf, UnitOfWork } from '../../server/db/unit-of-work.js';
import { insertSession } from '../support/insert-session.js';
import { openScheduling, textFor } from '../scheduling/open-scheduling.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { quotasWith } from '../support/quotas.js';
import { SetClock } from '../support/open-services.js';

const startsAt = '2026-03-03T08:00:00';
const scheduledAt = '2026-03-03T08:00:00Z';
const number = (index: number): string => `49170000${String(1000 + index)}`;
const numbers = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => number(from + index));

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

/** How many of these came about. The others were refused with words that fit `quota`. */
async function madeOf(quota: Quota, all: readonly Promise<unknown>[]): Promise<number> {
  const ends = await Promise.allSettled(all);
  for (const end of ends) {
    if (end.status === 'fulfilled') continue;
    const { code, message } = end.reason as { code?: string; message: string };
    assert.equal(code, 'conflict', message);
    assert.ok(message.includes(`${quotaWords[quota].what}. ${quotaWords[quota].remedy}`), message);
  }
  return ends.filter(({ status }) => status === 'fulfilled').length;
}

describeOnEveryDatabase('limits of what an account may have', (open) => {
  let db: Database;
  let clock: SetClock;
  const schedulingWith = (limits: Partial<QuotaLimits>) => openScheduling(db, clock, { limits });

  beforeEach(async () => {
    db = await open();
    clock = new SetClock(new Date('2026-03-02T08:00:00Z'));
    for (const sessionId of ['acc1', 'acc2']) await insertSession(db, sessionId);
  });

  it('hold for schedules, also when several are made at once', async () => {
    const { schedules } = schedulingWith({ schedule: 2 });
    const make = (sessionId: string) =>
      schedules.create(rootPrincipal, sessionId, {
        status: textFor(numbers(1)),
        startsAt,
        timeZone: 'UTC',
        rule: 'FREQ=DAILY',
      });
    const [first] = [await make('acc1')];
    assert.equal(await madeOf('schedule', [make('acc1'), make('acc1'), make('acc1')]), 1);
    await make('acc2');
    await schedules.delete(rootPrincipal, 'acc1', first.id);
    await make('acc1');
  });

  it('hold for the times that a schedule leaves out', async () => {
    const { schedules } = schedulingWith({ changedTime: 2 });
    const status = textFor(numbers(1));
    const { id } = await schedules.create(rootPrincipal, 'acc1', {
      status,
      startsAt,
      timeZone: 'UTC',
      rule: 'FREQ=DAILY',
    });
    const leaveOut = (day: number) =>
      schedules.changeOccurrence(rootPrincipal, { sessionId: 'acc1', id }, { at: `2026-03-0${String(day)}T08:00:00Z` });
    assert.equal(await madeOf('changedTime', [leaveOut(3), leaveOut(4), leaveOut(5)]), 2);
    // What is over does not count.
    clock.advance(3 * 24 * 60 * 60_000);
    await leaveOut(6);
  });

  it('hold for posts that wait and for their recipients, whoever makes them wait', async () => {
    const { statuses, accepting, changes } = schedulingWith({ pendingStatus: 3, pendingRecipient: 10 });
    const send = (people: number) =>
      accepting.send(rootPrincipal, 'acc1', { ...textFor(numbers(people)), scheduledAt });
    const first = await send(4);
    assert.equal(await madeOf('pendingRecipient', [send(4), send(4), send(4)]), 1);
    const change = (people: number) =>
      changes.change(rootPrincipal, 'acc1', first.id, { targetNumbers: numbers(people) });
    assert.equal(await madeOf('pendingRecipient', [change(7)]), 0);
    assert.equal((await statuses.get('acc1', first.id)).counts.targeted, 4);
    await change(6);
    await change(1);
    assert.equal(await madeOf('pendingStatus', [send(1), send(1)]), 1);
    await db('statuses').where({ id: first.id }).update({ state: 'failed' });
    await send(1);
    assert.equal(await madeOf('pendingStatus', [changes.retry(rootPrincipal, 'acc1', first.id)]), 0);
    assert.equal((await statuses.get('acc1', first.id)).state, 'failed');
  });

  it('refuse strangers beyond those whom an account knows, and nobody whom it knows', async () => {
    const { accepting, changes } = schedulingWith({ person: 5 });
    const post = (sessionId: string, targetNumbers: string[]) =>
      accepting.send(rootPrincipal, sessionId, { ...textFor(targetNumbers), scheduledAt });
    const first = await post('acc1', numbers(3));
    const ends = [post('acc1', numbers(2, 3)), post('acc1', numbers(2, 5)), post('acc1', numbers(2, 7))];
    assert.equal(await madeOf('person', ends), 1);
    const change = changes.change(rootPrincipal, 'acc1', first.id, { targetNumbers: numbers(1, 20) });
    assert.equal(await madeOf('person', [change]), 0);
    const [counted] = await db('people')
      .where({ session_id: 'acc1' })
      .count<{ total: number | string }[]>({ total: '*' });
    assert.equal(Number(counted?.total), 5);
    await post('acc1', numbers(3));
    await post('acc2', numbers(5));
  });

  it('count only what is still to come of broadcasts', async () => {
    const { broadcasts, broadcastRunner } = schedulingWith({ pendingBroadcast: 2 });
    const make = () => broadcasts.create(rootPrincipal, { ...textFor(numbers(1)), sessionIds: ['acc1'] });
    assert.equal(await madeOf('pendingBroadcast', [make(), make(), make()]), 2);
    await broadcastRunner.sweep();
    await make();
  });
});

describeOnEveryDatabase('limits of what an organization may have', (open, engine) => {
  let db: Database;
  let units: UnitOfWork;
  beforeEach(async () => {
    db = await open();
    units = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
  });

  it('hold whoever adds to the same place until it is added', async () => {
    await db('organizations').insert({ id: 'other', name: 'other', created_at: 1 });
    const quotas = quotasWith({ list: 1 });
    const add = (organization_id: string, id: string, beforeIt: () => Promise<unknown> = () => Promise.resolve()) =>
      units.run(async (tx) => {
        await quotas.require(tx, 'list', { organizationId: organization_id });
        await beforeIt();
        const row = { id, organization_id, name: id, created_by: 'x', created_at: 1, updated_at: 1 };
        await knexOf(tx)('audiences').insert(row);
      });
    // Another one asks while the first has asked and not added yet. SQLite begins no second transaction before.
    const asked = deferred();
    const mayAdd = deferred();
    const first = add('default', 'a', async () => {
      asked.resolve();
      await mayAdd.promise;
    });
    await asked.promise;
    let isOver = false;
    const second = add('default', 'b').finally(() => (isOver = true));
    const both = Promise.allSettled([first, second]);
    if (engine === 'postgres') {
      const isWaiting = async () =>
        (await db('pg_stat_activity')
          .where({ wait_event_type: 'Lock' })
          .whereRaw('datname = current_database()')
          .first('pid')) !== undefined;
      await eventually(async () => isOver || (await isWaiting()), { what: 'the second to wait, or to be added' });
    }
    mayAdd.resolve();
    await both;
    assert.equal(await madeOf('list', [first, second]), 1);
    await add('other', 'e');
  });

  it('count tags, and the people who have them, when several are given at once', async () => {
    const tags = new TagsService(new TagsStore(db), units, quotasWith({ tag: 2, tagged: 7 }));
    const add = (tag: string, people: string[]) => tags.add(rootPrincipal, tag, people);
    const ends = ['a', 'b', 'c', 'd'].map((tag) => add(tag, numbers(3)));
    assert.equal(await madeOf('tag', ends), 2);
    const { items } = await tags.list(rootPrincipal, { limit: 10 });
    const tag = items[0]?.tag ?? '';
    assert.equal(await madeOf('tagged', [add(tag, numbers(2, 3)), add(tag, numbers(2, 5))]), 0);
    assert.deepEqual(await add(tag, numbers(4)), { changed: 1, peopleCount: 4 });
    // Nobody is added by what is there already, also at the end of a limit.
    assert.deepEqual(await add(tag, numbers(4)), { changed: 0, peopleCount: 4 });
  });

  it('hold for organizations, whoever makes them', async () => {
    const organizations = new OrganizationsService({
      organizations: new OrganizationsStore(db),
      keys: new ApiKeysStore(db),
      quotas: quotasWith({ organization: 3 }),
      unitOfWork: units,
      clock: new SetClock(new Date(1)),
      onDeleted: () => undefined,
    });
    const ends = [
      ...['a', 'b'].map((id) => organizations.create({ id, name: id })),
      ...['c', 'd'].map((id) => organizations.createIfMissing(id)),
    ];
    assert.equal(await madeOf('organization', ends), 2);
    assert.equal((await organizations.list({ limit: 10 })).total, 3);
  });
});
