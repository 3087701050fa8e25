import assert from 'node:assert/strict';
import { NumberCheckLimit } from '../../server/contacts/number-check-limit.js';
import type { Database } from '../../server/db/database.js';
import type { AddressBookNews } from '../../server/whatsapp/gateway.js';
import { insertSession } from '../support/insert-session.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { SetClock } from '../support/open-services.js';
import { openContacts } from './open-contacts.js';

const numberOf = (index: number): string => `9198000${String(10_000 + index)}`;
const person = (index: number) => ({ phoneNumber: numberOf(index), lid: null });
const saved = (index: number, savedName: string): AddressBookNews => ({
  type: 'contact',
  person: person(index),
  savedName,
});

describeOnEveryDatabase('the address book', (open) => {
  let db: Database;
  let clock: SetClock;
  let services: ReturnType<typeof openContacts>;
  beforeEach(async () => {
    db = await open();
    await insertSession(db, 'acc1');
    await insertSession(db, 'acc2');
    clock = new SetClock(new Date('2026-03-01T10:00:00Z'));
    services = openContacts(db, clock);
  });

  const record = async (...news: AddressBookNews[]) => {
    await services.contacts.record('acc1', news);
    await services.contacts.drain();
  };
  const join = async (phoneNumber: string, lid: string) => {
    await services.people.recordPairs('acc1', [{ phoneNumber, lid }]);
    await services.contacts.drain();
  };
  const list = (query: object = {}) =>
    services.contacts.list('acc1', { limit: 50, filter: 'saved', sort: 'name', ...query });
  const names = async (query: object = {}) => (await list(query)).items.map((contact) => contact.name);

  it('keeps the saved name apart from the push name, and lists those who are saved by name', async () => {
    await record(
      saved(1, 'Zoë'),
      saved(2, 'anna'),
      { type: 'contact', person: person(1), pushName: 'zozo' },
      { type: 'contact', person: person(3), pushName: 'Berta' },
    );
    const { items, total } = await list();
    assert.deepEqual(
      items.map(({ name, savedName, pushName, isSaved }) => ({ name, savedName, pushName, isSaved })),
      [
        { name: 'anna', savedName: 'anna', pushName: null, isSaved: true },
        { name: 'Zoë', savedName: 'Zoë', pushName: 'zozo', isSaved: true },
      ],
    );
    assert.equal(total, 2);
    assert.deepEqual(await names({ filter: 'all' }), ['anna', 'Berta', 'Zoë']);
    const summary = await services.contacts.summary('acc1');
    assert.deepEqual(
      { total: summary.total, saved: summary.saved, pushNameOnly: summary.pushNameOnly },
      { total: 3, saved: 2, pushNameOnly: 1 },
    );
    assert.deepEqual((await services.contacts.list('acc2', { limit: 5, filter: 'all', sort: 'name' })).items, []);
  });

  it('keeps the verified name of a business apart from what it calls itself, also under another address', async () => {
    await record(
      { type: 'contact', person: person(1), pushName: 'bakery :)' },
      { type: 'contact', person: { phoneNumber: null, lid: '777' }, verifiedName: 'Bäckerei GmbH' },
    );
    await join(numberOf(1), '777');
    const [one, ...others] = (await list({ filter: 'all' })).items;
    assert.deepEqual(
      [one?.name, one?.verifiedName, one?.savedName, one?.pushName, others],
      ['Bäckerei GmbH', 'Bäckerei GmbH', null, 'bakery :)', []],
    );
    assert.deepEqual(await names({ filter: 'all', search: 'backerei' }), ['Bäckerei GmbH']);
    assert.equal((await services.contacts.summary('acc1')).pushNameOnly, 1);
    await record(saved(1, 'Baker'));
    assert.deepEqual(await names(), ['Baker']);
  });

  describe('of which so many contacts and chats are kept', () => {
    const chat = (index: number): AddressBookNews => ({ type: 'chat', chat: person(index), unread: { more: 1 } });
    const group = (index: number): AddressBookNews => ({ type: 'chat', chat: { groupJid: `${String(index)}@g.us` } });
    const people = async () => (await db('people').pluck('phone_number')).sort();
    beforeEach(() => {
      services = openContacts(db, clock, undefined, { contact: 3, chat: 2 });
    });

    it('leaves out whom there is no room for, keeps on learning of the others, and says so once', async () => {
      await record(saved(1, 'Anna'), saved(1, 'Anna'), saved(2, 'Bert'));
      assert.equal((await services.contacts.summary('acc1')).warning, null);
      await record(saved(3, 'Cleo'), saved(4, 'Dora'), { type: 'contact-removed', person: person(9) });
      await record(saved(5, 'Emil'), chat(6), saved(2, 'Bertha'), {
        type: 'contact',
        person: person(1),
        pushName: 'an',
      });
      assert.deepEqual(await names(), ['Anna', 'Bertha', 'Cleo']);
      assert.deepEqual(await people(), [1, 2, 3].map(numberOf), 'nothing is written of the others');
      assert.equal((await services.contacts.summary('acc1')).chats, 0);
      const [line, ...more] = services.lines;
      assert.deepEqual([line?.['sessionId'], line?.['limit'], more], ['acc1', 3, []]);
      const { warning } = await services.contacts.summary('acc1');
      assert.equal(warning, 'An account has at most 3 contacts that its phone tells. Those beyond are left out.');
      // There is room again for one.
      await record({ type: 'contact-removed', person: person(3) }, { type: 'chat-removed', chat: person(8) });
      await record(saved(7, 'Gil'), saved(8, 'Hal'));
      assert.deepEqual(await names(), ['Anna', 'Bertha', 'Gil']);
      await services.contacts.record('acc2', [saved(1, 'Else')]);
      assert.equal((await services.contacts.list('acc2', { limit: 5, filter: 'saved', sort: 'name' })).total, 1);
    });

    it('leaves out further chats, and keeps on counting what is new in the others', async () => {
      const chats = async () =>
        (await services.contacts.listChats('acc1', { limit: 9 })).items.map(({ id, unreadCount }) => [id, unreadCount]);
      await record(group(1), chat(1), group(2));
      await record(chat(2), group(3), chat(1), chat(1));
      const one = [`${numberOf(1)}@s.whatsapp.net`, 3];
      assert.deepEqual(await chats(), [one, ['1@g.us', 0]].sort());
      assert.match((await services.contacts.summary('acc1')).warning ?? '', /^An account has at most 2 chats/);
      await record({ type: 'chat-removed', chat: { groupJid: '1@g.us' } }, group(4), group(5));
      assert.deepEqual(new Set((await chats()).map(([id]) => id)), new Set([one[0], '4@g.us']));
      assert.equal(services.lines.length, 1);
    });
  });

  it('is searched by name and number, whatever the case, the accents and the way the number is written', async () => {
    await record(saved(1, 'Zoë 100%'), saved(2, 'Anna'), saved(3, 'ANNABELLA'));
    assert.deepEqual(await names({ search: 'zoe' }), ['Zoë 100%']);
    assert.deepEqual(await names({ search: 'ANNA' }), ['Anna', 'ANNABELLA']);
    assert.deepEqual(await names({ search: '+91 98000-10002' }), ['Anna']);
    assert.deepEqual(await names({ search: '%' }), ['Zoë 100%']);
    assert.deepEqual(await names({ search: '_' }), []);
    assert.deepEqual(await names({ search: 'anna', filter: 'all' }), ['Anna', 'ANNABELLA']);
    const { total, nextCursor } = await list({ search: 'anna', limit: 1 });
    assert.equal(total, 2);
    const rest = await list({ search: 'anna', limit: 1, cursor: nextCursor });
    assert.deepEqual([rest.items.map(({ name }) => name), rest.total, rest.nextCursor], [['ANNABELLA'], 2, null]);
    const nobody = await list({ search: 'berta' });
    assert.deepEqual([nobody.items, nobody.total], [[], 0]);
  });

  it('is read page by page, each contact once', async () => {
    await record(...Array.from({ length: 25 }, (_, index) => saved(index, `Name ${String(index % 5)}`)));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await list({ limit: 10, ...(cursor === undefined ? {} : { cursor }) });
      assert.equal(page.total, 25);
      seen.push(...page.items.map(({ personId }) => personId));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    assert.equal(new Set(seen).size, 25);
    const message = /^The cursor "nonsense" is none of this list\. Take it whole from `nextCursor`/;
    await assert.rejects(list({ cursor: 'nonsense' }), { code: 'validation_error', message });
  });

  it('joins what is known under a number with what is known under a LID when the pair turns up', async () => {
    await record(
      saved(1, 'Zoë'),
      { type: 'contact', person: { phoneNumber: null, lid: '777' }, pushName: 'Adele' },
      { type: 'chat', chat: person(1), unread: { count: 2 }, lastMessageAt: new Date(1_000) },
      { type: 'chat', chat: { phoneNumber: null, lid: '777' }, unread: { more: 1 }, lastMessageAt: new Date(5_000) },
      { type: 'story-privacy', mode: 'denylist', people: [{ phoneNumber: null, lid: '777' }] },
    );
    assert.equal((await list({ filter: 'all' })).total, 2);
    await join(numberOf(1), '777');
    const { items } = await list({ filter: 'all' });
    const one = items[0];
    assert.equal(items.length, 1);
    assert.deepEqual([one?.number, one?.lid, one?.savedName, one?.pushName], [numberOf(1), '777', 'Zoë', 'Adele']);
    assert.deepEqual(await names({ search: 'adele' }), ['Zoë']);
    const chats = await services.contacts.listChats('acc1', { limit: 5 });
    assert.deepEqual(
      chats.items.map(({ id, unreadCount, lastMessageAt }) => ({ id, unreadCount, lastMessageAt })),
      [{ id: `${numberOf(1)}@s.whatsapp.net`, unreadCount: 3, lastMessageAt: '1970-01-01T00:00:05.000Z' }],
    );
    const privacy = await services.contacts.storyPrivacyList('acc1');
    assert.deepEqual(privacy, { mode: 'denylist', people: [{ phoneNumber: numberOf(1), lid: '777' }] });
    assert.equal(await services.contacts.isOnStoryPrivacyList('acc1', one?.personId ?? ''), true);
  });

  it('finds somebody under a number that became known later', async () => {
    await record({ type: 'contact', person: { phoneNumber: null, lid: '777' }, savedName: 'Ada' });
    await join(numberOf(1), '777');
    assert.deepEqual(await names({ search: numberOf(1) }), ['Ada']);
  });

  it('records the same news again without a change or an event', async () => {
    const news = [saved(1, 'Ada'), saved(2, 'Bea')];
    await record(...news);
    const before = await list();
    clock.advance(60_000);
    await record(...news);
    assert.deepEqual(await list(), before);
    const told = services.events.map(({ name, payload }) => ({ name, payload }));
    assert.deepEqual(told, [{ name: 'contacts-updated', payload: { sessionId: 'acc1', total: 2 } }]);
  });

  it('forgets that somebody is saved when a whole telling leaves them out', async () => {
    await record(saved(1, 'Ada'), saved(2, 'Bea'), { type: 'contact', person: person(2), pushName: 'bea!' });
    await record({ type: 'synced', isWhole: false });
    clock.advance(60_000);
    await record({ type: 'sync-started' });
    clock.advance(10);
    await record(saved(1, 'Ada'));
    await record({ type: 'synced', isWhole: true });
    assert.deepEqual(await names(), ['Ada']);
    assert.deepEqual(await names({ filter: 'all' }), ['Ada', 'bea!']);
    const { syncedAt } = await services.contacts.summary('acc1');
    assert.equal(syncedAt, '2026-03-01T10:01:00.010Z');
  });

  it('forgets at once that somebody is saved who was removed on the phone, and whom it knows no other way', async () => {
    const removed = (index: number): AddressBookNews => ({ type: 'contact-removed', person: person(index) });
    await record(
      ...[1, 2, 3].map((index) => saved(index, `Name ${String(index)}`)),
      { type: 'contact', person: person(2), pushName: 'zozo' },
      removed(4),
    );
    await record(removed(1), removed(2), removed(3), saved(3, 'Name 3 anew'), removed(4));
    assert.deepEqual(await names(), ['Name 3 anew']);
    assert.deepEqual(await names({ filter: 'all' }), ['Name 3 anew', 'zozo']);
    await record(saved(1, 'Back'));
    assert.deepEqual(await names(), ['Back', 'Name 3 anew']);
  });

  it('makes nobody of the end of a chat or an entry that was never told, and ends those that were', async () => {
    const people = async (): Promise<string[]> =>
      (await db<{ phone_number: string }>('people').pluck('phone_number')).sort();
    const gone = (index: number): AddressBookNews => ({ type: 'chat-removed', chat: person(index) });
    await record(gone(1), { type: 'contact-removed', person: person(2) }, gone(3), saved(3, 'Cleo'));
    assert.deepEqual(await people(), [numberOf(3)]);
    const chat: AddressBookNews = { type: 'chat', chat: person(4) };
    await record(gone(4), chat, gone(5));
    assert.deepEqual(await people(), [3, 4].map(numberOf));
    assert.equal((await services.contacts.listChats('acc1', { limit: 5 })).total, 1);
    await record(gone(4), gone(5));
    assert.equal((await services.contacts.listChats('acc1', { limit: 5 })).total, 0);
  });

  it('starts over for another number, and is not complete until all was told to the new device', async () => {
    await record({ type: 'linked', phoneNumber: '4915111111111' }, saved(1, 'Ada'), { type: 'synced', isWhole: false });
    await record({ type: 'linked', phoneNumber: '4915111111111' });
    assert.equal((await list()).total, 1);
    assert.equal((await services.contacts.summary('acc1')).syncedAt, null);
    await record({ type: 'linked', phoneNumber: '4915122222222' });
    assert.equal((await list({ filter: 'all' })).total, 0);
  });

  it('lists chats with the newest message first, groups by their own name', async () => {
    await record(
      saved(1, 'Ada'),
      { type: 'chat', chat: person(1), name: 'ignored', unread: { count: 1 }, lastMessageAt: new Date(1_000) },
      { type: 'chat', chat: { groupJid: '1-2@g.us' }, name: 'Friends', lastMessageAt: new Date(2_000) },
      { type: 'chat', chat: person(2) },
    );
    await record({ type: 'chat', chat: person(1), unread: { more: 2 }, lastMessageAt: new Date(500) });
    const first = await services.contacts.listChats('acc1', { limit: 2 });
    assert.deepEqual(
      first.items.map(({ name, isGroup, unreadCount }) => ({ name, isGroup, unreadCount })),
      [
        { name: 'Friends', isGroup: true, unreadCount: 0 },
        { name: 'Ada', isGroup: false, unreadCount: 3 },
      ],
    );
    assert.equal(first.total, 3);
    const rest = await services.contacts.listChats('acc1', { limit: 2, cursor: first.nextCursor ?? '' });
    assert.deepEqual(
      rest.items.map(({ id, lastMessageAt }) => ({ id, lastMessageAt })),
      [{ id: `${numberOf(2)}@s.whatsapp.net`, lastMessageAt: null }],
    );
    await record({ type: 'chat-removed', chat: { groupJid: '1-2@g.us' } });
    assert.equal((await services.contacts.listChats('acc1', { limit: 5 })).total, 2);
  });

  it('warns that views stay at zero while read receipts are off', async () => {
    assert.equal((await services.contacts.storyPrivacy('acc1')).readReceipts.areOn, null);
    await record({ type: 'read-receipts', areOn: true });
    assert.equal((await services.contacts.storyPrivacy('acc1')).readReceipts.warning, null);
    await record({ type: 'read-receipts', areOn: false });
    assert.match((await services.contacts.storyPrivacy('acc1')).readReceipts.warning ?? '', /views stay at zero/);
  });

  it('changes nothing for a session that is gone', async () => {
    await services.contacts.record('gone', [saved(1, 'Ada')]);
    assert.deepEqual(await db('people').select(), []);
  });
});

describe('looking numbers up', () => {
  it('is limited per account and minute, and says when it goes on', () => {
    const clock = new SetClock(new Date(0));
    const limit = new NumberCheckLimit(clock);
    for (let count = 0; count < 10; count += 1) limit.countCheck('acc1');
    assert.throws(() => limit.countCheck('acc1'), { code: 'rate_limited', retryAfterSeconds: 60 });
    limit.countCheck('acc2');
    clock.advance(60_000);
    limit.countCheck('acc1');
  });

  it('is limited per account and day', () => {
    const clock = new SetClock(new Date(0));
    const limit = new NumberCheckLimit(clock);
    for (let count = 0; count < 100; count += 1) {
      limit.countCheck('acc1');
      clock.advance(10_000);
    }
    assert.throws(() => limit.countCheck('acc1'), { code: 'rate_limited', retryAfterSeconds: 86_400 - 1_000 });
  });
});
