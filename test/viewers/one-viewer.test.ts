import assert from 'node:assert/strict';
import type { BinaryNode } from '@whiskeysockets/baileys';
import type { Database } from '../../server/db/database.js';
import type { AddressPair, PersonAddress } from '../../server/whatsapp/gateway.js';
import { readStatusReceipts } from '../../server/whatsapp/receipts/receipts.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSession } from '../support/insert-session.js';
import { insertSentStatus, openServices, SetClock, type Services } from '../support/open-services.js';

const start = new Date('2026-03-01T10:00:00Z');
const own = { phoneNumber: '4915100000000', lid: '900' };

/** A device of one person as a receipt names it. */
const names = ['phone, by number', 'linked device, by number', 'phone, by LID', 'linked device, by LID'] as const;
type Name = (typeof names)[number];

/** One person, in which order their receipts come, and before which of them the pair of addresses turns up. */
interface History {
  phoneNumber: string;
  lid: string;
  order: readonly Name[];
  pairBefore: number;
}

function orders<T>(values: readonly T[]): T[][] {
  if (values.length === 0) return [[]];
  return values.flatMap((first, index) => orders(values.toSpliced(index, 1)).map((rest) => [first, ...rest]));
}

const histories: History[] = orders(names).flatMap((order) =>
  [0, 1, 2, 3, 4].map((pairBefore) => ({ order, pairBefore, phoneNumber: '', lid: '' })),
);
for (const [index, history] of histories.entries()) {
  history.phoneNumber = `4917${String(index + 1).padStart(8, '0')}`;
  history.lid = `77${String(index + 1).padStart(8, '0')}`;
}

function jidOf({ phoneNumber, lid }: History, name: Name): string {
  const device = name.startsWith('linked') ? ':7' : '';
  return name.endsWith('LID') ? `${lid}${device}@lid` : `${phoneNumber}${device}@s.whatsapp.net`;
}

/** The step decides the shape: one each, the older grouped form, the newer one. The later it comes, the earlier is its time. */
function stanzaOf(jid: string, step: number): BinaryNode {
  const t = String(start.getTime() / 1000 - step);
  const from = 'status@broadcast';
  if (step % 3 === 0) return { tag: 'receipt', attrs: { from, participant: jid, id: '3EB0S1', type: 'read', t } };
  const user = { tag: 'user', attrs: { jid, t, ...(step % 3 === 1 && { type: 'read' }) } };
  const group = step % 3 === 1 ? { message_id: '3EB0S1' } : { key: '3EB0S1' };
  const attrs = step % 3 === 1 ? { class: 'status', from, id: 'X1', t } : { from, id: 'X1', type: 'read', t };
  return { tag: 'receipt', attrs, content: [{ tag: 'participants', attrs: group, content: [user] }] };
}

describeOnEveryDatabase('the same viewer', (open) => {
  let db: Database;
  let services: Services;
  beforeEach(async () => {
    db = await open();
    services = openServices(db, new SetClock(start));
    await insertSession(db, 'acc1');
  });
  afterEach(() => services.viewers.stop());

  async function meanFor(people: PersonAddress[]): Promise<void> {
    const counts = {
      targeted: people.length,
      included: 0,
      delivered: 0,
      viewed: 0,
      reacted: 0,
      replied: 0,
      clicked: 0,
    };
    await insertSentStatus(services, 'S1', { counts });
    await services.unitOfWork.run(async (tx) => {
      const ids = await services.people.resolve(tx, 'acc1', people);
      await services.recipients.insert(tx, { id: 'S1', organizationId: 'default' }, ids);
    });
  }

  /** All of them side by side, a receipt of each at a time. */
  async function live(): Promise<void> {
    for (let step = 0; step <= names.length; step += 1) {
      const pairs: AddressPair[] = histories.filter(({ pairBefore }) => pairBefore === step);
      await services.people.recordPairs('acc1', pairs);
      const receipts = histories.flatMap((history) => {
        const name = history.order[step];
        return name === undefined ? [] : readStatusReceipts(stanzaOf(jidOf(history, name), step), own, start);
      });
      await services.viewers.recordReceipts('acc1', receipts);
    }
  }

  async function assertEachIsOneViewer(): Promise<void> {
    const { counts } = await services.statuses.get('acc1', 'S1');
    assert.deepEqual([counts.delivered, counts.viewed], [histories.length, histories.length]);
    const query = { only: 'all', limit: 500 } as const;
    const { items, total } = await services.viewers.list('acc1', 'S1', query);
    assert.equal(total, histories.length);
    const shown = new Map(items.map((viewer) => [viewer.number, viewer]));
    const earliest = new Date(start.getTime() - 3_000).toISOString();
    for (const history of histories) {
      const viewer = shown.get(history.phoneNumber);
      const words = `${history.order.join('; ')}; pair before ${String(history.pairBefore)}`;
      assert.deepEqual([viewer?.lid, viewer?.viewedAt, viewer?.deliveredAt], [history.lid, earliest, earliest], words);
    }
    assert.deepEqual(await db('pending_receipts').pluck('id'), []);
  }

  it('by phone, linked device, number and LID, in every order, is one view with the earliest time', async () => {
    await meanFor(histories.map(({ phoneNumber }) => ({ phoneNumber, lid: null })));
    await live();
    await assertEachIsOneViewer();
  });

  it('is one view where the post was addressed to LIDs', async () => {
    await meanFor(histories.map(({ lid }) => ({ phoneNumber: null, lid })));
    await live();
    await assertEachIsOneViewer();
  });

  it('is one view where all of that came before the status was known', async () => {
    await live();
    const counts = {
      targeted: histories.length,
      included: 0,
      delivered: 0,
      viewed: 0,
      reacted: 0,
      replied: 0,
      clicked: 0,
    };
    const status = await insertSentStatus(services, 'S1', { counts });
    await services.unitOfWork.run(async (tx) => {
      const people = histories.map(({ phoneNumber }) => ({ phoneNumber, lid: null }));
      const ids = await services.people.resolve(tx, 'acc1', people);
      await services.recipients.insert(tx, { id: 'S1', organizationId: 'default' }, ids);
      await services.viewers.adoptPending(tx, status);
    });
    // Whoever posts finds the LIDs of those it posts to.
    await services.people.recordPairs('acc1', histories);
    await assertEachIsOneViewer();
  });
});
