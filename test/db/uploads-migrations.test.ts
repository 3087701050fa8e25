import assert from 'node:assert/strict';
import { connectDatabase, type Database } from '../../server/db/database.js';
import { migrateToLatest, migrations, rollbackAll } from '../../server/db/migrate.js';
import { describeOnEveryEngine } from '../support/databases.js';

describeOnEveryEngine('migrations of uploads', (newAddress) => {
  let db: Database;
  beforeEach(async () => {
    db = await connectDatabase(await newAddress());
  });
  afterEach(async () => {
    await db.destroy();
  });

  it('0034 keeps the files of before, lets what is on its way go with its organization, and can be taken back', async () => {
    const list = migrations.slice(0, migrations.findIndex(({ name }) => name === '0034-incoming-uploads') + 1);
    await migrateToLatest(db, list.slice(0, -1));
    const facts = { kind: 'image', name: 'a', search_text: 'a', tags: '', mime_type: 'image/jpeg', is_animation: 0 };
    const file = { filename: 'a.jpg', organization_id: 'default', bytes: 7, created_by: 'root', created_at: 1 };
    await db('uploads').insert({ ...facts, ...file });
    await migrateToLatest(db, list);
    const [kept] = await db<Record<string, unknown>>('uploads').select('filename', 'bytes', 'thumbnail_bytes');
    assert.deepEqual([kept?.['filename'], Number(kept?.['bytes']), Number(kept?.['thumbnail_bytes'])], ['a.jpg', 7, 0]);
    await db('organizations').insert({ id: 'o', name: 'O', created_at: 1 });
    await db('incoming_uploads').insert({
      id: 'i',
      organization_id: 'o',
      principal_id: 'p',
      created_by: 'root',
      node: 'main',
      kind: 'image',
      is_resumable: 0,
      state: 'receiving',
      bytes: 1,
      received_bytes: 0,
      attempts: 0,
      created_at: 1,
      expires_at: 2,
    });
    await db('organizations').where({ id: 'o' }).delete();
    assert.deepEqual(await db('incoming_uploads').pluck('id'), []);
    await rollbackAll(db, list);
    assert.equal(await db.schema.hasTable('incoming_uploads'), false);
  });
});
