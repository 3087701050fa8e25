import { equal, match } from 'node:assert/strict';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { linkByQr, PlainClient, type MemoryAuth } from './plain-client.js';

describe('the life of a linked plain Baileys client', () => {
  let simulator: TestSimulator;
  const clients: PlainClient[] = [];

  beforeEach(async () => {
    simulator = await startTestSimulator();
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await simulator.stop();
  });

  async function link(phoneNumber?: string): Promise<PlainClient> {
    const client = await linkByQr(simulator, phoneNumber === undefined ? {} : { phoneNumber });
    clients.push(client);
    return client;
  }

  function connect(auth?: MemoryAuth): PlainClient {
    const client = new PlainClient(simulator, auth);
    clients.push(client);
    return client;
  }

  it('is gone after a logout, and may not log in again', async () => {
    const client = await link();
    const ended = client.ended();
    await client.socket.logout();
    equal((await ended).code, 401);
    await eventually(() => equal(simulator.controls.linking.accounts()[0]?.devices.length, 0));
    equal((await connect(client.auth).ended()).code, 401);
    match(simulator.refusedRules().join(), /login/);
  });

  it('is replaced by a second connection with the same credentials', async () => {
    const first = await link();
    const second = connect(first.auth);
    equal((await first.ended()).code, 440);
    await second.opened();
  });

  it('is told when the phone unlinks it', async () => {
    const client = await link('4915112345678');
    simulator.controls.linking.unlink('4915112345678');
    equal((await client.ended()).code, 401);
    equal((await connect(client.auth).ended()).code, 401);
  });

  it('is refused with 401 when its credentials come from an abandoned code', async () => {
    const client = connect();
    await client.qr();
    await client.socket.requestPairingCode('4915112345678');
    await client.close();
    equal((await connect(client.auth).ended()).code, 401);
  });

  it('answers what every client asks', async () => {
    const client = await link('4915112345678');
    const [contact] = simulator.addContacts(1);
    const found = await client.socket.onWhatsApp(contact?.phoneNumber ?? '', '4915100000000');
    equal(found?.length, 1);
    equal((await client.socket.fetchPrivacySettings(true))['readreceipts'], 'all');
    equal((await client.socket.fetchBlocklist()).length, 0);
    await client.socket.updateBlockStatus(contact?.jid ?? '', 'block').catch(() => undefined);
    equal(simulator.controls.refusals().refusals.filter(({ rule }) => rule === 'unknown-namespace').length, 0);
  });

  it('gets its events soon after linking, because the phone sends its history', async () => {
    const client = await link();
    await eventually(() => equal(client.auth.creds.accountSyncCounter, 1));
  });
});
