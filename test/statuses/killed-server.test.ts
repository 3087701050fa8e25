import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import type { Success } from '../../server/contract/envelope.js';
import type { Status } from '../../server/contract/statuses.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { makeTempDir } from '../support/temp-dir.js';
import { callApi, linkAccount, waitUntilConnected, type ServerAddress } from './link-account.js';

const main = path.resolve('server/main.ts');
const apiKey = 'killed-server-test-key-0123456789';

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('a status whose server is killed', function () {
  this.timeout(120_000);
  let simulator: TestSimulator;
  let folder: { dir: string; remove: () => Promise<void> };
  let running: ChildProcess | undefined;

  beforeEach(async () => {
    simulator = await startTestSimulator();
    folder = await makeTempDir();
  });

  afterEach(async () => {
    await kill();
    await simulator.stop();
    await folder.remove();
  });

  /** The real program in a process of its own. */
  async function startProcess(): Promise<ServerAddress> {
    const port = await freePort();
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), main], {
      cwd: folder.dir,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        API_KEY: apiKey,
        PORT: String(port),
        LOG_LEVEL: 'silent',
        RATE_LIMIT_MAX: '100000',
        POSTING_PACE: 'off',
        WHATSAPP_URL: simulator.url,
        WHATSAPP_ROOT_KEY: simulator.rootKeyHex,
        WHATSAPP_MEDIA_CA_FILE: simulator.mediaCaFile,
      },
    });
    running = child;
    const server = { url: `http://127.0.0.1:${String(port)}`, apiKey };
    await eventually(async () => (await fetch(`${server.url}/readyz`)).ok, {
      timeoutMs: 60_000,
      what: 'the server to be ready',
    });
    return server;
  }

  async function kill(): Promise<void> {
    const child = running;
    running = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async function post(server: ServerAddress, contact: string): Promise<Status> {
    const options = { body: { type: 'text', content: 'once', targetNumbers: [contact] }, expected: 202 };
    return (await callApi<Success<Status>>(server, 'POST', '/sessions/acc1/send-status', options)).data;
  }
  async function stateOf(server: ServerAddress, id: string): Promise<Status['state']> {
    return (await callApi<Success<Status>>(server, 'GET', `/sessions/acc1/statuses/${id}`)).data.state;
  }

  it('between accepting and sending it is posted exactly once after the restart', async () => {
    const server = await startProcess();
    await linkAccount(server, simulator);
    const contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
    // The devices of the contact are asked for before anything is sent, and here the answer never comes.
    simulator.controls.faults.add({ on: 'query', xmlns: 'usync', unanswered: true });
    const status = await post(server, contact);
    await eventually(async () => (await stateOf(server, status.id)) === 'sending', { what: 'the status in work' });
    await kill();
    assert.deepEqual(simulator.statuses(contact), []);
    simulator.controls.faults.clear();

    const again = await startProcess();
    await waitUntilConnected(again, 'acc1');
    await eventually(async () => (await stateOf(again, status.id)) === 'sent', {
      timeoutMs: 30_000,
      what: 'the status to be sent',
    });
    await simulator.drain();
    const received = simulator.statuses(contact).map(({ id, text, copies }) => ({ id, text, copies }));
    assert.deepEqual(received, [{ id: status.messageId, text: 'once', copies: 1 }]);
  });

  it('after sending and before the acknowledgement it stays one status for the contact', async () => {
    const server = await startProcess();
    await linkAccount(server, simulator);
    const contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
    simulator.controls.faults.add({ on: 'message', dropAck: true, onlyStatuses: true });
    const status = await post(server, contact);
    await eventually(() => simulator.statuses(contact).length === 1, {
      timeoutMs: 15_000,
      what: 'the status to arrive',
    });
    assert.equal(await stateOf(server, status.id), 'sending');
    await kill();
    simulator.controls.faults.clear();

    const again = await startProcess();
    await waitUntilConnected(again, 'acc1');
    await eventually(async () => (await stateOf(again, status.id)) === 'sent', {
      timeoutMs: 30_000,
      what: 'the status to be sent',
    });
    await simulator.drain();
    const received = simulator.statuses(contact).map(({ id, text }) => ({ id, text }));
    assert.deepEqual(received, [{ id: status.messageId, text: 'once' }]);
  });

  it('between accepting and answering it gives the repeated request the first answer, and posts once', async () => {
    const server = await startProcess();
    await linkAccount(server, simulator);
    const contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
    simulator.controls.faults.add({ on: 'query', xmlns: 'usync', unanswered: true });
    const body = { type: 'text', content: 'once', targetNumbers: [contact] };
    const headers = { 'idempotency-key': 'order-17', prefer: 'wait=60' };
    const send = (to: ServerAddress) =>
      callApi<Success<Status>>(to, 'POST', '/sessions/acc1/send-status', { body, headers, expected: 202 });
    // Accepted, and the caller still waits for the outcome.
    const cut = send(server).then(
      () => assert.fail('it was answered'),
      () => undefined,
    );
    const list = () => callApi<{ data: Status[] }>(server, 'GET', '/sessions/acc1/statuses');
    const status = await eventually(async () => (await list()).data[0] ?? assert.fail('not accepted yet'));
    await kill();
    await cut;
    simulator.controls.faults.clear();

    const again = await startProcess();
    const repeated = await send(again);
    assert.deepEqual([repeated.data.id, repeated.data.messageId], [status.id, status.messageId]);
    await waitUntilConnected(again, 'acc1');
    await eventually(async () => (await stateOf(again, status.id)) === 'sent', { timeoutMs: 30_000 });
    await simulator.drain();
    assert.deepEqual(
      simulator.statuses(contact).map(({ id, text }) => ({ id, text })),
      [{ id: status.messageId, text: 'once' }],
    );
    const { data } = await callApi<{ data: Status[] }>(again, 'GET', '/sessions/acc1/statuses');
    assert.deepEqual(
      data.map(({ id }) => id),
      [status.id],
    );
  });

  it('while it is taken back it disappears after the restart', async () => {
    const server = await startProcess();
    await linkAccount(server, simulator);
    const contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
    const status = await post(server, contact);
    await eventually(async () => (await stateOf(server, status.id)) === 'sent', { timeoutMs: 30_000 });
    simulator.controls.faults.add({ on: 'message', error: '500', onlyStatuses: true, ackDelayMs: 60_000 });
    const path = `/sessions/acc1/statuses/${status.id}`;
    const { data } = await callApi<Success<Status>>(server, 'DELETE', path);
    assert.notEqual(data.deletingSince, null);
    await kill();
    simulator.controls.faults.clear();

    const again = await startProcess();
    await waitUntilConnected(again, 'acc1');
    await eventually(async () => (await stateOf(again, status.id)) === 'deleted', { timeoutMs: 30_000 });
    await simulator.drain();
    assert.deepEqual(
      simulator.statuses(contact).map(({ id, deletedAt }) => [id, deletedAt !== null]),
      [[status.messageId, true]],
    );
  });
});
