import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { linkByQr, type MemoryAuth, PlainClient } from './plain-client.js';

describe('linking a plain Baileys client', () => {
  let simulator: TestSimulator;
  const clients: PlainClient[] = [];

  beforeEach(async () => {
    simulator = await startTestSimulator();
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await simulator.stop();
  });

  function connect(auth?: MemoryAuth): PlainClient {
    const client = new PlainClient(simulator, auth);
    clients.push(client);
    return client;
  }

  it('links by QR, restarts with 515 and comes online', async () => {
    const first = connect();
    const qr = await first.qr();
    const ended = first.ended();
    const linked = await simulator.scanQr(qr, { phoneNumber: '4915112345678', name: 'Ada' });
    equal(linked.deviceJid, '4915112345678:1@s.whatsapp.net');
    equal((await ended).code, 515);
    const second = connect(first.auth);
    await second.opened();
    equal(first.auth.creds.me?.id, '4915112345678:1@s.whatsapp.net');
    equal(first.auth.creds.me?.lid, `${linked.lid ?? ''}:1@lid`);
    deepEqual(simulator.controls.refusals().refusals, []);
  });

  it('links by code', async () => {
    const first = connect();
    await first.qr();
    const code = await first.socket.requestPairingCode('4915112345678');
    const ended = first.ended();
    await simulator.enterCode('4915112345678', code);
    equal((await ended).code, 515);
    await connect(first.auth).opened();
    equal(first.auth.creds.registered, true);
    deepEqual(simulator.controls.refusals().refusals, []);
  });

  it('refuses a wrong code in words and links nothing', async () => {
    const client = connect();
    await client.qr();
    await client.socket.requestPairingCode('4915112345678', 'AAAABBBB');
    await rejects(simulator.enterCode('4915112345678', 'AAAACCCC'), /the code is wrong/);
    equal(simulator.controls.linking.account('4915112345678').devices.length, 0);
    match(simulator.refusedRules().join(), /enter-code/);
  });

  it('comes back online with the same credentials', async () => {
    const client = await linkByQr(simulator);
    await client.close();
    const again = connect(client.auth);
    await again.opened();
    equal(simulator.controls.linking.accounts()[0]?.devices[0]?.logins, 2);
  });
});
