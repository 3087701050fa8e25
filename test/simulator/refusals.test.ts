import { equal, match, ok, rejects } from 'node:assert/strict';
import { once } from 'node:events';
import { Curve, type BinaryNode } from '@whiskeysockets/baileys';
import { WebSocket } from 'ws';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { linkByQr, MemoryAuth, PlainClient } from './plain-client.js';

const PHONE = '4915112345678';

describe('what the simulator refuses', () => {
  let simulator: TestSimulator;
  const clients: PlainClient[] = [];

  beforeEach(async () => {
    simulator = await startTestSimulator();
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await simulator.stop();
  });

  function connect(auth = new MemoryAuth()): PlainClient {
    const client = new PlainClient(simulator, auth);
    clients.push(client);
    return client;
  }

  async function link(): Promise<PlainClient> {
    const client = await linkByQr(simulator, { phoneNumber: PHONE });
    clients.push(client);
    return client;
  }

  async function refused(rule: string, words: RegExp): Promise<void> {
    const found = await eventually(() => {
      const refusal = simulator.controls.refusals().refusals.find((entry) => entry.rule === rule);
      ok(refusal, JSON.stringify(simulator.controls.refusals().refusals));
      return refusal;
    });
    match(found.reason, words);
  }

  describe('on the transport', () => {
    async function rawSocket(): Promise<WebSocket> {
      const socket = new WebSocket(simulator.url);
      await once(socket, 'open');
      return socket;
    }

    it('another intro header', async () => {
      const socket = await rawSocket();
      socket.send(Buffer.from('WA\x05\x03\x00\x00\x01x'));
      await once(socket, 'close');
      await refused('transport', /opens with 57410503/);
    });

    it('a first frame that is no handshake', async () => {
      const socket = await rawSocket();
      socket.send(Buffer.from([0x57, 0x41, 6, 3, 0, 0, 2, 0xff, 0xff]));
      await once(socket, 'close');
      await refused('transport', /not a handshake message/);
    });

    it('a client hello with a key of the wrong length', async () => {
      const socket = await rawSocket();
      socket.send(Buffer.from([0x57, 0x41, 6, 3, 0, 0, 5, 0x12, 0x03, 0x0a, 0x01, 0x00]));
      await once(socket, 'close');
      await refused('transport', /has 1 bytes instead of 32/);
    });

    it('an empty frame', async () => {
      const socket = await rawSocket();
      socket.send(Buffer.from([0x57, 0x41, 6, 3, 0, 0, 0]));
      await once(socket, 'close');
      await refused('transport', /zero bytes/);
    });

    it('a frame that does not open', async () => {
      const client = await link();
      client.socket.ws.send(Buffer.concat([Buffer.from([0, 0, 20]), Buffer.alloc(20)]));
      equal((await client.ended()).code, 428);
      await refused('transport', /failed its authentication/);
    });

    it('anything but the wire’s own path', async () => {
      const socket = new WebSocket(simulator.url.replace('/ws/chat', '/elsewhere'));
      const [error] = (await once(socket, 'error')) as [Error];
      match(error.message, /404/);
    });
  });

  describe('while linking', () => {
    it('a registration whose signed prekey is not signed by the identity', async () => {
      const auth = new MemoryAuth();
      const signedPreKey = { ...auth.creds.signedPreKey, signature: new Uint8Array(64) };
      Object.assign(auth.creds, { signedPreKey });
      equal((await connect(auth).ended()).code, 400);
      await refused('client-payload', /signature of the signed prekey/);
    });

    it('a QR that nobody shows, that is no QR, or that was made up in part', async () => {
      const client = connect();
      const qr = await client.qr();
      const [ref, noise, identity, secret] = qr.split(',');
      const other = Buffer.alloc(32, 7).toString('base64');
      await rejects(simulator.scanQr('hello'), /not a QR/);
      await rejects(simulator.scanQr(qr.replace(/#.*?,/, '#2@nothing,')), /no client shows this QR/);
      await rejects(simulator.scanQr([ref, other, identity, secret, '1'].join()), /another Noise key/);
      await rejects(simulator.scanQr([ref, noise, other, secret, '1'].join()), /another identity key/);
    });

    it('a QR with another ADV secret: the client itself gives up', async () => {
      const client = connect();
      const [ref, noise, identity] = (await client.qr()).split(',');
      const other = Buffer.alloc(32, 7).toString('base64');
      await rejects(simulator.scanQr([ref, noise, identity, other, '1'].join()), /closed the connection/);
      equal(simulator.controls.linking.accounts()[0]?.devices.length, 0);
    });

    it('a device identity that another key has signed', async () => {
      const client = connect();
      const qr = await client.qr();
      Object.assign(client.auth.creds, { signedIdentityKey: Curve.generateKeyPair() });
      await rejects(simulator.scanQr(qr), /device signature/);
      equal(simulator.controls.linking.accounts()[0]?.devices.length, 0);
      await refused('pair-device-sign', /device signature/);
    });

    it('a QR after its time, and one that was used', async () => {
      simulator.controls.changeSettings({ firstQrMs: 0 });
      await rejects(simulator.scanQr(await connect().qr()), /expired/);
      simulator.controls.changeSettings({ firstQrMs: 60_000 });
      const client = connect();
      const qr = await client.qr();
      const ended = client.ended();
      await simulator.scanQr(qr);
      await ended;
      await rejects(simulator.scanQr(qr), /no longer valid/);
    });

    it('to wait longer than the refs last', async () => {
      simulator.controls.changeSettings({ firstQrMs: 100, nextQrMs: 20 });
      equal((await connect().ended()).code, 428);
    });

    it('a code after its time', async () => {
      simulator.controls.changeSettings({ codeMs: 0 });
      const client = connect();
      await client.qr();
      const code = await client.socket.requestPairingCode(PHONE);
      await rejects(simulator.enterCode(PHONE, code), /expired/);
    });

    it('a second attempt with the same code', async () => {
      const client = connect();
      await client.qr();
      const code = await client.socket.requestPairingCode(PHONE);
      await rejects(simulator.enterCode(PHONE, 'AAAABBBB'), /wrong/);
      await rejects(simulator.enterCode(PHONE, code), /no client asked/);
    });

    it('a code from a client that does not look like a browser', async () => {
      const client = new PlainClient(simulator, new MemoryAuth(), { browser: ['<Tool>', 'X', '1'] });
      clients.push(client);
      await client.qr();
      await client.socket.requestPairingCode(PHONE);
      await refused('link-code', /must look like/);
    });

    it('what the person refuses, and more than four devices', async () => {
      simulator.controls.linking.addAccount({ phoneNumber: PHONE });
      simulator.controls.accounts.change(PHONE, { refusesLinking: 'not now' });
      await rejects(simulator.scanQr(await connect().qr(), { phoneNumber: PHONE }), /not now/);
      simulator.controls.accounts.change(PHONE, { refusesLinking: null });
      for (let device = 0; device < 4; device++) await link();
      await rejects(
        simulator.scanQr(await connect().qr(), { phoneNumber: PHONE }),
        /the phone has 4 linked devices already; log one out first/,
      );
    }).timeout(40_000);

    it('an account behind the passkey gate: a notification, and then nothing', async () => {
      simulator.controls.linking.addAccount({ phoneNumber: PHONE });
      simulator.controls.accounts.change(PHONE, { passkeyGated: true });
      const client = connect();
      const qr = await client.qr();
      const asked = once(client.socket.ws, 'CB:notification,type:passkey_prologue_request');
      await rejects(simulator.scanQr(qr, { phoneNumber: PHONE }), /passkey/);
      await asked;
      equal(client.closed, null);
    });
  });

  describe('at login', () => {
    it('another Noise key than the linked one', async () => {
      const client = await link();
      await client.close();
      Object.assign(client.auth.creds, { noiseKey: Curve.generateKeyPair() });
      equal((await connect(client.auth).ended()).code, 401);
      await refused('login', /Noise key/);
    });
  });

  describe('from a linked device', () => {
    let client: PlainClient;
    beforeEach(async () => {
      client = await link();
    });

    async function ask(xmlns: string, type: 'get' | 'set', content: BinaryNode[]): Promise<string> {
      try {
        await client.socket.query({ tag: 'iq', attrs: { to: '@s.whatsapp.net', type, xmlns }, content });
        return 'answered';
      } catch (error) {
        return String((error as { data?: unknown }).data);
      }
    }

    const node = (tag: string, content?: BinaryNode['content'], attrs: Record<string, string> = {}): BinaryNode =>
      content === undefined ? { tag, attrs } : { tag, attrs, content };
    const bytes = (count: number, fill = 1): Buffer => Buffer.alloc(count, fill);

    function upload(change: { identity?: Buffer; signature?: Buffer; ids?: number[] }): BinaryNode[] {
      const { registrationId, signedIdentityKey, signedPreKey } = client.auth.creds;
      const registration = Buffer.alloc(4);
      registration.writeUInt32BE(registrationId);
      const id = (value: number): BinaryNode => node('id', Buffer.from([0, value >> 8, value & 255]));
      return [
        node('registration', registration),
        node('type', Buffer.from([5])),
        node('identity', change.identity ?? Buffer.from(signedIdentityKey.public)),
        node(
          'list',
          (change.ids ?? [9_000]).map((value) => node('key', [id(value), node('value', bytes(32))])),
        ),
        node('skey', [
          id(signedPreKey.keyId),
          node('value', Buffer.from(signedPreKey.keyPair.public)),
          node('signature', change.signature ?? Buffer.from(signedPreKey.signature)),
        ]),
      ];
    }

    it('prekeys under another identity, with a forged signature, or with an id that was used', async () => {
      equal(await ask('encrypt', 'set', upload({ identity: bytes(32) })), '406');
      equal(await ask('encrypt', 'set', upload({ signature: bytes(64) })), '406');
      equal(await ask('encrypt', 'set', upload({ ids: [5_000, 5_000] })), '406');
      equal(await ask('encrypt', 'set', upload({ ids: [1] })), '406');
      equal(await ask('encrypt', 'set', upload({ ids: [0] })), '406');
      equal(await ask('encrypt', 'set', upload({})), 'answered');
      await refused('prekey-upload', /identity is not the one/);
    });

    it('a namespace that nobody serves, loudly', async () => {
      equal(await ask('w:unheard:of', 'get', [node('what')]), '501');
      await refused('unknown-namespace', /w:unheard:of/);
    });

    it('usync of nobody, and of things unknown', async () => {
      const query = (protocol: string, jid: string): BinaryNode[] => [
        node('usync', [node('query', [node(protocol)]), node('list', [node('user', undefined, { jid })])], {
          sid: '1',
        }),
      ];
      equal(await ask('usync', 'get', query('devices', 'somebody@g.us')), '400');
      equal(await ask('usync', 'get', query('shoes', `${PHONE}@s.whatsapp.net`)), '400');
    });

    it('to remove a device of somebody else', async () => {
      const other = await linkByQr(simulator, { phoneNumber: '4915187654321' });
      clients.push(other);
      const jid = '4915187654321:1@s.whatsapp.net';
      equal(
        await ask('md', 'set', [node('remove-companion-device', undefined, { jid, reason: 'user_initiated' })]),
        '403',
      );
      equal(simulator.controls.linking.account('4915187654321').devices.length, 1);
    });

    async function send(attrs: Record<string, string>, content: BinaryNode[]): Promise<string | undefined> {
      const id = `T${Math.random()}`;
      const answer = once(client.socket.ws, `CB:ack,class:message`) as Promise<[BinaryNode]>;
      await client.socket.sendNode({ tag: 'message', attrs: { id, type: 'text', ...attrs }, content });
      return (await answer)[0].attrs['error'];
    }

    const enc = (type: string): BinaryNode => node('enc', bytes(40), { v: '2', type });
    const to = (jid: string, type = 'msg'): BinaryNode => node('to', [enc(type)], { jid });
    const status = { to: 'status@broadcast' };

    it('a status that mixes LIDs and phone numbers, or names its own device, or its addressing mode', async () => {
      const [contact] = simulator.addContacts(1);
      ok(contact);
      const mixed = [enc('skmsg'), node('participants', [to(contact.jid), to(`${contact.lid ?? ''}@lid`)])];
      equal(await send(status, mixed), '479');
      await refused('mixed-addressing', /LIDs and phone numbers/);
      const self = [enc('skmsg'), node('participants', [to(contact.jid), to(`${PHONE}:1@s.whatsapp.net`)])];
      equal(await send(status, self), '479');
      await refused('own-device', /sending device/);
      const fine = [enc('skmsg'), node('participants', [to(contact.jid)])];
      equal(await send({ ...status, addressing_mode: 'lid' }, fine), '479');
      await refused('addressing-mode', /addressing_mode/);
      simulator.controls.changeSettings({ refusePhoneNumberAddressing: true });
      equal(await send(status, fine), '479');
    });

    it('none of these once its rule is switched off', async () => {
      const [contact] = simulator.addContacts(1);
      ok(contact);
      simulator.controls.changeSettings({
        refuseMixedAddressing: false,
        refuseOwnDevice: false,
        refuseAddressingMode: false,
      });
      const list = [to(contact.jid), to(`${contact.lid ?? ''}@lid`), to(`${PHONE}:1@s.whatsapp.net`)];
      equal(await send({ ...status, addressing_mode: 'lid' }, [enc('skmsg'), node('participants', list)]), undefined);
    });

    it('a status without its shared ciphertext, with two, with a device named twice, or with an unknown cipher', async () => {
      const [contact] = simulator.addContacts(1);
      ok(contact);
      const list = node('participants', [to(contact.jid)]);
      equal(await send(status, [list]), '400');
      equal(await send(status, [enc('skmsg'), enc('skmsg'), list]), '400');
      equal(await send(status, [enc('skmsg'), node('participants', [to(contact.jid), to(contact.jid)])]), '400');
      equal(await send(status, [enc('rot13'), list]), '400');
      equal(await send(status, [enc('skmsg'), node('participants', [to(contact.jid, 'pkmsg')])]), '400');
      equal(await send({ to: 'friends@g.us' }, [enc('msg')]), '400');
      await refused('message', /pkmsg without a device identity|unknown type/);
    });

    it('ciphertext that its contact cannot open: the contact asks again', async () => {
      const [contact] = simulator.addContacts(1);
      ok(contact);
      const retry = once(client.socket.ws, 'CB:receipt') as Promise<[BinaryNode]>;
      equal(await send(status, [enc('skmsg'), node('participants', [to(contact.jid)])]), undefined);
      equal((await retry)[0].attrs['type'], 'retry');
      ok(simulator.refusedRules().some((rule) => rule.startsWith('contact:')));
    });
  });
});
