import assert from 'node:assert/strict';
import path from 'node:path';
import type { Erasure } from '../../server/contract/erasures.js';
import type { PersonExport } from '../../server/contract/person-exports.js';
import { connectDatabase } from '../../server/db/database.js';
import { insertSession } from '../support/sample-rows.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

describe('asking for somebody to be erased', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  const erasureOf = ({ body }: { body: unknown }): Erasure => (body as { data: Erasure }).data;

  it('answers with what went, once and for all, and leaves nothing to export', async () => {
    const list = await server.request.post('/api/audiences').send({ name: 'Regulars' }).expect(201);
    const { id } = (list.body as { data: { id: string } }).data;
    const members = [{ phoneNumber: '+55 41 8888-7777', name: 'Ana', tags: ['vip'] }];
    await server.request.post(`/api/audiences/${id}/members`).send({ members }).expect(200);
    const optOut = () =>
      server.request.post('/api/opt-outs').set('Idempotency-Key', 'once').send({ phoneNumber: '554188887777' });
    await optOut().expect(201);

    const erasure = erasureOf(await server.request.delete('/api/people/5541988887777').expect(200));

    const { lists, tags, keptAnswers } = erasure.went;
    assert.deepEqual([lists, tags, keptAnswers], [1, 1, 1]);
    assert.notEqual(erasure.finishedAt, null);
    const exported = await server.request.get('/api/people/5541988887777/export').expect(200);
    const { accounts, lists: on, tags: has, optOuts } = (exported.body as { data: PersonExport }).data;
    assert.deepEqual([accounts, on, has], [[], [], []]);
    assert.equal(optOuts.length, 1, 'an opt-out stays');
    const repeated = (await optOut().expect(201)).body as { data: { phoneNumber: string } };
    assert.equal(repeated.data.phoneNumber, '0');
    assert.deepEqual(erasureOf(await server.request.get(`/api/erasures/${erasure.id}`).expect(200)), erasure);
    const all = (await server.request.get('/api/erasures').expect(200)).body as { data: Erasure[] };
    assert.deepEqual(all.data, [erasure]);
  });

  it('takes a LID where that is all that is known, and says what it takes', async () => {
    const db = await connectDatabase({ file: path.join(server.dataDir, 'data', 'statuscast.sqlite') });
    try {
      await insertSession(db, { sessionId: 'acc1' });
      const of = { session_id: 'acc1', organization_id: 'default', created_at: 1, updated_at: 1 };
      await db('people').insert({ ...of, id: 'hidden', lid: '12345678901234' });
      const { went } = erasureOf(await server.request.delete('/api/people/12345678901234@lid').expect(200));
      assert.equal(went.accounts, 1);
      assert.deepEqual(await db('people').pluck('id'), []);
    } finally {
      await db.destroy();
    }
    const refused = await server.request.delete('/api/people/ana').expect(400);
    assert.match(JSON.stringify(refused.body), /Or give a LID as it stands in lists/);
  });
});
