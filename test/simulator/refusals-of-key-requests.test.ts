import { deepEqual, equal } from 'node:assert/strict';
import { Curve, type BinaryNode } from '@whiskeysockets/baileys';
import { AskingDevice, refusesEach } from './asking-device.js';
import { node } from './raw-client.js';

const phoneNumber = '4915112345678';

describe('what the simulator refuses of a linked device’s requests for keys', () => {
  const device = new AskingDevice(phoneNumber);
  before(() => device.link());
  beforeEach(() => device.refusals.clear());
  after(() => device.leave());

  const bytes = (...values: number[]): Buffer => Buffer.from(values);
  const idNode = (id: number): BinaryNode => node('id', {}, bytes(0, id >> 8, id & 255));
  const preKey = (id: number, fill = 1): BinaryNode =>
    node('key', {}, [idNode(id), node('value', {}, Buffer.alloc(32, fill))]);
  const range = (from: number, count: number): BinaryNode[] =>
    Array.from({ length: count }, (_, index) => preKey(from + index));

  function signedPreKey(change: { signature?: Uint8Array } = {}): BinaryNode {
    const { keyId, keyPair, signature } = device.creds.signedPreKey;
    return node('skey', {}, [
      idNode(keyId),
      node('value', {}, keyPair.public),
      node('signature', {}, change.signature ?? signature),
    ]);
  }

  function upload(change: Record<string, BinaryNode> = {}): BinaryNode[] {
    const registration = Buffer.alloc(4);
    registration.writeUInt32BE(device.creds.registrationId);
    const honest = {
      registration: node('registration', {}, registration),
      type: node('type', {}, bytes(5)),
      identity: node('identity', {}, device.creds.signedIdentityKey.public),
      list: node('list', {}, [preKey(9_000)]),
      skey: signedPreKey(),
    };
    return Object.values({ ...honest, ...change });
  }

  const set = { xmlns: 'encrypt', type: 'set', rule: 'prekey-upload' } as const;
  const get = { xmlns: 'encrypt', type: 'get', rule: 'prekey-fetch' } as const;
  const unsigned = /the signature of the signed prekey does not fit the identity key/;
  refusesEach(device, [
    {
      ...set,
      name: 'an upload under another registration id',
      content: () => upload({ registration: node('registration', {}, bytes(0, 0, 64, 0)) }),
      code: '406',
      says: /the registration id is not the one of the linked device/,
    },
    {
      ...set,
      name: 'an upload under a registration id of three bytes',
      content: () => upload({ registration: node('registration', {}, bytes(0, 0, 1)) }),
      code: '406',
      says: /the registration id is not the one of the linked device/,
    },
    {
      ...set,
      name: 'an upload of another type of keys',
      content: () => upload({ type: node('type', {}, bytes(6)) }),
      code: '400',
      says: /the key type is not 05/,
    },
    {
      ...set,
      name: 'an upload under another identity',
      content: () => upload({ identity: node('identity', {}, Curve.generateKeyPair().public) }),
      code: '406',
      says: /the identity is not the one of the linked device/,
    },
    {
      ...set,
      name: 'an upload with half a signature',
      content: () => upload({ skey: signedPreKey({ signature: Buffer.alloc(32) }) }),
      code: '406',
      says: /the signed prekey needs an id, a key of 32 bytes and a signature of 64/,
    },
    {
      ...set,
      name: 'an upload with a forged signature',
      content: () => upload({ skey: signedPreKey({ signature: Buffer.alloc(64, 1) }) }),
      code: '406',
      says: unsigned,
    },
    {
      ...set,
      name: 'a rotation with a forged signature',
      content: () => [node('rotate', {}, [signedPreKey({ signature: Buffer.alloc(64, 1) })])],
      code: '406',
      rule: 'prekey-rotate',
      says: unsigned,
    },
    {
      ...set,
      name: 'an upload of nothing',
      content: () => upload({ list: node('list') }),
      code: '400',
      says: /an upload without prekeys/,
    },
    {
      ...set,
      name: 'an upload of a key with its type byte',
      content: () =>
        upload({ list: node('list', {}, [node('key', {}, [idNode(9), node('value', {}, Buffer.alloc(33, 5))])]) }),
      code: '400',
      says: /a prekey needs an id of 3 bytes and a key of 32/,
    },
    {
      ...set,
      name: 'an upload of an id that is none',
      content: () => upload({ list: node('list', {}, [preKey(9_001), preKey(0)]) }),
      code: '406',
      says: /prekey id 0 is below 1/,
    },
    {
      ...set,
      name: 'an upload of one id twice',
      content: () => upload({ list: node('list', {}, [preKey(9_001), preKey(9_001)]) }),
      code: '406',
      says: /prekey id 9001 comes twice in one upload/,
    },
    {
      ...set,
      name: 'more prekeys than a server keeps',
      content: () => upload({ list: node('list', {}, range(10_000, 5_001)) }),
      code: '406',
      says: /more than 5000 prekeys/,
    },
    {
      ...get,
      name: 'the keys of a group',
      content: () => [node('key', {}, [node('user', { jid: 'friends@g.us' })])],
      code: '400',
      says: /"friends@g\.us" is not a device/,
    },
    {
      ...get,
      name: 'the keys of a town at once',
      content: () => [
        node(
          'key',
          {},
          Array.from({ length: 20_001 }, () => node('user')),
        ),
      ],
      code: '406',
      says: /20001 users in one request/,
    },
    {
      ...get,
      name: 'something unknown',
      content: () => [node('what')],
      code: '400',
      rule: 'encrypt',
      says: /an encrypt request that asks for nothing known/,
    },
  ]);

  it('an id that was uploaded before, unless with the same key; refused uploads leave nothing behind', async () => {
    const one = (fill: number): BinaryNode[] => upload({ list: node('list', {}, [preKey(9_500, fill)]) });
    equal(await device.ask('encrypt', 'set', one(1)), undefined);
    equal(await device.ask('encrypt', 'set', one(1)), undefined);
    deepEqual(await device.refusals.all(), []);
    equal(await device.ask('encrypt', 'set', one(2)), '406');
    await device.refusals.only({ rule: 'prekey-upload', says: /prekey id 9500 was already used/, from: device.itself });
    equal(device.simulator.controls.linking.account(phoneNumber).devices[0]?.preKeys, 1);
  });
});
