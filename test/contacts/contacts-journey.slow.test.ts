import assert from 'node:assert/strict';
import supertest from 'supertest';
import type {
  Chat,
  Contact,
  ContactsSummary,
  NumberCheckAnswer,
  StoryPrivacy,
} from '../../server/contract/contacts.js';
import type { Success } from '../../server/contract/envelope.js';
import type { AppEvent } from '../../server/contract/events.js';
import { EventBus } from '../../server/events/event-bus.js';
import { createLogger } from '../../server/lib/logger.js';
import { callApi, linkAccount, waitUntilConnected } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

const phoneNumber = '4915112345678';

describe('the address book of a linked account', () => {
  let simulator: TestSimulator;
  let server: TestServer;
  let events: AppEvent[];

  beforeEach(async () => {
    simulator = await startTestSimulator();
    simulator.controls.linking.addAccount({ phoneNumber, name: 'Shop' });
    const bus = new EventBus(createLogger({ logLevel: 'silent' }));
    events = [];
    bus.subscribe((event) => events.push(event));
    server = await startTestServer({ simulator, replace: { bus } });
  });
  afterEach(async () => {
    await server.stop();
    await simulator.stop();
  });

  const link = () => linkAccount(server, { scanQr: (qr) => simulator.scanQr(qr, { phoneNumber }) });
  const get = async <T>(path: string): Promise<T> =>
    (await callApi<Success<T>>(server, 'GET', `/sessions/acc1${path}`)).data;
  const fillAddressBook = async (body: object): Promise<void> => {
    const answer = await fetch(`${simulator.control}/admin/accounts/${phoneNumber}/address-book`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    assert.equal(answer.status, 200, await answer.text());
  };
  const untilSynced = (saved: number): Promise<ContactsSummary> =>
    eventually(
      async () => {
        const summary = await get<ContactsSummary>('/contacts/summary');
        assert.deepEqual([summary.saved, summary.syncedAt !== null], [saved, true]);
        return summary;
      },
      { timeoutMs: 10_000, what: `${String(saved)} saved contacts` },
    );

  it('has the saved contacts with number and LID, the chats and the push names, soon after linking', async () => {
    const people = simulator.addContacts(10);
    await fillAddressBook({ all: true, chats: 4 });
    await link();
    await untilSynced(10);
    const contacts = await get<Contact[]>('/contacts');
    const expected = people.map(({ phoneNumber: number, lid, name }) => ({ number, lid, name })).sort(byNumber);
    assert.deepEqual(contacts.map(({ number, lid, name }) => ({ number, lid, name })).sort(byNumber), expected);
    const chats = await eventually(async () => {
      const found = await get<Chat[]>('/chats');
      assert.equal(found.length, 4);
      return found;
    });
    assert.ok(chats.every(({ lastMessageAt, isGroup }) => lastMessageAt !== null && !isGroup));
    const [found] = await get<Contact[]>(`/contacts?search=${encodeURIComponent(people[3]?.name ?? '')}`);
    assert.equal(found?.number, people[3]?.phoneNumber);
    await eventually(() => {
      const told = events.filter(({ name }) => name === 'contacts-updated');
      assert.deepEqual(told.at(-1)?.payload, { sessionId: 'acc1', total: 10 });
    });
    assert.deepEqual(simulator.refusedRules(), []);
  });

  it('follows later changes of contacts and of who may see statuses', async () => {
    await link();
    const [one] = simulator.addContacts(1);
    assert.ok(one);
    await fillAddressBook({ contacts: [one.phoneNumber], chats: 0 });
    await eventually(async () => {
      assert.deepEqual(
        (await get<Contact[]>('/contacts')).map(({ name }) => name),
        [one.name],
      );
    });
    const [business] = simulator.addContacts({ contacts: [{ name: 'bakery', verifiedName: 'Bakery Ltd' }] });
    const path = `/admin/contacts/${business?.phoneNumber ?? ''}/write`;
    await simulator.ask('POST', path, { to: phoneNumber, text: 'Open at nine' });
    await eventually(async () => {
      const [found] = await get<Contact[]>('/contacts?filter=all&search=bakery');
      assert.deepEqual([found?.verifiedName, found?.pushName, found?.savedName], ['Bakery Ltd', 'bakery', null]);
    });
    assert.equal((await get<StoryPrivacy>('/story-privacy')).mode, 'contacts');
    simulator.controls.accounts.change(phoneNumber, { statusAudience: { type: 'blacklist', jids: [one.jid] } });
    await eventually(async () => {
      const { mode, total, people } = await get<StoryPrivacy>('/story-privacy');
      assert.deepEqual([mode, total, people[0]?.number], ['denylist', 1, one.phoneNumber]);
    });
  });

  it('loses a contact that is removed on the phone, at once', async () => {
    const people = simulator.addContacts(2);
    await fillAddressBook({ all: true });
    await link();
    await untilSynced(2);
    const contacts = people.slice(0, 1).map(({ phoneNumber: number }) => number);
    await simulator.ask('DELETE', `/admin/accounts/${phoneNumber}/address-book`, { contacts });
    await untilSynced(1);
    const [left, ...others] = await get<Contact[]>('/contacts');
    assert.deepEqual([left?.number, others], [people[1]?.phoneNumber, []]);
  });

  it('comes as one file from the media host when it is told from the beginning', async () => {
    const people = simulator.addContacts(25);
    for (const { phoneNumber: number } of people) await fillAddressBook({ contacts: [number] });
    const [removed] = people;
    await simulator.ask('DELETE', `/admin/accounts/${phoneNumber}/address-book`, { contacts: [removed?.phoneNumber] });
    await link();
    await untilSynced(24);
    const numbers = (await get<Contact[]>('/contacts')).map(({ number }) => number);
    assert.deepEqual(
      numbers.sort(),
      people
        .slice(1)
        .map(({ phoneNumber: number }) => number)
        .sort(),
    );
    assert.deepEqual(simulator.refusedRules(), []);
  });

  it('reads after every connect who may see statuses, and that views stay hidden without read receipts', async () => {
    await link();
    await eventually(async () => {
      assert.equal((await get<StoryPrivacy>('/story-privacy')).readReceipts.warning, null);
      assert.equal((await get<StoryPrivacy>('/story-privacy')).readReceipts.areOn, true);
    });
    await callApi(server, 'POST', '/sessions/acc1/stop');
    const [one] = simulator.addContacts(1);
    assert.ok(one);
    const statusAudience = { type: 'whitelist' as const, jids: [one.jid] };
    simulator.controls.accounts.change(phoneNumber, { statusAudience, privacy: { readreceipts: 'none' } });
    await callApi(server, 'POST', '/sessions/acc1/start');
    await eventually(async () => {
      const { mode, people, readReceipts } = await get<StoryPrivacy>('/story-privacy');
      assert.deepEqual([mode, people[0]?.number, readReceipts.areOn], ['allowlist', one.phoneNumber, false]);
      assert.match(readReceipts.warning ?? '', /views stay at zero/);
    });
  });

  it('is told again in full when somebody asks, also what was lost here', async () => {
    simulator.addContacts(10);
    await fillAddressBook({ all: true });
    await link();
    const before = await untilSynced(10);
    const { body } = await server.request.post('/api/sessions/acc1/contacts/resync').send({}).expect(202);
    assert.equal(body.data.sessionId, 'acc1');
    await eventually(async () => {
      const summary = await get<ContactsSummary>('/contacts/summary');
      // Not `assert.ok`: where that fails Node parses the file for its message, again and again for as long as we wait.
      const isLater = (summary.syncedAt ?? '') > (before.syncedAt ?? '');
      assert.deepEqual([isLater, summary.saved], [true, 10]);
    });
    assert.deepEqual(simulator.refusedRules(), []);
  });

  it('is asked for again after a crash in the middle of the first telling', async () => {
    const people = simulator.addContacts(10);
    await fillAddressBook({ all: true });
    await link();
    await untilSynced(10);
    await server.stop({ keepData: true });
    // What a process killed before it wrote them leaves behind: Baileys took note of the version, we of no contact.
    const { openDatabase } = await import('../../server/db/database.js');
    const db = await openDatabase({ file: `${server.dataDir}/data/statuscast.sqlite` });
    await db('contacts').delete();
    await db('address_books').update({ synced_at: null });
    await db.destroy();
    const { dataDir } = server;
    server = await startTestServer({ simulator, dataDir });
    await waitUntilConnected(server, 'acc1');
    await untilSynced(people.length);
  });

  it('is where a number can be looked up, as long as the account is connected', async () => {
    const [one] = simulator.addContacts(1);
    assert.ok(one);
    await link();
    const known = await get<NumberCheckAnswer>(`/check-number/+${one.phoneNumber}`);
    assert.deepEqual(known, { phoneNumber: one.phoneNumber, exists: true, jid: one.jid, lid: `${one.lid ?? ''}@lid` });
    const unknown = await get<NumberCheckAnswer>('/check-number/4915100000000');
    assert.deepEqual(unknown, { phoneNumber: '4915100000000', exists: false, jid: null, lid: null });
    await server.request.get('/api/sessions/acc1/check-number/123').expect(400);
    await callApi(server, 'POST', '/sessions/acc1/stop');
    const refused = await server.request.get(`/api/sessions/acc1/check-number/${one.phoneNumber}`).expect(409);
    assert.equal(refused.body.code, 'not_connected');
    const resync = await server.request.post('/api/sessions/acc1/contacts/resync').send({}).expect(409);
    assert.equal(resync.body.code, 'not_connected');
  });

  it('lets an account look up ten numbers a minute, and not more', async () => {
    await link();
    for (let count = 0; count < 10; count += 1) await get(`/check-number/491510000000${String(count)}`);
    const refused = await server.request.get('/api/sessions/acc1/check-number/4915100000010').expect(429);
    assert.equal(refused.body.code, 'rate_limited');
    assert.ok(Number(refused.headers['retry-after']) > 0);
  });

  it('is nobody else’s', async () => {
    const create = (sessionId: string) =>
      server.request.post('/api/sessions').send({ sessionId, sessionName: 'A', authMethod: 'qrcode', start: false });
    await create('acc1').expect(201);
    const other = (await create('acc2').expect(201)).body.data.apiKey as string;
    const stranger = supertest.agent(server.url).set('x-api-key', other);
    for (const path of ['contacts', 'contacts/summary', 'chats', 'story-privacy']) {
      await stranger.get(`/api/sessions/acc1/${path}`).expect(404);
      await server.request.get(`/api/sessions/acc1/${path}`).expect(200);
    }
  });
});

function byNumber(one: { number: string | null }, other: { number: string | null }): number {
  return (one.number ?? '').localeCompare(other.number ?? '');
}
