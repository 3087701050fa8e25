import { deepEqual, equal } from 'node:assert/strict';
import { once } from 'node:events';
import { Curve, initAuthCreds, proto, type KeyPair } from '@whiskeysockets/baileys';
import { WebSocket } from 'ws';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { LinkingClient, linkRaw, loginOf, RawClient, registrationOf } from './raw-client.js';
import { RefusalReader, type Refused } from './refusal-reader.js';

const phoneNumber = '4915112345678';
const protocolError = 1002;

describe('what the simulator refuses before a login', () => {
  let simulator: TestSimulator;
  let refusals: RefusalReader;

  before(async () => {
    simulator = await startTestSimulator();
    refusals = new RefusalReader(simulator);
  });
  beforeEach(() => refusals.clear());
  after(() => simulator.stop());

  describe('on the transport', () => {
    const hello = (clientHello: proto.HandshakeMessage.IClientHello): Uint8Array =>
      proto.HandshakeMessage.encode({ clientHello }).finish();
    const goodHello = hello({ ephemeral: Curve.generateKeyPair().public });
    const noHandshake = Buffer.from([0xff, 0xff]);
    const another = proto.HandshakeMessage.encode({ serverHello: {} }).finish();
    const forged = { static: Buffer.alloc(48), payload: Buffer.alloc(20) };

    const wrong: { name: string; intro?: string; frames: Uint8Array[]; says: RegExp }[] = [
      {
        name: 'another intro header',
        intro: 'WA\x05\x03',
        frames: [goodHello],
        says: /the stream opens with 57410503 instead of 57410603/,
      },
      { name: 'an empty frame', frames: [new Uint8Array()], says: /a frame of zero bytes/ },
      {
        name: 'a first frame that is no handshake',
        frames: [noHandshake, goodHello],
        says: /a handshake frame is not a handshake message/,
      },
      {
        name: 'a first frame with something else than a client hello',
        frames: [another],
        says: /the first frame holds no client hello/,
      },
      {
        name: 'a client hello that resumes',
        frames: [hello({ ephemeral: Buffer.alloc(32, 9), static: Buffer.alloc(48), payload: Buffer.alloc(20) })],
        says: /the client hello resumes an earlier handshake/,
      },
      {
        name: 'an ephemeral key of the wrong length',
        frames: [hello({ ephemeral: Buffer.alloc(31, 9) })],
        says: /a key of 31 bytes instead of 32: the ephemeral key of the client hello/,
      },
      {
        name: 'an ephemeral key of low order',
        frames: [hello({ ephemeral: Buffer.alloc(32) })],
        says: /a key of the client is a point of low order/,
      },
      {
        name: 'a second frame that is no handshake',
        frames: [goodHello, noHandshake],
        says: /a handshake frame is not a handshake message/,
      },
      {
        name: 'a second frame with something else than a client finish',
        frames: [goodHello, another],
        says: /the second frame holds no client finish/,
      },
      {
        name: 'a client finish under another key',
        frames: [goodHello, proto.HandshakeMessage.encode({ clientFinish: forged }).finish()],
        says: /a frame failed its authentication/,
      },
    ];
    for (const { name, intro = 'WA\x06\x03', frames, says } of wrong) {
      it(name, async () => {
        const socket = new WebSocket(simulator.url);
        await once(socket, 'open');
        const closed = once(socket, 'close');
        socket.send(Buffer.concat([Buffer.from(intro, 'latin1'), ...frames.map(framed)]));
        equal((await closed)[0], protocolError);
        await refusals.only({ rule: 'transport', says, from: /a connection/ });
      });
    }

    it('a routing header without end', async () => {
      const socket = new WebSocket(simulator.url);
      await once(socket, 'open');
      const closed = once(socket, 'close');
      socket.send(Buffer.from([0x45, 0x44, 0, 1, 0xff, 0xff, 0xff]));
      equal((await closed)[0], protocolError);
      await refusals.only({ rule: 'transport', says: /a routing header of 16777215 bytes/ });
    });

    it('a static key of the wrong length, or of low order', async () => {
      const own = Curve.generateKeyPair();
      const short = await connect({}, { ...own, public: own.public.subarray(1) });
      equal(await short.ended(), protocolError);
      await refusals.only({ rule: 'transport', says: /a key of 31 bytes instead of 32: the static key of the client/ });
      await refusals.clear();
      const low = await connect({}, { ...own, public: Buffer.alloc(32) });
      equal(await low.ended(), protocolError);
      await refusals.only({ rule: 'transport', says: /a key of the client is a point of low order/ });
    });

    it('a client payload and a stanza that do not decode', async () => {
      equal(await (await connect(Buffer.from([0xff]))).ended(), protocolError);
      await refusals.only({ rule: 'transport', says: /the client payload does not decode/ });
      await refusals.clear();
      const client = await LinkingClient.connect(simulator);
      client.wire.sendBytes(Buffer.from([0, 0xf8]));
      equal(await client.wire.ended(), protocolError);
      await refusals.only({ rule: 'transport', says: /a frame holds no stanza/ });
    });

    it('a handshake that does not come to its end', async () => {
      await simulator.ask('PATCH', '/admin/settings', { handshakeMs: 20 });
      const socket = new WebSocket(simulator.url);
      equal((await once(socket, 'close'))[0], protocolError);
      await simulator.ask('PATCH', '/admin/settings', { handshakeMs: 20_000 });
      await refusals.only({ rule: 'transport', says: /no handshake in time/ });
    });
  });

  describe('in the client payload', () => {
    type Pairing = proto.ClientPayload.IDevicePairingRegistrationData;
    const otherwise = (change: Pairing): proto.IClientPayload => {
      const honest = registrationOf(initAuthCreds());
      return { ...honest, devicePairingData: { ...honest.devicePairingData, ...change } };
    };
    const ofUser = (username: number | null): proto.IClientPayload => ({
      ...loginOf(`${phoneNumber}:1@s.whatsapp.net`),
      username,
    });

    const wrong: { name: string; payload: proto.IClientPayload; says: RegExp }[] = [
      { name: 'no app version', payload: {}, says: /the client payload names no app version/ },
      { name: 'no intent', payload: ofUser(null), says: /the client payload neither registers nor logs in/ },
      {
        name: 'a user who is no number',
        payload: ofUser(12),
        says: /the client payload neither registers nor logs in/,
      },
      {
        name: 'a registration id of three bytes',
        payload: otherwise({ eRegid: Buffer.alloc(3) }),
        says: /the registration id must have 4 bytes/,
      },
      {
        name: 'a registration id of 15 bits',
        payload: otherwise({ eRegid: Buffer.from([0, 0, 0x40, 0]) }),
        says: /the registration id has more than 14 bits/,
      },
      {
        name: 'another type of keys',
        payload: otherwise({ eKeytype: Buffer.from([6]) }),
        says: /the key type must be 05/,
      },
      {
        name: 'an identity with its type byte',
        payload: otherwise({ eIdent: Buffer.alloc(33, 5) }),
        says: /the identity key must have 32 bytes/,
      },
      {
        name: 'a prekey id of four bytes',
        payload: otherwise({ eSkeyId: Buffer.alloc(4) }),
        says: /the id of the signed prekey must have 3 bytes/,
      },
      {
        name: 'a signed prekey with its type byte',
        payload: otherwise({ eSkeyVal: Buffer.alloc(33, 5) }),
        says: /the signed prekey must have 32 bytes/,
      },
      {
        name: 'half a signature',
        payload: otherwise({ eSkeySig: Buffer.alloc(32) }),
        says: /the signature of the signed prekey must have 64 bytes/,
      },
      {
        name: 'a signature by another identity',
        payload: otherwise({ eIdent: Curve.generateKeyPair().public }),
        says: /the signature of the signed prekey does not fit the identity key/,
      },
      {
        name: 'an identity that is no point',
        payload: otherwise({ eIdent: Buffer.alloc(32) }),
        says: /the signature of the signed prekey does not fit the identity key/,
      },
      {
        name: 'a build hash that is no MD5',
        payload: otherwise({ buildHash: Buffer.alloc(20) }),
        says: /the build hash must have 16 bytes/,
      },
      {
        name: 'no device properties',
        payload: otherwise({ deviceProps: new Uint8Array() }),
        says: /the device properties do not decode/,
      },
      {
        name: 'device properties that are none',
        payload: otherwise({ deviceProps: Buffer.from([0xff]) }),
        says: /the device properties do not decode/,
      },
    ];
    for (const { name, payload, says } of wrong) {
      it(name, async () => {
        await failure(await connect(payload), '400');
        await refusals.only({ rule: 'client-payload', says, from: /a connection/ });
      });
    }
  });

  describe('in a login', () => {
    const refusedLogin = async (jid: string, key: KeyPair | undefined, says: RegExp): Promise<void> => {
      await refusals.clear();
      await failure(await connect(loginOf(jid), key), '401');
      await refusals.only({ rule: 'login', says } satisfies Refused);
    };

    it('without a device, of an unknown device, of a device that was unlinked, and with another Noise key', async () => {
      const { wire, creds, jid } = await linkRaw(simulator, phoneNumber);
      await refusedLogin(`${phoneNumber}@s.whatsapp.net`, creds.noiseKey, /a login that names no device/);
      await refusedLogin(`${phoneNumber}:9@s.whatsapp.net`, creds.noiseKey, /this device is not linked/);
      await refusedLogin('4915100000000:1@s.whatsapp.net', creds.noiseKey, /this device is not linked/);
      await refusedLogin(jid, undefined, /the Noise key is not the one of the linked device/);
      deepEqual(await simulator.ask('POST', `/admin/accounts/${phoneNumber}/unlink`), { removed: 1 });
      await wire.ended();
      await refusedLogin(jid, creds.noiseKey, /this device is not linked/);
    });

    it('before the device has signed its identity', async () => {
      const client = await LinkingClient.connect(simulator);
      const linked = simulator.scanQr(await client.qr(), { phoneNumber });
      const { jid, honest } = await client.paired();
      await refusedLogin(jid, client.creds.noiseKey, /this device never confirmed its identity/);
      client.wire.send(honest);
      await linked;
    });
  });

  it('unlinks over HTTP: all devices without a body, one that is named, none that is not there', async () => {
    const phone = '4915187654321';
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => linkRaw(simulator, phone)));
    const numberOf = (jid: string | undefined): number => Number(/:(\d+)@/.exec(jid ?? '')?.[1]);
    const path = `/admin/accounts/${phone}/unlink`;
    deepEqual(await simulator.ask('POST', path, { device: 99 }), { removed: 0 });
    deepEqual(await simulator.ask('POST', path, { device: numberOf(second?.jid) }), { removed: 1 });
    await second?.wire.ended();
    equal(simulator.controls.linking.account(phone).devices.length, 2);
    deepEqual(await simulator.ask('POST', path), { removed: 2 });
    for (const client of [first, third]) {
      equal((await client?.wire.received(({ tag }) => tag === 'stream:error'))?.attrs['code'], '401');
      await client?.wire.ended();
    }
    deepEqual(simulator.controls.linking.account(phone).devices, []);
    deepEqual(await simulator.ask('POST', path), { removed: 0 });
    await eventually(async () => deepEqual((await refusals.all()).length, 0));
  });

  function connect(payload: proto.IClientPayload | Uint8Array, noiseKey?: KeyPair): Promise<RawClient> {
    return RawClient.connect(simulator, payload, noiseKey);
  }

  /** The login is refused with this reason, and the connection is closed in good order. */
  async function failure(client: RawClient, reason: string): Promise<void> {
    equal((await client.received(({ tag }) => tag === 'failure')).attrs['reason'], reason);
    equal(await client.ended(), 1000);
  }
});

function framed(payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0, payload.length >> 8, payload.length & 255]), payload]);
}
