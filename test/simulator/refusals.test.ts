import { equal, match, ok, rejects } from 'node:assert/strict';
import { once } from 'node:events';
import { Curve, type BinaryNode } from '@whiskeysockets/baileys';
import { WebSocket } from 'ws';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { linkByQr, MemoryAuth, PlainClient } from './plain-client.js';
import { node } from './raw-client.js';

const phoneNumber = '4915112345678';

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
    const client = await linkByQr(simulator, { phoneNumber });
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
      const code = await client.socket.requestPairingCode(phoneNumber);
      await rejects(simulator.enterCode(phoneNumber, code), /expired/);
    });

    it('a second attempt with the same code', async () => {
      const client = connect();
      await client.qr();
      const code = await client.socket.requestPairingCode(phoneNumber);
      await rejects(simulator.enterCode(phoneNumber, 'AAAABBBB'), /wrong/);
      await rejects(simulator.enterCode(phoneNumber, code), /no client asked/);
    });

    it('what the person refuses, and more than four devices', async () => {
      simulator.controls.linking.addAccount({ phoneNumber });
      simulator.controls.accounts.change(phoneNumber, { refusesLinking: 'not now' });
      await rejects(simulator.scanQr(await connect().qr(), { phoneNumber }), /not now/);
      simulator.controls.accounts.change(phoneNumber, { refusesLinking: null });
      for (let device = 0; device < 4; device++) await link();
      await rejects(
        simulator.scanQr(await connect().qr(), { phoneNumber }),
        /the phone has 4 linked devices already; log one out first/,
      );
    }).timeout(40_000);

    it('an account behind the passkey gate: a notification, and then nothing', async () => {
      simulator.controls.linking.addAccount({ phoneNumber });
      simulator.controls.accounts.change(phoneNumber, { passkeyGated: true });
      const client = connect();
      const qr = await client.qr();
      const asked = once(client.socket.ws, 'CB:notification,type:passkey_prologue_request');
      await rejects(simulator.scanQr(qr, { phoneNumber }), /passkey/);
      await asked;
      equal(client.closed, null);
    });
  });

  it('ciphertext of a linked device that its contact cannot open: the contact asks again', async () => {
    const client = await link();
    const [contact] = simulator.addContacts(1);
    ok(contact);
    const enc = (type: string): BinaryNode => node('enc', { v: '2', type }, Buffer.alloc(40, 1));
    const participants = node('participants', {}, [node('to', { jid: contact.jid }, [enc('msg')])]);
    const retry = once(client.socket.ws, 'CB:receipt') as Promise<[BinaryNode]>;
    const attrs = { id: 'T1', to: 'status@broadcast', type: 'text' };
    await client.socket.sendNode(node('message', attrs, [enc('skmsg'), participants]));
    equal((await retry)[0].attrs['type'], 'retry');
    ok(simulator.refusedRules().some((rule) => rule.startsWith('contact:')));
  });
});
