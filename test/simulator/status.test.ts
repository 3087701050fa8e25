import { deepEqual, equal, ok } from 'node:assert/strict';
import { generateMessageIDV2 } from '@whiskeysockets/baileys';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { eventually } from '../support/eventually.js';
import { linkByQr, type PlainClient } from './plain-client.js';

describe('a status posted by a plain Baileys client', () => {
  let simulator: TestSimulator;
  let client: PlainClient;

  beforeEach(async () => {
    simulator = await startTestSimulator({ settings: { deliveryReceiptDelayMs: 400 } });
    client = await linkByQr(simulator, { name: 'Ada' });
  });
  afterEach(async () => {
    await client.close();
    await simulator.stop();
  });

  async function post(text: string, statusJidList: string[]): Promise<{ id: string; error: string | undefined }> {
    const messageId = generateMessageIDV2(client.socket.user?.id);
    const acknowledged = client.socket.waitForMessage<{ attrs: Record<string, string> }>(messageId, 10_000);
    await client.socket.sendMessage(
      'status@broadcast',
      { text },
      { statusJidList, messageId, backgroundColor: '#ff336699', font: 8 },
    );
    return { id: messageId, error: (await acknowledged)?.attrs['error'] };
  }

  it('is decrypted by each contact, with its colours and font', async () => {
    const contacts = simulator.addContacts({ contacts: [{ devices: 1 }, { devices: 2 }, { devices: 1 }] });
    const { id, error } = await post(
      'Good morning',
      contacts.map(({ jid }) => jid),
    );
    equal(error, undefined);
    await simulator.drain();
    for (const { phoneNumber } of contacts) {
      const [status, ...others] = simulator.statuses(phoneNumber);
      equal(others.length, 0);
      equal(status?.id, id);
      equal(status?.text, 'Good morning');
      equal(status?.font, 8);
      equal(status?.backgroundArgb, 0xff336699);
    }
    deepEqual(simulator.controls.refusals().refusals, []);
  });

  it('brings delivery receipts and, when a contact opens it, read receipts', async () => {
    const [contact] = simulator.addContacts(1);
    ok(contact);
    const { id } = await post('Look', [contact.jid]);
    await simulator.drain();
    await eventually(() => {
      const [receipt] = client.happened('message-receipt.update').flat();
      equal(receipt?.key.id, id);
      equal(receipt?.receipt.userJid, contact.jid);
      ok(receipt?.receipt.receiptTimestamp);
    });
    simulator.view(contact.phoneNumber, id);
    await eventually(() => {
      const read = client
        .happened('message-receipt.update')
        .flat()
        .find(({ receipt }) => receipt.readTimestamp);
      equal(read?.receipt.userJid, contact.jid);
    });
    await eventually(() => equal(simulator.controls.linking.accounts()[0]?.devices[0]?.unacknowledged, 0));
  });

  it('reaches the own phone when the own number is in the list', async () => {
    const phoneNumber = simulator.controls.linking.accounts()[0]?.phoneNumber ?? '';
    const { id } = await post('Mine', [`${phoneNumber}@s.whatsapp.net`]);
    await simulator.drain();
    equal(simulator.statuses(phoneNumber)[0]?.id, id);
  });
});
