import assert from 'node:assert/strict';
import type { ListViewersQuery } from '../../server/contract/viewers.js';
import { CallerLeft } from '../../server/lib/caller-scope.js';
import type { Database } from '../../server/db/database.js';
import type { ReceiptKind, RecipientOutcome } from '../../server/whatsapp/gateway.js';
import { insertSession } from '../support/insert-session.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertMany } from './insert-viewers.js';
import { insertSentStatus, openServices, SetClock, type Services } from '../support/open-services.js';

const start = new Date('2026-03-01T10:00:00Z');
const second = (seconds: number) => new Date(start.getTime() + seconds * 1000);

const [ann, bob, cem, dora, eve] = ['491700000005', '491700000004', '491700000003', '491700000002', '491700000001'];
const names = { [ann]: 'ann', [bob]: 'Bob', [cem]: 'CEM' };

describeOnEveryDatabase('viewers in an order', (open) => {
  let db: Database;
  let services: Services;
  let clock: SetClock;

  beforeEach(async () => {
    db = await open();
    clock = new SetClock(start);
    services = openServices(db, clock);
    await insertSession(db, 'acc1');
    await insertSentStatus(services, 'S1');
    await sendTo('included', [ann, bob, cem, dora, eve]);
    for (const [number, name] of Object.entries(names)) {
      await db('people').where({ phone_number: number }).update({ push_name: name });
    }
    await receive(['delivered', ann, 30], ['delivered', bob, 10], ['delivered', cem, 20], ['delivered', dora, 5]);
    await receive(['read', bob, 50], ['read', ann, 40], ['read', dora, 60]);
  });

  afterEach(() => services.viewers.stop());

  async function sendTo(outcome: RecipientOutcome, people: readonly string[]): Promise<void> {
    await services.unitOfWork.run(async (tx) => {
      const addresses = people.map((phoneNumber) => ({ phoneNumber, lid: null }));
      const ids = await services.people.resolve(tx, 'acc1', addresses);
      const status = { id: 'S1', organizationId: 'default' };
      await services.recipients.recordOutcomes(tx, status, new Map(ids.map((id) => [id, outcome])), 1);
    });
  }

  async function receive(...facts: [kind: ReceiptKind, phoneNumber: string, seconds: number][]): Promise<void> {
    await services.viewers.recordReceipts(
      'acc1',
      facts.map(([kind, phoneNumber, seconds]) => ({
        messageId: '3EB0S1',
        person: { phoneNumber, lid: null },
        kind,
        at: second(seconds),
      })),
    );
  }

  /** All pages of two; between them, receipts come of whoever stands in the middle of the list, and of somebody new. */
  async function pagesOf(query: Partial<ListViewersQuery>): Promise<(string | null)[]> {
    const numbers: (string | null)[] = [];
    let cursor: string | undefined;
    let newcomer = 491_800_000_000;
    do {
      const page = await services.viewers.list('acc1', 'S1', { only: 'all', limit: 2, cursor, ...query });
      numbers.push(...page.items.map(({ number }) => number));
      cursor = page.nextCursor ?? undefined;
      clock.advance(1000);
      newcomer += 1;
      await receive(['read', cem, 100], ['read', eve, 90], ['delivered', bob, 3], ['read', String(newcomer), 45]);
    } while (cursor !== undefined && numbers.length < 20);
    return numbers;
  }

  const orders: { query: Partial<ListViewersQuery>; people: string[] }[] = [
    { query: {}, people: [dora, bob, ann, cem, eve] },
    { query: { sort: 'viewedAt', order: 'asc' }, people: [ann, bob, dora, cem, eve] },
    { query: { sort: 'deliveredAt' }, people: [ann, cem, bob, dora, eve] },
    { query: { sort: 'deliveredAt', order: 'asc' }, people: [dora, bob, cem, ann, eve] },
    { query: { sort: 'name' }, people: [ann, bob, cem, eve, dora] },
    { query: { sort: 'name', order: 'desc' }, people: [cem, bob, ann, dora, eve] },
    { query: { sort: 'name', only: 'viewed' }, people: [ann, bob, dora] },
    { query: { sort: 'deliveredAt', order: 'asc', only: 'delivered' }, people: [dora, bob, cem, ann] },
    { query: { sort: 'name', only: 'missed' }, people: [eve] },
  ];
  for (const { query, people } of orders) {
    const words = Object.values(query).join(', ');
    it(`are paged through without a loss while receipts arrive: ${words === '' ? 'as they come' : words}`, async () => {
      assert.deepEqual(await pagesOf(query), people);
    });
  }

  it('page through names that are longer than a cursor can say', async () => {
    const people = [ann, bob, cem, dora, eve];
    await db('people').update({ push_name: '😀"\\'.repeat(60) });
    assert.deepEqual(new Set(await pagesOf({ sort: 'name' })), new Set(people));
  });

  it('refuse a cursor of another order', async () => {
    const ask = (query: Partial<ListViewersQuery>) =>
      services.viewers.list('acc1', 'S1', { only: 'all', limit: 2, ...query });
    const cursors = await Promise.all(
      orders.slice(0, 6).map(async ({ query }) => ({ query, cursor: (await ask(query)).nextCursor ?? '' })),
    );
    for (const { query } of cursors) {
      for (const { query: other, cursor } of cursors) {
        if (other !== query) await assert.rejects(ask({ ...query, cursor }), { code: 'validation_error' });
      }
    }
  });

  it('were missed only by those to whom it was sent', async () => {
    await sendTo('no_device', ['491700000006']);
    assert.deepEqual(await pagesOf({ only: 'missed' }), [eve]);
  });

  it('are those who liked it, until they take it back', async () => {
    const react = (emoji: string | null, at: number) =>
      services.viewers.recordReceipts(
        'acc1',
        [bob, eve].map((phoneNumber) => ({
          messageId: '3EB0S1',
          person: { phoneNumber, lid: null },
          kind: 'reacted',
          at: second(at),
          reaction: { emoji: phoneNumber === bob ? '💚' : emoji, reactedAt: second(at) },
        })),
      );
    const liked = async () => {
      const { items, total } = await services.viewers.list('acc1', 'S1', { only: 'liked', sort: 'name', limit: 5 });
      return [total, ...items.map(({ number }) => number)];
    };
    await react('💚', 70);
    assert.deepEqual(await liked(), [2, bob, eve]);
    await react(null, 80);
    assert.deepEqual(await liked(), [1, bob]);
  });

  it('are found by a part of their name, whichever way they are sorted', async () => {
    assert.deepEqual(await pagesOf({ search: 'B', sort: 'name' }), [bob]);
    assert.deepEqual(await pagesOf({ search: '+49 170 000000', sort: 'name' }), [ann, bob, cem, eve, dora]);
  });

  it('are read no further for a file once the caller has left', async () => {
    await insertMany(db, 'S2', 2_500);
    const gone = new AbortController();
    let reads = 0;
    db.on('query', () => (reads += 1));
    const pages = (await services.viewers.everybody('acc1', 'S2', { only: 'all' }, gone.signal))[
      Symbol.asyncIterator
    ]();
    assert.equal((await pages.next()).value?.length, 1_000);
    gone.abort();
    const before = reads;
    await assert.rejects(pages.next(), CallerLeft);
    assert.equal(reads, before);
  });

  it('come once each in a file, as they were when it was begun', async () => {
    await insertMany(db, 'S2', 2_500);
    const seen: string[] = [];
    const order = { only: 'viewed', sort: 'deliveredAt', order: 'asc' } as const;
    for await (const page of await services.viewers.everybody('acc1', 'S2', order, new AbortController().signal)) {
      seen.push(...page.map(({ personId }) => personId));
      clock.advance(1000);
      await db('views').where({ person_id: 'S2-2' }).update({ viewed_at: 5, view_recorded_at: clock.now().getTime() });
    }
    const viewed = Array.from({ length: 2_500 }, (_value, at) => at).filter((at) => at % 3 !== 2);
    assert.deepEqual(
      seen,
      viewed.toReversed().map((at) => `S2-${String(at)}`),
    );
  });
});
