import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import type { AddressBookNews, GatewayConnection, NumberCheck, ResyncOutcome } from '../../server/whatsapp/gateway.js';
import { insertSession } from '../support/insert-session.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { SetClock } from '../support/open-services.js';
import { openContacts } from './open-contacts.js';

const anna = '4915100000001';
const ben = '4915100000002';
const person = (phoneNumber: string) => ({ phoneNumber, lid: null });
const saved = (phoneNumber: string): AddressBookNews => ({
  type: 'contact',
  person: person(phoneNumber),
  savedName: `Name ${phoneNumber}`,
});

describeOnEveryDatabase('an address book and its account', (open) => {
  let db: Database;
  let clock: SetClock;
  let services: ReturnType<typeof openContacts>;
  let connection: GatewayConnection | undefined;
  let check: NumberCheck;
  let asked: number;
  let finish: ((outcome: ResyncOutcome) => void)[];
  const connect = (): void => {
    const unasked = (): Promise<never> => Promise.reject(new Error('nobody was to ask for this'));
    connection = {
      sessionId: 'acc1',
      requestPairingCode: unasked,
      publishStatus: unasked,
      revokeStatus: unasked,
      sendPrivately: unasked,
      markRead: unasked,
      fetchFile: unasked,
      findNumbers: unasked,
      logout: unasked,
      close: unasked,
      health: () => ({ lastEventAt: null, lastAckAt: null, decryptFailures: 0, pendingOfflineItems: 0 }),
      checkNumber: () => Promise.resolve(check),
      resyncAddressBook: () => {
        asked += 1;
        return new Promise<ResyncOutcome>((resolve) => finish.push(resolve));
      },
    };
  };
  const end = async (result: ResyncOutcome['result'] = 'told'): Promise<void> => {
    for (const resolve of finish.splice(0)) resolve({ result, reason: 'r' });
    await services.contacts.drain();
  };
  beforeEach(async () => {
    db = await open();
    for (const sessionId of ['acc1', 'acc2']) await insertSession(db, sessionId);
    clock = new SetClock(new Date('2026-03-01T10:00:00Z'));
    services = openContacts(db, clock, () => connection);
    [asked, finish, check] = [0, [], { result: 'answered', exists: false, jid: null, lid: null }];
    connect();
  });
  afterEach(async () => {
    await end();
    await services.contacts.stop();
  });

  const record = (...news: AddressBookNews[]) => services.contacts.record('acc1', news);
  const tell = async (name: 'connected' | 'connecting' | 'deleted'): Promise<void> => {
    const of = { organizationId: 'default', sessionId: 'acc1' };
    const status = { sessionId: 'acc1', connected: name === 'connected', ownNumber: null, lastError: null };
    services.bus.publish(
      name === 'deleted'
        ? { name: 'session-deleted', ...of, payload: { sessionId: 'acc1' } }
        : { name: 'connection-status', ...of, payload: { ...status, status: name, nextRetryAt: null } },
    );
    for (let turn = 0; turn < 3; turn += 1) await services.contacts.summary('acc1');
  };

  it('looks up ten numbers a minute, and as many again for an account that is made anew', async () => {
    services.contacts.start();
    for (let count = 0; count < 10; count += 1) await services.contacts.checkNumber('acc1', anna);
    await assert.rejects(services.contacts.checkNumber('acc1', anna), { code: 'rate_limited' });
    await services.contacts.checkNumber('acc2', anna);
    await tell('deleted');
    await services.contacts.checkNumber('acc1', anna);
    connection = undefined;
    await assert.rejects(services.contacts.checkNumber('acc2', anna), { code: 'not_connected' });
    assert.equal(services.contacts.numberChecksLeft('acc2').remaining, 9, 'what was not asked costs nothing');
  });

  it('does not know about numbers while WhatsApp cannot be asked, or answers nothing of use', async () => {
    const answer = new Map([[anna, { exists: true, phoneNumber: anna, lid: '7' }]]);
    if (connection) connection.findNumbers = () => Promise.resolve(answer);
    assert.deepEqual(await services.contacts.findNumbers('acc1', [anna]), answer);
    if (connection) connection.findNumbers = () => Promise.reject(new Error('the connection is lost'));
    assert.equal(await services.contacts.findNumbers('acc1', [anna]), undefined);
    connection = undefined;
    assert.equal(await services.contacts.findNumbers('acc1', [anna]), undefined);
  });

  it('keeps the two addresses that a look-up told, also for the number as it was written', async () => {
    const [written, own] = ['5511987654321', '551187654321'];
    await record({ type: 'contact', person: person(written), savedName: 'Carla' });
    check = { result: 'answered', exists: true, jid: `${own}@s.whatsapp.net`, lid: '71' };
    const answer = await services.contacts.checkNumber('acc1', written);
    assert.deepEqual(answer, { phoneNumber: written, exists: true, jid: `${own}@s.whatsapp.net`, lid: '71@lid' });
    const [contact] = (await services.contacts.list('acc1', { limit: 5, filter: 'all', sort: 'name' })).items;
    assert.deepEqual([contact?.number, contact?.lid, contact?.savedName], [own, '71', 'Carla']);
    check = { result: 'unanswered', reason: 'r' };
    await assert.rejects(services.contacts.checkNumber('acc1', anna), { code: 'whatsapp_error' });
  });

  it('asks the phone for everything once for each connection, until everything was told', async () => {
    services.contacts.start();
    await tell('connecting');
    assert.equal(asked, 0);
    await tell('connected');
    await eventually(() => assert.equal(asked, 1));
    await tell('connected');
    assert.equal(asked, 1);
    await end('failed');
    await tell('connected');
    assert.equal(asked, 1, 'the same connection');
    connect();
    await tell('connected');
    await eventually(() => assert.equal(asked, 2));
    await end();
    await record({ type: 'sync-started' }, saved(anna), { type: 'synced', isWhole: true });
    connect();
    await tell('connected');
    await services.contacts.drain();
    assert.equal(asked, 2, 'nothing is missing');
  });

  it('asks again when somebody wants it, once at a time', async () => {
    const first = services.contacts.resync('acc1');
    clock.advance(1_000);
    assert.deepEqual(services.contacts.resync('acc1'), first);
    assert.deepEqual([asked, (await services.contacts.summary('acc1')).isResyncing], [1, true]);
    await end();
    assert.equal((await services.contacts.summary('acc1')).isResyncing, false);
    assert.notDeepEqual(services.contacts.resync('acc1'), first);
    assert.equal(asked, 2);
  });

  it('tells of many changes in a second once, and of later ones again', async () => {
    const told = (): unknown[] =>
      services.events.filter(({ name }) => name === 'contacts-updated').map((e) => e.payload);
    await record(saved(anna));
    await record(saved(ben));
    await services.contacts.drain();
    assert.deepEqual(told(), [{ sessionId: 'acc1', total: 2 }]);
    await record(saved('4915100000003'));
    await services.contacts.drain();
    assert.deepEqual(told().at(-1), { sessionId: 'acc1', total: 3 });
  });

  it('forgets who is saved only when the phone told everything', async () => {
    const names = async () =>
      (await services.contacts.list('acc1', { limit: 9, filter: 'saved', sort: 'name' })).items.map((c) => c.number);
    await record(saved(anna), saved(ben));
    clock.advance(1_000);
    await record({ type: 'sync-started' }, saved(ben), { type: 'synced', isWhole: false });
    assert.deepEqual(await names(), [anna, ben]);
    clock.advance(1_000);
    await record({ type: 'sync-started' }, saved(ben), { type: 'synced', isWhole: true });
    assert.deepEqual(await names(), [ben]);
  });

  it('begins anew when another account is linked, and keeps what it has for the same one', async () => {
    await record({ type: 'linked', phoneNumber: anna }, saved(ben));
    await record({ type: 'story-privacy', mode: 'denylist', people: [person(ben)] });
    await record({ type: 'linked', phoneNumber: anna });
    assert.equal((await services.contacts.storyPrivacyList('acc1'))?.people.length, 1);
    await record({ type: 'linked', phoneNumber: ben });
    const privacy = await services.contacts.storyPrivacy('acc1');
    assert.deepEqual([privacy.total, privacy.mode, privacy.people], [0, null, []]);
    assert.equal((await services.contacts.summary('acc1')).saved, 0);
  });

  it('names nobody while statuses go to all contacts', async () => {
    await record({ type: 'story-privacy', mode: 'allowlist', people: [person(anna)] });
    assert.equal((await services.contacts.storyPrivacyList('acc1'))?.people.length, 1);
    await record({ type: 'story-privacy', mode: 'contacts', people: [person(anna)] });
    assert.deepEqual(await services.contacts.storyPrivacyList('acc1'), { mode: 'contacts', people: [] });
  });

  it('has its chats page by page, by their newest message, which an older one does not change', async () => {
    for (const [phoneNumber, ms] of [
      [anna, 5_000],
      [ben, 9_000],
      [anna, 2_000],
    ] as const) {
      await record({ type: 'chat', chat: person(phoneNumber), lastMessageAt: new Date(ms) });
    }
    const page = await services.contacts.listChats('acc1', { limit: 2 });
    assert.deepEqual(
      page.items.map(({ lastMessageAt }) => lastMessageAt),
      ['1970-01-01T00:00:09.000Z', '1970-01-01T00:00:05.000Z'],
    );
    assert.deepEqual([page.nextCursor, page.total], [null, 2]);
    const first = await services.contacts.listChats('acc1', { limit: 1 });
    const rest = await services.contacts.listChats('acc1', { limit: 1, cursor: first.nextCursor ?? '' });
    assert.deepEqual(
      [...first.items, ...rest.items].map(({ id }) => id),
      [`${ben}@s.whatsapp.net`, `${anna}@s.whatsapp.net`],
    );
  });
});
