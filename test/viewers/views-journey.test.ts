import assert from 'node:assert/strict';
import { io, type Socket } from 'socket.io-client';
import type { Analytics, StatusAnalytics } from '../../server/contract/analytics/analytics.js';
import type { Success } from '../../server/contract/envelope.js';
import type { EventPayload } from '../../server/contract/events.js';
import type { Status } from '../../server/contract/statuses.js';
import type { Viewer } from '../../server/contract/viewers.js';
import { callApi, linkAccount } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

type ViewersUpdate = EventPayload<'status-viewers-update'>;

describe('views of a status, from the contact to the screen', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let server: TestServer;
  let client: Socket;
  let updates: { at: number; update: ViewersUpdate }[];

  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
    await linkAccount(server, simulator);
    client = io(server.url, { auth: { apiKey: server.apiKey }, transports: ['websocket'], forceNew: true });
    await new Promise<void>((resolve, reject) => {
      client.once('connect', resolve);
      client.once('connect_error', reject);
    });
  });

  beforeEach(() => {
    updates = [];
    client.removeAllListeners('status-viewers-update');
    client.on('status-viewers-update', (update: ViewersUpdate) => updates.push({ at: performance.now(), update }));
  });

  after(async () => {
    client.disconnect();
    await server.stop();
    await simulator.stop();
  });

  async function postTo(contacts: { phoneNumber: string }[]): Promise<Status> {
    const targetNumbers = contacts.map((contact) => contact.phoneNumber);
    const options = {
      body: { type: 'text', content: 'look', targetNumbers },
      expected: 202,
      headers: { prefer: 'wait=30' },
    };
    const { data } = await callApi<Success<Status>>(server, 'POST', '/sessions/acc1/send-status', options);
    assert.equal(data.state, 'sent', JSON.stringify(data.error));
    return data;
  }
  const statusOf = async (id: string) =>
    (await callApi<Success<Status>>(server, 'GET', `/sessions/acc1/statuses/${id}`)).data;
  const viewersOf = (id: string, query = '') =>
    callApi<{ data: Viewer[]; meta: { total: number; nextCursor: string | null } }>(
      server,
      'GET',
      `/sessions/acc1/statuses/${id}/viewers${query}`,
    );

  it('arrive one by one over Socket.IO and in the list of viewers', async () => {
    const contacts = simulator.addContacts(3);
    const status = await postTo(contacts);
    await eventually(async () => (await statusOf(status.id)).counts.delivered === 3, { what: 'three deliveries' });

    for (const [index, contact] of contacts.entries()) {
      simulator.view(contact.phoneNumber, status.messageId);
      const latest = await eventually(
        () => {
          const last = updates.at(-1)?.update;
          assert.equal(last?.counts.viewed, index + 1);
          return last;
        },
        { what: `view ${String(index + 1)}` },
      );
      assert.equal(latest.statusId, status.id);
      assert.ok(latest.viewers.some((viewer) => viewer.number === contact.phoneNumber));
    }
    for (const { update } of updates) {
      assert.ok(update.viewers.every((viewer) => viewer.viewedAt !== null));
      assert.ok(update.delivered.every((viewer) => viewer.viewedAt === null));
    }
    const { data, meta } = await viewersOf(status.id);
    assert.equal(meta.total, 3);
    assert.equal(new Set(data.map((viewer) => viewer.personId)).size, 3);
    assert.ok(data.every((viewer) => viewer.deliveredAt !== null && viewer.viewedAt !== null));
    const numbers = new Set(contacts.map((contact) => contact.phoneNumber));
    assert.ok(data.every((viewer) => viewer.number !== null && numbers.has(viewer.number)));
    const { counts } = await statusOf(status.id);
    assert.deepEqual(counts, { targeted: 3, included: 3, delivered: 3, viewed: 3, reacted: 0, replied: 0, clicked: 0 });

    const analytics = `/sessions/acc1/statuses/${status.id}/analytics?timeZone=Asia/Kathmandu`;
    const { data: ofStatus } = await callApi<Success<StatusAnalytics>>(server, 'GET', analytics);
    assert.deepEqual(ofStatus.funnel, { targeted: 3, delivered: 3, viewed: 3, reacted: 0, replied: 0, clicked: 0 });
    assert.equal(
      ofStatus.overTime.bars.reduce((sum, { viewed }) => sum + viewed, 0),
      3,
    );
    assert.equal(ofStatus.lastViewAt, data[0]?.viewedAt);
    const { data: ofAll } = await callApi<Success<Analytics>>(server, 'GET', '/analytics');
    assert.deepEqual([ofAll.posts, ofAll.sums.viewed, ofAll.activity.viewed], [1, 3, 3]);
    assert.deepEqual(ofAll.people, { viewed: 3 });
    assert.deepEqual(
      ofAll.accounts.map(({ sessionId, rates }) => [sessionId, rates.viewed]),
      [['acc1', 1]],
    );
  });

  it('list who viewed, and others only when they are asked for', async () => {
    const [viewing, reached] = simulator.addContacts(2);
    const off = simulator.addContacts({ contacts: [{ devices: 0 }] });
    assert.ok(viewing && reached && off[0]);
    const status = await postTo([viewing, reached, off[0]]);
    simulator.view(viewing.phoneNumber, status.messageId);
    await eventually(
      async () => {
        const { counts } = await statusOf(status.id);
        assert.deepEqual([counts.delivered, counts.viewed], [2, 1]);
      },
      { what: 'the receipts' },
    );
    const numbers = async (query: string): Promise<Set<string | null>> =>
      new Set((await viewersOf(status.id, query)).data.map((viewer) => viewer.number));
    assert.deepEqual(await numbers(''), new Set([viewing.phoneNumber]));
    assert.deepEqual(await numbers('?only=delivered'), new Set([viewing.phoneNumber, reached.phoneNumber]));
    // Nothing could be sent to somebody without a device, and the others have it.
    assert.deepEqual(await numbers('?only=missed'), new Set());
    assert.equal((await numbers('?only=all')).size, 3);
    await callApi(server, 'GET', `/sessions/acc1/statuses/${status.id}/viewers?only=everyone`, { expected: 400 });
  });

  it('count a person once, though two devices tell of it and like it twice', async () => {
    const [contact] = simulator.addContacts({ contacts: [{ devices: 2 }] });
    assert.ok(contact);
    const status = await postTo([contact]);
    await simulator.drain();
    const { stories } = simulator.controls;
    stories.view(contact.phoneNumber, [status.messageId], { devices: [0, 1] });
    await eventually(async () => (await statusOf(status.id)).counts.viewed === 1, { what: 'the view' });
    stories.view(contact.phoneNumber, [status.messageId], { devices: [0, 1] });
    simulator.like(contact.phoneNumber, status.messageId);
    simulator.like(contact.phoneNumber, status.messageId);
    await simulator.drain();
    // A later receipt of somebody else passes only after everything before it was recorded.
    const later = simulator.addContacts(1);
    const next = await postTo(later);
    simulator.view(later[0]?.phoneNumber ?? '', next.messageId);
    await eventually(async () => (await statusOf(next.id)).counts.viewed === 1, { what: 'the later view' });

    const { counts } = await statusOf(status.id);
    assert.deepEqual([counts.delivered, counts.viewed, counts.reacted], [1, 1, 1]);
    assert.equal((await viewersOf(status.id)).meta.total, 1);
  });

  it('bring what somebody reacted with, that it changed and that it was taken back, also of who hides views', async () => {
    const [open, hiding] = simulator.addContacts({ contacts: [{}, { readReceipts: false }] });
    assert.ok(open && hiding);
    const status = await postTo([open, hiding]);
    await simulator.drain();
    simulator.view(open.phoneNumber, status.messageId);
    for (const [index, emoji] of ['💚', '😂', ''].entries()) {
      simulator.like(hiding.phoneNumber, status.messageId, emoji);
      const reaction = emoji === '' ? null : emoji;
      await eventually(
        () => {
          const told = updates.flatMap(({ update }) => (update.statusId === status.id ? update.viewers : []));
          const last = told.findLast((viewer) => viewer.number === hiding.phoneNumber);
          assert.deepEqual([last?.reaction, updates.at(-1)?.update.counts.reacted], [reaction, reaction ? 1 : 0]);
        },
        { what: `reaction ${String(index + 1)}` },
      );
      const { data } = await viewersOf(status.id);
      const shown: Viewer | undefined = data.find((viewer) => viewer.number === hiding.phoneNumber);
      assert.deepEqual([shown?.reaction, typeof shown?.viewedAt], [reaction, 'string']);
      assert.equal((await statusOf(status.id)).counts.reacted, reaction ? 1 : 0);
    }
    await eventually(async () => (await statusOf(status.id)).counts.viewed === 2, { what: 'both views' });
  });

  it('come to the screen at most four times a second, and none is lost', async () => {
    const contacts = simulator.addContacts(200);
    const status = await postTo(contacts);
    await eventually(async () => (await statusOf(status.id)).counts.delivered === 200, {
      timeoutMs: 20_000,
      what: 'the deliveries',
    });
    updates = [];
    assert.equal(simulator.spreadViews(status.messageId, { overMs: 1_000, curve: 'even' }), 200);
    await eventually(() => updates.at(-1)?.update.counts.viewed === 200, { timeoutMs: 20_000, what: 'the views' });

    const viewed = new Set(
      updates.flatMap(({ update }) => update.viewers.flatMap((one) => (one.viewedAt === null ? [] : one.personId))),
    );
    assert.equal(viewed.size, 200);
    for (const [index, { at }] of updates.entries()) {
      const fifth = updates[index + 5];
      if (fifth) assert.ok(fifth.at - at > 900, 'more than four in a second');
    }
    assert.equal((await viewersOf(status.id, '?only=viewed&limit=500')).data.length, 200);
  });

  it('are paged through, each person once', async () => {
    const contacts = simulator.addContacts(25);
    const status = await postTo(contacts);
    await eventually(async () => (await statusOf(status.id)).counts.delivered === 25, { what: 'the deliveries' });
    const seen: (string | null)[] = [];
    let cursor = '';
    do {
      const page = await viewersOf(status.id, `?only=all&limit=10${cursor && `&cursor=${cursor}`}`);
      seen.push(...page.data.map((viewer) => viewer.number));
      assert.equal(page.meta.total, 25);
      cursor = page.meta.nextCursor ?? '';
      simulator.view(contacts[seen.length - 1]?.phoneNumber ?? '', status.messageId);
    } while (cursor !== '');
    assert.equal(seen.length, 25);
    assert.equal(new Set(seen).size, 25);
  });

  it('are nobody’s business for an unknown status', async () => {
    await callApi(server, 'GET', '/sessions/acc1/statuses/01J9ZX8K2QHV0M3T6R7P4N5W8C/viewers', { expected: 404 });
  });
});
