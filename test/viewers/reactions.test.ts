import assert from 'node:assert/strict';
import type { EventPayload } from '../../server/contract/events.js';
import type { Database } from '../../server/db/database.js';
import type { StatusReceipt } from '../../server/whatsapp/gateway.js';
import { insertSession } from '../support/insert-session.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSentStatus, openServices, SetClock, type Services } from '../support/open-services.js';

const start = new Date('2026-03-01T10:00:00Z');
const second = (seconds: number) => new Date(start.getTime() + seconds * 1000);
const anna = '491700000001';

function reaction(emoji: string | null, seconds: number, person = anna, messageId = '3EB0S1'): StatusReceipt {
  const isLid = person.startsWith('lid:');
  const address = isLid ? { phoneNumber: null, lid: person.slice(4) } : { phoneNumber: person, lid: null };
  const at = second(seconds);
  return { messageId, person: address, kind: 'reacted', at, reaction: { emoji, reactedAt: at } };
}

describeOnEveryDatabase('reactions', (open) => {
  let db: Database;
  let services: Services;
  beforeEach(async () => {
    db = await open();
    services = openServices(db, new SetClock(start));
    await insertSession(db, 'acc1');
    await insertSentStatus(services, 'S1');
  });
  afterEach(() => services.viewers.stop());

  const record = (...receipts: StatusReceipt[]) => services.viewers.recordReceipts('acc1', receipts);
  const counts = async (id = 'S1') => {
    const { viewed, reacted } = (await services.statuses.get('acc1', id)).counts;
    return { viewed, reacted };
  };
  const reactions = async (id = 'S1') => {
    const { items } = await services.viewers.list('acc1', id, { limit: 50, only: 'all' });
    return items.map((viewer) => viewer.reaction);
  };
  const told = () =>
    services.events.flatMap((event): EventPayload<'status-viewers-update'>[] =>
      event.name === 'status-viewers-update' ? [event.payload] : [],
    );

  it('are shown beside who reacted, counted once a person, changed and taken back', async () => {
    await record(reaction('💚', 1));
    await record(reaction('💚', 1));
    assert.deepEqual([await reactions(), await counts()], [['💚'], { viewed: 1, reacted: 1 }]);
    await record(reaction('😂', 2), reaction('🔥', 3, '491700000002'));
    assert.deepEqual([new Set(await reactions()), await counts()], [new Set(['😂', '🔥']), { viewed: 2, reacted: 2 }]);
    await record(reaction(null, 4));
    assert.deepEqual([new Set(await reactions()), await counts()], [new Set([null, '🔥']), { viewed: 2, reacted: 1 }]);
    assert.deepEqual(
      told().map(({ viewers, counts: { reacted } }) => [new Set(viewers.map((one) => one.reaction)), reacted]),
      [
        [new Set(['💚']), 1],
        [new Set(['😂', '🔥']), 2],
        [new Set([null]), 1],
      ],
    );
  });

  it('count as the last one says, in whatever order and transactions they come', async () => {
    await record(reaction(null, 3));
    await record(reaction('😂', 2), reaction('💚', 1));
    assert.deepEqual([await reactions(), await counts()], [[null], { viewed: 1, reacted: 0 }]);
    await record(reaction('🔥', 4));
    await record(reaction(null, 3));
    assert.deepEqual([await reactions(), await counts()], [['🔥'], { viewed: 1, reacted: 1 }]);
  });

  it('stay when a view is told later', async () => {
    await record(reaction('💚', 5));
    const { messageId, person } = reaction(null, 0);
    await record({ messageId, person, kind: 'read', at: second(2) });
    const rows: unknown = await db('views').select('viewed_at', 'reaction', 'reacted_at');
    const [viewedAt, reactedAt] = [second(2).getTime(), second(5).getTime()];
    assert.deepEqual(rows, [{ viewed_at: viewedAt, reaction: '💚', reacted_at: reactedAt }]);
  });

  it('of two who turn out to be one person become the last one, counted once', async () => {
    await record(reaction('💚', 1), reaction('😂', 2, 'lid:100'), reaction('🔥', 3, 'lid:200'));
    assert.deepEqual(await counts(), { viewed: 3, reacted: 3 });
    await services.people.recordPairs('acc1', [{ phoneNumber: anna, lid: '100' }]);
    assert.deepEqual([new Set(await reactions()), await counts()], [new Set(['😂', '🔥']), { viewed: 2, reacted: 2 }]);
  });

  it('of two who turn out to be one person are followed by no older one', async () => {
    await record(reaction('💚', 1), reaction('😂', 3, 'lid:100'));
    await services.people.recordPairs('acc1', [{ phoneNumber: anna, lid: '100' }]);
    await record(reaction('🔥', 2));
    assert.deepEqual(await reactions(), ['😂']);
  });

  it('of two who turn out to be one person are none where the last one was taken back', async () => {
    await record(reaction('💚', 1), reaction(null, 2, 'lid:100'));
    await services.people.recordPairs('acc1', [{ phoneNumber: anna, lid: '100' }]);
    assert.deepEqual([await reactions(), await counts()], [[null], { viewed: 1, reacted: 0 }]);
  });

  it('that come before their status wait for it, all of them', async () => {
    await record(reaction('😂', 2, anna, '3EB0S2'), reaction('💚', 1, anna, '3EB0S2'));
    await record(reaction('🔥', 3, 'lid:5', '3EB0S2'), reaction(null, 4, 'lid:5', '3EB0S2'));
    const status = await insertSentStatus(services, 'S2');
    await services.unitOfWork.run((tx) => services.viewers.adoptPending(tx, status));
    assert.deepEqual(new Set(await reactions('S2')), new Set(['😂', null]));
    assert.deepEqual(await counts('S2'), { viewed: 2, reacted: 1 });
    assert.deepEqual(await db('pending_receipts').select('id'), []);
  });

  it('that waited for their status keep the time of the tap, not that of their arrival', async () => {
    const { messageId, person, at } = reaction(null, 9, anna, '3EB0S2');
    await record({ messageId, person, at, kind: 'reacted', reaction: { emoji: '💚', reactedAt: second(1) } });
    const status = await insertSentStatus(services, 'S2');
    await services.unitOfWork.run((tx) => services.viewers.adoptPending(tx, status));
    await record(reaction('😂', 2, anna, '3EB0S2'));
    assert.deepEqual(await reactions('S2'), ['😂']);
  });

  it('of somebody whom the status was not for are kept apart', async () => {
    const counted = { targeted: 1, included: 0, delivered: 0, viewed: 0, reacted: 0, replied: 0, clicked: 0 };
    await insertSentStatus(services, 'S3', { counts: counted });
    await services.unitOfWork.run(async (tx) => {
      const ids = await services.people.resolve(tx, 'acc1', [{ phoneNumber: anna, lid: '100' }]);
      await services.recipients.insert(tx, { id: 'S3', organizationId: 'default' }, ids);
    });
    await record(reaction('💚', 1, '491700000009', '3EB0S3'), reaction('😂', 1, 'lid:100', '3EB0S3'));
    assert.deepEqual([await reactions('S3'), await counts('S3')], [['😂'], { viewed: 1, reacted: 1 }]);
    assert.deepEqual(await db('pending_receipts').pluck('reaction'), ['💚']);
  });
});
