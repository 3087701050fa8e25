import assert from 'node:assert/strict';
import type { EventPayload } from '../../server/contract/events.js';
import type { Database } from '../../server/db/database.js';
import { viewKey, type View } from '../../server/viewers/view.js';
import type { ReceiptKind, StatusReceipt } from '../../server/whatsapp/gateway.js';
import { insertSession } from '../support/insert-session.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSentStatus, openServices, SetClock, type Services } from '../support/open-services.js';

const start = new Date('2026-03-01T10:00:00Z');
const second = (seconds: number) => new Date(start.getTime() + seconds * 1000);

function receipt(kind: ReceiptKind, person: string, at: Date, messageId = '3EB0S1'): StatusReceipt {
  const isLid = person.startsWith('lid:');
  const address = isLid ? { phoneNumber: null, lid: person.slice(4) } : { phoneNumber: person, lid: null };
  return { messageId, person: address, kind, at };
}

describeOnEveryDatabase('viewers', (open) => {
  let db: Database;
  let services: Services;
  let clock: SetClock;

  beforeEach(async () => {
    db = await open();
    clock = new SetClock(start);
    services = openServices(db, clock);
    await insertSession(db, 'acc1');
    await insertSentStatus(services, 'S1');
  });

  afterEach(async () => {
    await services.viewers.stop();
  });

  const counts = async (id = 'S1') => (await services.statuses.get('acc1', id)).counts;
  const list = (query: object = {}) => services.viewers.list('acc1', 'S1', { limit: 50, only: 'all', ...query });
  const updates = () =>
    services.events.flatMap((event): EventPayload<'status-viewers-update'>[] =>
      event.name === 'status-viewers-update' ? [event.payload] : [],
    );

  it('leaves out a receipt that the database refuses, and records all others, of this account and of others', async () => {
    await insertSession(db, 'acc2');
    // PostgreSQL takes neither; SQLite keeps them for a status that may yet come.
    const bad = receipt('read', '4915100000099', second(1), '3EB0\u0000');
    const half = receipt('read', '4915100000098', second(1), '3EB0\ud800');
    const goods = [1, 2, 3, 4, 5].map((index) => receipt('read', `491510000000${String(index)}`, second(1)));
    await Promise.all([
      services.viewers.recordReceipts('acc2', [bad, half]),
      services.viewers.recordReceipts('acc1', [...goods.slice(0, 2), bad, ...goods.slice(2), half]),
    ]);
    assert.equal((await counts()).viewed, 5);
  });

  it('counts a person once, though two devices tell of it, in one call or in two', async () => {
    await services.viewers.recordReceipts('acc1', [
      receipt('read', '491700000001', second(20)),
      receipt('read', '491700000001', second(10)),
    ]);
    await services.viewers.recordReceipts('acc1', [receipt('read', '491700000001', second(30))]);
    const { items, total } = await list();
    assert.equal(total, 1);
    assert.equal(items[0]?.viewedAt, second(10).toISOString());
    assert.equal(items[0].deliveredAt, second(10).toISOString());
    assert.deepEqual([(await counts()).delivered, (await counts()).viewed], [1, 1]);
  });

  it('is committed when it resolves', async () => {
    await services.viewers.recordReceipts('acc1', [receipt('delivered', '491700000001', second(1))]);
    const rows = await db('views').select('delivered_at', 'viewed_at');
    assert.deepEqual(rows, [{ delivered_at: second(1).getTime(), viewed_at: null }]);
  });

  it('tells only what changed, and nothing for a repeat', async () => {
    const first = [receipt('read', '491700000001', second(1)), receipt('delivered', '491700000002', second(1))];
    await services.viewers.recordReceipts('acc1', first);
    assert.deepEqual(
      updates().map(({ viewers, delivered }) =>
        [viewers, delivered].map((people) => people.map(({ number }) => number)),
      ),
      [[['491700000001'], ['491700000002']]],
    );
    await services.viewers.recordReceipts('acc1', first);
    assert.equal(updates().length, 1);
    await services.viewers.recordReceipts('acc1', [receipt('read', '491700000002', second(5))]);
    const last = updates().at(-1);
    assert.deepEqual(
      last?.viewers.map((viewer) => viewer.number),
      ['491700000002'],
    );
    assert.deepEqual(last.delivered, []);
    assert.deepEqual([last.counts.delivered, last.counts.viewed], [2, 2]);
    await services.viewers.recordReceipts('acc1', [...first, receipt('read', '491700000003', second(6))]);
    assert.deepEqual(
      updates()
        .at(-1)
        ?.viewers.map((viewer) => viewer.number),
      ['491700000003'],
      'not the repeats that came along',
    );
  });

  it('puts the facts about one person together when their number and LID turn out to belong together', async () => {
    await services.viewers.recordReceipts('acc1', [
      receipt('delivered', '491700000001', second(3)),
      receipt('read', 'lid:100', second(9)),
      receipt('read', 'lid:200', second(9)),
    ]);
    assert.deepEqual([(await counts()).delivered, (await counts()).viewed], [3, 2]);
    await services.people.recordPairs('acc1', [{ phoneNumber: '491700000001', lid: '100' }]);
    assert.deepEqual([(await counts()).delivered, (await counts()).viewed], [2, 2]);
    const viewer = (await list()).items.find((item) => item.number === '491700000001');
    assert.deepEqual(
      { lid: viewer?.lid, deliveredAt: viewer?.deliveredAt, viewedAt: viewer?.viewedAt },
      { lid: '100', deliveredAt: second(3).toISOString(), viewedAt: second(9).toISOString() },
    );
    assert.equal(updates().at(-1)?.viewers[0]?.number, '491700000001');
    assert.ok(services.events.some((event) => event.name === 'statuses-updated'));
  });

  it('counts two who viewed and turn out to be one person once', async () => {
    await services.viewers.recordReceipts('acc1', [
      receipt('read', '491700000001', second(3)),
      receipt('read', 'lid:100', second(9)),
      receipt('read', 'lid:200', second(9)),
    ]);
    assert.deepEqual([(await counts()).delivered, (await counts()).viewed], [3, 3]);
    await services.people.recordPairs('acc1', [{ phoneNumber: '491700000001', lid: '100' }]);
    assert.deepEqual([(await counts()).delivered, (await counts()).viewed], [2, 2]);
    assert.equal((await list({ only: 'viewed' })).total, 2);
  });

  it('tells whoever keeps sums of every row that it writes, before and after, a merge included', async () => {
    const kept = new Map<string, View>();
    services.viewers.counted.add((_tx, scope, changes) => {
      assert.equal(scope.sessionId, 'acc1');
      for (const { before, after } of changes) {
        if (before) {
          assert.deepEqual(kept.get(viewKey(before)), before);
          kept.delete(viewKey(before));
        }
        if (after) kept.set(viewKey(after), after);
      }
    });
    await insertSentStatus(services, 'S2');
    await services.viewers.recordReceipts('acc1', [
      receipt('delivered', '491700000001', second(3)),
      receipt('read', '491700000001', second(8)),
      receipt('read', 'lid:100', second(5)),
      receipt('read', 'lid:100', second(5), '3EB0S2'),
      receipt('read', 'lid:200', second(9)),
    ]);
    await services.viewers.recordReceipts('acc1', [receipt('read', '491700000001', second(7))]);
    await services.people.recordPairs('acc1', [{ phoneNumber: '491700000001', lid: '100' }]);
    const times = [...kept.values()].map(({ statusId, deliveredAt, viewedAt }) => [statusId, deliveredAt, viewedAt]);
    const rows = await db('views').select('status_id', 'delivered_at', 'viewed_at');
    const expected = rows.map((row: Record<string, unknown>) => Object.values(row));
    assert.deepEqual(times.map(String).sort(), expected.map(String).sort());
    assert.equal(times.length, 3);
  });

  it('keeps nothing of a receipt when whoever keeps sums fails', async () => {
    services.viewers.counted.add(() => Promise.reject(new Error('The sums cannot be kept.')));
    await assert.rejects(
      services.viewers.recordReceipts('acc1', [receipt('read', '491700000001', second(1))]),
      /sums cannot be kept/,
    );
    assert.equal((await counts()).viewed, 0);
    assert.deepEqual(await db('views').select('status_id'), []);
  });

  it('shows the number of a viewer as soon as it is known', async () => {
    await services.viewers.recordReceipts('acc1', [receipt('read', 'lid:100', second(9))]);
    assert.equal((await list()).items.at(0)?.number, null);
    await services.people.recordPairs('acc1', [{ phoneNumber: '491700000001', lid: '100' }]);
    assert.equal((await list()).items.at(0)?.number, '491700000001');
    assert.equal(updates().at(-1)?.viewers[0]?.number, '491700000001');
  });

  it('keeps receipts for a message it does not know, and applies them when the status appears', async () => {
    const early = [receipt('read', '491700000001', second(1), '3EB0S2'), receipt('read', 'lid:5', second(1), '3EB0S2')];
    await services.viewers.recordReceipts('acc1', early);
    await services.viewers.recordReceipts('acc1', early);
    assert.equal((await db('pending_receipts').select('id')).length, 2);
    const status = await insertSentStatus(services, 'S2');
    await services.unitOfWork.run((tx) => services.viewers.adoptPending(tx, status));
    assert.equal((await counts('S2')).viewed, 2);
    assert.deepEqual(await db('pending_receipts').select('id'), []);
  });

  it('forgets receipts whose message stays unknown', async () => {
    await services.viewers.recordReceipts('acc1', [receipt('read', '491700000001', second(1), 'ELSEWHERE')]);
    clock.advance(47 * 3_600_000);
    await services.viewers.forgetUnknown(clock.now().getTime() - 48 * 3_600_000, 100);
    assert.equal((await db('pending_receipts').select('id')).length, 1);
    clock.advance(2 * 3_600_000);
    await services.viewers.forgetUnknown(clock.now().getTime() - 48 * 3_600_000, 100);
    assert.deepEqual(await db('pending_receipts').select('id'), []);
  });

  it('takes receipts of a session that is gone without a fuss', async () => {
    await services.viewers.recordReceipts('gone', [receipt('read', '491700000001', second(1))]);
    assert.deepEqual(await db('pending_receipts').select('id'), []);
  });

  it('finds viewers by part of a name or number, and only those who viewed or only got it', async () => {
    await services.viewers.recordReceipts('acc1', [
      receipt('read', '491700000001', second(1)),
      receipt('delivered', '491700000002', second(1)),
    ]);
    await db('people').where({ phone_number: '491700000002' }).update({ push_name: 'Ada 100%' });
    const numbers = async (query: object) => (await list(query)).items.map((item) => item.number);
    assert.deepEqual(await numbers({ search: '+49 170 000 0001' }), ['491700000001']);
    assert.deepEqual(await numbers({ search: 'ADA' }), ['491700000002']);
    assert.deepEqual(await numbers({ search: '0%' }), ['491700000002']);
    assert.deepEqual(await numbers({ search: 'x%' }), []);
    for (const [name, searches] of [
      ['Özlem Érica', ['özlem', 'ÖZLEM', 'lem éri', 'Érica']],
      ['JOSÉ', ['josé', 'José', 'JOSÉ']],
      ['joão', ['João', 'JOÃO', 'joão']],
    ] as const) {
      await db('people').where({ phone_number: '491700000002' }).update({ push_name: name });
      for (const search of searches) assert.deepEqual(await numbers({ search }), ['491700000002'], search);
    }
    assert.deepEqual(await numbers({ only: 'viewed' }), ['491700000001']);
    assert.deepEqual(await numbers({ only: 'delivered' }), ['491700000001', '491700000002']);
    assert.deepEqual(await numbers({ only: 'missed' }), []);
    assert.equal((await list({ only: 'viewed' })).total, 1);
  });

  it('lists those it was meant for after those whom it reached', async () => {
    await services.unitOfWork.run(async (tx) => {
      const addresses = ['491700000001', '491700000002', '491700000003'].map((phoneNumber) => ({
        phoneNumber,
        lid: null,
      }));
      const ids = await services.people.resolve(tx, 'acc1', addresses);
      await services.recipients.insert(tx, { id: 'S1', organizationId: 'default' }, ids);
    });
    await services.viewers.recordReceipts('acc1', [
      receipt('delivered', '491700000002', second(1)),
      receipt('read', '491700000009', second(2)),
    ]);
    const { items, total } = await list();
    assert.equal(total, 4);
    assert.deepEqual(
      items.map((item) => item.number),
      ['491700000009', '491700000002', '491700000003', '491700000001'],
    );
    assert.equal((await list({ only: 'delivered' })).total, 2);
    assert.equal((await list({ only: 'missed' })).total, 0, 'it was not sent to anybody');
    const pages: (string | null)[] = [];
    let cursor: string | undefined;
    do {
      const page = await list({ limit: 1, cursor });
      pages.push(...page.items.map((item) => item.number));
      cursor = page.nextCursor ?? undefined;
      clock.advance(1000);
      await services.viewers.recordReceipts('acc1', [receipt('read', '491700000001', second(9))]);
    } while (cursor !== undefined);
    assert.deepEqual(pages, ['491700000009', '491700000002', '491700000003', '491700000001']);
  });

  describe('of a status whose audience is known', () => {
    const both = { phoneNumber: '491700000002', lid: '200' };
    const byNumber = { phoneNumber: '491700000001', lid: null };

    async function sendTo(...addresses: { phoneNumber: string | null; lid: string | null }[]): Promise<void> {
      const counts = {
        targeted: addresses.length,
        included: 0,
        delivered: 0,
        viewed: 0,
        reacted: 0,
        replied: 0,
        clicked: 0,
      };
      await insertSentStatus(services, 'S3', { counts });
      await services.unitOfWork.run(async (tx) => {
        const ids = await services.people.resolve(tx, 'acc1', addresses);
        await services.recipients.insert(tx, { id: 'S3', organizationId: 'default' }, ids);
      });
    }
    const receive = (...people: string[]) =>
      services.viewers.recordReceipts(
        'acc1',
        people.map((person) => receipt('read', person, second(1), '3EB0S3')),
      );

    it('counts nobody whom it was not for, whichever address they come under, and keeps them apart', async () => {
      await sendTo(both);
      await receive('491700000009', 'lid:900', '491700000002');
      assert.deepEqual([(await counts('S3')).delivered, (await counts('S3')).viewed], [1, 1]);
      assert.equal((await db('pending_receipts').select('id')).length, 2);
    });

    it('counts nobody who was left out of it in the end', async () => {
      const others = { phoneNumber: '491700000004', lid: '400' };
      await sendTo(both, others);
      await services.unitOfWork.run((tx) =>
        services.recipients.leaveOut(tx, 'S3', new Map([['story_privacy_denied', [0]]])),
      );
      await receive('491700000002', 'lid:400');
      assert.equal((await counts('S3')).viewed, 1);
    });

    it('counts a LID while somebody whom it was for is known by number only', async () => {
      await sendTo(both, byNumber);
      await receive('lid:100', '491700000009');
      assert.equal((await counts('S3')).viewed, 1);
    });

    it('counts what was kept apart once its address turns out to be that of somebody whom it was for', async () => {
      await sendTo(both);
      await receive('491700000003');
      assert.equal((await counts('S3')).viewed, 0);
      // The person changed their number: WhatsApp names the new one beside the LID that was posted to.
      await services.people.recordPairs('acc1', [{ phoneNumber: '491700000003', lid: '200' }]);
      assert.equal((await counts('S3')).viewed, 1);
      assert.deepEqual(await db('pending_receipts').select('id'), []);
    });

    it('keeps nothing of a receipt that came as for a private message and is about none of our statuses', async () => {
      await sendTo(both);
      const chat = { ...receipt('read', '491700000002', second(1), 'LETTER'), viaChat: true } as const;
      const view = { ...receipt('read', '491700000002', second(1), '3EB0S3'), viaChat: true } as const;
      await services.viewers.recordReceipts('acc1', [chat, view]);
      assert.equal((await counts('S3')).viewed, 1);
      assert.deepEqual(await db('pending_receipts').select('id'), []);
    });
  });

  it('takes ten thousand receipts in bursts', async function () {
    this.timeout(30_000);
    const people = Array.from({ length: 2_500 }, (_value, index) => String(491_700_000_000 + index));
    const receipts = people.flatMap((person, index) => [
      receipt('delivered', person, second(index)),
      receipt('delivered', person, second(index + 1)),
      receipt('read', person, second(index + 2)),
      receipt('read', person, second(index + 3)),
    ]);
    await Promise.all(receipts.map((one) => services.viewers.recordReceipts('acc1', [one])));
    assert.deepEqual([(await counts()).delivered, (await counts()).viewed], [2_500, 2_500]);
  });
});
