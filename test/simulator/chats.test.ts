import assert from 'node:assert/strict';
import type { WAMessage } from '@whiskeysockets/baileys';
import type { ContactView } from '../../simulator/control/people-controls.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { linkByQr, type PlainClient } from './plain-client.js';

describe('chats between an account and its contacts', function () {
  this.timeout(30_000);
  let simulator: TestSimulator;
  let client: PlainClient;
  let own: string;
  let anna: ContactView;
  before(async () => {
    simulator = await startTestSimulator();
    client = await linkByQr(simulator, { name: 'Ada' });
    own = client.socket.user?.id.split(':')[0] ?? '';
    [anna = assert.fail()] = simulator.addContacts({ contacts: [{ devices: 2 }] });
  });
  after(async () => {
    await client.close();
    await simulator.stop();
  });
  const atAnnas = () =>
    simulator.ask<{ messages: { text: string }[] }>('GET', `/admin/contacts/${anna.phoneNumber}/messages`);
  const sentByPhone = (id: string): WAMessage | undefined => client.messages().find(({ key }) => key.id === id);

  it('what the phone writes reaches the contact, and the linked device as sent by its own account', async () => {
    const letter = { to: anna.phoneNumber, text: 'Until six', quoting: '3AREPLY' };
    const { id } = await simulator.ask<{ id: string }>('POST', `/admin/accounts/${own}/write`, letter);
    assert.deepEqual(
      (await atAnnas()).messages.map(({ text }) => text),
      ['Until six'],
    );
    await eventually(() => assert.ok(sentByPhone(id)));
    const { key, message } = sentByPhone(id) ?? assert.fail();
    assert.deepEqual([key.fromMe, key.remoteJid], [true, anna.jid]);
    const { text, contextInfo } = message?.extendedTextMessage ?? assert.fail();
    assert.deepEqual([text, contextInfo?.stanzaId, contextInfo?.participant], ['Until six', '3AREPLY', anna.jid]);
  });

  it('what it writes about a status names the status, and what it just writes names nothing', async () => {
    const { id } = simulator.controls.chats.write(own, anna.phoneNumber, { text: 'This one', aboutStatus: '3ASTATUS' });
    const plain = simulator.controls.chats.write(own, anna.phoneNumber, { text: 'Hello' });
    await eventually(() => assert.ok(sentByPhone(id) && sentByPhone(plain.id)));
    const quoted = sentByPhone(id)?.message?.extendedTextMessage?.contextInfo;
    assert.deepEqual([quoted?.remoteJid, quoted?.stanzaId], ['status@broadcast', '3ASTATUS']);
    assert.equal(sentByPhone(plain.id)?.message?.conversation, 'Hello');
  });

  it('a contact who reads a message tells its author, once there is such a message, and unless that is hidden', async () => {
    const reads: unknown[] = [];
    client.socket.ws.on('CB:receipt', ({ attrs }: { attrs: Record<string, string> }) => {
      if (attrs['type'] === 'read') reads.push(attrs['id']);
    });
    const write = async ({ jid, phoneNumber }: ContactView): Promise<string> => {
      const id = (await client.socket.sendMessage(jid, { text: 'Fresh bread' }))?.key.id ?? '';
      await eventually(() => assert.ok(simulator.controls.chats.messages(phoneNumber).some((one) => one.id === id)));
      return id;
    };
    const messageId = await write(anna);
    const read = (number: string, id: string) =>
      simulator.ask<{ receipts: number }>('POST', `/admin/contacts/${number}/read`, { messageId: id });
    assert.deepEqual(await read(anna.phoneNumber, messageId), { receipts: 1 });
    await eventually(() => assert.deepEqual(reads, [messageId]));
    await assert.rejects(read(anna.phoneNumber, 'NONE'), /409: \d+ has no message NONE/);
    const [hidden = assert.fail()] = simulator.addContacts({ contacts: [{ readReceipts: false }] });
    assert.deepEqual(await read(hidden.phoneNumber, await write(hidden)), { receipts: 0 });
  });
});
