import assert from 'node:assert/strict';
import { connectDatabase, type Database } from '../../server/db/database.js';
import { migrateToLatest, migrations, rollbackAll } from '../../server/db/migrate.js';
import type { Migration } from '../../server/db/migration.js';
import { describeOnEveryEngine } from '../support/databases.js';

function upTo(name: string): Migration[] {
  return migrations.slice(0, migrations.findIndex((migration) => migration.name === name) + 1);
}

describeOnEveryEngine('migrations of posting', (newAddress) => {
  let db: Database;
  const of = { session_id: 'acc1', organization_id: 'default' };
  const at = { created_at: 1, updated_at: 1 };

  beforeEach(async () => {
    db = await connectDatabase(await newAddress());
  });
  afterEach(async () => {
    await db.destroy();
  });

  /** A session with one status for three people, as it was before the migration. */
  async function before(name: string): Promise<Migration[]> {
    const list = upTo(name);
    await migrateToLatest(db, list.slice(0, -1));
    const session = { name: 'A', auth_method: 'qrcode', state: 'stopped', desired_state: 'stopped' };
    await db('sessions').insert({ ...of, ...at, ...session, created_by: 'root' });
    const status = { message_id: 'M', type: 'text', content: 'hi', state: 'sent', created_by: 'root', sent_at: 5 };
    await db('statuses').insert({ ...of, ...at, ...status, id: 's', targeted: 3, included: 1 });
    for (const [position, outcome] of ['included', 'no_device', 'pending'].entries()) {
      const id = `p${String(position)}`;
      await db('people').insert({ ...of, ...at, id, phone_number: `91981234567${String(position)}` });
      const recipient = { status_id: 's', person_id: id, organization_id: 'default', outcome, position };
      await db('status_recipients').insert(recipient);
    }
    await migrateToLatest(db, list);
    return list;
  }

  it('0007 counts what was sent before towards the pace, and can be taken back', async () => {
    const list = await before('0007-pace');
    assert.deepEqual(await db('statuses').select('started_at', 'waiting_code', 'audience'), [
      { started_at: 5, waiting_code: null, audience: null },
    ]);
    assert.deepEqual(await db('sessions').select('posting_pause', 'pace_settings', 'pace_counted_from'), [
      { posting_pause: null, pace_settings: '{}', pace_counted_from: 0 },
    ]);
    await rollbackAll(db, list);
    assert.equal(await db.schema.hasTable('statuses'), false);
  });

  it('0010 lets the lists of an organization go with it, and can be taken back', async () => {
    const list = await before('0010-audiences');
    await db('organizations').insert({ id: 'o', name: 'O', created_at: 1 });
    const own = { organization_id: 'o', phone_number: '919812345670' };
    await db('audiences').insert({ ...at, id: 'L', organization_id: 'o', name: 'Customers', created_by: 'root' });
    await db('audience_members').insert({ ...own, audience_id: 'L', added_at: 1 });
    await db('person_tags').insert({ ...own, tag: 'vip' });
    await db('opt_outs').insert({ ...own, session_id: '', created_at: 1 });
    await db('organizations').where({ id: 'o' }).delete();
    for (const table of ['audiences', 'audience_members', 'person_tags', 'opt_outs']) {
      assert.deepEqual(await db(table).select(), [], table);
    }
    await rollbackAll(db, list);
    assert.equal(await db.schema.hasTable('opt_outs'), false);
  });

  it('0015 counts who was left out of what was sent before, and can be taken back', async () => {
    const list = await before('0015-taking-back');
    assert.deepEqual(await db('statuses').select('left_out', 'delete_requested_at', 'revoke_attempts'), [
      { left_out: 1, delete_requested_at: null, revoke_attempts: 0 },
    ]);
    assert.deepEqual(await db('status_recipients').pluck('revoked_at'), [null, null, null]);
    await rollbackAll(db, list);
    assert.equal(await db.schema.hasTable('statuses'), false);
  });

  it('0028 counts from whom statuses were taken back already, and can be taken back', async () => {
    const list = upTo('0028-taken-back');
    await migrateToLatest(db, list.slice(0, -1));
    const session = { name: 'A', auth_method: 'qrcode', state: 'stopped', desired_state: 'stopped' };
    await db('sessions').insert({ ...of, ...at, ...session, created_by: 'root' });
    await db('people').insert(['P1', 'P2', 'P3'].map((id) => ({ ...of, ...at, id })));
    const status = { ...of, ...at, type: 'text', content: 'hi', state: 'sent', created_by: 'root' };
    await db('statuses').insert({ ...status, id: 'S', message_id: 'M', delete_requested_at: 2 });
    await db('statuses').insert({ ...status, id: 'T', message_id: 'N' });
    const recipient = { status_id: 'S', organization_id: 'default', outcome: 'included' };
    for (const [position, person_id] of ['P1', 'P2', 'P3'].entries()) {
      await db('status_recipients').insert({ ...recipient, person_id, position, revoked_at: position < 2 ? 3 : null });
    }
    await migrateToLatest(db, list);
    assert.deepEqual(await db('statuses').orderBy('id').select('id', 'taken_back'), [
      { id: 'S', taken_back: 2 },
      { id: 'T', taken_back: 0 },
    ]);
    await rollbackAll(db, list);
    assert.equal(await db.schema.hasTable('statuses'), false);
  });

  it('0030 gives what was kept under the abbreviation of a time zone a zone that times can be worked out by', async () => {
    const list = upTo('0030-time-zone-names');
    await migrateToLatest(db, list.slice(0, -1));
    const session = { name: 'A', auth_method: 'qrcode', state: 'stopped', desired_state: 'stopped' };
    const pace = (timeZone: string) => JSON.stringify({ quietHours: { from: '22:00', to: '07:00', timeZone } });
    await db('sessions').insert({ ...of, ...at, ...session, created_by: 'root', pace_settings: pace('IST') });
    await db('sessions').insert({
      ...of,
      ...at,
      ...session,
      session_id: 'acc2',
      created_by: 'root',
      pace_settings: pace('Europe/Berlin'),
    });
    await db('posting_slots').insert({ ...of, time_zone: 'PST', slots: '[]', updated_at: 1 });
    await db('posting_slots').insert({ ...of, session_id: 'acc2', time_zone: 'EST', slots: '[]', updated_at: 1 });
    const body = '{"type":"text","content":"IST","timeZone":"IST"}';
    await db('templates').insert({ ...at, id: 't', organization_id: 'default', name: 'IST', body, created_by: 'root' });
    await migrateToLatest(db, list);
    assert.deepEqual(await db('sessions').orderBy('session_id').pluck('pace_settings'), [
      ...[pace('Asia/Kolkata'), pace('Europe/Berlin')],
    ]);
    assert.deepEqual(await db('posting_slots').orderBy('session_id').pluck('time_zone'), [
      ...['America/Los_Angeles', 'EST'],
    ]);
    assert.deepEqual(await db('templates').select('name', 'body'), [
      { name: 'IST', body: '{"type":"text","content":"IST","timeZone":"Asia/Kolkata"}' },
    ]);
    await rollbackAll(db, list);
    assert.equal(await db.schema.hasTable('posting_slots'), false);
  });

  it('0032 keeps the sessions there are, has no form for any of them, and can be taken back', async () => {
    const list = await before('0032-account-forms');
    assert.deepEqual(await db('account_forms'), []);
    await db('account_forms').insert({ session_id: 'acc1', form: 'lids_with_keys', learned_at: 5 });
    await db('sessions').delete();
    assert.deepEqual(await db('account_forms'), [], 'it goes with its session');
    await rollbackAll(db, list);
    assert.equal(await db.schema.hasTable('account_forms'), false);
  });

  it('0036 has no note on what was posted before, and can be taken back', async () => {
    const list = await before('0036-status-notes');
    assert.deepEqual(await db('statuses').select('id', 'state', 'note_code', 'note_message'), [
      { id: 's', state: 'sent', note_code: null, note_message: null },
    ]);
    await rollbackAll(db, list);
    assert.equal(await db.schema.hasTable('statuses'), false);
  });

  it('0037 keeps the people on lists, of whom nothing further is known, and can be taken back', async () => {
    await migrateToLatest(db, upTo('0036-status-notes'));
    const [own, list] = [{ organization_id: 'default', created_by: 'root' }, upTo('0037-member-fields')];
    await db('audiences').insert({ ...at, ...own, id: 'L', name: 'Customers' });
    const member = { audience_id: 'L', organization_id: 'default', phone_number: '919812345670', name: 'Asha' };
    await db('audience_members').insert({ ...member, added_at: 1 });
    await migrateToLatest(db, list);
    assert.deepEqual(await db('audience_members').select('name', 'fields'), [{ name: 'Asha', fields: null }]);
    await rollbackAll(db, list);
    assert.equal(await db.schema.hasTable('audience_members'), false);
  });

  it('0038 knows of no process that answers what was asked before, and can be taken back', async () => {
    await migrateToLatest(db, upTo('0037-member-fields'));
    const list = upTo('0038-idempotency-holders');
    await db('idempotency_keys').insert({ scope: 'root post', key: 'k1', body_hash: 'h', created_at: 1 });
    await migrateToLatest(db, list);
    assert.deepEqual(await db('idempotency_keys').select('key', 'holder', 'machine', 'pid'), [
      { key: 'k1', holder: null, machine: null, pid: null },
    ]);
    await rollbackAll(db, list);
    assert.equal(await db.schema.hasTable('idempotency_keys'), false);
  });

  it('0042 keeps the people there are, of whom no verified name is known, and can be taken back', async () => {
    const list = await before('0042-verified-names');
    assert.deepEqual(await db('people').select('id', 'verified_name').where({ id: 'p0' }), [
      { id: 'p0', verified_name: null },
    ]);
    await rollbackAll(db, list);
    assert.equal(await db.schema.hasTable('people'), false);
  });

  it('0049 leaves viewers where their times put them, and can be taken back', async () => {
    const list = await before('0049-viewers-places');
    await db('views').insert({
      status_id: 's',
      person_id: 'p0',
      organization_id: 'default',
      viewed_at: 5,
      recorded_at: 6,
    });
    assert.deepEqual(await db('views').select('viewed_at', 'listed_viewed_at', 'listed_delivered_at'), [
      { viewed_at: 5, listed_viewed_at: null, listed_delivered_at: null },
    ]);
    await rollbackAll(db, list);
    assert.equal(await db.schema.hasTable('views'), false);
  });

  it('0050 keeps the answers there are, which nobody is said to have, and can be taken back', async () => {
    await migrateToLatest(db, upTo('0049-viewers-places'));
    const list = upTo('0050-answers-of-organizations');
    await db('idempotency_keys').insert({ scope: 'root post', key: 'k1', body_hash: 'h', created_at: 1 });
    await migrateToLatest(db, list);
    assert.deepEqual(await db('idempotency_keys').select('key', 'organization_id'), [
      { key: 'k1', organization_id: null },
    ]);
    await rollbackAll(db, list);
    assert.equal(await db.schema.hasTable('idempotency_keys'), false);
  });

  it('0051 finds posts that never left, and can be taken back', async () => {
    const list = await before('0051-unsent-posts');
    await migrateToLatest(db, list);
    assert.equal((await db('statuses').pluck('id')).length > 0, true);
    await rollbackAll(db, list);
    assert.equal(await db.schema.hasTable('statuses'), false);
  });

  it('0052 does not say of what is there when it was a reaction, and can be taken back', async () => {
    await before('0051-unsent-posts');
    const list = upTo('0052-reactions');
    const view = { status_id: 's', person_id: 'p0', organization_id: 'default', viewed_at: 5, recorded_at: 6 };
    await db('views').insert(view);
    const receipt = { id: 'r', message_id: 'M', phone_number: '919812345670', kind: 'read', at: 5, created_at: 6 };
    await db('pending_receipts').insert({ ...of, ...receipt });
    await migrateToLatest(db, list);
    assert.deepEqual(await db('views').select('viewed_at', 'reacted_at'), [{ viewed_at: 5, reacted_at: null }]);
    assert.deepEqual(await db('pending_receipts').select('kind', 'reaction', 'reacted_at'), [
      { kind: 'read', reaction: null, reacted_at: null },
    ]);
    await rollbackAll(db, list);
    assert.equal(await db.schema.hasTable('views'), false);
  });

  it('0054 makes room for answers, which go with their reply and their account, and can be taken back', async () => {
    await before('0052-reactions');
    const list = upTo('0054-answers');
    await migrateToLatest(db, list);
    const reply = { status_id: 's', status_message_id: 'M', person_id: 'p0', message_id: 'R', kind: 'text' };
    await db('replies').insert({ ...of, ...reply, id: 'r', sent_at: 1, received_at: 2 });
    const answer = { reply_id: 'r', message_id: 'A', origin: 'api', state: 'queued', type: 'text', created_at: 3 };
    await db('answers').insert({ ...of, ...answer, id: 'a' });
    assert.deepEqual(await db('answers').select('attempts', 'sent_at'), [{ attempts: 0, sent_at: null }]);
    await assert.rejects(async () => db('answers').insert({ ...of, ...answer, id: 'b' }), /unique/i);
    await db('replies').delete();
    assert.deepEqual(await db('answers').pluck('id'), []);
    await rollbackAll(db, list);
    assert.equal(await db.schema.hasTable('answers'), false);
  });

  it('0055 leaves views to be summed up that were stored before, and can be taken back', async () => {
    await before('0052-reactions');
    const list = upTo('0055-status-activity');
    const view = { status_id: 's', person_id: 'p0', organization_id: 'default', viewed_at: 5, recorded_at: 6 };
    await db('views').insert(view);
    await db('statuses').update({ viewed: 1 });
    await migrateToLatest(db, list);
    assert.deepEqual(await db('activity_backlog').select('status_id', 'session_id'), [
      { status_id: 's', session_id: 'acc1' },
    ]);
    assert.deepEqual(await db('status_activity').pluck('status_id'), []);
    await db('statuses').delete();
    assert.deepEqual(await db('activity_backlog').pluck('status_id'), []);
    await rollbackAll(db, list);
    assert.equal(await db.schema.hasTable('status_activity'), false);
  });

  it('0056 counts for each viewer what they viewed before, and can be taken back', async () => {
    await before('0052-reactions');
    const list = upTo('0056-viewer-totals');
    const later = { message_id: 'N', type: 'text', content: 'hi', state: 'sent', created_by: 'root', sent_at: 12 };
    await db('statuses').insert({ ...of, ...at, ...later, id: 'r' });
    const view = { organization_id: 'default', recorded_at: 6 };
    await db('views').insert({
      ...view,
      status_id: 's',
      person_id: 'p0',
      viewed_at: 9,
      reaction: '💚',
      reacted_at: 11,
    });
    await db('views').insert({ ...view, status_id: 'r', person_id: 'p0', viewed_at: 20, reacted_at: 30 });
    await db('views').insert({ ...view, status_id: 's', person_id: 'p1', delivered_at: 9 });
    await migrateToLatest(db, list);
    assert.deepEqual(await db('viewer_totals').select('*'), [
      {
        ...of,
        person_id: 'p0',
        first_viewed_at: 9,
        first_viewed_post: 's',
        viewed: 2,
        last_viewed_at: 20,
        last_viewed_post: 'r',
        reacted: 1,
        last_reacted_at: 11,
        last_reacted_post: 's',
        replied: 0,
        last_replied_at: null,
        last_replied_post: null,
      },
    ]);
    await rollbackAll(db, list);
    assert.equal(await db.schema.hasTable('views'), false);
  });

  it('0057 says of every status that nobody of it is forgotten, and can be taken back', async () => {
    await before('0052-reactions');
    const list = upTo('0057-forgetting');
    await migrateToLatest(db, list);
    const columns = ['targeted', 'included', 'gone_included', 'gone_left_out', 'people_forgotten_at', 'has_people'];
    assert.deepEqual(await db('statuses').select(columns), [
      { targeted: 3, included: 1, gone_included: 0, gone_left_out: 0, people_forgotten_at: null, has_people: 1 },
    ]);
    await db('organizations').insert({ id: 'o', name: 'O', created_at: 1 });
    const erasure = { id: 'E', organization_id: 'o', went: '{}', opted_out: 0, requested_by: 'root', requested_at: 1 };
    await db('erasures').insert(erasure);
    await db('organizations').where({ id: 'o' }).delete();
    assert.deepEqual(await db('erasures').pluck('id'), []);
    await rollbackAll(db, list);
    assert.equal(await db.schema.hasTable('erasures'), false);
  });

  it('0066 makes no A/B test of what was posted before, and can be taken back', async () => {
    const list = await before('0066-experiments');
    assert.deepEqual(await db('statuses').select('experiment_id', 'experiment_version'), [
      { experiment_id: null, experiment_version: null },
    ]);
    await rollbackAll(db, list);
    assert.equal(await db.schema.hasTable('statuses'), false);
  });

  it('0068 notes of which posts it is not summed up when they were answered, and can be taken back', async () => {
    await before('0066-experiments');
    const list = upTo('0068-answers-over-time');
    const left = () => db('activity_backlog').orderBy('status_id').select('status_id', 'kind');
    const post = { type: 'text', content: 'hi', state: 'sent', created_by: 'root', sent_at: 5, replied: 1 };
    for (const id of ['t', 'u', 'v']) await db('statuses').insert({ ...of, ...at, ...post, id, message_id: id });
    await db('activity_backlog').insert({ ...of, status_id: 't' });
    await db('statuses').where({ id: 'v' }).update({ people_forgotten_at: 9 });
    await migrateToLatest(db, list);
    assert.deepEqual(await left(), [
      { status_id: 't', kind: null },
      { status_id: 'u', kind: 'replied' },
    ]);
    await rollbackAll(db, list);
    assert.equal(await db.schema.hasTable('activity_backlog'), false);
  });

  it('0069 knows of no template for what was posted before, and can be taken back', async () => {
    await before('0066-experiments');
    const list = upTo('0069-templates-of-posts');
    await migrateToLatest(db, list);
    assert.deepEqual(await db('statuses').pluck('template_id'), [null]);
    await rollbackAll(db, list);
    assert.equal(await db.schema.hasTable('statuses'), false);
  });

  it('0058 has no links and no clicks for what is there, and can be taken back', async () => {
    await before('0052-reactions');
    const list = upTo('0058-clicks');
    await migrateToLatest(db, list);
    assert.deepEqual(await db('statuses').select('content', 'links', 'clicked'), [
      { content: 'hi', links: null, clicked: 0 },
    ]);
    const link = { ...of, code: 'c', status_id: 's', position: 0, target: 'https://a.example', created_at: 1 };
    await db('tracked_links').insert(link);
    await db('click_activity').insert({ ...of, quarter: 1, status_id: 's', code: 'c' });
    await db('click_marks').insert({ ...of, scope: 'c', mark: 'm', day: 1, status_id: 's' });
    await db('statuses').where({ id: 's' }).delete();
    for (const table of ['tracked_links', 'click_activity', 'click_marks']) {
      assert.deepEqual(await db(table).select('*'), [], table);
    }
    await rollbackAll(db, list);
    assert.equal(await db.schema.hasTable('tracked_links'), false);
  });

  it('0053 makes room for replies, also to statuses that were there, and can be taken back', async () => {
    await before('0052-reactions');
    const list = upTo('0053-replies');
    await migrateToLatest(db, list);
    const reply = { id: 'r', message_id: 'M', status_message_id: 'S', person_id: 'p0', kind: 'text', text: 'Hi' };
    await db('replies').insert({ ...of, ...reply, status_id: 's', sent_at: 5, received_at: 6 });
    assert.deepEqual(await db('replies').select('text', 'read_at'), [{ text: 'Hi', read_at: null }]);
    assert.equal(await db.schema.hasTable('opt_out_rules'), true);
    await rollbackAll(db, list);
    assert.equal(await db.schema.hasTable('replies'), false);
  });
});
