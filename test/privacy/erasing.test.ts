import assert from 'node:assert/strict';
import { type Erasure, erasedKinds, type NamedPerson } from '../../server/contract/erasures.js';
import type { Database } from '../../server/db/database.js';
import { InsertedRows } from '../access/inserted-rows.js';
import { keyOf } from '../sessions/open-sessions.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSession } from '../support/sample-rows.js';
import { openErasing } from './open-erasing.js';

const now = new Date('2026-07-01T12:00:00Z');
const me = keyOf('default');
/** As WhatsApp knows it, and as people write it today. */
const number = '554188887777';
const longNumber = '5541988887777';
const other = '491701234567';
const lid = '777';
const asked = { optOut: 'false', force: 'false' } as const;

/** Only what is not 0. */
function went(erasure: Erasure): Partial<Erasure['went']> {
  return Object.fromEntries(
    erasedKinds.flatMap((kind) => (erasure.went[kind] > 0 ? [[kind, erasure.went[kind]]] : [])),
  );
}

describeOnEveryDatabase('erasing somebody', (open) => {
  let db: Database;
  let parts: ReturnType<typeof openErasing>;
  let rows: InsertedRows;
  const clock = { now: () => now };

  beforeEach(async () => {
    db = await open();
    parts = openErasing(db, clock);
    rows = new InsertedRows(db);
    for (const sessionId of ['one', 'two']) await insertSession(db, { sessionId });
  });

  const erase = (named: NamedPerson, query = {}): Promise<Erasure> =>
    parts.erasing.erase(me, named, { ...asked, ...query });
  const ana = { phoneNumber: longNumber, lid: null };

  async function insertPerson(sessionId: string, person: { id: string; phone_number?: string; lid?: string }) {
    const of = { session_id: sessionId, organization_id: 'default', created_at: 1_000, updated_at: 1_000 };
    await db('people').insert({ ...of, ...person });
  }

  /** A status of account `one` for these people, all of whom viewed it. */
  async function insertViewed(id: string, people: readonly string[]): Promise<void> {
    await rows.status(id, { sessionId: 'one', organizationId: 'default' }, { state: 'sent' });
    const counts = {
      targeted: people.length,
      included: people.length,
      delivered: people.length,
      viewed: people.length,
    };
    await db('statuses').where({ id }).update(counts);
    const of = { organization_id: 'default', status_id: id };
    for (const [position, person_id] of people.entries()) {
      await db('status_recipients').insert({ ...of, person_id, position, outcome: 'included', sent_at: 1 });
      await db('views').insert({ ...of, person_id, delivered_at: 1, viewed_at: 2, recorded_at: 1 });
    }
  }

  const countsOf = (id: string): Promise<unknown> =>
    db('statuses').where({ id }).first('targeted', 'included', 'delivered', 'viewed');

  it('takes everything of them in each account, by either form of the number or by the LID alone, and nothing of others', async () => {
    await insertPerson('one', { id: 'ana', phone_number: number, lid });
    await insertPerson('two', { id: 'ana of two', lid });
    await insertPerson('one', { id: 'ben', phone_number: other, lid: '888' });
    await insertViewed('S1', ['ana', 'ben']);
    for (const [person_id, phone_number, key] of [
      ['ana', longNumber, 'c1'],
      ['ben', other, 'c2'],
    ] as const) {
      const of = { session_id: 'one', organization_id: 'default', person_id };
      await db('contacts').insert({ ...of, is_saved: 1, in_chat: 0, sort_name: '', search_text: '', updated_at: 1 });
      await db('chats').insert({ ...of, chat_key: key, name: 'chat', unread_count: 0, last_message_at: 1 });
      await db('story_privacy_people').insert(of);
      const answer = {
        origin: 'api',
        state: 'sent',
        type: 'text',
        text: 'Yes',
        message_id: `to ${key}`,
        created_at: 1,
      };
      await db('sent_messages').insert({ session_id: 'one', message_id: `to ${key}`, value: 'v', expires_at: 1 });
      const reply = { message_id: key, status_message_id: 'S', kind: 'text', text: 'Hi', sent_at: 1, received_at: 1 };
      await db('replies').insert({ ...of, ...reply, id: key, status_id: 'S1' });
      const place = { session_id: 'one', organization_id: 'default' };
      await db('answers').insert({ ...place, ...answer, id: key, reply_id: key });
      await rows.audience(`list ${key}`, 'default', key);
      const member = { audience_id: `list ${key}`, organization_id: 'default', phone_number, added_at: 1 };
      await db('audience_members').insert({ ...member, name: 'Ana', fields: '{}' });
      await db('person_tags').insert({ organization_id: 'default', tag: 'vip', phone_number });
      const receipt = { id: key, organization_id: 'default', session_id: 'two', message_id: 'M', kind: 'read', at: 1 };
      await db('pending_receipts').insert({ ...receipt, phone_number, created_at: 1 });
    }
    const receipt = {
      id: 'by lid',
      organization_id: 'default',
      session_id: 'one',
      message_id: 'M',
      kind: 'read',
      at: 1,
    };
    await db('pending_receipts').insert({ ...receipt, lid, created_at: 1 });

    const erasure = await erase(ana);

    assert.deepEqual(went(erasure), {
      accounts: 2,
      contacts: 1,
      chats: 1,
      statusPrivacy: 1,
      recipients: 1,
      views: 1,
      replies: 1,
      sentMessages: 1,
      pendingReceipts: 2,
      lists: 1,
      tags: 1,
    });
    assert.equal(erasure.finishedAt, now.toISOString());
    assert.deepEqual(await db('people').pluck('id'), ['ben']);
    for (const table of ['contacts', 'chats', 'story_privacy_people', 'status_recipients', 'views', 'replies']) {
      assert.deepEqual(await db(table).pluck('person_id'), ['ben'], table);
    }
    for (const table of ['audience_members', 'person_tags', 'pending_receipts']) {
      assert.deepEqual(await db(table).pluck('phone_number'), [other], table);
    }
    assert.deepEqual(await db('sent_messages').pluck('message_id'), ['to c2']);
    assert.deepEqual(await countsOf('S1'), { targeted: 2, included: 2, delivered: 2, viewed: 2 });
    const kept = JSON.stringify(await db('erasures').select('*'));
    for (const name of [number, longNumber, lid]) assert.ok(!kept.includes(name), kept);
    assert.deepEqual(went(await erase(ana)), {}, 'a repeat');
  });

  it('finds by LID the number, by that other accounts, and nobody who has the LID under another number', async () => {
    await insertPerson('one', { id: 'ana', phone_number: '5215512345678', lid });
    await insertPerson('two', { id: 'ana of two', phone_number: '525512345678' });
    const { went: all } = await erase({ phoneNumber: null, lid });
    assert.equal(all.accounts, 2);
    await insertPerson('one', { id: 'cleo', phone_number: other, lid });
    assert.equal((await erase({ phoneNumber: '525512345678', lid: null })).went.accounts, 0);
    assert.deepEqual(await db('people').pluck('id'), ['cleo']);
  });

  it('leaves other organizations what they know, also receipts that wait for their status', async () => {
    await db('organizations').insert({ id: 'acme', name: 'Acme', created_at: 1 });
    await insertSession(db, { sessionId: 'theirs', organizationId: 'acme' });
    // Whose account they are elsewhere is nothing to this one.
    await db('sessions').where({ session_id: 'theirs' }).update({ phone_number: number });
    const receipt = { message_id: 'M', kind: 'read', at: 1, created_at: 1, phone_number: number };
    for (const [id, session_id, organization_id] of [
      ['ours', 'one', 'default'],
      ['not ours', 'theirs', 'acme'],
    ]) {
      await db('pending_receipts').insert({ ...receipt, id, session_id, organization_id });
    }
    assert.deepEqual(went(await erase(ana)), { pendingReceipts: 1 });
    assert.deepEqual(await db('pending_receipts').pluck('id'), ['not ours']);
  });

  it('leaves the counts of statuses as they are also when their recipients are counted anew', async () => {
    await insertPerson('one', { id: 'ana', phone_number: number });
    await insertPerson('one', { id: 'ben', phone_number: other });
    await insertPerson('one', { id: 'ben by lid', lid: '888' });
    await insertViewed('S1', ['ana', 'ben', 'ben by lid']);
    await erase(ana);
    await parts.people.recordPairs('one', [{ phoneNumber: other, lid: '888' }]);
    assert.deepEqual(await countsOf('S1'), { targeted: 2, included: 2, delivered: 2, viewed: 2 });
  });

  it('takes them from what has not been sent, where nobody else is touched', async () => {
    await insertPerson('one', { id: 'ana', phone_number: number });
    await rows.status('Q', { sessionId: 'one', organizationId: 'default' });
    await db('statuses').where({ id: 'Q' }).update({ targeted: 1 });
    const of = { organization_id: 'default', status_id: 'Q', person_id: 'ana', position: 0 };
    await db('status_recipients').insert({ ...of, outcome: 'pending' });
    await erase(ana);
    assert.deepEqual(await countsOf('Q'), { targeted: 0, included: 0, delivered: 0, viewed: 0 });
  });

  it('goes in steps where there is much', async () => {
    await insertPerson('one', { id: 'ana', phone_number: number });
    await insertViewed('S1', ['ana']);
    await db.raw(`insert into statuses (id, session_id, organization_id, message_id, type, content, state, created_by, created_at, updated_at)
      with recursive n(i) as (select 1 union all select i + 1 from n where i < 1200)
      select 'B' || i, session_id, organization_id, 'm' || i, type, content, state, created_by, created_at, updated_at
      from n, statuses where id = 'S1'`);
    await db.raw(`insert into views (status_id, person_id, organization_id, viewed_at, recorded_at)
      select id, 'ana', 'default', 1, 1 from statuses where id <> 'S1'`);
    const left: number[] = [];
    const { viewers } = parts;
    const forgetPerson = viewers.forgetPerson.bind(viewers);
    viewers.forgetPerson = async (...args) => {
      const views = await forgetPerson(...args);
      left.push(views);
      return views;
    };
    assert.equal((await erase(ana)).went.views, 1_201);
    assert.deepEqual(left, [500, 500, 201]);
  });

  it('keeps opt-outs, and adds one, of digits alone, when that is asked for', async () => {
    await insertPerson('one', { id: 'ana', phone_number: number, lid });
    await db('opt_outs').insert({ organization_id: 'default', session_id: 'two', phone_number: number, created_at: 1 });
    assert.equal((await erase(ana)).isOptedOut, false);
    assert.equal((await erase(ana, { optOut: 'true' })).isOptedOut, true);
    await erase({ phoneNumber: number, lid: null }, { optOut: 'true' });
    const kept = await db('opt_outs').orderBy('session_id').select('session_id', 'phone_number');
    assert.deepEqual(kept, [
      { session_id: '', phone_number: longNumber },
      { session_id: 'two', phone_number: number },
    ]);
  });

  it('is refused with an opt-out where only the LID is known, and for an account itself', async () => {
    await insertPerson('one', { id: 'ana', lid });
    await assert.rejects(erase({ phoneNumber: null, lid }, { optOut: 'true' }), /Erase without `optOut`/);
    await db('sessions').where({ session_id: 'two' }).update({ phone_number: number, name: 'Shop' });
    await assert.rejects(erase(ana), /the account "Shop" itself/);
    await db('sessions')
      .where({ session_id: 'two' })
      .update({ phone_number: null, lid: `${lid}@lid` });
    await assert.rejects(erase({ phoneNumber: null, lid }), /the account "Shop" itself/);
    // As an account has it that was linked by QR code.
    await db('sessions')
      .where({ session_id: 'two' })
      .update({ lid: null, jid: `${number}@s.whatsapp.net` });
    await assert.rejects(erase(ana), /the account "Shop" itself/);
    assert.deepEqual(await db('people').pluck('id'), ['ana']);
    assert.deepEqual(await db('erasures').pluck('id'), []);
  });

  it('waits for what is on its way to them or is being taken back, unless it is forced', async () => {
    await insertPerson('one', { id: 'ana', phone_number: number });
    await insertViewed('S1', ['ana']);
    await db('statuses').where({ id: 'S1' }).update({ delete_requested_at: 1 });
    await assert.rejects(erase(ana), /erase with `force=true`/);
    await db('status_recipients').update({ revoked_at: 1 });
    await rows.status('S2', { sessionId: 'one', organizationId: 'default' }, { state: 'sending' });
    const of = { organization_id: 'default', status_id: 'S2', person_id: 'ana', position: 0 };
    await db('status_recipients').insert({ ...of, outcome: 'pending' });
    await assert.rejects(erase(ana), /erase with `force=true`/);
    assert.equal((await erase(ana, { force: 'true' })).went.recipients, 2);
  });

  it('waits for nothing of them that is over while others of the post are not', async () => {
    await insertPerson('one', { id: 'ana', phone_number: number });
    await insertViewed('S1', ['ana']);
    await db('status_recipients').update({ revoked_at: 1 });
    await db('statuses').where({ id: 'S1' }).update({ delete_requested_at: 1 });
    await insertViewed('S2', ['ana']);
    await db('statuses').where({ id: 'S2' }).update({ state: 'sending' });
    assert.equal((await erase(ana)).went.recipients, 2);
  });

  it('takes them out of events, of which those about nobody else go', async () => {
    const viewer = (phoneNumber: string | null, of: string | null) => ({
      number: phoneNumber,
      lid: of,
      name: 'A name',
    });
    const event = (id: string, payload: object, organization_id = 'default') =>
      db('events').insert({
        id,
        organization_id,
        session_id: 'one',
        name: 'n',
        payload: JSON.stringify(payload),
        created_at: 1,
      });
    await insertPerson('one', { id: 'ana', phone_number: number, lid });
    await event('both', {
      statusId: 'S1',
      viewers: [viewer(number, null), viewer(other, null)],
      counts: { viewed: 2 },
    });
    await event('by lid', { statusId: 'S1', viewers: [viewer(null, lid)], counts: { viewed: 1 } });
    await event('about them', { from: viewer(longNumber, null) });
    await event('like them', { content: `call ${number} now` });
    await event('of others', { viewers: [viewer(number, null)] }, 'acme');
    assert.equal((await erase(ana)).went.events, 3);
    const kept = await db('events').orderBy('seq').select('id', 'payload');
    assert.deepEqual(
      kept.map((row: { id: string; payload: string }) => [row.id, JSON.parse(row.payload)]),
      [
        ['both', { statusId: 'S1', viewers: [viewer(other, null)], counts: { viewed: 2 } }],
        ['by lid', { statusId: 'S1', viewers: [], counts: { viewed: 1 } }],
        ['like them', { content: `call ${number} now` }],
        ['of others', { viewers: [viewer(number, null)] }],
      ],
    );
  });

  it('forgets their devices and keys, and goes on knowing that somebody holds a key', async () => {
    await insertPerson('one', { id: 'ana', phone_number: number, lid });
    const known = { deviceIds: [0], keyId: 5, keyHolders: [0], refused: [], refusedUntil: 0 };
    for (const user of [lid, '888']) {
      await parts.devices.save('one', 'lid', [{ ...known, user }], new Set([user]), now.getTime());
    }
    const keys = [
      ['session', `${lid}_1.0`],
      ['session', `${number}.2`],
      ['session', `${lid}00_1.0`],
      ['lid-mapping', number],
      ['lid-mapping', `${lid}_reverse`],
      ['tctoken', `${lid}@lid`],
      ['sender-key', `status@broadcast::${number}::0`],
      ['pre-key', lid],
    ] as const;
    await parts.auth.commit('one', { keys: keys.map(([kind, id]) => ({ kind, id, value: 'v' })) });

    const erasure = await erase(ana);

    assert.deepEqual([erasure.went.devices, erasure.went.keys], [1, 6]);
    assert.deepEqual(await db('auth_keys').orderBy('kind').select('kind', 'id'), [
      { kind: 'pre-key', id: lid },
      { kind: 'session', id: `${lid}00_1.0` },
    ]);
    assert.equal(await parts.devices.isHeldBeyond('one', 'lid', 5, ['888']), true, 'the next post has a new key');
    assert.equal(await parts.devices.isHeldBeyond('one', 'lid', 6, ['888']), false);
  });

  it('is finished later where it was cut short, with one count of all', async () => {
    await insertPerson('one', { id: 'ana', phone_number: number });
    await insertViewed('S1', ['ana']);
    await db('events').insert({
      id: 'e',
      organization_id: 'default',
      session_id: 'one',
      name: 'n',
      payload: JSON.stringify({ from: number }),
      created_at: 1,
    });
    const { gateway, erasing } = parts;
    const device = { session_id: 'one', server: 'lid', user_id: number, key_holders: '', refused: '' };
    await db('recipient_devices').insert({ ...device, device_ids: '0', listed_at: 1, refused_until: 0 });
    const { forgetPerson } = gateway;
    gateway.forgetPerson = async (...args) => {
      await forgetPerson(...args);
      throw new Error('the power went');
    };
    await assert.rejects(erase(ana), /the power went/);
    const [cut] = (await erasing.list(me, { limit: 10 })).items;
    assert.deepEqual([cut?.finishedAt, cut?.went.views, cut?.went.events], [null, 1, 0]);
    gateway.forgetPerson = forgetPerson;
    await erasing.finishAll();
    const finished = await erasing.get(me, cut?.id ?? '');
    const { views, events, devices } = finished.went;
    assert.deepEqual([finished.finishedAt, views, events, devices], [now.toISOString(), 1, 1, 1]);
    assert.equal(await erasing.finishAll(), 0);
    assert.ok(!JSON.stringify(await db('erasures').select('*')).includes(number));
  });

  it('ends between two steps when the server does, and is told only to its organization', async () => {
    await parts.erasing.stop();
    await assert.rejects(erase(ana), /after its next start/);
    const [cut] = (await parts.erasing.list(me, { limit: 10 })).items;
    await assert.rejects(parts.erasing.get(keyOf('acme'), cut?.id ?? ''), /not found|no/i);
    assert.deepEqual((await parts.erasing.list(keyOf('acme'), { limit: 10 })).items, []);
  });

  it('goes for at most 20 people of an organization at a time, and only the last receipts of one are kept', async () => {
    const of = { went: '{}', opted_out: 0, requested_by: 'me', requested_at: 1 };
    const idOf = (at: number): string => String(at).padStart(26, '0');
    for (let at = 10; at < 30; at += 1)
      await db('erasures').insert({ ...of, id: idOf(at), organization_id: 'default' });
    await assert.rejects(erase(ana), /20 people of this organization are being erased already/);
    await db('erasures').whereNot('id', idOf(10)).update({ finished_at: 1 });
    const { id } = await erase(ana);
    const [first, second] = [await parts.erasing.forgetSurplus(5, 3), await parts.erasing.forgetSurplus(50, 3)];
    assert.deepEqual([first, second, await parts.erasing.forgetSurplus(50, 3)], [5, 13, 0]);
    const left = await db('erasures').orderBy('id').pluck<string[]>('id');
    assert.deepEqual(left, [idOf(10), idOf(29), id]);
  });

  it('is forgotten itself after its time, once it is finished', async () => {
    await erase(ana);
    await db('erasures').insert({
      id: 'unfinished',
      organization_id: 'default',
      went: '{}',
      opted_out: 0,
      requested_by: 'me',
      requested_at: 1,
    });
    assert.equal(await parts.erasing.forgetBefore(now.getTime(), 10), 0);
    assert.equal(await parts.erasing.forgetBefore(now.getTime() + 1, 10), 1);
    assert.deepEqual(await db('erasures').pluck('id'), ['unfinished']);
  });
});
