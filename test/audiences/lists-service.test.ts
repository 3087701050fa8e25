import assert from 'node:assert/strict';
import { rootPrincipal, type Principal } from '../../server/access/principal.js';
import { ListsService } from '../../server/audiences/lists-service.js';
import { ListsStore } from '../../server/audiences/lists-store.js';
import { OptOutsService } from '../../server/audiences/opt-outs-service.js';
import { OptOutsStore } from '../../server/audiences/opt-outs-store.js';
import { TagsService } from '../../server/audiences/tags-service.js';
import { TagsStore } from '../../server/audiences/tags-store.js';
import { maxAudienceSize } from '../../server/contract/audiences.js';
import type { Page, PageQuery } from '../../server/contract/envelope.js';
import type { Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { notFound } from '../../server/lib/app-error.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { quotasWith } from '../support/quotas.js';
import { insertOrganization } from '../support/sample-rows.js';
import { SetClock } from '../support/open-services.js';

const [one, two, three] = ['491700000001', '491700000002', '491700000003'];
const ours: Principal = { ...rootPrincipal, id: 'ours', kind: 'admin', organizationId: 'default', name: 'Ann' };
const theirs: Principal = { ...ours, id: 'theirs', organizationId: 'other', name: 'Bob' };

/** Page after page, each with the total that it told. */
async function pagesOf<T>(read: (query: PageQuery) => Promise<Page<T>>, limit = 2): Promise<T[][]> {
  const pages: T[][] = [];
  let total: number | undefined;
  for (let cursor: string | undefined, more = true; more;) {
    const page = await read({ limit, cursor });
    pages.push(page.items);
    total = page.total;
    more = page.nextCursor !== null;
    cursor = page.nextCursor ?? undefined;
  }
  assert.equal(total, pages.flat().length);
  return pages;
}

describeOnEveryDatabase('lists, tags and opt-outs of two organizations', (open, engine) => {
  let db: Database;
  let clock: SetClock;
  let lists: ListsService;
  let optOuts: OptOutsService;
  let tags: TagsService;

  beforeEach(async () => {
    db = await open();
    await insertOrganization(db, 'other');
    clock = new SetClock(new Date('2026-03-01T10:00:00Z'));
    const units = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
    const requireSession = (_principal: Principal, sessionId: string) =>
      sessionId === 'acc1' ? Promise.resolve() : Promise.reject(notFound('The session'));
    const tagsStore = new TagsStore(db);
    lists = new ListsService(new ListsStore(db), tagsStore, units, clock, quotasWith());
    optOuts = new OptOutsService(new OptOutsStore(db), units, clock, requireSession, quotasWith());
    tags = new TagsService(tagsStore, units, quotasWith());
  });

  const people = async (id: string, query: object = {}) =>
    (await lists.members(ours, id, { limit: 50, ...query })).items.map(({ addedAt: _at, ...member }) => member);
  const exported = async (id: string): Promise<string> => {
    const parts: Buffer[] = [];
    for await (const part of await lists.exportCsv(ours, id)) parts.push(Buffer.from(part as Uint8Array));
    return Buffer.concat(parts).toString();
  };

  it('are nothing to each other, whatever is done with an id', async () => {
    const { id } = await lists.create(theirs, 'Regulars');
    await lists.addMembers(theirs, id, [{ phoneNumber: one, name: 'Eve' }]);
    const uses: (() => Promise<unknown>)[] = [
      () => lists.get(ours, id),
      () => lists.rename(ours, id, 'Ours'),
      () => lists.delete(ours, id),
      () => lists.members(ours, id, { limit: 5 }),
      () => lists.addMembers(ours, id, [{ phoneNumber: two }]),
      () => lists.removeMembers(ours, id, [one]),
      () => lists.previewImport(ours, id, one, {}),
      () => lists.importCsv(ours, id, two, {}),
      () => lists.exportCsv(ours, id),
    ];
    for (const use of uses) await assert.rejects(use(), { code: 'not_found' });
    assert.deepEqual(await lists.list(ours, { limit: 5 }), { items: [], total: 0, nextCursor: null });
    const kept = await lists.get(theirs, id);
    assert.deepEqual(
      [kept.name, kept.memberCount, kept.createdBy, kept.organizationId],
      ['Regulars', 1, 'Bob', 'other'],
    );
    const { items, total } = await lists.list(rootPrincipal, { limit: 5 });
    assert.deepEqual([items.map((list) => list.id), total], [[id], 1]);
  });

  it('have each name once in an organization, and nothing else changes when it is taken', async () => {
    const first = await lists.create(ours, 'Regulars');
    await lists.create(theirs, 'Regulars');
    clock.advance(60_000);
    const taken = { code: 'conflict', message: 'There is a list named "Regulars" already.' };
    await assert.rejects(lists.create(ours, 'Regulars'), taken);
    assert.deepEqual(await lists.get(ours, first.id), first);
    const second = await lists.create(ours, 'Others');
    await assert.rejects(lists.rename(ours, second.id, 'Regulars'), taken);
    clock.advance(60_000);
    const renamed = await lists.rename(ours, second.id, 'Strangers');
    assert.deepEqual(renamed, { ...second, name: 'Strangers', updatedAt: clock.now().toISOString() });
    assert.equal((await lists.rename(ours, second.id, 'Strangers')).name, 'Strangers');
  });

  it('say more of somebody who is there already, and forget nothing', async () => {
    const { id } = await lists.create(ours, 'L');
    const { id: neighbour } = await lists.create(ours, 'N');
    const addedAt = clock.now().toISOString();
    await lists.addMembers(ours, neighbour, [{ phoneNumber: one, name: 'Neighbour', fields: { street: 'Elm' } }]);
    await lists.addMembers(ours, id, [{ phoneNumber: one, name: 'Ann', tags: ['vip'], fields: { a: '1', b: '1' } }]);
    clock.advance(60_000);
    const again = [
      { phoneNumber: one, tags: ['vip', 'new'], fields: { b: '2', c: '2' } },
      { phoneNumber: one, tags: ['late'], fields: { c: '3' } },
      { phoneNumber: two },
    ];
    assert.deepEqual(await lists.addMembers(ours, id, again), { changed: 1, memberCount: 2 });
    assert.deepEqual(await people(id), [
      { phoneNumber: one, name: 'Ann', tags: ['late', 'new', 'vip'], fields: { a: '1', b: '2', c: '3' } },
      { phoneNumber: two, name: null, tags: [], fields: {} },
    ]);
    const { items } = await lists.members(ours, id, { limit: 1 });
    assert.equal(items[0]?.addedAt, addedAt);
    await lists.addMembers(ours, id, [{ phoneNumber: one, name: 'Anna' }]);
    assert.deepEqual((await people(id))[0], {
      phoneNumber: one,
      name: 'Anna',
      tags: ['late', 'new', 'vip'],
      fields: { a: '1', b: '2', c: '3' },
    });
    assert.deepEqual((await people(neighbour))[0]?.fields, { street: 'Elm' });
  });

  it('lose only those who are taken from this list', async () => {
    const { id } = await lists.create(ours, 'L');
    const { id: neighbour } = await lists.create(ours, 'N');
    for (const list of [id, neighbour])
      await lists.addMembers(ours, list, [{ phoneNumber: one }, { phoneNumber: two }]);
    assert.deepEqual(await lists.removeMembers(ours, id, [one, three]), { changed: 1, memberCount: 1 });
    assert.equal((await people(neighbour)).length, 2);
    await lists.delete(ours, id);
    assert.equal((await people(neighbour)).length, 2);
    assert.equal((await lists.list(ours, { limit: 5 })).total, 1);
  });

  it('are read page by page, each once, while others come and go', async () => {
    const made: string[] = [];
    for (const name of ['A', 'B', 'C', 'D']) made.push((await lists.create(ours, name)).id);
    await lists.create(theirs, 'A');
    assert.deepEqual(
      (await pagesOf((query) => lists.list(ours, query))).map((page) => page.map(({ id }) => id)),
      [made.slice(0, 2), made.slice(2)],
    );
    const [id = ''] = made;
    const numbers = [0, 2, 4, 6].map((index) => `49170000000${String(index)}`);
    await lists.addMembers(
      ours,
      id,
      numbers.map((phoneNumber) => ({ phoneNumber, name: 'Member' })),
    );
    for (const search of ['', 'memb']) {
      const pages = await pagesOf((query) => lists.members(ours, id, { ...query, search }));
      assert.deepEqual(
        pages.map((page) => page.length),
        [2, 2],
      );
    }
    const first = await lists.members(ours, id, { limit: 2 });
    await lists.removeMembers(ours, id, [numbers[1] ?? '']);
    await lists.addMembers(ours, id, [{ phoneNumber: one }]);
    const rest = await lists.members(ours, id, { limit: 2, cursor: first.nextCursor ?? undefined });
    assert.deepEqual(
      rest.items.map(({ phoneNumber }) => phoneNumber),
      numbers.slice(2),
    );
    const search = await lists.members(ours, id, { limit: 5, search: 'member' });
    assert.deepEqual([search.items.length, search.total], [3, 3]);
  });

  // Fifty thousand rows once are enough.
  if (engine === 'sqlite')
    it('have a limit that those who are there already count for', async () => {
      const { id } = await lists.create(ours, 'Full');
      const full = `insert into audience_members (audience_id, phone_number, organization_id, added_at)
      with recursive counted(n) as (select 1 union all select n + 1 from counted where n < ?)
      select ?, '4917' || (10000000 + n), 'default', 1 from counted`;
      await db.raw(full, [maxAudienceSize - 1, id]);
      const more = [{ phoneNumber: one }, { phoneNumber: two }];
      const tooMany = { code: 'validation_error', message: /at most 50000 people, and this one would have 50001/ };
      await assert.rejects(lists.addMembers(ours, id, more), tooMany);
      await assert.rejects(lists.previewImport(ours, id, `${one}\n${two}`, {}), tooMany);
      assert.equal((await lists.get(ours, id)).memberCount, maxAudienceSize - 1);
      assert.deepEqual(await lists.addMembers(ours, id, [{ phoneNumber: one }]), {
        changed: 1,
        memberCount: maxAudienceSize,
      });
      assert.equal((await lists.previewImport(ours, id, `${one}\n491710000001`, {})).newCount, 0);
    });

  it('count for an import only those who are on this list', async () => {
    const { id } = await lists.create(ours, 'L');
    const { id: neighbour } = await lists.create(ours, 'N');
    await lists.addMembers(ours, neighbour, [{ phoneNumber: one }, { phoneNumber: two }]);
    await lists.addMembers(ours, id, [{ phoneNumber: two }]);
    const csv = `phone\n${one}\n${two}\n${one}`;
    const { peopleCount, newCount, duplicateCount } = await lists.previewImport(ours, id, csv, {});
    assert.deepEqual([peopleCount, newCount, duplicateCount], [2, 1, 1]);
    const { added, alreadyThere, memberCount } = await lists.importCsv(ours, id, csv, {});
    assert.deepEqual([added, alreadyThere, memberCount], [1, 2, 2]);
  });

  it('are exported whole, with as many columns as a table may have', async () => {
    const { id } = await lists.create(ours, 'L');
    const number = (index: number) => String(491_700_000_000 + index);
    await lists.addMembers(
      ours,
      id,
      Array.from({ length: 2_001 }, (_, index) => {
        const names = Array.from({ length: index < 11 ? 20 : 0 }, (_field, at) => `f${String(index * 20 + at)}`);
        return { phoneNumber: number(index), fields: Object.fromEntries(names.map((name) => [name, 'x'])) };
      }),
    );
    const [heading = '', ...rows] = (await exported(id)).trimEnd().split('\n');
    assert.deepEqual([rows.length, heading.split(',').length], [2_001, 3 + 200]);
    assert.ok(heading.endsWith(',"f199"'));
    assert.ok(rows.at(-1)?.startsWith(`"${number(2_000)}",`));
  });

  it('show the tags of their own organization only', async () => {
    const { id } = await lists.create(ours, 'L');
    await lists.addMembers(ours, id, [{ phoneNumber: one, tags: ['vip'] }]);
    await tags.add(theirs, 'debtor', [one]);
    await tags.add(theirs, 'vip', [one, two]);
    assert.deepEqual((await people(id))[0]?.tags, ['vip']);
    assert.deepEqual((await tags.list(ours, { limit: 5 })).items, [{ tag: 'vip', peopleCount: 1 }]);
    assert.deepEqual((await tags.list(theirs, { limit: 5 })).items, [
      { tag: 'debtor', peopleCount: 1 },
      { tag: 'vip', peopleCount: 2 },
    ]);
    assert.deepEqual((await tags.list(rootPrincipal, { limit: 5 })).items[1], { tag: 'vip', peopleCount: 2 });
    assert.deepEqual(await tags.add(ours, 'vip', [two]), { changed: 1, peopleCount: 2 });
    assert.deepEqual(await tags.remove(ours, 'vip', [one]), { changed: 1, peopleCount: 1 });
    assert.deepEqual(await tags.remove(ours, 'vip', undefined), { changed: 1, peopleCount: 0 });
    assert.deepEqual((await tags.list(theirs, { limit: 5 })).items[1], { tag: 'vip', peopleCount: 2 });
  });

  it('give a tag to some and take it from some, and to however many at once', async () => {
    const many = Array.from({ length: 2_001 }, (_, index) => String(491_800_000_000 + index));
    assert.deepEqual(await tags.add(ours, 'a', [...many, ...many]), { changed: 2_001, peopleCount: 2_001 });
    assert.deepEqual(await tags.remove(ours, 'a', many.slice(1)), { changed: 2_000, peopleCount: 1 });
    for (const tag of ['b', 'c', 'd']) await tags.add(ours, tag, [one]);
    await tags.add(theirs, 'x', [one]);
    const pages = await pagesOf((query) => tags.list(ours, query));
    assert.deepEqual(
      pages.map((page) => page.map(({ tag }) => tag)),
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    );
  });

  it('list opt-outs page by page, of this organization, of all accounts and of single ones', async () => {
    await optOuts.addAll(theirs, [one], undefined);
    const added = await optOuts.add(ours, one, 'acc1');
    assert.deepEqual(added, { phoneNumber: one, sessionId: 'acc1', createdAt: clock.now().toISOString() });
    assert.equal(await optOuts.addAll(ours, [one, two, one], undefined), 2);
    assert.equal(await optOuts.addAll(ours, [two, three], 'acc1'), 2);
    assert.equal(await optOuts.addAll(ours, [two, three], 'acc1'), 0);
    const told = async (principal: Principal) => (await pagesOf((query) => optOuts.list(principal, query), 1)).flat();
    assert.deepEqual(
      (await told(ours)).map(({ phoneNumber, sessionId }) => [phoneNumber, sessionId]),
      [
        [one, null],
        [one, 'acc1'],
        [two, null],
        [two, 'acc1'],
        [three, 'acc1'],
      ],
    );
    await optOuts.delete(ours, one, undefined);
    await optOuts.delete(ours, two, 'acc1');
    assert.deepEqual(
      (await told(ours)).map(({ phoneNumber, sessionId }) => [phoneNumber, sessionId]),
      [
        [one, 'acc1'],
        [two, null],
        [three, 'acc1'],
      ],
    );
    assert.deepEqual(
      (await told(theirs)).map(({ sessionId }) => sessionId),
      [null],
    );
  });

  it('let a person go by either form of the number, as it was written or as WhatsApp has it', async () => {
    const [long, short] = ['5511987654321', '551187654321'];
    for (const [written, named] of [
      [long, short],
      [short, long],
    ] as const) {
      const { id } = await lists.create(ours, `Of ${written}`);
      await lists.addMembers(ours, id, [{ phoneNumber: written }, { phoneNumber: one }]);
      assert.deepEqual(await lists.removeMembers(ours, id, [named]), { changed: 1, memberCount: 1 });
      await tags.add(ours, 'brazil', [written, one]);
      assert.deepEqual(await tags.remove(ours, 'brazil', [named]), { changed: 1, peopleCount: 1 });
      await optOuts.addAll(ours, [written], undefined);
      await optOuts.addAll(ours, [written], 'acc1');
      await optOuts.delete(ours, named, undefined);
      const left = async () => (await optOuts.list(ours, { limit: 5 })).items.map(({ sessionId }) => sessionId);
      assert.deepEqual(await left(), ['acc1']);
      await optOuts.delete(ours, named, 'acc1');
      assert.deepEqual(await left(), []);
    }
  });

  it('opt nobody out of posts of an account that the caller may not use', async () => {
    await assert.rejects(optOuts.add(ours, one, 'acc2'), { code: 'not_found' });
    await assert.rejects(optOuts.addAll(ours, [one], 'acc2'), { code: 'not_found' });
    assert.equal((await optOuts.list(ours, { limit: 5 })).total, 0);
  });
});
