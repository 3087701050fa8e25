import assert from 'node:assert/strict';
import type { NamedPerson } from '../../server/contract/erasures.js';
import type { PersonExport } from '../../server/contract/person-exports.js';
import type { Database } from '../../server/db/database.js';
import { PersonExportService } from '../../server/privacy/person-export-service.js';
import { PersonReportStore } from '../../server/privacy/person-report-store.js';
import { InsertedRows } from '../access/inserted-rows.js';
import { keyOf } from '../sessions/open-sessions.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertOrganization, insertSession } from '../support/sample-rows.js';
import { startTestServer } from '../support/test-server.js';

const now = new Date('2026-07-01T12:00:00Z');
/** As WhatsApp knows it, and as people write it today. */
const number = '554188887777';
const longNumber = '5541988887777';
const other = '491701234567';

describeOnEveryDatabase('the export of a person', (open) => {
  let db: Database;
  beforeEach(async () => {
    db = await open();
    for (const sessionId of ['one', 'two']) await insertSession(db, { sessionId });
  });

  const exportOf = (named: NamedPerson, organizationId = 'default'): Promise<PersonExport> =>
    new PersonExportService(new PersonReportStore(db), { now: () => now }).export(keyOf(organizationId), named);
  const exported = (organizationId?: string): Promise<PersonExport> =>
    exportOf({ phoneNumber: longNumber, lid: null }, organizationId);

  async function insertPerson(sessionId: string, person: { id: string; phone_number?: string; lid?: string }) {
    const of = { session_id: sessionId, organization_id: 'default', created_at: 1_000, updated_at: 1_000 };
    await db('people').insert({ ...of, ...person });
  }

  it('has each account that knows them, by either form of the number or by the LID alone, and nobody else', async () => {
    await insertPerson('one', { id: 'ana', phone_number: number, lid: '777' });
    await insertPerson('two', { id: 'ana of two', lid: '777' });
    await insertPerson('one', { id: 'ben', phone_number: other, lid: '888' });
    await db('people').where({ id: 'ana' }).update({ name: 'Ana', push_name: 'aninha', verified_name: 'Ana Ltda' });
    const contact = { organization_id: 'default', in_chat: 0, sort_name: '', search_text: '', updated_at: 1 };
    await db('contacts').insert({ ...contact, session_id: 'one', person_id: 'ana', is_saved: 1 });
    for (const [chat_key, person_id] of [
      ['c1', 'ana'],
      ['c2', 'ben'],
    ] as const) {
      const chat = { session_id: 'one', organization_id: 'default', unread_count: 0, last_message_at: 2_000 };
      await db('chats').insert({ ...chat, chat_key, person_id, name: person_id });
    }
    await db('story_privacy_people').insert({ session_id: 'one', organization_id: 'default', person_id: 'ana' });

    for (const person_id of ['ana', 'ben']) {
      const times = { first_viewed_at: 3_000, last_viewed_at: 4_000, last_reacted_at: 5_000 };
      const sums = { viewed: 3, reacted: 1, posted_at: 6_000, ...times };
      await db('viewer_totals').insert({ person_id, session_id: 'one', organization_id: 'default', ...sums });
    }

    const { accounts, isComplete } = await exported();

    assert.deepEqual(accounts, [
      {
        sessionId: 'one',
        personId: 'ana',
        phoneNumber: number,
        lid: '777',
        savedName: 'Ana',
        verifiedName: 'Ana Ltda',
        pushName: 'aninha',
        knownSince: '1970-01-01T00:00:01.000Z',
        isSaved: true,
        chats: [{ name: 'ana', lastMessageAt: '1970-01-01T00:00:02.000Z' }],
        isOnStoryPrivacyList: true,
        totals: {
          viewed: 3,
          reacted: 1,
          replied: 0,
          firstViewedAt: '1970-01-01T00:00:03.000Z',
          lastViewedAt: '1970-01-01T00:00:04.000Z',
          lastReactedAt: '1970-01-01T00:00:05.000Z',
          lastRepliedAt: null,
          postedAt: '1970-01-01T00:00:06.000Z',
        },
        statuses: [],
        replies: [],
      },
      {
        sessionId: 'two',
        personId: 'ana of two',
        phoneNumber: null,
        lid: '777',
        savedName: null,
        verifiedName: null,
        pushName: null,
        knownSince: '1970-01-01T00:00:01.000Z',
        isSaved: false,
        chats: [],
        isOnStoryPrivacyList: false,
        totals: null,
        statuses: [],
        replies: [],
      },
    ]);
    assert.equal(isComplete, true);
  });

  it('has by their LID those of whom no number is known, and all the rest where an account knows it', async () => {
    await insertPerson('one', { id: 'hidden', lid: '777' });
    await insertPerson('one', { id: 'ben', phone_number: other, lid: '888' });
    await insertPerson('two', { id: 'ben of two', lid: '888' });
    await db('person_tags').insert({ organization_id: 'default', tag: 'vip', phone_number: other });
    await insertOrganization(db, 'acme');
    const seen = ({ phoneNumber, lid, accounts, tags }: PersonExport) => [
      [phoneNumber, lid],
      accounts.map(({ personId }) => personId),
      tags,
    ];
    assert.deepEqual(seen(await exportOf({ phoneNumber: null, lid: '777' })), [[null, '777'], ['hidden'], []]);
    const ben = await exportOf({ phoneNumber: null, lid: '888' });
    assert.deepEqual(seen(ben), [[other, '888'], ['ben', 'ben of two'], ['vip']]);
    assert.deepEqual(seen(await exportOf({ phoneNumber: null, lid: '888' }, 'acme')), [[null, '888'], [], []]);
  });

  it('has what became of each status, the newest first, also of one that was not for them', async () => {
    await insertPerson('one', { id: 'ana', phone_number: number });
    await insertPerson('one', { id: 'ben', phone_number: other });
    const rows = new InsertedRows(db);
    for (const id of ['A1', 'A2']) await rows.status(id, { sessionId: 'one', organizationId: 'default' });
    await db('statuses').where({ id: 'A1' }).update({ sent_at: 3_000 });
    const of = { organization_id: 'default' };
    const recipient = { ...of, status_id: 'A1', outcome: 'included', sent_at: 3_500, revoked_at: 9_000 };
    for (const [position, person_id] of ['ana', 'ben'].entries()) {
      await db('status_recipients').insert({ ...recipient, person_id, position });
      await db('views').insert({ ...of, status_id: 'A1', person_id, delivered_at: 4_000, recorded_at: 1 });
    }
    const seen = { delivered_at: 5_000, viewed_at: 6_000, played_at: 7_000, recorded_at: 1 };
    const reacted = { reaction: '💚', reacted_at: 8_000 };
    await db('views').insert({ ...of, ...seen, ...reacted, status_id: 'A2', person_id: 'ana' });

    const { accounts } = await exported();

    const at = (seconds: number): string => new Date(seconds * 1_000).toISOString();
    const unsent = { postedAt: null, outcome: null, sentAt: null, takenBackAt: null };
    const unknown = { ...unsent, viewedAt: null, playedAt: null, reaction: null, reactedAt: null, repliedAt: null };
    assert.deepEqual(accounts[0]?.statuses, [
      {
        ...unsent,
        statusId: 'A2',
        deliveredAt: at(5),
        viewedAt: at(6),
        playedAt: at(7),
        reaction: '💚',
        reactedAt: at(8),
        repliedAt: null,
      },
      {
        ...unknown,
        statusId: 'A1',
        postedAt: at(3),
        outcome: 'included',
        sentAt: at(3.5),
        takenBackAt: at(9),
        deliveredAt: at(4),
      },
    ]);
  });

  it('has lists, tags and opt-outs of the organization by either form of the number', async () => {
    await insertOrganization(db, 'acme');
    const rows = new InsertedRows(db);
    for (const [organization_id, audience_id] of [
      ['default', 'ours'],
      ['acme', 'theirs'],
    ] as const) {
      await rows.audience(audience_id, organization_id, `list of ${organization_id}`);
      for (const phone_number of [number, other]) {
        const member = { audience_id, organization_id, phone_number, name: 'Ana', added_at: 1_000 };
        await db('audience_members').insert({ ...member, fields: '{"city":"Curitiba"}' });
      }
      await db('person_tags').insert({ organization_id, tag: audience_id, phone_number: longNumber });
      await db('opt_outs').insert({ organization_id, session_id: '', phone_number: number, created_at: 1_000 });
    }
    await db('opt_outs').insert({ organization_id: 'default', session_id: 'two', phone_number: number, created_at: 1 });
    await db('person_tags').insert({ organization_id: 'default', tag: 'ben', phone_number: other });

    const { lists, tags, optOuts, accounts } = await exported();

    const addedAt = '1970-01-01T00:00:01.000Z';
    const fields = { city: 'Curitiba' };
    assert.deepEqual(lists, [
      { listId: 'ours', listName: 'list of default', phoneNumber: number, name: 'Ana', fields, addedAt },
    ]);
    assert.deepEqual(tags, ['ours']);
    assert.deepEqual(
      optOuts.map(({ sessionId }) => sessionId),
      [null, 'two'],
    );
    assert.deepEqual(accounts, []);
    assert.deepEqual((await exported('acme')).tags, ['theirs']);
  });

  it('says of more statuses than it tells that it is not complete', async () => {
    await insertPerson('one', { id: 'ana', phone_number: number });
    const most = 10_000;
    const rows = new InsertedRows(db);
    await rows.status('S', { sessionId: 'one', organizationId: 'default' });
    const copied = `insert into statuses (id, session_id, organization_id, message_id, type, content, state, created_by, created_at, updated_at)
      with recursive n(i) as (select 1 union all select i + 1 from n where i < ${String(most + 1)})
      select 'B' || (100000 + i), session_id, organization_id, 'm' || i, type, content, state, created_by, created_at, updated_at
      from n, statuses where id = 'S'`;
    await db.raw(copied);
    const viewed = `insert into views (status_id, person_id, organization_id, viewed_at, recorded_at)
      select id, 'ana', 'default', 1, 1 from statuses where id <> 'S'`;
    await db.raw(viewed);

    const { accounts, isComplete } = await exported();

    assert.equal(isComplete, false);
    assert.equal(accounts[0]?.statuses.length, most);
    assert.equal(accounts[0].statuses[0]?.statusId, `B${String(100_000 + most + 1)}`);
  });
});

describe('asking for the export of a person', () => {
  it('answers with what a list says, and with nothing of somebody unknown', async () => {
    const server = await startTestServer();
    try {
      const list = await server.request.post('/api/audiences').send({ name: 'Regulars' }).expect(201);
      const { id } = (list.body as { data: { id: string } }).data;
      const members = [{ phoneNumber: '+49 170 1234567', name: 'Ben' }];
      await server.request.post(`/api/audiences/${id}/members`).send({ members }).expect(200);
      const ask = async (phoneNumber: string): Promise<PersonExport> => {
        const answer = await server.request.get(`/api/people/${encodeURIComponent(phoneNumber)}/export`).expect(200);
        return (answer.body as { data: PersonExport }).data;
      };
      const { lists } = await ask('+49 170 1234567');
      assert.deepEqual(
        lists.map(({ listName, name }) => [listName, name]),
        [['Regulars', 'Ben']],
      );
      assert.equal((await ask('12345678901234@lid')).lid, '12345678901234');
      const stranger = await ask('491709999999');
      assert.deepEqual([stranger.accounts, stranger.lists, stranger.tags, stranger.optOuts], [[], [], [], []]);
    } finally {
      await server.stop();
    }
  });
});
