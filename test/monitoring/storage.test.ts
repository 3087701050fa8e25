import assert from 'node:assert/strict';
import type { OrganizationStorage } from '../../server/contract/storage.js';
import { OrganizationStorageReportStore } from '../../server/monitoring/organization-storage-report-store.js';
import { StorageReportStore } from '../../server/monitoring/storage-report-store.js';
import { InsertedRows } from '../access/inserted-rows.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertOrganization, insertSession } from '../support/sample-rows.js';
import { startTestServer } from '../support/test-server.js';

const everything = { organizationId: null, sessionId: null };
const firstPage = { limit: 50, after: undefined };

describeOnEveryDatabase('what sessions have stored', (open) => {
  it('is told of each by kind, and summed', async () => {
    const db = await open();
    await insertSession(db, { sessionId: 'one' });
    await insertSession(db, { sessionId: 'two' });
    const rows = new InsertedRows(db);
    const place = { sessionId: 'one', organizationId: 'default' };
    const status = await rows.status('posted', place);
    const person = { session_id: 'one', organization_id: 'default', created_at: 1, updated_at: 1 };
    for (const id of ['p1', 'p2']) {
      await db('people').insert({ ...person, id, phone_number: `49170${id.charCodeAt(1)}` });
      const of = { status_id: status, person_id: id, organization_id: 'default' };
      await db('status_recipients').insert({ ...of, position: 0, outcome: 'included' });
      await db('views').insert({ ...of, delivered_at: 5, recorded_at: 5 });
    }
    await db('statuses')
      .where({ id: status })
      .update({ targeted: 2, delivered: 2, content: 'é'.repeat(1_000) });
    await db('auth_keys').insert({ session_id: 'one', kind: 'session', id: 'k', value: 'x'.repeat(500) });

    const { sessions, total } = await new StorageReportStore(db).list(everything, firstPage);

    assert.equal(total, 2);
    const [one, two] = sessions;
    assert.ok(one && two);
    const { kinds } = one.database;
    const counted = Object.entries(kinds).map(([kind, stored]) => [kind, stored.rows]);
    const none = {
      activity: 0,
      contacts: 0,
      chats: 0,
      sentMessages: 0,
      devices: 0,
      pendingReceipts: 0,
      replies: 0,
      answers: 0,
      viewerTotals: 0,
      links: 0,
      clicks: 0,
      clickMarks: 0,
    };
    assert.deepEqual(Object.fromEntries(counted), {
      ...none,
      statuses: 1,
      recipients: 2,
      views: 2,
      people: 2,
      keys: 1,
    });
    assert.equal(one.database.rows, 8);
    // Two bytes a letter, and the other columns of a short row beside.
    assert.ok(kinds.statuses.bytes > 2_000 && kinds.statuses.bytes < 2_300, String(kinds.statuses.bytes));
    assert.equal(kinds.keys.bytes, 'one'.length + 'session'.length + 'k'.length + 500);
    for (const kind of ['recipients', 'views', 'people'] as const) assert.ok(kinds[kind].bytes > 20);
    assert.equal(
      one.database.bytes,
      Object.values(kinds).reduce((sum, { bytes }) => sum + bytes, 0),
    );
    assert.deepEqual([two.database.rows, two.database.bytes, two.uploads], [0, 0, { rows: 0, bytes: 0 }]);
  });

  it('counts a file for whoever it was uploaded for or shows it, and once', async () => {
    const db = await open();
    const rows = new InsertedRows(db);
    for (const sessionId of ['one', 'two', 'three']) await insertSession(db, { sessionId });
    for (const name of ['own', 'shown', 'nobodys']) await rows.upload(name, 'default');
    await db('uploads').update({ bytes: 1_000, thumbnail_bytes: 10 });
    await db('uploads').where({ filename: 'own' }).update({ session_id: 'one' });
    for (const [filename, session_id] of [
      ['own', 'one'],
      ['shown', 'one'],
      ['shown', 'two'],
    ] as const) {
      const use = { filename, kind: 'status', organization_id: 'default', created_at: 1 };
      await db('upload_uses').insert({ ...use, session_id, used_by: `status of ${session_id}` });
    }

    const { sessions } = await new StorageReportStore(db).list(everything, firstPage);

    const files = Object.fromEntries(sessions.map(({ sessionId, uploads }) => [sessionId, uploads]));
    assert.deepEqual(files, {
      one: { rows: 2, bytes: 2_020 },
      two: { rows: 1, bytes: 1_010 },
      three: { rows: 0, bytes: 0 },
    });
  });

  it('is that of an account, of an organization or of all', async () => {
    const db = await open();
    await insertOrganization(db, 'acme');
    await insertSession(db, { sessionId: 'one' });
    await insertSession(db, { sessionId: 'two' });
    await insertSession(db, { sessionId: 'far', organizationId: 'acme' });
    const store = new StorageReportStore(db);
    const seen = async (organizationId: string | null, sessionId: string | null) => {
      const { sessions, total } = await store.list({ organizationId, sessionId }, firstPage);
      assert.equal(total, sessions.length);
      return sessions.map((session) => session.sessionId);
    };
    assert.deepEqual(await seen('default', 'one'), ['one']);
    assert.deepEqual(await seen('default', null), ['one', 'two']);
    assert.deepEqual(await seen('acme', 'one'), []);
    assert.deepEqual(await seen(null, null), ['far', 'one', 'two']);
  });
});

describeOnEveryDatabase('what an organization has stored beside', (open) => {
  it('is told by kind, with the files that no account has or shows', async () => {
    const db = await open();
    const rows = new InsertedRows(db);
    await insertOrganization(db, 'acme');
    await insertSession(db, { sessionId: 'one' });
    for (const name of ['own', 'shown', 'kept', 'nobodys']) await rows.upload(name, 'default');
    await db('uploads').update({ bytes: 1_000, thumbnail_bytes: 10 });
    await rows.upload('elsewhere', 'acme');
    await db('uploads').where({ filename: 'own' }).update({ session_id: 'one' });
    const use = { organization_id: 'default', created_at: 1, used_by: 'x' };
    await db('upload_uses').insert({ ...use, filename: 'shown', kind: 'status', session_id: 'one' });
    await db('upload_uses').insert({ ...use, filename: 'kept', kind: 'template' });
    const event = { session_id: 'one', name: 'n', payload: 'é'.repeat(50), created_at: 1 };
    for (const [id, organization_id] of [
      ['e1', 'default'],
      ['e2', 'default'],
      ['e3', 'acme'],
    ] as const) {
      await db('events').insert({ ...event, id, organization_id });
    }

    const store = new OrganizationStorageReportStore(db);
    const { events, ...others } = await store.rowsOf('default');

    assert.equal(events.rows, 2);
    assert.ok(events.bytes > 2 * 100 && events.bytes < 2 * 150, String(events.bytes));
    assert.deepEqual([...new Set(Object.values(others).map((stored) => stored.rows))], [0]);
    assert.deepEqual(await store.files('default'), {
      files: { rows: 4, bytes: 4_040 },
      filesOfNoSession: { rows: 2, bytes: 2_020 },
    });
  });
});

describe('the list of what sessions have stored', () => {
  it('comes in pages, and a session key sees its own', async () => {
    const server = await startTestServer();
    try {
      const make = async (sessionId: string): Promise<string> => {
        const body = { sessionId, authMethod: 'qrcode', start: false };
        const created = await server.request.post('/api/sessions').send(body).expect(201);
        return (created.body as { data: { apiKey: string } }).data.apiKey;
      };
      await make('one');
      const key = await make('two');
      const seen: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const { body } = await server.request
          .get('/api/storage')
          .query({ limit: 1, ...(cursor !== '' && { cursor }) })
          .expect(200);
        const page = body as { data: { sessionId: string }[]; meta: { total: number; nextCursor: string | null } };
        assert.equal(page.meta.total, 2);
        seen.push(...page.data.map(({ sessionId }) => sessionId));
        cursor = page.meta.nextCursor;
      }
      assert.deepEqual(seen, ['one', 'two']);
      const beside = await server.request.get('/api/storage/organization').expect(200);
      const { keptDays } = (beside.body as { data: OrganizationStorage }).data;
      assert.deepEqual([keptDays.posts, keptDays.events, keptDays.unknownReceipts], [null, 7, 2]);
      const own = await server.request.get('/api/storage').set('x-api-key', key).expect(200);
      assert.deepEqual(
        (own.body as { data: { sessionId: string }[] }).data.map(({ sessionId }) => sessionId),
        ['two'],
      );
    } finally {
      await server.stop();
    }
  });
});
