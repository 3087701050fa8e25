import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { proto, type BinaryNode } from '@whiskeysockets/baileys';
import { encodePreKeyMessage, encodeSignalMessage } from '../../simulator/contact/signal-messages.js';
import { generateKeyPair, type KeyPair } from '../../simulator/crypto/x25519.js';
import { sign } from '../../simulator/crypto/xeddsa.js';
import type { Refusal } from '../../simulator/state/refusal-log.js';
import { AskingDevice } from './asking-device.js';
import { node } from './raw-client.js';

const phoneNumber = '4915112345678';
const statusBroadcast = 'status@broadcast';

describe('what the simulator refuses of a linked device’s messages', () => {
  const device = new AskingDevice(phoneNumber);
  let contact: string;
  let contactLid: string;
  let messages = 0;

  before(async () => {
    await device.link();
    const [added] = device.simulator.addContacts(1);
    ok(added?.lid);
    contact = added.jid;
    contactLid = `${added.lid}@lid`;
  });
  beforeEach(() => device.refusals.clear());
  after(() => device.leave());

  const enc = (type: string, attrs: Record<string, string> = {}): BinaryNode =>
    node('enc', { v: '2', type, ...attrs }, Buffer.alloc(40, 1));
  const to = (jid: string, ...parts: BinaryNode[]): BinaryNode => node('to', { jid }, parts);
  const list = (...entries: BinaryNode[]): BinaryNode => node('participants', {}, entries);

  /** Sends a message and returns the attributes of its acknowledgement. */
  async function send(attrs: Record<string, string>, content: BinaryNode[]): Promise<Record<string, string>> {
    const id = attrs['id'] ?? `M${(messages += 1)}`;
    device.wire.send(node('message', { id, type: 'text', ...attrs }, content));
    return (await device.wire.received((stanza) => stanza.tag === 'ack' && stanza.attrs['id'] === id)).attrs;
  }

  interface WrongMessage {
    name: string;
    attrs: Record<string, string>;
    content: () => BinaryNode[];
    /** The error in its acknowledgement. */
    error: string;
    rule: string;
    says: RegExp;
  }
  function refuses(...wrong: WrongMessage[]): void {
    for (const { name, attrs, content, error, rule, says } of wrong) {
      it(name, async () => {
        equal((await send(attrs, content()))['error'], error);
        await device.refusals.only({ rule, says, from: device.itself });
      });
    }
  }

  describe('as a message:', () => {
    const malformed = { attrs: { to: statusBroadcast }, error: '400', rule: 'message' };
    const shared = (): BinaryNode => enc('skmsg');
    refuses(
      {
        ...malformed,
        name: 'an id without end',
        attrs: { to: statusBroadcast, id: 'M'.repeat(129) },
        content: () => [shared()],
        says: /a message needs an id of at most 128 characters/,
      },
      {
        ...malformed,
        name: 'no type',
        attrs: { to: statusBroadcast, type: '' },
        content: () => [shared()],
        says: /a message without a type/,
      },
      {
        ...malformed,
        name: 'no ciphertext',
        content: () => [list(to(contact))],
        says: /a message without any ciphertext/,
      },
      {
        ...malformed,
        name: 'a ciphertext of another version',
        content: () => [enc('skmsg', { v: '1' })],
        says: /a ciphertext of version "1"/,
      },
      {
        ...malformed,
        name: 'a ciphertext of another type',
        content: () => [enc('rot13')],
        says: /a ciphertext of unknown type "rot13"/,
      },
      {
        ...malformed,
        name: 'a ciphertext of nothing',
        content: () => [node('enc', { v: '2', type: 'skmsg' })],
        says: /an empty ciphertext/,
      },
      {
        ...malformed,
        name: 'a prekey message that nobody vouches for',
        content: () => [shared(), list(to(contact, enc('pkmsg')))],
        says: /a pkmsg without a device identity/,
      },
      {
        ...malformed,
        name: 'a participant that is a group',
        content: () => [shared(), list(to('friends@g.us'))],
        says: /the participant "friends@g\.us" is no device/,
      },
      {
        ...malformed,
        name: 'two ciphertexts for one participant',
        content: () => [shared(), list(to(contact, enc('msg'), enc('msg')))],
        says: /the participant \d+@s\.whatsapp\.net has more than one ciphertext/,
      },
      {
        ...malformed,
        name: 'a sender key message for one participant',
        content: () => [shared(), list(to(contact, enc('skmsg')))],
        says: /the participant \d+@s\.whatsapp\.net got a ciphertext of type "skmsg"/,
      },
    );

    it('no id and no addressee, which nobody can acknowledge', async () => {
      device.wire.send(node('message', { to: statusBroadcast, type: 'text' }, [shared()]));
      const says = /a message needs an id of at most 128 characters/;
      await device.refusals.only({ rule: 'message', says, from: device.itself });
      await device.refusals.clear();
      device.wire.send(node('message', { id: 'M0', type: 'text' }, [shared()]));
      await device.refusals.only({ rule: 'message', says: /a message without an addressee/, from: device.itself });
    });
  });

  describe('as a status:', () => {
    const shape = { attrs: { to: statusBroadcast }, error: '400', rule: 'status-shape' };
    const shared = (): BinaryNode => enc('skmsg');
    const one = /a status needs exactly one skmsg/;
    refuses(
      { ...shape, name: 'no shared ciphertext', content: () => [list(to(contact, enc('msg')))], says: one },
      { ...shape, name: 'two of them', content: () => [shared(), shared(), list(to(contact))], says: one },
      { ...shape, name: 'one for a single device', content: () => [enc('msg'), list(to(contact))], says: one },
      {
        ...shape,
        name: 'a device twice',
        content: () => [shared(), list(to(contact), to(contact, enc('msg')))],
        says: /the device \d+@s\.whatsapp\.net is addressed twice/,
      },
      {
        ...shape,
        name: 'LIDs mixed with numbers',
        content: () => [shared(), list(to(contact), to(contactLid))],
        error: '400',
        rule: 'mixed-addressing',
        says: /LIDs and phone numbers among the participants of one status/,
      },
      {
        ...shape,
        name: 'a resend to a group',
        attrs: { to: statusBroadcast, participant: 'friends@g.us' },
        content: () => [enc('msg')],
        says: /a resend to "friends@g\.us", which is no device/,
      },
      {
        ...shape,
        name: 'a resend with a list',
        attrs: { to: statusBroadcast, participant: '4915187654321:2@s.whatsapp.net' },
        content: () => [enc('msg'), list(to(contact))],
        says: /a resend to one device with a list of participants/,
      },
      {
        ...shape,
        name: 'a resend of the shared ciphertext',
        attrs: { to: statusBroadcast, participant: '4915187654321:2@s.whatsapp.net' },
        content: () => [shared()],
        says: /a resend to one device needs exactly one pairwise ciphertext/,
      },
      {
        ...shape,
        name: 'an addressing mode',
        attrs: { to: statusBroadcast, addressing_mode: 'pn' },
        content: () => [shared(), list(to(contact))],
        error: '479',
        rule: 'addressing-mode',
        says: /a status must not carry addressing_mode/,
      },
    );

    it('none of these once its rule is switched off', async () => {
      const rules = ['refuseMixedAddressing', 'refuseAddressingMode'];
      const all = (value: boolean): unknown => Object.fromEntries(rules.map((rule) => [rule, value]));
      await device.simulator.ask('PATCH', '/admin/settings', all(false));
      const participants = list(to(contact), to(contactLid));
      equal(
        (await send({ to: statusBroadcast, addressing_mode: 'lid' }, [shared(), participants]))['error'],
        undefined,
      );
      await device.simulator.ask('PATCH', '/admin/settings', all(true));
      await device.simulator.drain();
    });

    const oddities: { rule: string; setting: string; jid: string; says: RegExp }[] = [
      {
        rule: 'own-device',
        setting: 'refuseOwnDevice',
        jid: `${phoneNumber}:1@s.whatsapp.net`,
        says: /the sending device \d+:1@s\.whatsapp\.net is among the participants/,
      },
      {
        rule: 'bare-device',
        setting: 'refuseBareDevices',
        jid: '4915187654321:2@s.whatsapp.net',
        says: /the device \d+:2@s\.whatsapp\.net is named without a ciphertext; a person is, for all devices/,
      },
    ];
    for (const { rule, setting, jid, says } of oddities) {
      it(`a status with ${rule} only when that is asked for; otherwise there is a warning`, async () => {
        const own = rule === 'own-device' ? to(jid, enc('msg')) : to(jid);
        const content = [shared(), list(to(contact), own)];
        equal((await send({ to: statusBroadcast }, content))['error'], undefined);
        const { warnings } = await device.simulator.ask<{ warnings: Refusal[] }>('GET', '/admin/warnings');
        deepEqual(
          warnings.map((warning) => warning.rule),
          [rule],
        );
        match(warnings[0]?.reason ?? '', says);
        await device.simulator.drain();
        await device.refusals.clear();
        await device.simulator.ask('PATCH', '/admin/settings', { [setting]: true });
        equal((await send({ to: statusBroadcast }, content))['error'], '479');
        await device.refusals.only({ rule, says, from: device.itself });
        await device.simulator.ask('PATCH', '/admin/settings', { [setting]: false });
      });
    }

    it('numbers from an account that has a LID, when that is asked for', async () => {
      await device.simulator.ask('PATCH', '/admin/settings', { refusePhoneNumberAddressing: true });
      equal((await send({ to: statusBroadcast }, [shared(), list(to(contact))]))['error'], '479');
      const says = /an account with a LID addressed a status to phone numbers/;
      await device.refusals.only({ rule: 'phone-number-addressing', says, from: device.itself });
      await device.simulator.ask('PATCH', '/admin/settings', { refusePhoneNumberAddressing: false });
    });
  });

  describe('as a private message:', () => {
    const addressee = { error: '400', rule: 'addressee' };
    refuses(
      {
        ...addressee,
        name: 'a group as its addressee',
        attrs: { to: 'friends@g.us' },
        content: () => [enc('msg')],
        says: /"friends@g\.us" is nobody's address/,
      },
      {
        ...addressee,
        name: 'a participant without a ciphertext',
        attrs: { to: '4915187654321@s.whatsapp.net' },
        content: () => [enc('msg'), list(to(contact))],
        says: /a participant of a private message without a ciphertext/,
      },
      {
        ...addressee,
        name: 'a sender key message',
        attrs: { to: '4915187654321@s.whatsapp.net' },
        content: () => [enc('skmsg')],
        says: /a skmsg to a single person/,
      },
    );
  });

  describe('as the identity that goes with a prekey message:', () => {
    const account = generateKeyPair();
    const own = (): KeyPair => {
      const { public: publicKey, private: privateKey } = device.creds.signedIdentityKey;
      return { publicKey: Buffer.from(publicKey), privateKey: Buffer.from(privateKey) };
    };

    /** Signed by an account that is made up, and by the device itself. */
    function forged(details: proto.IADVDeviceIdentity, change: proto.IADVSignedDeviceIdentity = {}): Uint8Array {
      const bytes = Buffer.from(proto.ADVDeviceIdentity.encode(details).finish());
      const { publicKey, privateKey } = own();
      const signed = {
        details: bytes,
        accountSignatureKey: account.publicKey,
        accountSignature: sign(account.privateKey, Buffer.concat([Buffer.from([6, 0]), bytes, publicKey])),
        deviceSignature: sign(privateKey, Buffer.concat([Buffer.from([6, 1]), bytes, publicKey, account.publicKey])),
      };
      return proto.ADVSignedDeviceIdentity.encode({ ...signed, ...change }).finish();
    }

    const wrong: { name: string; identity: () => Uint8Array; says: RegExp }[] = [
      {
        name: 'no structure',
        identity: () => Buffer.from([0xff]),
        says: /could not use A1: the device identity is not an ADVSignedDeviceIdentity/,
      },
      {
        name: 'no account',
        identity: () => forged({ keyIndex: 1 }, { accountSignatureKey: null }),
        says: /could not use A1: the device identity names no account key/,
      },
      {
        name: 'no signature of the account',
        identity: () => forged({ keyIndex: 1 }, { accountSignature: Buffer.alloc(64, 1) }),
        says: /could not use A1: the account signature of the device identity does not fit/,
      },
      {
        name: 'no signature of the device',
        identity: () => forged({ keyIndex: 1 }, { deviceSignature: null }),
        says: /could not use A1: the device signature of the device identity does not fit/,
      },
      {
        name: 'no key index',
        identity: () => forged({ rawId: 1 }),
        says: /\d+@s\.whatsapp\.net could not use A1: the device identity has no key index/,
      },
      {
        name: 'one of another account',
        identity: () => forged({ keyIndex: 1 }),
        says: /could not use A1: the device identity belongs to another account/,
      },
    ];
    function innerMessage(): Buffer {
      const ratchetKey = generateKeyPair().publicKey;
      const message = { ratchetKey, counter: 0, previousCounter: 0, ciphertext: Buffer.alloc(16) };
      return encodeSignalMessage(message, () => Buffer.alloc(8));
    }

    it('none, and no conversation either', async () => {
      const content = [node('enc', { v: '2', type: 'msg' }, innerMessage())];
      equal((await send({ to: contact, id: 'A1' }, content))['error'], undefined);
      const says = /could not use A1: there is no session with the sending device/;
      await device.refusals.only({ rule: 'contact:no_session', says, from: device.itself });
    });

    for (const { name, identity, says } of wrong) {
      it(name, async () => {
        const ciphertext = encodePreKeyMessage({
          registrationId: device.creds.registrationId,
          preKeyId: null,
          signedPreKeyId: 1,
          baseKey: generateKeyPair().publicKey,
          identityKey: own().publicKey,
          message: innerMessage(),
        });
        const content = [node('enc', { v: '2', type: 'pkmsg' }, ciphertext), node('device-identity', {}, identity())];
        equal((await send({ to: contact, id: 'A1' }, content))['error'], undefined);
        await device.refusals.only({ rule: 'contact:device_identity', says, from: device.itself });
      });
    }
  });
});
