import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import type { ReceiptKind, StatusReceipt } from '../../server/whatsapp/gateway.js';
import { insertSession } from '../support/insert-session.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSentStatus, openServices, SetClock, type Services } from '../support/open-services.js';

const start = new Date('2026-03-01T10:00:00Z');
const second = (seconds: number) => new Date(start.getTime() + seconds * 1000);

function receipt(kind: ReceiptKind, person: string, at: Date): StatusReceipt {
  const isLid = person.startsWith('lid:');
  const address = isLid ? { phoneNumber: null, lid: person.slice(4) } : { phoneNumber: person, lid: null };
  return { messageId: '3EB0S1', person: address, kind, at };
}

describeOnEveryDatabase('pages of viewers', (open) => {
  let services: Services;
  let clock: SetClock;

  beforeEach(async () => {
    const db: Database = await open();
    clock = new SetClock(start);
    services = openServices(db, clock);
    await insertSession(db, 'acc1');
    await insertSentStatus(services, 'S1');
  });

  afterEach(async () => {
    await services.viewers.stop();
  });

  /** The status was sent to them. */
  async function sendTo(people: readonly string[]): Promise<void> {
    await services.unitOfWork.run(async (tx) => {
      const addresses = people.map((phoneNumber) => ({ phoneNumber, lid: null }));
      const ids = await services.people.resolve(tx, 'acc1', addresses);
      const status = { id: 'S1', organizationId: 'default' };
      await services.recipients.recordOutcomes(tx, status, new Map(ids.map((id) => [id, 'included'])), 1);
    });
  }

  const list = (query: object = {}) => services.viewers.list('acc1', 'S1', { limit: 50, only: 'all', ...query });

  it('keeps the pages of a list steady while views arrive', async () => {
    const people = Array.from({ length: 30 }, (_value, index) => String(491_700_000_100 + index));
    await services.viewers.recordReceipts(
      'acc1',
      people.flatMap((person, index) => [
        receipt('delivered', person, second(1)),
        ...(index < 12 ? [receipt('read', person, second(10 + (index % 4)))] : []),
      ]),
    );
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await list({ limit: 7, cursor });
      seen.push(...page.items.map((item) => item.number ?? ''));
      cursor = page.nextCursor ?? undefined;
      clock.advance(1000);
      const late = people[29 - Math.floor(seen.length / 7)] ?? '';
      const newcomer = String(491_800_000_000 + seen.length);
      await services.viewers.recordReceipts('acc1', [
        receipt('read', late, second(60 + seen.length)),
        receipt('read', newcomer, second(60 + seen.length)),
      ]);
    } while (cursor !== undefined);
    assert.equal(seen.length, 30);
    assert.deepEqual(new Set(seen), new Set(people));
    assert.deepEqual([...seen.slice(0, 12)].sort(), people.slice(0, 12));
  });

  it('keeps somebody on a later page of whom an earlier receipt comes late', async () => {
    const people = ['491700000001', '491700000002', '491700000003'];
    await services.viewers.recordReceipts(
      'acc1',
      people.map((person, index) => receipt('read', person, second(40 - index))),
    );
    for (const only of ['all', 'viewed', 'missed'] as const) {
      const first = await list({ only, limit: 1 });
      clock.advance(1000);
      const at = second(only === 'all' ? 20 : 10);
      await services.viewers.recordReceipts('acc1', [receipt('read', '491700000003', at)]);
      const rest = first.nextCursor === null ? [] : (await list({ only, cursor: first.nextCursor })).items;
      const numbers = [...first.items, ...rest].map((item) => item.number);
      assert.deepEqual(numbers, only === 'missed' ? [] : people, only);
    }
  });

  for (const { only, kind } of [
    { only: 'viewed', kind: 'read' },
    { only: 'all', kind: 'delivered' },
  ] as const) {
    it(`moves nobody for an earlier ${kind} receipt between two pages`, async () => {
      const people = ['491700000001', '491700000002', '491700000003', '491700000004'];
      await services.viewers.recordReceipts(
        'acc1',
        people.map((person, index) => receipt(kind, person, second(40 - index))),
      );
      const seen: (string | null)[] = [];
      let cursor: string | undefined;
      let earlier = 35;
      do {
        const page = await list({ only, limit: 1, cursor });
        seen.push(...page.items.map((item) => item.number));
        cursor = page.nextCursor ?? undefined;
        clock.advance(1000);
        earlier -= 5;
        // Whoever was shown, again and again, and the last one, whose turn has not come.
        const told = [...seen.map((number) => number ?? ''), '491700000004'];
        await services.viewers.recordReceipts(
          'acc1',
          told.map((person, index) => receipt(kind, person, second(earlier + index))),
        );
      } while (cursor !== undefined && seen.length < 10);
      assert.deepEqual(seen, people);
      assert.deepEqual(
        (await list({ only })).items.map((item) => item.number),
        people,
      );
    });
  }

  it('keeps the pages of those who viewed steady while others view', async () => {
    const people = Array.from({ length: 9 }, (_value, index) => String(491_700_000_100 + index));
    await services.viewers.recordReceipts('acc1', [
      ...people.map((person, index) => receipt('read', person, second(90 - index))),
      receipt('delivered', '491700000200', second(1)),
    ]);
    const seen: (string | null)[] = [];
    let cursor: string | undefined;
    do {
      const page = await list({ only: 'viewed', limit: 2, cursor });
      seen.push(...page.items.map((item) => item.number));
      cursor = page.nextCursor ?? undefined;
      clock.advance(1000);
      await services.viewers.recordReceipts('acc1', [
        receipt('read', '491700000200', second(85)),
        receipt('read', String(491_800_000_000 + seen.length), second(2)),
      ]);
    } while (cursor !== undefined && seen.length < 20);
    assert.deepEqual(seen, people);
  });

  for (const kind of ['delivered', 'read'] as const) {
    it(`keeps those of whom a ${kind} receipt comes after the first page among those who missed it`, async () => {
      const people = ['491700000003', '491700000002', '491700000001'];
      await sendTo(people.toReversed());
      const first = await list({ only: 'missed', limit: 1 });
      clock.advance(1000);
      await services.viewers.recordReceipts('acc1', [receipt(kind, '491700000002', second(60))]);
      const rest = await list({ only: 'missed', cursor: first.nextCursor ?? undefined });
      assert.deepEqual([first.total, rest.total], [3, 2]);
      assert.deepEqual(
        [...first.items, ...rest.items].map((item) => item.number),
        people,
      );
    });
  }

  it('leaves a person in place who turns out to be two between two pages', async () => {
    const [first, other, last] = ['491700000001', '491700000002', '491700000003'];
    await services.viewers.recordReceipts('acc1', [
      receipt('read', first, second(40)),
      receipt('read', other, second(30)),
      receipt('read', last, second(20)),
      receipt('read', 'lid:100', second(10)),
    ]);
    const page = await list({ only: 'viewed', limit: 2 });
    clock.advance(1000);
    await services.people.recordPairs('acc1', [{ phoneNumber: first, lid: '100' }]);
    const rest = await list({ only: 'viewed', cursor: page.nextCursor ?? undefined });
    assert.deepEqual(
      [...page.items, ...rest.items].map((item) => item.number),
      [first, other, last],
    );
  });

  it('refuses a cursor of another make', async () => {
    await assert.rejects(list({ cursor: 'abc' }), { code: 'validation_error' });
  });
});
