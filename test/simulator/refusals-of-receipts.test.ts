import { deepEqual, equal } from 'node:assert/strict';
import type { BinaryNode } from '@whiskeysockets/baileys';
import { eventually } from '../support/eventually.js';
import { AskingDevice } from './asking-device.js';
import { loginOf, node, RawClient } from './raw-client.js';

const phoneNumber = '4915112345678';

describe('what the simulator refuses of a linked device’s receipts and other stanzas', () => {
  const device = new AskingDevice(phoneNumber);
  let contact: string;

  before(async () => {
    await device.link();
    contact = device.simulator.addContacts(1)[0]?.jid ?? '';
  });
  beforeEach(() => device.refusals.clear());
  after(() => device.leave());

  describe('as a receipt:', () => {
    it('no id', async () => {
      device.wire.send(node('receipt', { to: contact }));
      await device.refusals.only({ rule: 'receipt', says: /a receipt without an id/, from: device.itself });
    });

    const bigEndian = (value: number, lengthBytes: number): Buffer => {
      const bytes = Buffer.alloc(lengthBytes);
      bytes.writeUIntBE(value, 0, lengthBytes);
      return bytes;
    };
    const registration = (): BinaryNode => node('registration', {}, bigEndian(device.creds.registrationId, 4));
    const retry = (count: string): BinaryNode => node('retry', { count, id: 'R1', v: '1' });
    function keys(change: { identity?: Uint8Array; signature?: Uint8Array } = {}): BinaryNode {
      const { signedIdentityKey, signedPreKey } = device.creds;
      return node('keys', {}, [
        node('identity', {}, change.identity ?? signedIdentityKey.public),
        node('skey', {}, [
          node('id', {}, bigEndian(signedPreKey.keyId, 3)),
          node('value', {}, signedPreKey.keyPair.public),
          node('signature', {}, change.signature ?? signedPreKey.signature),
        ]),
      ]);
    }

    const wrong: { name: string; content: () => BinaryNode[]; says: RegExp }[] = [
      {
        name: 'a retry without its count',
        content: () => [node('retry'), registration()],
        says: /a retry receipt needs a count from 1/,
      },
      {
        name: 'a retry that counts from 0',
        content: () => [retry('0'), registration()],
        says: /a retry receipt needs a count from 1/,
      },
      {
        name: 'a retry of another installation',
        content: () => [retry('1'), node('registration', {}, bigEndian(70_000, 4))],
        says: /the registration id of a retry receipt is not the one of the device/,
      },
      {
        name: 'a retry with the keys of another identity',
        content: () => [retry('2'), registration(), keys({ identity: Buffer.alloc(32, 7) })],
        says: /the identity in a retry receipt is not the one of the device/,
      },
      {
        name: 'a retry with half a signature',
        content: () => [retry('2'), registration(), keys({ signature: Buffer.alloc(32) })],
        says: /the signed prekey needs an id, a key of 32 bytes and a signature of 64/,
      },
      {
        name: 'a retry with a forged signature',
        content: () => [retry('2'), registration(), keys({ signature: Buffer.alloc(64, 1) })],
        says: /the signature of the signed prekey does not fit the identity key/,
      },
      {
        name: 'a retry of what was never sent',
        content: () => [retry('1'), registration()],
        says: /this device has not sent a message R1, or not lately/,
      },
    ];
    for (const { name, content, says } of wrong) {
      it(name, async () => {
        device.wire.send(node('receipt', { id: 'R1', to: contact, type: 'retry' }, content()));
        const ack = await device.wire.received(({ tag, attrs }) => tag === 'ack' && attrs['id'] === 'R1');
        equal(ack.attrs['class'], 'receipt');
        await device.refusals.only({ rule: 'retry', says, from: device.itself });
      });
    }
  });

  describe('as anything else:', () => {
    it('a stanza that no client has', async () => {
      device.wire.send(node('teapot', { id: 'T1' }));
      const says = /<teapot> is not a stanza of a client/;
      await device.refusals.only({ rule: 'unknown-stanza', says, from: device.itself });
    });

    for (const [what, to, content] of [
      ['a word on typing to nobody', undefined, [node('composing', {})]],
      ['a word on typing that says nothing', contact, []],
      ['a word on typing that nobody knows', contact, [node('dreaming', {})]],
    ] as const) {
      it(what, async () => {
        device.wire.send(node('chatstate', to === undefined ? {} : { to }, [...content]));
        const says = /a chatstate says to one person that we type \(composing\), or stopped \(paused\)/;
        await device.refusals.only({ rule: 'chatstate', says, from: device.itself });
      });
    }

    it('an acknowledgement with an error is no refusal of ours: the message is not sent again', async () => {
      const { phoneNumber } = device;
      const message = { tag: 'message', attrs: { id: 'K1', from: contact, type: 'text', t: '1' } };
      await device.simulator.ask('POST', `/admin/accounts/${phoneNumber}/stanza?keep=true`, message);
      await device.wire.received(({ attrs }) => attrs['id'] === 'K1');
      const waiting = (): number | undefined =>
        device.simulator.controls.linking.account(phoneNumber).devices[0]?.unacknowledged;
      const before = waiting() ?? 0;
      device.wire.send(node('ack', { id: 'K1', class: 'message', to: contact, error: '500' }));
      await eventually(() => equal(waiting(), before - 1));
      deepEqual(await device.refusals.all(), []);
    });

    it('too much in a second: the connection is cut', async () => {
      await device.simulator.ask('PATCH', '/admin/settings', { stanzasPerSecond: 20 });
      device.wire.send(...Array.from({ length: 50 }, () => node('presence', { type: 'available' })));
      equal(await device.wire.ended(), 1008);
      await device.refusals.only({ rule: 'flood', says: /more than 20 stanzas in a second/, from: device.itself });
      await device.simulator.ask('PATCH', '/admin/settings', { stanzasPerSecond: 50_000 });
    });

    it('a retry that was on its way when the device was unlinked', async () => {
      const wire = await RawClient.connect(
        device.simulator,
        loginOf(`${phoneNumber}:1@s.whatsapp.net`),
        device.creds.noiseKey,
      );
      await wire.received(({ tag }) => tag === 'success');
      const attrs = { id: 'R1', to: contact, type: 'retry' };
      const registration = Buffer.alloc(4);
      registration.writeUInt32BE(device.creds.registrationId);
      wire.send(node('receipt', attrs, [node('retry', { count: '1' }), node('registration', {}, registration)]));
      device.simulator.controls.linking.unlink(phoneNumber);
      equal(await wire.ended(), 1000);
      await device.refusals.only({
        rule: 'retry',
        says: /\d+:1@s\.whatsapp\.net is linked no more/,
        from: device.itself,
      });
    });
  });
});
