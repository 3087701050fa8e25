import assert from 'node:assert/strict';
import type { Success } from '../../server/contract/envelope.js';
import type { Status } from '../../server/contract/statuses.js';
import { eventually } from '../support/eventually.js';
import { ServerProcess } from '../support/server-process.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { makeTempDir } from '../support/temp-dir.js';
import { callApi, linkAccount, waitUntilConnected } from '../support/link-account.js';

describe('a status whose server is killed', function () {
  this.timeout(120_000);
  let simulator: TestSimulator;
  let folder: { dir: string; remove: () => Promise<void> };
  let server: ServerProcess;
  let contact: string;

  before(async () => {
    simulator = await startTestSimulator();
    folder = await makeTempDir();
    server = await ServerProcess.start({ simulator, dir: folder.dir });
    await linkAccount(server, simulator);
    await linkAccount(server, simulator, 'acc2');
  });
  beforeEach(() => {
    contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
  });
  afterEach(() => {
    simulator.controls.faults.clear();
  });
  after(async () => {
    await server.end();
    await simulator.stop();
    await folder.remove();
  });

  /** Kills it, and starts it again on its data, with WhatsApp as it should be. */
  async function killAndRestart(): Promise<void> {
    await server.end('SIGKILL');
    simulator.controls.faults.clear();
    server = await ServerProcess.start({ simulator, dir: folder.dir });
  }

  async function post(): Promise<Status> {
    const options = { body: { type: 'text', content: 'once', targetNumbers: [contact] }, expected: 202 };
    return (await callApi<Success<Status>>(server, 'POST', '/sessions/acc1/send-status', options)).data;
  }
  async function stateOf(id: string, sessionId = 'acc1'): Promise<Status['state']> {
    return (await callApi<Success<Status>>(server, 'GET', `/sessions/${sessionId}/statuses/${id}`)).data.state;
  }

  it('after sending and before the acknowledgement stays one status for the contact', async () => {
    simulator.controls.faults.add({ on: 'message', dropAck: true, onlyStatuses: true });
    const status = await post();
    await eventually(() => simulator.statuses(contact).length === 1, {
      timeoutMs: 15_000,
      what: 'the status to arrive',
    });
    assert.equal(await stateOf(status.id), 'sending');
    await killAndRestart();
    await waitUntilConnected(server, 'acc1');
    await eventually(async () => (await stateOf(status.id)) === 'sent', {
      timeoutMs: 30_000,
      what: 'the status to be sent',
    });
    await simulator.drain();
    const received = simulator.statuses(contact).map(({ id, text }) => ({ id, text }));
    assert.deepEqual(received, [{ id: status.messageId, text: 'once' }]);
  });

  it('between accepting and sending is posted once, with one answer for both requests, and one being taken back disappears', async () => {
    const taken = await post();
    await eventually(async () => (await stateOf(taken.id)) === 'sent', { timeoutMs: 30_000 });
    simulator.controls.faults.add({ on: 'message', dropAck: true, onlyStatuses: true });
    const path = `/sessions/acc1/statuses/${taken.id}`;
    const { data } = await callApi<Success<Status>>(server, 'DELETE', path);
    assert.notEqual(data.deletingSince, null);

    // The devices of a new contact are asked for before anything is sent, and here the answer never comes.
    simulator.controls.faults.add({ on: 'query', xmlns: 'usync', unanswered: true });
    const other = simulator.addContacts(1)[0]?.phoneNumber ?? '';
    const body = { type: 'text', content: 'twice asked', targetNumbers: [other] };
    const headers = { 'idempotency-key': 'order-17', prefer: 'wait=60' };
    const listed = async (): Promise<string[]> =>
      (await callApi<{ data: Status[] }>(server, 'GET', '/sessions/acc2/statuses')).data.map(({ id }) => id);
    const before = await listed();
    const send = () =>
      callApi<Success<Status>>(server, 'POST', '/sessions/acc2/send-status', { body, headers, expected: 202 });
    // Accepted, and the caller still waits for the outcome.
    const cut = send().then(
      () => assert.fail('it was answered'),
      () => undefined,
    );
    const accepted = await eventually(async () => {
      const [newest, ...older] = await listed();
      assert.deepEqual(older, before);
      assert.ok(newest);
      return newest;
    });
    await eventually(async () => (await stateOf(accepted, 'acc2')) === 'sending', { what: 'the status in work' });
    await server.end('SIGKILL');
    await cut;
    assert.deepEqual(simulator.statuses(other), []);
    await killAndRestart();
    const repeated = await send();
    assert.equal(repeated.data.id, accepted);
    await waitUntilConnected(server, 'acc2');
    await eventually(async () => (await stateOf(repeated.data.id, 'acc2')) === 'sent', {
      timeoutMs: 30_000,
      what: 'the status to be sent',
    });
    await waitUntilConnected(server, 'acc1');
    await eventually(async () => (await stateOf(taken.id)) === 'deleted', {
      timeoutMs: 30_000,
      what: 'the status to be deleted',
    });
    await simulator.drain();
    assert.deepEqual(
      simulator.statuses(other).map(({ id, text, copies }) => ({ id, text, copies })),
      [{ id: repeated.data.messageId, text: 'twice asked', copies: 1 }],
    );
    assert.deepEqual(
      simulator.statuses(contact).map(({ id, deletedAt }) => [id, deletedAt !== null]),
      [[taken.messageId, true]],
    );
    assert.deepEqual(await listed(), [accepted, ...before]);
  });
});
