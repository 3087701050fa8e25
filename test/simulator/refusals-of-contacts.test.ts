import { equal, match, ok, rejects } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { generateMessageIDV2, type proto } from '@whiskeysockets/baileys';
import { pad } from '../../simulator/contact/message-padding.js';
import type { Refusal } from '../../simulator/state/refusal-log.js';
import type { ContactView } from '../../simulator/control/people-controls.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { changed, OpenSenderKey, type Ciphertext, type Conversation } from './open-ciphertexts.js';
import { linkByQr, type PlainClient } from './plain-client.js';
import { WireAuthor } from './wire-author.js';

const hello: proto.IMessage = { extendedTextMessage: { text: 'Hello', backgroundArgb: 0xff336699 } };

describe('what contacts refuse of what comes over the wire', function () {
  this.timeout(30_000);
  let simulator: TestSimulator;
  let client: PlainClient;
  let author: WireAuthor;
  let contact: ContactView;

  before(async () => {
    simulator = await startTestSimulator();
    client = await linkByQr(simulator, { name: 'Ada' });
    author = new WireAuthor(client);
  });
  after(async () => {
    await client.close();
    await simulator.stop();
  });
  beforeEach(async () => {
    const [added] = simulator.addContacts(1);
    ok(added);
    contact = added;
    await simulator.ask('DELETE', '/admin/refusals');
  });

  /** What the simulator's control interface says was refused since the test began. */
  async function refusals(): Promise<Refusal[]> {
    await simulator.drain();
    return (await simulator.ask<{ refusals: Refusal[] }>('GET', '/admin/refusals')).refusals;
  }

  async function refused(words: RegExp): Promise<void> {
    const list = await refusals();
    equal(list.length, 1, JSON.stringify(list));
    match(list[0]?.reason ?? '', words);
  }

  const newId = (): string => generateMessageIDV2(client.socket.user?.id);

  /** To the contact's phone, as a private message. The server takes it: what is wrong is inside. */
  async function write(ciphertext: Ciphertext): Promise<void> {
    equal(await author.message(contact.jid, ciphertext, newId()), null);
  }

  async function post(own: Ciphertext | null, shared: Uint8Array, id = newId()): Promise<void> {
    equal(await author.status(contact.jid, own, shared, id), null);
  }

  function textsOfContact(): (string | null)[] {
    return simulator.controls.chats.messages(contact.phoneNumber).map(({ text }) => text);
  }

  describe('in a conversation', () => {
    let talk: Conversation;
    beforeEach(async () => {
      talk = await author.converse(contact.jid);
    });

    it('nothing, when it is as it should be', async () => {
      await write(talk.seal({ conversation: 'One' }));
      await write(talk.seal({ conversation: 'Two' }));
      equal((await refusals()).length, 0);
      equal(textsOfContact().join(), 'One,Two');
    });

    /** The wrong thing is the first message of a conversation. */
    const first: [what: string, make: () => Ciphertext, words: RegExp][] = [
      [
        'a padding of no bytes',
        () => talk.sealBytes(Buffer.from([10, 0, 0])),
        /the padding says \d+ bytes; 1 to \d+ are allowed/,
      ],
      [
        'a padding of more than 16 bytes',
        () => talk.sealBytes(Buffer.alloc(40, 17)),
        /the padding says \d+ bytes; 1 to \d+ are allowed/,
      ],
      [
        'a padding of different bytes',
        () => talk.sealBytes(Buffer.from([10, 0, 1, 2, 3])),
        /the padding bytes are not all the same/,
      ],
      [
        'a plaintext that ends within a text',
        () => talk.sealBytes(pad(Buffer.from([0x0a, 5, 0x41, 0x42]))),
        /the plaintext is not a protobuf message/,
      ],
      [
        'a plaintext that does not decode',
        () => talk.sealBytes(pad(Buffer.from([0x0f]))),
        /the plaintext is not a protobuf message/,
      ],
      ['a changed MAC', () => talk.wrap(changed(talk.forge({}), -1)), /the MAC of the message does not fit/],
      ['a changed ciphertext', () => talk.wrap(changed(talk.forge({}), -12)), /the MAC of the message does not fit/],
      [
        'a ciphertext that is no number of blocks, under a genuine MAC',
        () => talk.wrap(talk.forge({ ciphertext: randomBytes(17) })),
        /the ciphertext has a wrong length or padding/,
      ],
      [
        'a message that is 2,001 ahead',
        () => talk.wrap(talk.forge({ counter: 2001 })),
        /message \d+ is more than \d+ ahead of \d+/,
      ],
      [
        'a message of version 4',
        () => talk.wrap(changed(talk.forge({}), 0)),
        /the message is not a version 3 Signal message/,
      ],
      [
        'a prekey message of version 4',
        () => ({ type: 'pkmsg', bytes: changed(talk.seal(hello).bytes, 0) }),
        /the message is not a version 3 prekey message/,
      ],
      [
        'a signed prekey that is not the device’s',
        () => talk.wrap(talk.forge({}), { signedPreKeyId: 77 }),
        /signed prekey \d+ is not this device's/,
      ],
      [
        'a base key that is no usable point',
        () => talk.wrap(talk.forge({}), { baseKey: Buffer.alloc(32) }),
        /a key of the message is no usable Curve25519 point/,
      ],
      [
        'a sender key for a group',
        () => talk.seal(new OpenSenderKey().distribution('123@g.us')),
        /a sender key for "\S+" instead of \S+/,
      ],
      [
        'a sender key distribution of version 4',
        () => {
          const axolotlSenderKeyDistributionMessage = changed(new OpenSenderKey().distributionBytes(), 0);
          const groupId = 'status@broadcast';
          return talk.seal({ senderKeyDistributionMessage: { groupId, axolotlSenderKeyDistributionMessage } });
        },
        /the sender key distribution is not a version 3 distribution message/,
      ],
    ];
    for (const [what, make, words] of first) {
      it(what, async () => {
        await write(make());
        await refused(words);
        equal(textsOfContact().length, 0);
      });
    }

    it('what says that it was sent by another device of the contact, which it was not', async () => {
      const message = { conversation: 'Mine' };
      await write(talk.seal({ deviceSentMessage: { destinationJid: contact.jid, message } }));
      await refused(/a copy for own devices \(deviceSentMessage\) that came from somebody else/);
      equal(textsOfContact().length, 0);
    });

    it('between own devices, what does not say whom it was sent to', async () => {
      const own = `${client.socket.user?.id.split(':')[0] ?? ''}@s.whatsapp.net`;
      const talkToPhone = await author.converse(own);
      const send = async (message: proto.IMessage): Promise<void> => {
        equal(await author.message(own, talkToPhone.seal(message), newId()), null);
      };
      await send({ conversation: 'To nobody' });
      await refused(/a message between own devices that does not say whom it was sent to \(deviceSentMessage\)/);
      await simulator.ask('DELETE', '/admin/refusals');
      await send({ deviceSentMessage: { message: { conversation: 'Where to?' } } });
      await refused(/a copy for own devices without the chat that it belongs to/);
      await simulator.ask('DELETE', '/admin/refusals');
      await send({ deviceSentMessage: { destinationJid: contact.jid, message: { conversation: 'Hello' } } });
      equal((await refusals()).length, 0);
    });

    it('the same message twice', async () => {
      const message = talk.seal({ conversation: 'Once' });
      await write(message);
      await write(message);
      await refused(/message \d+ of this chain was already used/);
      equal(textsOfContact().join(), 'Once');
    });

    it('a second conversation on a one-time prekey that is used up', async () => {
      const bundle = await author.bundle(contact.jid);
      await write((await author.converse(contact.jid, bundle)).seal({ conversation: 'First' }));
      await write((await author.converse(contact.jid, bundle)).seal({ conversation: 'Second' }));
      await refused(/one-time prekey \d+ was already used/);
      equal(textsOfContact().join(), 'First');
    });

    it('a new ratchet key though the contact has said nothing in between', async () => {
      await write(talk.seal({ conversation: 'One' }));
      await write({ type: 'msg', bytes: talk.forge({ ratchetKey: randomBytes(32) }) });
      await refused(/the message uses a new ratchet key though nothing was sent in between/);
    });
  });

  describe('of a sender key', () => {
    let key: OpenSenderKey;
    let introduction: Ciphertext;
    beforeEach(async () => {
      key = new OpenSenderKey();
      introduction = (await author.converse(contact.jid)).seal(key.distribution());
    });

    it('nothing, when it is as it should be', async () => {
      await post(introduction, key.seal(hello));
      equal((await refusals()).length, 0);
      equal(simulator.statuses(contact.phoneNumber)[0]?.text, 'Hello');
    });

    const wrong: [what: string, make: () => Buffer, words: RegExp][] = [
      ['a post of version 4', () => changed(key.seal(hello), 0), /the message is not a version 3 sender key message/],
      [
        'a post under a key that it never got',
        () => new OpenSenderKey().seal(hello),
        /the sender key of this message was never received/,
      ],
      ['a changed signature', () => changed(key.seal(hello), -1), /the sender key signature does not fit/],
      ['a changed post', () => changed(key.seal(hello), -70), /the sender key signature does not fit/],
      [
        'an iteration that is 2,001 ahead',
        () => key.sealBytes(pad(Buffer.of()), { iteration: 2001 }),
        /iteration \d+ is more than \d+ ahead of \d+/,
      ],
      [
        'a signed ciphertext that is no number of blocks',
        () => key.sealBytes(Buffer.of(), { ciphertext: randomBytes(17) }),
        /the ciphertext has a wrong length or padding/,
      ],
    ];
    for (const [what, make, words] of wrong) {
      it(what, async () => {
        await post(introduction, make());
        await refused(words);
        equal(simulator.statuses(contact.phoneNumber).length, 0);
        await post(null, key.seal(hello));
        equal((await refusals()).length, 1, 'the honest post is taken');
        equal(simulator.statuses(contact.phoneNumber).length, 1);
      });
    }

    it('an iteration that it has used', async () => {
      const shared = key.seal(hello);
      await post(introduction, shared);
      await post(null, shared);
      await refused(/iteration \d+ of the sender key was already used/);
      equal(simulator.statuses(contact.phoneNumber).length, 1);
    });

    it('a revoke of nothing', async () => {
      const revoked = { remoteJid: 'status@broadcast', fromMe: true, id: 'NEVER' };
      await post(introduction, key.seal({ protocolMessage: { type: 0, key: revoked } }));
      await refused(/there is no status \S+ to delete/);
    });
  });

  describe('to send', () => {
    it('anything without a device, or to an account that has linked none', async () => {
      const [phoneless] = simulator.addContacts({ contacts: [{ devices: 0 }] });
      const { phoneNumber: lonely } = simulator.controls.linking.addAccount({});
      const to = client.socket.user?.id.split(':')[0] ?? '';
      const write = (from: ContactView | undefined, body: { to: string; text: string }): Promise<unknown> =>
        simulator.ask('POST', `/admin/contacts/${from?.phoneNumber ?? ''}/write`, body);
      await rejects(write(phoneless, { to, text: 'Hello' }), /the person has no such device/);
      await rejects(write(contact, { to: lonely, text: 'Hello' }), (error: Error) => {
        match(error.message, /no device could be reached: \S+/);
        match(error.message, /none was named/);
        return true;
      });
    });
  });
});
