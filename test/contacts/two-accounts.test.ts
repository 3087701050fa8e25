import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import type { AddressBookNews, PersonAddress } from '../../server/whatsapp/gateway.js';
import { insertSession } from '../support/insert-session.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { SetClock } from '../support/open-services.js';
import { openContacts } from './open-contacts.js';

const [anna, ben, carla] = ['4915100000001', '4915100000002', '4915100000003'];
const group = { groupJid: '1-2@g.us' };
const number = (phoneNumber: string): PersonAddress => ({ phoneNumber, lid: null });
const hidden = (lid: string): PersonAddress => ({ phoneNumber: null, lid });
const saved = (person: PersonAddress, savedName: string): AddressBookNews => ({ type: 'contact', person, savedName });
const called = (person: PersonAddress, pushName: string): AddressBookNews => ({ type: 'contact', person, pushName });
const wrote = (person: PersonAddress, ms: number, count = 0): AddressBookNews => ({
  type: 'chat',
  chat: person,
  unread: { count },
  lastMessageAt: new Date(ms),
});

describeOnEveryDatabase('the address books of two accounts', (open) => {
  let db: Database;
  let clock: SetClock;
  let services: ReturnType<typeof openContacts>;
  beforeEach(async () => {
    db = await open();
    for (const sessionId of ['acc1', 'acc2']) await insertSession(db, sessionId);
    clock = new SetClock(new Date('2026-03-01T10:00:00Z'));
    services = openContacts(db, clock);
  });
  afterEach(() => services.contacts.stop());

  const record = (sessionId: string, ...news: AddressBookNews[]) => services.contacts.record(sessionId, news);
  const contacts = async (sessionId: string, query: object = {}) =>
    (await services.contacts.list(sessionId, { limit: 50, filter: 'all', sort: 'name', ...query })).items;
  const names = async (sessionId: string, query: object = {}) =>
    (await contacts(sessionId, query)).map(({ name, number: own }) => name ?? own);
  const chats = async (sessionId: string) =>
    (await services.contacts.listChats(sessionId, { limit: 50 })).items.map(
      ({ id, name, unreadCount, lastMessageAt }) => [
        ...[id.split('@')[0], name, unreadCount, lastMessageAt && new Date(lastMessageAt).getTime()],
      ],
    );
  /** Everything that an account shows of its address book. */
  const shown = async (sessionId: string): Promise<unknown> => ({
    contacts: await contacts(sessionId),
    saved: await names(sessionId, { filter: 'saved' }),
    meant: await services.contacts.listSaved(sessionId),
    summary: await services.contacts.summary(sessionId),
    chats: await chats(sessionId),
    privacy: await services.contacts.storyPrivacy(sessionId),
    listed: await services.contacts.storyPrivacyList(sessionId),
  });

  it('stay apart, whatever the phone of one tells', async () => {
    const both: AddressBookNews[] = [
      saved(number(anna), 'Anna'),
      called(number(ben), 'Ben'),
      { type: 'chat', chat: group, name: 'Friends', unread: { count: 3 }, lastMessageAt: new Date(5_000) },
      wrote(number(anna), 9_000, 2),
      { type: 'story-privacy', mode: 'denylist', people: [number(anna)] },
    ];
    await record('acc2', { type: 'linked', phoneNumber: '4915111111111' }, ...both);
    await services.contacts.drain();
    const before = await shown('acc2');
    clock.advance(60_000);
    await record('acc1', { type: 'linked', phoneNumber: '4915122222222' }, ...both);
    assert.deepEqual(await names('acc1', { filter: 'saved' }), ['Anna']);
    assert.deepEqual(await names('acc1', { filter: 'saved', search: '49' }), ['Anna']);
    assert.deepEqual(
      (await services.contacts.listSaved('acc1')).map(({ phoneNumber }) => phoneNumber),
      [anna],
    );
    await record('acc1', { type: 'chat', chat: group, unread: { count: 10 } });
    await record('acc1', { type: 'chat', chat: group, unread: { more: 1 } });
    assert.deepEqual(await chats('acc1'), [
      [anna, 'Anna', 2, 9_000],
      ['1-2', 'Friends', 11, 5_000],
    ]);
    const { chats: chatCount, saved: savedCount, pushNameOnly, total } = await services.contacts.summary('acc1');
    assert.deepEqual([chatCount, savedCount, pushNameOnly, total], [2, 1, 1, 2]);
    const [one] = await contacts('acc1');
    const there = (await contacts('acc2'))[0]?.personId ?? '';
    assert.deepEqual(
      [
        await services.contacts.isOnStoryPrivacyList('acc1', one?.personId ?? ''),
        await services.contacts.isOnStoryPrivacyList('acc1', there),
      ],
      [true, false],
    );
    assert.deepEqual(await services.contacts.storyPrivacyList('acc1'), {
      mode: 'denylist',
      people: [number(anna)],
    });
    const { people, total: listed } = await services.contacts.storyPrivacy('acc1');
    assert.deepEqual([people.map(({ personId }) => personId), listed], [[one?.personId], 1]);
    await record('acc1', { type: 'chat-removed', chat: group });
    clock.advance(60_000);
    await record('acc1', { type: 'sync-started' });
    await record('acc1', { type: 'synced', isWhole: true });
    assert.deepEqual(await names('acc1', { filter: 'saved' }), []);
    await record('acc1', { type: 'story-privacy', mode: 'allowlist', people: [number(carla)] });
    await record('acc1', { type: 'linked', phoneNumber: '4915133333333' });
    assert.deepEqual([await contacts('acc1'), await chats('acc1')], [[], []]);
    await services.contacts.drain();
    assert.deepEqual(await shown('acc2'), before);
    await record('acc1', { type: 'chat', chat: group, unread: { count: 20 } });
    await record('acc2', { type: 'chat', chat: group, unread: { more: 1 } });
    assert.deepEqual((await chats('acc2'))[1], ['1-2', 'Friends', 4, 5_000]);
  });

  it('keep somebody who only wrote, until the account is another', async () => {
    await record('acc1', wrote(number(anna), 9_000), saved(number(ben), 'Ben'));
    await record('acc1', called(number(anna), 'Annie'), saved(number(ben), 'Benedict'));
    await record('acc1', wrote(number(carla), 1_000));
    assert.deepEqual(
      (await contacts('acc1')).map(({ name, inChat, isSaved }) => [name, inChat, isSaved]),
      [
        ['Annie', true, false],
        ['Benedict', false, true],
        [null, true, false],
      ],
    );
    const { inChat, pushNameOnly } = await services.contacts.summary('acc1');
    assert.deepEqual([inChat, pushNameOnly], [2, 1]);
    await record('acc1', { type: 'contact-removed', person: number(carla) }, saved(number(carla), 'Carla'));
    await record('acc1', saved(number(carla), 'Gone'), { type: 'contact-removed', person: number(carla) });
    assert.deepEqual(await names('acc1', { filter: 'saved' }), ['Benedict']);
    assert.deepEqual(await names('acc1'), ['Annie', 'Benedict', carla]);
  });

  it('join what is known of three who are one, of people and of chats', async () => {
    await record('acc1', called(number(ben), 'bb'), { type: 'story-privacy', mode: 'denylist', people: [hidden('7')] });
    // Of the three the first is neither saved nor in a chat, and the last is not saved.
    await record('acc1', saved(number(anna), 'Zoe'), wrote(number(anna), 5_000, 1), wrote(hidden('8'), 4_000, 4));
    await services.people.recordPairs('acc1', [
      { phoneNumber: anna, lid: '7' },
      { phoneNumber: anna, lid: '8' },
    ]);
    assert.deepEqual(await names('acc1'), ['bb', 'Zoe']);
    assert.deepEqual(await chats('acc1'), [[anna, 'Zoe', 5, 5_000]]);
    const [, one] = await contacts('acc1');
    assert.deepEqual([one?.isSaved, one?.inChat, one?.lid], [true, true, '8']);
    assert.deepEqual(await services.contacts.storyPrivacyList('acc1'), {
      mode: 'denylist',
      people: [{ phoneNumber: anna, lid: '8' }],
    });
  });

  it('sort and find somebody by the name that another way to write the number brought', async () => {
    const [written, own] = ['5531988887777', '553188887777'];
    await record('acc1', wrote(number(own), 1_000), called(number(anna), 'Berta'));
    await services.people.recordPairs('acc1', [{ phoneNumber: own, lid: '6' }]);
    // Somebody who was made while the other was not known by this form.
    const [row] = await db('people').where({ phone_number: own }).select('*');
    await db('people').insert({ ...row, id: `${String(row?.id)}Z`, phone_number: written, lid: null });
    await record('acc1', saved(number(written), 'Alma'));
    assert.deepEqual(await names('acc1'), ['Alma', 'Berta', own]);
    await services.people.recordPairs('acc1', [{ phoneNumber: own, lid: '6' }]);
    await services.contacts.drain();
    assert.deepEqual(await names('acc1'), ['Alma', 'Berta']);
    assert.deepEqual(await names('acc1', { search: 'alma' }), ['Alma']);
  });

  it('make no contacts of people who are only on the list of the phone, and tell nobody of them', async () => {
    const people = [hidden('7'), number(anna), hidden('8'), number(ben)];
    await record('acc1', { type: 'story-privacy', mode: 'allowlist', people });
    await record('acc1', { type: 'contact-removed', person: number(carla) }, { type: 'read-receipts', areOn: true });
    await services.people.recordPairs('acc1', [
      { phoneNumber: anna, lid: '7' },
      { phoneNumber: carla, lid: '8' },
    ]);
    await services.contacts.drain();
    assert.deepEqual([await contacts('acc1'), services.events], [[], []]);
    assert.equal((await services.contacts.summary('acc1')).changedAt, null);
    assert.equal((await services.contacts.storyPrivacy('acc1')).total, 3);
  });

  it('tell of what changed, also when something else was told after it', async () => {
    await record('acc1', saved(number(anna), 'Anna'), { type: 'read-receipts', areOn: true });
    await services.contacts.drain();
    assert.deepEqual(
      services.events.map(({ payload }) => payload),
      [{ sessionId: 'acc1', total: 1 }],
    );
    assert.equal((await services.contacts.summary('acc1')).changedAt, clock.now().toISOString());
  });

  it('forget that somebody is saved of whom a whole telling says only something else', async () => {
    await record('acc1', saved(number(anna), 'Anna'), saved(number(ben), 'Ben'));
    clock.advance(60_000);
    await record('acc1', { type: 'sync-started' });
    clock.advance(60_000);
    await record('acc1', called(number(anna), 'annie'), wrote(number(anna), 5_000), saved(number(ben), 'Ben'));
    clock.advance(60_000);
    await record('acc1', { type: 'synced', isWhole: true });
    assert.deepEqual(await names('acc1', { filter: 'saved' }), ['Ben']);
    assert.deepEqual(await names('acc1'), ['annie', 'Ben']);
  });

  it('list chats of one moment page by page, each once', async () => {
    const people = Array.from({ length: 5 }, (_, index) => `491510000000${String(index)}`);
    await record('acc1', ...people.map((phoneNumber) => wrote(number(phoneNumber), 5_000)));
    const seen: string[] = [];
    for (let cursor: string | undefined, more = true; more;) {
      const page = await services.contacts.listChats('acc1', { limit: 2, cursor });
      seen.push(...page.items.map(({ id }) => id.split('@')[0] ?? ''));
      more = page.nextCursor !== null && seen.length < 20;
      cursor = page.nextCursor ?? undefined;
    }
    assert.deepEqual([...seen].sort(), people);
  });

  it('count a chat anew that was removed, and do not show one that was removed last', async () => {
    const removed: AddressBookNews = { type: 'chat-removed', chat: number(anna) };
    const more: AddressBookNews = { type: 'chat', chat: number(anna), unread: { more: 1 } };
    await record('acc1', wrote(number(anna), 5_000, 3), wrote(number(ben), 1_000));
    await record('acc1', { type: 'chat', chat: group, name: 'Friends', lastMessageAt: new Date(9_000) });
    await record('acc1', removed, more, { type: 'chat', chat: group, unread: { more: 1 } });
    assert.deepEqual(await chats('acc1'), [
      ['1-2', 'Friends', 1, 9_000],
      [ben, null, 0, 1_000],
      [anna, null, 1, null],
    ]);
    await record('acc1', more, removed);
    assert.deepEqual(
      (await chats('acc1')).map(([id]) => id),
      ['1-2', ben],
    );
  });

  it('show the first of a long list of the phone, and count all of them', async () => {
    const people = Array.from({ length: 501 }, (_, index) => number(String(491_510_000_000 + index)));
    await record('acc1', { type: 'story-privacy', mode: 'denylist', people });
    const { total, people: shownPeople, readReceipts } = await services.contacts.storyPrivacy('acc1');
    assert.deepEqual([total, shownPeople.length, readReceipts.areOn], [501, 500, null]);
    assert.equal((await services.contacts.storyPrivacyList('acc1'))?.people.length, 501);
  });
});
