import { equal, match, rejects } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Curve, proto, type BinaryNode } from '@whiskeysockets/baileys';
import { applyCtr, encryptGcm } from '../../simulator/crypto/aead.js';
import { hkdf, pairingCodeKey } from '../../simulator/crypto/hkdf.js';
import { dh, generateKeyPair } from '../../simulator/crypto/x25519.js';
import { bytesOf, childOf, textOf } from '../../simulator/wire/node.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { LinkingClient, node } from './raw-client.js';
import { RefusalReader } from './refusal-reader.js';

const phoneNumber = '4915112345678';
const code = 'ABCD1234';
const linking = /a device that is being linked/;
const thePhone = /the phone of 4915112345678/;

/** Children of a stanza by their tags; null leaves one out. */
type Fields = Record<string, Uint8Array | string | null>;

describe('what the simulator refuses while linking', () => {
  let simulator: TestSimulator;
  let refusals: RefusalReader;
  let client: LinkingClient;

  before(async () => {
    simulator = await startTestSimulator();
    refusals = new RefusalReader(simulator);
    simulator.controls.linking.addAccount({ phoneNumber });
  });
  beforeEach(async () => {
    client = await LinkingClient.connect(simulator);
    await refusals.clear();
  });
  afterEach(async () => {
    await client.wire.close();
    await simulator.ask('PATCH', '/admin/settings', { pairingAnswerMs: 15_000 });
    equal(simulator.controls.linking.account(phoneNumber).devices.length, 0);
  });
  after(() => simulator.stop());

  /** Asks for something under the code's namespace and returns the error's code. */
  async function ask(xmlns: string, content: BinaryNode[]): Promise<string | undefined> {
    const answer = await client.wire.query(
      node('iq', { id: 'q1', to: '@s.whatsapp.net', type: 'set', xmlns }, content),
    );
    return childOf(answer, 'error')?.attrs['code'];
  }

  it('a stanza that only linked devices send', async () => {
    client.wire.send(node('message', { id: 'm1', to: 'status@broadcast', type: 'text' }));
    await refusals.only({ rule: 'pairing-stanza', says: /a <message> before the device is linked/, from: linking });
  });

  it('a request that only linked devices make', async () => {
    equal(await ask('usync', [node('usync')]), '401');
    await refusals.only({ rule: 'pairing-iq', says: /an iq of usync before the device is linked/, from: linking });
  });

  it('an error in answer to what linking asked', async () => {
    client.wire.send(node('iq', { id: 'q1', to: '@s.whatsapp.net', type: 'error' }));
    await refusals.only({ rule: 'pairing-iq', says: /the client answered a pairing stanza with an error/ });
  });

  it('a QR whose keys have not the right length', async () => {
    const [ref, , identity, secret] = (await client.qr()).split(',');
    const body = [ref, 'AAAA', identity, secret, '1'].join();
    const answer = await fetch(`${simulator.control}/admin/mock-phone/scan-qr`, { method: 'POST', body });
    equal(answer.status, 422);
    await refusals.only({ rule: 'scan-qr', says: /the keys in the QR do not have 32 bytes each/, from: /a phone/ });
  });

  describe('from a device that signs its identity', () => {
    const identityOf = (honest: BinaryNode): { attrs: Record<string, string>; bytes: Buffer } => {
      const identity = childOf(childOf(honest, 'pair-device-sign'), 'device-identity');
      return { attrs: identity?.attrs ?? {}, bytes: bytesOf(identity) ?? Buffer.alloc(0) };
    };
    const signed = (attrs: Record<string, string>, bytes: Uint8Array): BinaryNode[] => [
      node('pair-device-sign', {}, [node('device-identity', attrs, bytes)]),
    ];
    const changed = (bytes: Buffer, change: proto.IADVSignedDeviceIdentity): Uint8Array =>
      proto.ADVSignedDeviceIdentity.encode({ ...proto.ADVSignedDeviceIdentity.decode(bytes), ...change }).finish();

    const wrong: { name: string; answer: (honest: BinaryNode) => BinaryNode[]; says: RegExp }[] = [
      {
        name: 'nothing in the answer',
        answer: () => [],
        says: /the answer to pair-success holds no signed device identity/,
      },
      {
        name: 'another key index',
        answer: (honest) => signed({ 'key-index': '77' }, identityOf(honest).bytes),
        says: /the key index is 77 instead of \d/,
      },
      {
        name: 'no structure',
        answer: (honest) => signed(identityOf(honest).attrs, Buffer.from([0xff])),
        says: /the device identity is not an ADVSignedDeviceIdentity/,
      },
      {
        name: 'other details',
        answer: (honest) =>
          signed(identityOf(honest).attrs, changed(identityOf(honest).bytes, { details: Buffer.from([8, 1]) })),
        says: /the details of the device identity were changed/,
      },
      {
        name: 'no signature',
        answer: (honest) =>
          signed(identityOf(honest).attrs, changed(identityOf(honest).bytes, { deviceSignature: null })),
        says: /the device signature of the device identity does not fit/,
      },
    ];
    for (const { name, answer, says } of wrong) {
      it(name, async () => {
        const scanned = rejects(simulator.scanQr(await client.qr(), { phoneNumber }), says);
        const { honest } = await client.paired();
        client.wire.send({ ...honest, content: answer(honest) });
        await scanned;
        await refusals.these({ rule: 'pair-device-sign', says, from: linking }, { rule: 'link', says, from: thePhone });
        await client.wire.received(({ tag }) => tag === 'xmlstreamend');
        equal(await client.wire.ended(), 1000);
      });
    }

    it('no answer in time', async () => {
      await simulator.ask('PATCH', '/admin/settings', { pairingAnswerMs: 20 });
      const says = /the signed device identity did not come within 20 ms/;
      await rejects(simulator.scanQr(await client.qr(), { phoneNumber }), says);
      await refusals.only({ rule: 'link', says, from: thePhone });
    });
  });

  describe('from a client that asks for a code', () => {
    const ephemeral = generateKeyPair();
    let wrappedEphemeral: Buffer;

    before(async () => {
      const salt = randomBytes(32);
      const iv = randomBytes(16);
      const sealed = applyCtr(await pairingCodeKey(code, salt), iv, ephemeral.publicKey);
      wrappedEphemeral = Buffer.concat([salt, iv, sealed]);
    });

    function hello(change: Fields = {}, jid = `${phoneNumber}@s.whatsapp.net`): BinaryNode[] {
      const fields = {
        link_code_pairing_wrapped_companion_ephemeral_pub: wrappedEphemeral,
        companion_server_auth_key_pub: Buffer.from(client.creds.noiseKey.public),
        companion_platform_id: '1',
        companion_platform_display: 'Chrome (Mac OS)',
        ...change,
      };
      return [registration({ jid, stage: 'companion_hello' }, fields)];
    }

    function registration(attrs: Record<string, string>, fields: Fields): BinaryNode {
      const children = Object.entries(fields).flatMap(([tag, value]) => (value === null ? [] : [node(tag, {}, value)]));
      return node('link_code_companion_reg', attrs, children);
    }

    /** An honest hello; the ref that the server gave out for it. */
    async function begin(): Promise<string> {
      const attrs = { id: 'hello', to: '@s.whatsapp.net', type: 'set', xmlns: 'md' };
      const answer = await client.wire.query(node('iq', attrs, hello()));
      return textOf(childOf(childOf(answer, 'link_code_companion_reg'), 'link_code_pairing_ref')) ?? '';
    }

    function finish(ref: string, change: Fields = {}): BinaryNode[] {
      const fields = {
        link_code_pairing_wrapped_key_bundle: Buffer.alloc(156),
        companion_identity_public: Buffer.from(client.creds.signedIdentityKey.public),
        link_code_pairing_ref: ref,
        ...change,
      };
      return [registration({ stage: 'companion_finish' }, fields)];
    }

    type Hello = [change: Fields, jid?: string];
    const wrongHellos: { name: string; with: Hello; says: RegExp }[] = [
      {
        name: 'a bare ephemeral key',
        with: [{ link_code_pairing_wrapped_companion_ephemeral_pub: Buffer.alloc(32) }],
        says: /the wrapped ephemeral key must have 80 bytes/,
      },
      {
        name: 'a server auth key with its type byte',
        with: [{ companion_server_auth_key_pub: Buffer.alloc(33) }],
        says: /the server auth key must have 32 bytes/,
      },
      {
        name: 'the server auth key of somebody else',
        with: [{ companion_server_auth_key_pub: Buffer.alloc(32, 7) }],
        says: /the server auth key is not the key of this connection/,
      },
      { name: 'no platform', with: [{ companion_platform_id: null }], says: /the platform id is missing/ },
      {
        name: 'a platform that no browser has',
        with: [{ companion_platform_display: 'curl' }],
        says: /the platform display must look like "Chrome \(Mac OS\)", not "curl"/,
      },
      {
        name: 'an address that is no number',
        with: [{}, '123456789@lid'],
        says: /"123456789@lid" is not a phone number/,
      },
      {
        name: 'a number without its country code',
        with: [{}, '015112345678@s.whatsapp.net'],
        says: /"015112345678" is not a phone number with its country code/,
      },
    ];
    for (const { name, with: change, says } of wrongHellos) {
      it(name, async () => {
        equal(await ask('md', hello(...change)), '400');
        await refusals.only({ rule: 'link-code', says, from: linking });
      });
    }

    it('a stage that is unknown', async () => {
      equal(await ask('md', [node('link_code_companion_reg', { stage: 'refresh_code' })]), '400');
      await refusals.only({ rule: 'link-code', says: /the linking stage "refresh_code" is unknown/ });
    });

    const wrongFinishes: { name: string; with: Fields; says: RegExp }[] = [
      {
        name: 'a key bundle that is too short',
        with: { link_code_pairing_wrapped_key_bundle: Buffer.alloc(155) },
        says: /the wrapped key bundle must have 156 bytes/,
      },
      {
        name: 'an identity with its type byte',
        with: { companion_identity_public: Buffer.alloc(33) },
        says: /the identity key of the companion must have 32 bytes/,
      },
      {
        name: 'an identity that was not registered',
        with: { companion_identity_public: Buffer.alloc(32, 7) },
        says: /the companion identity is not the one that this connection registered/,
      },
      { name: 'no ref', with: { link_code_pairing_ref: null }, says: /the pairing ref is missing/ },
      {
        name: 'another ref',
        with: { link_code_pairing_ref: 'made-up' },
        says: /the pairing ref is not the one that was given out/,
      },
      { name: 'a key bundle before the code was typed', with: {}, says: /no key bundle is expected now/ },
    ];
    for (const { name, with: change, says } of wrongFinishes) {
      it(name, async () => {
        equal(await ask('md', finish(await begin(), change)), '400');
        await refusals.only({ rule: 'link-code', says, from: linking });
      });
    }

    it('a code that cannot be one', async () => {
      const typed = { phoneNumber, code: 'ABC-123' };
      await rejects(simulator.ask('POST', '/admin/mock-phone/enter-code', typed), /422: a code has eight letters/);
      const says = /a code has eight letters and digits/;
      await refusals.only({ rule: 'enter-code', says, from: thePhone });
    });

    it('a client that does not answer the code in time', async () => {
      await begin();
      await simulator.ask('PATCH', '/admin/settings', { pairingAnswerMs: 20 });
      const says = /the key bundle did not come within 20 ms/;
      await rejects(simulator.enterCode(phoneNumber, code), says);
      await refusals.only({ rule: 'enter-code', says, from: thePhone });
    });

    it('a second code while the first is being answered', async () => {
      await begin();
      const gone = /the client closed the connection before it was linked/;
      const first = rejects(simulator.enterCode(phoneNumber, code), gone);
      await primaryHello();
      await begin();
      const twice = /the key bundle is already awaited/;
      await rejects(simulator.enterCode(phoneNumber, code), twice);
      await client.wire.close();
      await first;
      await refusals.these({ rule: 'enter-code', says: twice }, { rule: 'enter-code', says: gone, from: thePhone });
    });

    function primaryHello(): Promise<BinaryNode> {
      return client.wire.received(
        ({ tag, attrs }) => tag === 'notification' && attrs['type'] === 'link_code_companion_reg',
      );
    }

    /** Plays the companion to the end, with this inside the key bundle. */
    async function answerWith(bundleOf: (own: Buffer, phone: Buffer) => Buffer[]): Promise<void> {
      const ref = await begin();
      const typed = simulator.enterCode(phoneNumber, code);
      void typed.catch(() => undefined);
      const { wrapped, phone } = readHello(await primaryHello());
      const key = await pairingCodeKey(code, wrapped.subarray(0, 32));
      const theirs = applyCtr(key, wrapped.subarray(32, 48), wrapped.subarray(48));
      const salt = randomBytes(32);
      const iv = randomBytes(12);
      const bundleKey = hkdf(dh(ephemeral.privateKey, theirs), 32, {
        salt,
        info: 'link_code_pairing_key_bundle_encryption_key',
      });
      const own = Buffer.from(client.creds.signedIdentityKey.public);
      const sealed = encryptGcm(bundleKey, iv, Buffer.concat([...bundleOf(own, phone), randomBytes(32)]));
      const bundle = { link_code_pairing_wrapped_key_bundle: Buffer.concat([salt, iv, sealed]) };
      equal(await ask('md', finish(ref, bundle)), undefined);
      await typed;
    }

    function readHello(notification: BinaryNode): { wrapped: Buffer; phone: Buffer } {
      const content = childOf(notification, 'link_code_companion_reg');
      const wrapped = bytesOf(childOf(content, 'link_code_pairing_wrapped_primary_ephemeral_pub'));
      const phone = bytesOf(childOf(content, 'primary_identity_pub'));
      match(String(wrapped?.length), /80/);
      return { wrapped: wrapped ?? Buffer.alloc(80), phone: phone ?? Buffer.alloc(32) };
    }

    const other = Buffer.from(Curve.generateKeyPair().public);
    const wrongBundles: { name: string; bundle: (own: Buffer, phone: Buffer) => Buffer[]; says: RegExp }[] = [
      {
        name: 'a key bundle with another companion inside',
        bundle: (_own, phone) => [other, phone],
        says: /the key bundle holds another companion identity/,
      },
      {
        name: 'a key bundle with another phone inside',
        bundle: (own) => [own, other],
        says: /the key bundle holds another phone identity/,
      },
    ];
    for (const { name, bundle, says } of wrongBundles) {
      it(name, async () => {
        await rejects(answerWith(bundle), says);
        await refusals.only({ rule: 'enter-code', says, from: thePhone });
      });
    }
  });
});
