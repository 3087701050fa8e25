import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { Curve, makeNoiseHandler, proto, WA_CERT_DETAILS } from '@whiskeysockets/baileys';
import { SenderKeyMessage } from '@whiskeysockets/baileys/lib/Signal/Group/index.js';
import libsignal from 'libsignal';
import signalCurve from 'libsignal/src/curve.js';
import pino from 'pino';
import {
  agree,
  generateKeyPair,
  type KeyPair,
  sign,
  typedPublicKey,
  verify,
} from '../../server/whatsapp/signal/curve.js';
import { installFastCurve } from '../../server/whatsapp/signal/install-fast-curve.js';
import { createContactDevice, signalAddress, SignalMemory } from './signal-memory.js';

describe('The fast curve beneath Baileys and libsignal', () => {
  before(() => {
    installFastCurve();
  });

  it("is what Baileys' own Curve uses", () => {
    const mine = Curve.generateKeyPair();
    const theirs = generateKeyPair();
    assert.equal(Curve.sharedKey, agree);
    assert.deepEqual(
      Buffer.from(Curve.sharedKey(mine.private, theirs.publicKey)),
      agree(theirs.privateKey, mine.public),
    );
    const message = randomBytes(20);
    const signature = Curve.sign(mine.private, message);
    assert.equal(verify(mine.public, message, signature), true);
    assert.equal(Curve.verify(typedPublicKey(mine.public), message, signature), true);
    assert.equal(Curve.verify(theirs.publicKey, message, signature), false);
    assert.equal(Curve.verify(Buffer.alloc(3), message, signature), false);
  });

  it('works with keys that are plain byte arrays, as a key store may give them back', () => {
    const mine = generateKeyPair();
    const theirs = generateKeyPair();
    const secret = Curve.sharedKey(new Uint8Array(mine.privateKey), new Uint8Array(theirs.publicKey));
    assert.deepEqual(Buffer.from(secret), agree(theirs.privateKey, mine.publicKey));
    const signature = Curve.sign(new Uint8Array(mine.privateKey), new Uint8Array(8));
    assert.equal(Curve.verify(new Uint8Array(mine.publicKey), new Uint8Array(8), new Uint8Array(signature)), true);
  });

  it("lets libsignal's sessions be built and answered", async () => {
    const contact = createContactDevice();
    const account = new SignalMemory();
    await new libsignal.SessionBuilder(account, signalAddress('contact')).initOutgoing(contact.bundle());
    const cipher = new libsignal.SessionCipher(account, signalAddress('contact'));
    const { body } = await cipher.encrypt(Buffer.from('hello'));
    const received = new libsignal.SessionCipher(contact.memory, signalAddress('account'));
    assert.equal((await received.decryptPreKeyWhisperMessage(Buffer.from(body, 'binary'))).toString(), 'hello');
  });

  it("refuses a contact whose signed prekey carries a false signature, in libsignal's session builder too", async () => {
    const contact = createContactDevice();
    const bundle = contact.bundle();
    bundle.signedPreKey.signature = randomBytes(64);
    const account = new SignalMemory();
    await assert.rejects(
      new libsignal.SessionBuilder(account, signalAddress('contact')).initOutgoing(bundle),
      /prekey/,
    );
    assert.equal(await account.loadSession('contact.0'), undefined);
  });

  it("gives libsignal's other callers a boolean", () => {
    const pair = signalCurve.generateKeyPair();
    const message = randomBytes(10);
    assert.equal(signalCurve.verifySignature(pair.pubKey, message, randomBytes(64)), false);
    const signature = signalCurve.calculateSignature(pair.privKey, message);
    assert.equal(signalCurve.verifySignature(pair.pubKey, message, signature), true);
  });

  it("signs and checks Baileys' sender key messages", () => {
    const pair = generateKeyPair();
    const signed = Array.from({ length: 2 }, () =>
      new SenderKeyMessage(1, 0, Buffer.from('x'), pair.privateKey).serialize(),
    );
    assert.notDeepEqual(signed[0], signed[1], "curve25519-js' own signatures repeat, ours never do");
    const message = new SenderKeyMessage(undefined, undefined, undefined, undefined, signed[0]);
    message.verifySignature(typedPublicKey(pair.publicKey));
    assert.throws(() => {
      message.verifySignature(typedPublicKey(generateKeyPair().publicKey));
    }, /Invalid signature/);
  });

  // With tsx, mocha loads the tests as CommonJS. The program runs as ES modules, which keep copies of what a CommonJS module exports.
  it('holds among ES modules too, also when Baileys was loaded long before', () => {
    const installer = new URL('../../server/whatsapp/signal/install-fast-curve.js', import.meta.url).href;
    const script = `
      import { Curve } from '@whiskeysockets/baileys';
      import { SenderKeyMessage } from '@whiskeysockets/baileys/lib/Signal/Group/index.js';
      import libsignal from 'libsignal';
      const before = libsignal.curve.calculateAgreement;
      const { installFastCurve } = await import(${JSON.stringify(installer)});
      installFastCurve();
      const pair = Curve.generateKeyPair();
      const signed = () => new SenderKeyMessage(1, 0, Buffer.from('x'), pair.private).serialize().toString('hex');
      const outcome = {
        sessionsUseOurs: libsignal.curve.calculateAgreement !== before,
        senderKeysUseOurs: signed() !== signed(),
        verifyIsStrict: !Curve.verify(pair.public, Buffer.from('x'), Buffer.alloc(64)),
      };
      console.log(JSON.stringify(outcome));`;
    const options = ['--import', 'tsx', '--input-type=module', '-e', script];
    const printed = execFileSync(process.execPath, options, { encoding: 'utf8' });
    assert.deepEqual(JSON.parse(printed), { sessionsUseOurs: true, senderKeysUseOurs: true, verifyIsStrict: true });
  });

  describe('in the Noise handshake', () => {
    const trusted = WA_CERT_DETAILS.PUBLIC_KEY;
    const root = generateKeyPair();

    before(() => {
      WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(root.publicKey);
    });
    after(() => {
      WA_CERT_DETAILS.PUBLIC_KEY = trusted;
    });

    it('lets a server in whose certificates our root has signed', () => {
      assert.equal(shakeHandsWith(root, generateKeyPair()).length, 48);
    });

    it('refuses a chain that another root has signed', () => {
      assert.throws(() => shakeHandsWith(generateKeyPair(), generateKeyPair()), /intermediate certificate signature/);
    });

    it('refuses a leaf that the intermediate has not signed', () => {
      const intermediate = generateKeyPair();
      const imposter = generateKeyPair();
      assert.throws(() => shakeHandsWith(root, intermediate, imposter), /noise certificate signature invalid/);
    });
  });
});

/** Plays the server up to its hello and lets Baileys answer: the client's encrypted static key, or what Baileys throws. */
function shakeHandsWith(root: KeyPair, intermediate: KeyPair, leafSigner = intermediate): Uint8Array {
  const logger = pino({ level: 'silent' });
  const clientKey = Curve.generateKeyPair();
  const noiseOptions = { NOISE_HEADER: Buffer.from('WA\x06\x03', 'latin1'), logger };
  const client = makeNoiseHandler({ keyPair: clientKey, ...noiseOptions });
  const server = makeNoiseHandler({ keyPair: clientKey, ...noiseOptions });
  const ephemeral = generateKeyPair();
  const fixed = generateKeyPair();
  const details = proto.CertChain.NoiseCertificate.Details.encode({
    serial: 1,
    issuerSerial: WA_CERT_DETAILS.SERIAL,
    key: intermediate.publicKey,
  }).finish();
  const leafDetails = proto.CertChain.NoiseCertificate.Details.encode({ serial: 2, key: fixed.publicKey }).finish();
  const chain = proto.CertChain.encode({
    intermediate: { details, signature: sign(root.privateKey, details) },
    leaf: { details: leafDetails, signature: sign(leafSigner.privateKey, leafDetails) },
  }).finish();
  server.authenticate(ephemeral.publicKey);
  server.mixIntoKey(agree(ephemeral.privateKey, clientKey.public));
  const encryptedStatic = server.encrypt(fixed.publicKey);
  server.mixIntoKey(agree(fixed.privateKey, clientKey.public));
  const payload = server.encrypt(chain);
  const serverHello = { ephemeral: ephemeral.publicKey, static: encryptedStatic, payload };
  return client.processHandshake(proto.HandshakeMessage.create({ serverHello }), Curve.generateKeyPair());
}
