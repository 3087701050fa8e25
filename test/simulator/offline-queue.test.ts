import { deepEqual, equal, ok } from 'node:assert/strict';
import type { BinaryNode } from '@whiskeysockets/baileys';
import type { ContactView } from '../../simulator/control/people-controls.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { linkByQr, PlainClient } from './plain-client.js';

const phoneNumber = '4915112345678';

describe('what waits at the server for a plain Baileys client', () => {
  let simulator: TestSimulator;
  let client: PlainClient;
  let contact: ContactView;

  beforeEach(async () => {
    simulator = await startTestSimulator();
    client = await linkByQr(simulator, { phoneNumber, name: 'Ada' });
    const [added] = simulator.addContacts(1);
    ok(added);
    contact = added;
  });
  afterEach(async () => {
    await client.close();
    await simulator.stop();
  });

  /** What arrives on a new connection of the same device, stanza by stanza, from its first one on. */
  async function reconnect(): Promise<BinaryNode[]> {
    await client.close();
    client = new PlainClient(simulator, client.auth);
    const arrived: BinaryNode[] = [];
    client.socket.ws.on('frame', (node: BinaryNode | Uint8Array) => {
      if (!(node instanceof Uint8Array)) arrived.push(node);
    });
    await client.opened();
    return arrived;
  }
  const idsOf = (nodes: BinaryNode[]): string[] =>
    nodes.filter(({ tag }) => tag === 'message').map(({ attrs }) => attrs['id'] ?? '');
  const hasOfflineEnd = (nodes: BinaryNode[]): boolean =>
    nodes.some(({ tag, content }) => tag === 'ib' && Array.isArray(content) && content[0]?.tag === 'offline');
  const waiting = (): number => simulator.controls.linking.accounts()[0]?.devices[0]?.unacknowledged ?? -1;

  for (const unreadable of ['no_key', 'damaged'] as const) {
    it(`is held back by a status that it answers with an error ack (${unreadable}), until it is acked plainly`, async () => {
      simulator.controls.changeSettings({ holdQueueBehindErrorAck: true });
      const { id: stuck } = simulator.controls.traffic.post(contact.phoneNumber, phoneNumber, 'What?', { unreadable });
      await eventually(() => ok(client.messages().some(({ key }) => key.id === stuck)));
      await client.close();
      const { id: letter } = simulator.controls.traffic.write(contact.phoneNumber, phoneNumber, 'Are you there?');
      const arrived = await reconnect();
      await eventually(() => deepEqual(idsOf(arrived), [stuck]));
      equal(hasOfflineEnd(arrived), false);
      equal(waiting(), 2);
      const plain = { class: 'message', id: stuck, to: 'status@broadcast', participant: contact.jid, type: 'text' };
      await client.socket.sendNode({ tag: 'ack', attrs: plain });
      await eventually(() => deepEqual(idsOf(arrived), [stuck, letter]));
      await eventually(() => equal(hasOfflineEnd(arrived), true));
      await eventually(() => equal(waiting(), 0));
      deepEqual(simulator.controls.refusals().refusals, [], 'it may be asked for again, in vain');
    });
  }

  it('is held back by nothing, and given up by an error ack, unless the settings say so', async () => {
    const { id } = simulator.controls.traffic.post(contact.phoneNumber, phoneNumber, 'What?', { unreadable: 'no_key' });
    await eventually(() => ok(client.messages().some(({ key }) => key.id === id)));
    await eventually(() => equal(waiting(), 0));
  });

  it('is never said to be at its end when the settings say so', async () => {
    simulator.controls.changeSettings({ offlineEnd: false });
    const arrived = await reconnect();
    const { id } = simulator.controls.traffic.write(contact.phoneNumber, phoneNumber, 'Hi');
    await eventually(() => deepEqual(idsOf(arrived), [id]));
    equal(hasOfflineEnd(arrived), false);
  });

  it('can be marked as if it had waited though it is live', async () => {
    simulator.controls.changeSettings({ liveOfflineMark: '0' });
    const { id } = simulator.controls.traffic.write(contact.phoneNumber, phoneNumber, 'Hi');
    await eventually(() => {
      const found = client
        .happened('messages.upsert')
        .find(({ messages }) => messages.some(({ key }) => key.id === id));
      equal(found?.type, 'append');
    });
  });
});
