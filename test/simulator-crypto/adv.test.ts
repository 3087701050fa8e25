import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { configureSuccessfulPairing, initAuthCreds, proto, type BinaryNode } from '@whiskeysockets/baileys';
import { buildDeviceIdentity, verifyDeviceIdentity, verifyDeviceSignature } from '../../simulator/crypto/adv.js';
import { generateKeyPair } from '../../simulator/crypto/x25519.js';

function pairWithBaileys() {
  const creds = initAuthCreds();
  const account = generateKeyPair();
  const companionIdentity = Buffer.from(creds.signedIdentityKey.public);
  const pending = buildDeviceIdentity({
    account,
    companionIdentity,
    advSecret: Buffer.from(creds.advSecretKey, 'base64'),
    rawId: 77,
    keyIndex: 3,
    timestampSeconds: 1_700_000_000,
  });
  const pairSuccess: BinaryNode = {
    tag: 'iq',
    attrs: { id: 'X2', from: '@s.whatsapp.net', type: 'set' },
    content: [
      {
        tag: 'pair-success',
        attrs: {},
        content: [
          { tag: 'device-identity', attrs: {}, content: pending.container },
          { tag: 'device', attrs: { jid: '491511:5@s.whatsapp.net', lid: '900:5@lid' } },
          { tag: 'platform', attrs: { name: 'android' } },
        ],
      },
    ],
  };
  const { creds: update, reply } = configureSuccessfulPairing(pairSuccess, creds);
  const sign = (reply.content as BinaryNode[])[0];
  const answer = (sign?.content as BinaryNode[])[0]?.content as Uint8Array;
  const stored = update.account;
  assert.ok(stored);
  const onMessages = Buffer.from(proto.ADVSignedDeviceIdentity.encode(stored).finish());
  return { creds, account, companionIdentity, pending, answer, onMessages };
}

describe('account device verification', () => {
  it('is accepted by Baileys, whose answer is accepted in turn', () => {
    const { account, companionIdentity, pending, answer } = pairWithBaileys();
    const expected = { details: pending.details, companionIdentity, accountIdentity: account.publicKey };
    assert.deepEqual(verifyDeviceSignature(answer, expected), { ok: true, keyIndex: 3 });
  });

  it('refuses an answer with changed details, a forged signature, or no structure', () => {
    const { account, companionIdentity, pending, answer } = pairWithBaileys();
    const expected = { details: pending.details, companionIdentity, accountIdentity: account.publicKey };
    const reasonOf = (bytes: Uint8Array, over = expected) => {
      const check = verifyDeviceSignature(bytes, over);
      return check.ok ? 'accepted' : check.reason;
    };
    assert.match(reasonOf(answer, { ...expected, details: randomBytes(10) }), /changed/);
    assert.match(reasonOf(answer, { ...expected, accountIdentity: randomBytes(32) }), /device signature/);
    assert.match(reasonOf(Buffer.from('nonsense')), /not an ADVSignedDeviceIdentity/);
  });

  it("reads a message's device identity and refuses forged account and device signatures", () => {
    const { account, companionIdentity, onMessages } = pairWithBaileys();
    const check = verifyDeviceIdentity(onMessages, companionIdentity);
    assert.deepEqual(check, { ok: true, keyIndex: 3, accountIdentity: account.publicKey });

    const forge = (change: proto.IADVSignedDeviceIdentity): string => {
      const decoded = proto.ADVSignedDeviceIdentity.decode(onMessages);
      const bytes = proto.ADVSignedDeviceIdentity.encode({ ...decoded, ...change }).finish();
      const forged = verifyDeviceIdentity(bytes, companionIdentity);
      return forged.ok ? 'accepted' : forged.reason;
    };
    assert.match(forge({ accountSignature: randomBytes(64) }), /account signature/);
    assert.match(forge({ deviceSignature: randomBytes(64) }), /device signature/);
    assert.match(forge({ accountSignatureKey: generateKeyPair().publicKey }), /account signature/);
    assert.match(forge({ accountSignatureKey: null }), /no account key/);
    const otherIdentity = verifyDeviceIdentity(onMessages, generateKeyPair().publicKey);
    assert.equal(otherIdentity.ok, false);
  });
});
