import assert from 'node:assert/strict';
import { connectDatabase, type Database } from '../../server/db/database.js';
import { migrateToLatest, migrations, rollbackAll } from '../../server/db/migrate.js';
import { describeOnEveryEngine } from '../support/databases.js';

const tables = [
  'api_keys',
  'auth_credentials',
  'auth_keys',
  'events',
  'idempotency_keys',
  'organizations',
  'pending_receipts',
  'people',
  'sessions',
  'settings',
  'status_recipients',
  'statuses',
  'views',
];

describeOnEveryEngine('migrations', (newAddress, engine) => {
  let db: Database;
  beforeEach(async () => {
    db = await connectDatabase(await newAddress());
  });
  afterEach(async () => {
    await db.destroy();
  });

  async function tableNames(): Promise<string[]> {
    const sql =
      engine === 'sqlite'
        ? `select name from sqlite_master where type = 'table' and name not like 'sqlite_%'`
        : `select table_name as name from information_schema.tables where table_schema = 'public'`;
    const answer: unknown = await db.raw(sql);
    const rows = (Array.isArray(answer) ? answer : (answer as { rows: unknown[] }).rows) as { name: string }[];
    return rows
      .map((row) => row.name)
      .filter((name) => !name.startsWith('knex_'))
      .sort();
  }

  it('0001 makes the first tables and the organization that exists from the start', async () => {
    await migrateToLatest(db, migrations.slice(0, 1));
    assert.deepEqual(await tableNames(), tables);
    assert.deepEqual(await db('organizations').pluck('id'), ['default']);
  });

  it('0001 can be taken back', async () => {
    await migrateToLatest(db, migrations.slice(0, 1));
    await rollbackAll(db, migrations.slice(0, 1));
    assert.deepEqual(await tableNames(), []);
  });

  /** A session as the first migration knows it. */
  const insertSession = (changes: Record<string, string> = {}) =>
    db('sessions').insert({
      session_id: 'acc1',
      organization_id: 'default',
      name: 'A',
      auth_method: 'qrcode',
      state: 'stopped',
      desired_state: 'stopped',
      created_by: 'root',
      created_at: 1,
      updated_at: 1,
      ...changes,
    });

  it('0001 deletes everything of a session with it', async () => {
    await migrateToLatest(db, migrations.slice(0, 1));
    const of = { organization_id: 'default', session_id: 'acc1' };
    const at = { created_at: 1, updated_at: 1 };
    await insertSession();
    await db('api_keys').insert({
      ...of,
      id: 'k',
      kind: 'session',
      name: 'A',
      hash: 'h',
      prefix: 'wask_x',
      capabilities: 'read',
      created_at: 1,
    });
    await db('auth_credentials').insert({ ...of, value: '{}', updated_at: 1 });
    await db('auth_keys').insert({ session_id: 'acc1', kind: 'session', id: '1', value: '{}' });
    await db('people').insert({ ...of, ...at, id: 'p', phone_number: '919812345678' });
    await db('statuses').insert({
      ...of,
      ...at,
      id: 's',
      message_id: 'M',
      type: 'text',
      content: 'hi',
      state: 'sent',
      created_by: 'root',
    });
    const pair = { status_id: 's', person_id: 'p', organization_id: 'default' };
    await db('status_recipients').insert({ ...pair, outcome: 'included', position: 0 });
    await db('views').insert({ ...pair, viewed_at: 5, recorded_at: 5 });
    await db('pending_receipts').insert({ ...of, id: 'r', message_id: 'M2', kind: 'read', at: 1, created_at: 1 });

    await db('sessions').where({ session_id: 'acc1' }).delete();

    for (const table of tables.filter((name) => name !== 'organizations')) {
      assert.deepEqual(await db(table).select(), [], table);
    }
  });

  it('0002 knows who made the keys that there are', async () => {
    await migrateToLatest(db, migrations.slice(0, 1));
    await db('sessions').insert({
      organization_id: 'default',
      session_id: 'acc1',
      name: 'A',
      auth_method: 'qrcode',
      state: 'stopped',
      desired_state: 'stopped',
      created_by: 'the desk',
      created_at: 1,
      updated_at: 1,
    });
    const key = { organization_id: 'default', name: 'A', prefix: 'wask_x', capabilities: 'read', created_at: 1 };
    await db('api_keys').insert({ ...key, id: 'k', session_id: 'acc1', kind: 'session', hash: 'h' });
    await migrateToLatest(db, migrations.slice(0, 2));
    assert.deepEqual(await db('api_keys').select('id', 'hash', 'created_by', 'rate_limit_max'), [
      { id: 'k', hash: 'h', created_by: 'the desk', rate_limit_max: null },
    ]);
    await rollbackAll(db, migrations.slice(0, 2));
    assert.deepEqual(await tableNames(), []);
  });

  it('0003 forgets with a session what was known for posting, and can be taken back', async () => {
    const list = migrations.slice(0, 3);
    await migrateToLatest(db, list);
    const of = { session_id: 'acc1' };
    await insertSession();
    const nobody = { device_ids: '0', listed_at: 1, key_holders: '', refused: '', refused_until: 0 };
    await db('recipient_devices').insert({ ...of, ...nobody, server: 'lid', user_id: '1' });
    await db('sent_messages').insert({ ...of, message_id: 'M', value: 'sealed', expires_at: 1 });
    await db('sessions').where(of).delete();
    assert.deepEqual(await db('recipient_devices').select(), []);
    assert.deepEqual(await db('sent_messages').select(), []);
    await rollbackAll(db, list);
    assert.deepEqual(await tableNames(), []);
  });

  it('0006 lets a lease go with its session, and can be taken back', async () => {
    const list = migrations.slice(0, migrations.findIndex(({ name }) => name === '0006-session-leases') + 1);
    await migrateToLatest(db, list.slice(0, -1));
    const of = { session_id: 'acc1', organization_id: 'default' };
    await insertSession({ state: 'connected', desired_state: 'started', node: 'main' });
    await migrateToLatest(db, list);
    assert.deepEqual(await db('sessions').pluck('node'), [null]);
    await db('session_leases').insert({ ...of, token: 1, expires_at: 1 });
    await db('sessions').where({ session_id: 'acc1' }).delete();
    assert.deepEqual(await db('session_leases').select(), []);
    await rollbackAll(db, list);
    assert.deepEqual(await tableNames(), []);
  });

  it('0004 gives the sessions that there are no limits, no webhook and no flags', async () => {
    const position = migrations.findIndex(({ name }) => name === '0004-session-settings');
    await migrateToLatest(db, migrations.slice(0, position));
    await insertSession();
    await migrateToLatest(db, migrations.slice(0, position + 1));
    const columns = ['webhook', 'auto_read', 'presence_typing', 'rate_per_min', 'rate_per_hour', 'platform'];
    assert.deepEqual(await db('sessions').select(columns), [
      { webhook: null, auto_read: 0, presence_typing: 0, rate_per_min: null, rate_per_hour: null, platform: null },
    ]);
    await rollbackAll(db, migrations.slice(0, position + 1));
    assert.deepEqual(await tableNames(), []);
  });

  it('0009 lets an address book go with its session, keeps the people, and can be taken back', async () => {
    const list = migrations.slice(0, migrations.findIndex(({ name }) => name === '0009-contacts') + 1);
    await migrateToLatest(db, list.slice(0, -1));
    const of = { session_id: 'acc1', organization_id: 'default' };
    await insertSession({ state: 'connected', desired_state: 'started' });
    await db('people').insert({ ...of, id: 'p', phone_number: '919812345678', created_at: 1, updated_at: 1 });
    await migrateToLatest(db, list);
    assert.deepEqual(await db('people').pluck('id'), ['p']);
    const contact = { person_id: 'p', is_saved: 1, in_chat: 0, sort_name: '1ada', search_text: 'ada', updated_at: 1 };
    await db('contacts').insert({ ...of, ...contact });
    await db('chats').insert({ ...of, chat_key: 'p', person_id: 'p', unread_count: 0, last_message_at: 0 });
    await db('address_books').insert({ ...of, synced_at: 1 });
    await db('story_privacy_people').insert({ ...of, person_id: 'p' });
    await db('sessions').where({ session_id: 'acc1' }).delete();
    for (const table of ['contacts', 'chats', 'address_books', 'story_privacy_people']) {
      assert.deepEqual(await db(table).select(), [], table);
    }
    await rollbackAll(db, list);
    assert.deepEqual(await tableNames(), []);
  });

  it('0011 lets SQLite search contacts within one index, and can be taken back', async () => {
    const list = migrations.slice(0, migrations.findIndex(({ name }) => name === '0011-contact-search') + 1);
    await migrateToLatest(db, list);
    if (engine === 'sqlite') {
      const plan = await db.raw<{ detail: string }[]>(
        `explain query plan select count(*) from contacts as c
         where c.session_id = 'acc1' and +c.is_saved = 1 and instr(c.search_text, 'ada') > 0`,
      );
      assert.match(plan[0]?.detail ?? '', /COVERING INDEX contacts_search_index/);
    }
    await rollbackAll(db, list);
    assert.deepEqual(await tableNames(), []);
  });

  it('0013 lets recipients be found by their position, and can be taken back', async () => {
    const list = migrations.slice(0, migrations.findIndex(({ name }) => name === '0013-recipient-order') + 1);
    await migrateToLatest(db, list);
    if (engine === 'sqlite') {
      const plan = await db.raw<{ detail: string }[]>(
        `explain query plan select position from status_recipients where status_id = 'S1' and position > 300
         order by position`,
      );
      assert.match(plan[0]?.detail ?? '', /INDEX status_recipients_status_id_position_index/);
      assert.equal(plan.length, 1);
    }
    await rollbackAll(db, list);
    assert.deepEqual(await tableNames(), []);
  });

  it('0017 and 0018 leave the statuses that there are without a file, and can be taken back', async () => {
    const list = migrations.slice(0, migrations.findIndex(({ name }) => name === '0018-uploads') + 1);
    await migrateToLatest(db, list.slice(0, -2));
    const of = { session_id: 'acc1', organization_id: 'default', created_by: 'root', created_at: 1, updated_at: 1 };
    const session = { name: 'A', auth_method: 'qrcode', state: 'stopped', desired_state: 'stopped' };
    await db('sessions').insert({ ...of, ...session });
    await db('statuses').insert({ ...of, id: 's', message_id: 'M', type: 'text', content: 'hi', state: 'sent' });
    await migrateToLatest(db, list);
    assert.deepEqual(await db('statuses').select('id', 'media', 'preview'), [{ id: 's', media: null, preview: null }]);
    const file = { organization_id: 'default', kind: 'image', name: 'a', search_text: 'a', tags: '', bytes: 1 };
    const made = { mime_type: 'image/jpeg', is_animation: 0, created_by: 'root', created_at: 1 };
    await db('uploads').insert({ ...file, ...made, filename: 'a.jpg', session_id: 'acc1' });
    const use = { kind: 'status', used_by: 's', organization_id: 'default', session_id: 'acc1', created_at: 1 };
    await db('upload_uses').insert({ ...use, filename: 'a.jpg' });
    await db('sessions').where({ session_id: 'acc1' }).delete();
    assert.deepEqual(await db('upload_uses').select(), []);
    assert.deepEqual(await db('uploads').pluck('filename'), ['a.jpg']);
    await rollbackAll(db, list);
    assert.deepEqual(await tableNames(), []);
  });

  it('0020 keeps statuses that have no plan, and can be taken back', async () => {
    const list = migrations.slice(0, migrations.findIndex(({ name }) => name === '0020-plans') + 1);
    await migrateToLatest(db, list.slice(0, -1));
    const of = { session_id: 'acc1', organization_id: 'default', created_by: 'root', created_at: 1, updated_at: 1 };
    await db('sessions').insert({
      ...of,
      name: 'A',
      auth_method: 'qrcode',
      state: 'connected',
      desired_state: 'started',
    });
    await db('statuses').insert({ ...of, id: 'S', message_id: 'M', type: 'text', content: 'hi', state: 'sent' });
    await migrateToLatest(db, list);
    assert.deepEqual(await db('statuses').select('id', 'late_by_minutes', 'series_id'), [
      { id: 'S', late_by_minutes: null, series_id: null },
    ]);
    const slots = { session_id: 'acc1', organization_id: 'default', time_zone: 'UTC', slots: '[]', updated_at: 1 };
    await db('posting_slots').insert(slots);
    await rollbackAll(db, list);
    assert.deepEqual(await tableNames(), []);
  });

  it('0012 keeps the events that there are, from nobody known, and can be taken back', async () => {
    const list = migrations.slice(0, migrations.findIndex(({ name }) => name === '0012-event-origin') + 1);
    await migrateToLatest(db, list.slice(0, -1));
    const of = { organization_id: 'default', session_id: 'acc1' };
    await db('events').insert({ ...of, id: 'e', name: 'statuses-updated', payload: '{}', created_at: 1 });
    await migrateToLatest(db, list);
    assert.deepEqual(await db('events').select('id', 'origin'), [{ id: 'e', origin: null }]);
    await rollbackAll(db, list);
    assert.deepEqual(await tableNames(), []);
  });

  it('0021 lets a time of a schedule be written down once, and can be taken back', async () => {
    const list = migrations.slice(0, migrations.findIndex(({ name }) => name === '0021-schedules') + 1);
    await migrateToLatest(db, list);
    const of = { session_id: 'acc1', organization_id: 'default', created_by: 'root', created_at: 1, updated_at: 1 };
    const session = { name: 'A', auth_method: 'qrcode', state: 'stopped', desired_state: 'stopped' };
    await db('sessions').insert({ ...of, ...session });
    const timed = { rule: 'FREQ=DAILY', starts_at: '2026-01-01T09:00', time_zone: 'UTC', late_by_minutes: 60 };
    await db('schedules').insert({ ...of, ...timed, id: 's', name: 'S', body: '{}', state: 'active', next_at: 1 });
    const time = { schedule_id: 's', occurrence_at: 1, outcome: 'posted', created_at: 1 };
    await db('schedule_occurrences').insert(time);
    await assert.rejects(async () => db('schedule_occurrences').insert(time));
    await db('sessions').where({ session_id: 'acc1' }).delete();
    assert.deepEqual(await db('schedule_occurrences').select(), []);
    await rollbackAll(db, list);
    assert.deepEqual(await tableNames(), []);
  });

  it('0022 has broadcasts and templates that go with their organization, and can be taken back', async () => {
    const list = migrations.slice(0, migrations.findIndex(({ name }) => name === '0022-broadcasts') + 1);
    await migrateToLatest(db, list);
    const of = { organization_id: 'acme', created_by: 'root', created_at: 1 };
    await db('organizations').insert({ id: 'acme', name: 'Acme', created_at: 1 });
    await db('broadcasts').insert({ ...of, id: 'b', body: '{}', starts_at: 1, stagger_seconds: 0 });
    await db('broadcast_accounts').insert({ broadcast_id: 'b', session_id: 'acc1', position: 0, state: 'pending' });
    await db('templates').insert({ ...of, id: 't', name: 'T', body: '{}', updated_at: 1 });
    await db('organizations').where({ id: 'acme' }).delete();
    for (const table of ['broadcasts', 'broadcast_accounts', 'templates'])
      assert.deepEqual(await db(table).select(), []);
    await rollbackAll(db, list);
    assert.deepEqual(await tableNames(), []);
  });

  it('0025 keeps statuses that repeat none, and can be taken back', async () => {
    const list = migrations.slice(0, migrations.findIndex(({ name }) => name === '0025-repost-of') + 1);
    await migrateToLatest(db, list.slice(0, -1));
    const of = { session_id: 'acc1', organization_id: 'default', created_by: 'root', created_at: 1, updated_at: 1 };
    const session = { name: 'A', auth_method: 'qrcode', state: 'stopped', desired_state: 'stopped' };
    await db('sessions').insert({ ...of, ...session });
    await db('statuses').insert({ ...of, id: 'S', message_id: 'M', type: 'text', content: 'hi', state: 'sent' });
    await migrateToLatest(db, list);
    assert.deepEqual(await db('statuses').select('id', 'repost_of'), [{ id: 'S', repost_of: null }]);
    await rollbackAll(db, list);
    assert.deepEqual(await tableNames(), []);
  });

  it('0026 lets the drafts of an organization go with it, and can be taken back', async () => {
    const list = migrations.slice(0, migrations.findIndex(({ name }) => name === '0026-drafts') + 1);
    await migrateToLatest(db, list);
    await db('organizations').insert({ id: 'acme', name: 'Acme', created_at: 1 });
    const row = { id: 'D', organization_id: 'acme', body: '{}', search_text: '', created_by: 'root' };
    await db('drafts').insert({ ...row, created_at: 1, updated_at: 1 });
    await db('organizations').where({ id: 'acme' }).delete();
    assert.deepEqual(await db('drafts').select(), []);
    await rollbackAll(db, list);
    assert.deepEqual(await tableNames(), []);
  });

  it('0027 keeps what is there, finds it by its time, and can be taken back', async () => {
    const list = migrations.slice(0, migrations.findIndex(({ name }) => name === '0027-calendar') + 1);
    await migrateToLatest(db, list.slice(0, -1));
    const of = { session_id: 'acc1', organization_id: 'default', created_by: 'root', created_at: 1, updated_at: 1 };
    await db('sessions').insert({
      ...of,
      name: 'A',
      auth_method: 'qrcode',
      state: 'stopped',
      desired_state: 'stopped',
    });
    await db('statuses').insert({ ...of, id: 'S', message_id: 'M', type: 'text', content: 'hi', state: 'sent' });
    await migrateToLatest(db, list);
    const found = db('statuses').whereRaw('coalesce(sent_at, scheduled_at, created_at) >= 1').pluck('id');
    assert.deepEqual(await found, ['S']);
    await rollbackAll(db, list);
    assert.deepEqual(await tableNames(), []);
  });

  it('run again, they change nothing', async () => {
    await migrateToLatest(db);
    await migrateToLatest(db);
    assert.deepEqual(await db('organizations').pluck('id'), ['default']);
  });

  it('go on after a process was killed while it migrated', async () => {
    await migrateToLatest(db);
    await db('knex_migrations_lock').update({ is_locked: 1 });
    await migrateToLatest(db);
    assert.equal((await db('knex_migrations').select()).length, migrations.length);
  });

  it('leave no trace of one that failed, and the next start says why again', async () => {
    const broken = {
      name: '9999-broken',
      up: async (on: Database) => {
        await on.schema.createTable('half', (t) => t.text('id'));
        await on.raw('select nonsense from nowhere');
      },
      down: () => Promise.resolve(),
    };
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await assert.rejects(migrateToLatest(db, [...migrations, broken]), /nowhere/);
      assert.ok(!(await tableNames()).includes('half'));
    }
  });

  it('run once when several processes start together', async () => {
    const address = await newAddress();
    const processes = await Promise.all([1, 2, 3].map(() => connectDatabase(address)));
    try {
      await Promise.all(processes.map((each) => migrateToLatest(each)));
      assert.deepEqual(await processes[0]?.('organizations').pluck('id'), ['default']);
    } finally {
      await Promise.all(processes.map((each) => each.destroy()));
    }
  });
});
