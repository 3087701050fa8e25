import assert from 'node:assert/strict';
import type { Success } from '../../server/contract/envelope.js';
import type { Status } from '../../server/contract/statuses.js';
import { eventually } from '../support/eventually.js';
import { ServerProcess } from '../support/server-process.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { makeTempDir } from '../support/temp-dir.js';
import { callApi, linkAccount, waitUntilConnected } from './link-account.js';

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
  async function stateOf(id: string): Promise<Status['state']> {
    return (await callApi<Success<Status>>(server, 'GET', `/sessions/acc1/statuses/${id}`)).data.state;
  }

  it('between accepting and sending it is posted exactly once after the restart', async () => {
    // The devices of the contact are asked for before anything is sent, and here the answer never comes.
    simulator.controls.faults.add({ on: 'query', xmlns: 'usync', unanswered: true });
    const status = await post();
    await eventually(async () => (await stateOf(status.id)) === 'sending', { what: 'the status in work' });
    await server.end('SIGKILL');
    assert.deepEqual(simulator.statuses(contact), []);
    await killAndRestart();
    await waitUntilConnected(server, 'acc1');
    await eventually(async () => (await stateOf(status.id)) === 'sent', {
      timeoutMs: 30_000,
      what: 'the status to be sent',
    });
    await simulator.drain();
    const received = simulator.statuses(contact).map(({ id, text, copies }) => ({ id, text, copies }));
    assert.deepEqual(received, [{ id: status.messageId, text: 'once', copies: 1 }]);
  });

  it('after sending and before the acknowledgement it stays one status for the contact', async () => {
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

  it('between accepting and answering it gives the repeated request the first answer, and posts once', async () => {
    simulator.controls.faults.add({ on: 'query', xmlns: 'usync', unanswered: true });
    const body = { type: 'text', content: 'once', targetNumbers: [contact] };
    const headers = { 'idempotency-key': 'order-17', prefer: 'wait=60' };
    const listed = async (): Promise<string[]> =>
      (await callApi<{ data: Status[] }>(server, 'GET', '/sessions/acc1/statuses')).data.map(({ id }) => id);
    const before = await listed();
    const send = () =>
      callApi<Success<Status>>(server, 'POST', '/sessions/acc1/send-status', { body, headers, expected: 202 });
    // Accepted, and the caller still waits for the outcome.
    const cut = send().then(
      () => assert.fail('it was answered'),
      () => undefined,
    );
    const accepted = await eventually(async () => {
      const [newest, ...older] = await listed();
      assert.deepEqual(older, before);
      return newest;
    });
    await server.end('SIGKILL');
    await cut;
    await killAndRestart();
    const repeated = await send();
    assert.equal(repeated.data.id, accepted);
    await waitUntilConnected(server, 'acc1');
    await eventually(async () => (await stateOf(repeated.data.id)) === 'sent', { timeoutMs: 30_000 });
    await simulator.drain();
    assert.deepEqual(
      simulator.statuses(contact).map(({ id, text }) => ({ id, text })),
      [{ id: repeated.data.messageId, text: 'once' }],
    );
    assert.deepEqual(await listed(), [accepted, ...before]);
  });

  it('while it is taken back it disappears after the restart', async () => {
    const status = await post();
    await eventually(async () => (await stateOf(status.id)) === 'sent', { timeoutMs: 30_000 });
    simulator.controls.faults.add({ on: 'message', error: '500', onlyStatuses: true, ackDelayMs: 60_000 });
    const path = `/sessions/acc1/statuses/${status.id}`;
    const { data } = await callApi<Success<Status>>(server, 'DELETE', path);
    assert.notEqual(data.deletingSince, null);
    await killAndRestart();
    await waitUntilConnected(server, 'acc1');
    await eventually(async () => (await stateOf(status.id)) === 'deleted', { timeoutMs: 30_000 });
    await simulator.drain();
    assert.deepEqual(
      simulator.statuses(contact).map(({ id, deletedAt }) => [id, deletedAt !== null]),
      [[status.messageId, true]],
    );
  });
});
