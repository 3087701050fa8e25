import { deepEqual, equal, ok } from 'node:assert/strict';
import { once } from 'node:events';
import { generateMessageIDV2, proto, type BinaryNode } from '@whiskeysockets/baileys';
import { pad } from '../../simulator/contact/message-padding.js';
import { OwnSenderKey } from '../../simulator/contact/sender-keys.js';
import type { ContactView } from '../../simulator/control/people-controls.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { linkByQr, type PlainClient } from './plain-client.js';
import { WireAuthor } from './wire-author.js';

const hello = { extendedTextMessage: { text: 'Hello', backgroundArgb: 0xff336699, font: 1 } };

/** The sender key of an author, as a message that brings it and as posts under it. */
class SenderKey {
  private readonly key = new OwnSenderKey();

  distribution(): proto.IMessage {
    const axolotlSenderKeyDistributionMessage = this.key.distribution();
    return { senderKeyDistributionMessage: { groupId: 'status@broadcast', axolotlSenderKeyDistributionMessage } };
  }

  post(): Buffer {
    return this.key.encrypt(pad(proto.Message.encode(hello).finish()));
  }
}

describe('whom the simulator brings a status to', () => {
  let simulator: TestSimulator;
  let client: PlainClient;
  let author: WireAuthor;

  before(async () => {
    simulator = await startTestSimulator();
    client = await linkByQr(simulator, { name: 'Ada' });
    author = new WireAuthor(client);
  });
  after(async () => {
    await client.close();
    await simulator.stop();
  });
  beforeEach(() => simulator.controls.clearRefusals());

  const newId = (): string => generateMessageIDV2(client.socket.user?.id);
  const jidOf = ({ phoneNumber }: ContactView, device = 0): string =>
    `${phoneNumber}${device === 0 ? '' : `:${device}`}@s.whatsapp.net`;

  function contactWith(devices: number): ContactView {
    const [contact] = simulator.addContacts({ contacts: [{ devices }] });
    ok(contact);
    return contact;
  }

  /** Numbers of the contact's devices that have this status, really decrypted there. */
  function devicesWith(contact: ContactView, id: string): number[] {
    return (simulator.statuses(contact.phoneNumber).find((status) => status.id === id)?.devices ?? []).sort();
  }

  /** Gives these devices of a contact the key; returns the key. */
  async function giveKey(contact: ContactView, devices: number[]): Promise<SenderKey> {
    const key = new SenderKey();
    const entries = [];
    for (const device of devices) {
      const jid = jidOf(contact, device);
      entries.push({ jid, own: (await author.converse(jid)).seal(key.distribution()) });
    }
    equal(await author.statusTo(entries, key.post(), newId()), null);
    await simulator.drain();
    return key;
  }

  it('a person’s address without a ciphertext stands for all of the person’s devices', async () => {
    const contact = contactWith(3);
    const key = await giveKey(contact, [0, 1, 2]);
    const id = newId();
    const acknowledged = once(client.socket.ws, `CB:ack,id:${id}`) as Promise<[BinaryNode]>;
    equal(await author.status(jidOf(contact), null, key.post(), id), null);
    await simulator.drain();
    deepEqual(devicesWith(contact, id), [0, 1, 2]);
    equal((await acknowledged)[0].attrs['phash'], undefined, 'nobody was left out');
    deepEqual(simulator.controls.refusals().refusals, []);
    deepEqual(simulator.controls.warnings(), []);
  });

  it('a device that got no key cannot read what comes under the person’s address, and asks for it', async () => {
    const contact = contactWith(2);
    const key = await giveKey(contact, [0]);
    simulator.controls.clearRefusals();
    const id = newId();
    await author.status(jidOf(contact), null, key.post(), id);
    await simulator.drain();
    deepEqual(devicesWith(contact, id), [0]);
    deepEqual(simulator.refusedRules(), ['contact:no_sender_key']);
  });

  it('a device’s own ciphertext beside the person’s address is delivered once', async () => {
    const contact = contactWith(2);
    const key = await giveKey(contact, [0]);
    const id = newId();
    const linked = jidOf(contact, 1);
    const own = (await author.converse(linked)).seal(key.distribution());
    const entries = [
      { jid: jidOf(contact), own: null },
      { jid: linked, own },
    ];
    await author.statusTo(entries, key.post(), id);
    await simulator.drain();
    deepEqual(devicesWith(contact, id), [0, 1]);
    equal(simulator.statuses(contact.phoneNumber).find((status) => status.id === id)?.copies, 2);
  });

  it('a device with a ciphertext of its own stands for its person, too: the others get the shared one', async () => {
    const contact = contactWith(3);
    const key = await giveKey(contact, [0, 1]);
    const id = newId();
    const linked = jidOf(contact, 2);
    await author.status(linked, (await author.converse(linked)).seal(key.distribution()), key.post(), id);
    await simulator.drain();
    deepEqual(devicesWith(contact, id), [0, 1, 2]);
  });

  it('a resend that names its device as the participant reaches that device only', async () => {
    const contact = contactWith(2);
    const key = new SenderKey();
    const linked = jidOf(contact, 1);
    const id = newId();
    const again = { ...hello, ...key.distribution() };
    equal(await author.resend(linked, (await author.converse(linked)).seal(again), id), null);
    await simulator.drain();
    deepEqual(devicesWith(contact, id), [1]);
    equal(simulator.statuses(contact.phoneNumber)[0]?.misaddressed, false);
    deepEqual(simulator.controls.refusals().refusals, []);
  });

  it('a plain Baileys program that lists its own LID posts, and gets no copy itself', async () => {
    const contact = contactWith(1);
    const own = client.socket.user?.lid?.replace(/:\d+@/, '@') ?? '';
    ok(own.endsWith('@lid'));
    const arrived: BinaryNode[] = [];
    client.socket.ws.on('CB:message', (message: BinaryNode) => arrived.push(message));
    const { id, ack } = await client.post('Mine too', [own, `${contact.lid ?? ''}@lid`]);
    equal(ack['error'], undefined);
    await simulator.drain();
    deepEqual(devicesWith(contact, id), [0]);
    deepEqual(
      arrived.filter(({ attrs }) => attrs['id'] === id),
      [],
    );
    deepEqual(
      simulator.controls.warnings().map(({ rule }) => rule),
      ['own-device'],
    );
  });
});
