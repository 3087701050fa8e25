import assert from 'node:assert/strict';
import { connectDatabase, type Database } from '../../server/db/database.js';
import { migrateToLatest, migrations, rollbackAll } from '../../server/db/migrate.js';
import type { Migration } from '../../server/db/migration.js';
import { describeOnEveryEngine } from '../support/databases.js';

describeOnEveryEngine('migrations of what is forgotten', (newAddress) => {
  let db: Database;
  const of = { session_id: 'acc1', organization_id: 'default' };
  const at = { created_at: 1, updated_at: 1 };

  beforeEach(async () => {
    db = await connectDatabase(await newAddress());
  });
  afterEach(() => db.destroy());

  /** A session with one status and one person, as it was before the migration. The migrations up to that one. */
  async function before(name: string): Promise<Migration[]> {
    const list = migrations.slice(0, migrations.findIndex((migration) => migration.name === name) + 1);
    await migrateToLatest(db, list.slice(0, -1));
    const session = { name: 'A', auth_method: 'qrcode', state: 'stopped', desired_state: 'stopped' };
    await db('sessions').insert({ ...of, ...at, ...session, created_by: 'root' });
    const status = { message_id: 'M', type: 'text', content: 'hi', state: 'sent', created_by: 'root' };
    await db('statuses').insert({ ...of, ...at, ...status, id: 's' });
    await db('people').insert({ ...of, ...at, id: 'ana', phone_number: '491700000001' });
    return list;
  }

  it('0070 keeps the replies that are there, and can be taken back', async () => {
    const list = await before('0070-old-replies');
    const reply = { person_id: 'ana', status_id: 's', status_message_id: 'm', message_id: 'r', kind: 'text' };
    await db('replies').insert({ ...of, ...reply, id: 'R', sent_at: 1, received_at: 1 });
    await migrateToLatest(db, list);
    assert.deepEqual(await db('replies').pluck('id'), ['R']);
    await rollbackAll(db, list);
    assert.equal(await db.schema.hasTable('replies'), false);
  });

  it('0071 knows of nobody that they got a post that is forgotten, and can be taken back', async () => {
    const list = await before('0071-posted-to');
    await db('viewer_totals').insert({ ...of, person_id: 'ana', viewed: 3 });
    await migrateToLatest(db, list);
    assert.deepEqual(await db('viewer_totals').select('viewed', 'posted_at'), [{ viewed: 3, posted_at: null }]);
    await rollbackAll(db, list);
    assert.equal(await db.schema.hasTable('viewer_totals'), false);
  });
});
