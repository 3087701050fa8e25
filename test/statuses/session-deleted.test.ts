import assert from 'node:assert/strict';
import path from 'node:path';
import type { Success } from '../../server/contract/envelope.js';
import type { Status } from '../../server/contract/statuses.js';
import { openDatabase } from '../../server/db/database.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator } from '../support/simulator.js';
import { startTestServer } from '../support/test-server.js';
import { callApi, linkAccount } from '../support/link-account.js';

/** Every table that remembers something for the publisher or of a post. */
const tables = ['statuses', 'status_recipients', 'people', 'recipient_devices', 'sent_messages', 'auth_keys'];

describe('a session that is deleted', function () {
  this.timeout(60_000);

  it('leaves nothing of its posts, also when one is on its way', async () => {
    const simulator = await startTestSimulator();
    const server = await startTestServer({ simulator, env: { STATUS_CHUNK_SIZE: '2', STATUS_CHUNK_PAUSE_MS: '50' } });
    const db = await openDatabase({ file: path.join(server.dataDir, 'data', 'statuscast.sqlite') });
    try {
      await linkAccount(server, simulator);
      const targetNumbers = simulator.addContacts(6).map(({ phoneNumber }) => phoneNumber);
      const body = { type: 'text', content: 'hello', targetNumbers };
      const send = (headers = {}) =>
        callApi<Success<Status>>(server, 'POST', '/sessions/acc1/send-status', { body, headers, expected: 202 });
      assert.equal((await send({ prefer: 'wait=30' })).data.state, 'sent');
      for (const table of tables) assert.ok((await db(table).select()).length > 0, table);
      simulator.controls.faults.add({ on: 'message', ackDelayMs: 200, onlyStatuses: true });
      const { data } = await send();
      await eventually(async () => {
        const sent = await db('status_recipients').where({ status_id: data.id }).whereNotNull('sent_at').select();
        assert.ok(sent.length > 0);
      });
      await callApi(server, 'DELETE', '/sessions/acc1');
      await server.app.drain();
      for (const table of tables) assert.deepEqual(await db(table).select(), [], table);
    } finally {
      await db.destroy();
      await server.stop();
      await simulator.stop();
    }
  });
});
