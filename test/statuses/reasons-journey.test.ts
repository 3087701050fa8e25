import assert from 'node:assert/strict';
import path from 'node:path';
import type { Success } from '../../server/contract/envelope.js';
import type { Status } from '../../server/contract/statuses.js';
import { openDatabase } from '../../server/db/database.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { callApi, linkAccount, postAndWait, waitUntilConnected } from './link-account.js';

describe('what is missing of a post, or waits, is said in words', function () {
  this.timeout(90_000);
  let simulator: TestSimulator;
  let server: TestServer;
  let own: { phoneNumber: string; lid: string | null };

  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
    own = await linkAccount(server, simulator);
    // The phone's first messages began a session, by which it can be given the key. Without it, keys have to be asked for.
    const unacknowledged = (): number => simulator.controls.linking.accounts()[0]?.devices[0]?.unacknowledged ?? -1;
    await eventually(() => assert.equal(unacknowledged(), 0), { what: 'what the phone sent to have arrived' });
    await server.stop({ keepData: true });
    const db = await openDatabase({ file: path.join(server.dataDir, 'data', 'statuscast.sqlite') });
    await db('auth_keys').where({ kind: 'session' }).delete();
    await db.destroy();
    server = await startTestServer({ simulator, dataDir: server.dataDir });
    await waitUntilConnected(server, 'acc1');
  });
  after(async () => {
    await server.stop();
    await simulator.stop();
  });
  afterEach(() => simulator.controls.faults.clear());

  function newContact(): string {
    const [contact] = simulator.addContacts(1);
    assert.ok(contact);
    return contact.phoneNumber;
  }
  const send = async (body: object, wait = 30): Promise<Status> => {
    return postAndWait(server, { type: 'text', content: 'hi', ...body }, { waitSeconds: wait });
  };
  const read = async ({ id }: Status): Promise<Status> =>
    (await callApi<Success<Status>>(server, 'GET', `/sessions/acc1/statuses/${id}`)).data;

  it('a post that the own phone has no keys for says so until a post reaches it', async () => {
    const contact = newContact();
    const fault = { on: 'prekeys', user: own.phoneNumber, device: 0, code: 406, text: 'not-acceptable' } as const;
    simulator.controls.faults.add(fault);
    for (const post of ['first', 'second']) {
      const status = await send({ targetNumbers: [contact] });
      assert.deepEqual([status.state, status.note?.code], ['sent', 'own_phone_missing'], post);
      assert.match(status.note?.message ?? '', /missing under “My status”/);
      await simulator.drain();
      assert.equal(
        simulator.statuses(contact).some(({ id }) => id === status.messageId),
        true,
      );
      assert.equal(
        simulator.statuses(own.phoneNumber).some(({ id }) => id === status.messageId),
        false,
      );
    }
    const alone = await send({});
    assert.deepEqual([alone.state, alone.error?.code], ['failed', 'own_phone_missing']);

    simulator.controls.faults.clear();
    const whole = await send({ targetNumbers: [contact] });
    assert.deepEqual([whole.state, whole.note], ['sent', null]);
    await simulator.drain();
    assert.equal(
      simulator.statuses(own.phoneNumber).some(({ id }) => id === whole.messageId),
      true,
    );
  });

  it('a post on its way says after some seconds that no confirmation comes, and no more when it goes on', async () => {
    simulator.controls.faults.add({ on: 'message', ackDelayMs: 7_000, times: 1 });
    const status = await send({ targetNumbers: [newContact()] }, 1);
    assert.equal(status.state, 'sending');
    await eventually(
      async () => {
        const now = await read(status);
        assert.equal(now.waitingReason?.code, 'waiting_for_whatsapp', now.state);
        assert.match(now.waitingReason.message, /has not confirmed it yet/);
        assert.notEqual(now.waitingUntil, null);
      },
      { what: 'the reason', timeoutMs: 9_000 },
    );
    await eventually(
      async () => {
        const now = await read(status);
        assert.deepEqual([now.state, now.waitingReason, now.waitingUntil], ['sent', null, null]);
      },
      { what: 'the end of the post', timeoutMs: 20_000 },
    );
  });
});
