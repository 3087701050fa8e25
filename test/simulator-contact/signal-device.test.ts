import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { encodePreKeyMessage, parsePreKeyMessage } from '../../simulator/contact/signal-messages.js';
import { SignalDevice, type CiphertextType } from '../../simulator/contact/signal-device.js';
import { verify } from '../../simulator/crypto/xeddsa.js';
import { withTypeByte } from '../../simulator/crypto/x25519.js';
import { LibsignalDevice } from './libsignal-device.js';

const newDevice = (oneTimePreKeys?: number): SignalDevice =>
  new SignalDevice({ seed: randomBytes(32), ...(oneTimePreKeys === undefined ? {} : { oneTimePreKeys }) });

function textOf(device: SignalDevice, type: CiphertextType, bytes: Uint8Array, peer = 'them'): string {
  const result = device.decrypt(peer, type, bytes);
  return result.ok ? result.plaintext.toString() : `refused: ${result.kind}: ${result.reason}`;
}

function send(device: SignalDevice, text: string, peer = 'them'): { type: CiphertextType; bytes: Buffer } {
  const result = device.encrypt(peer, Buffer.from(text));
  assert.ok(result.ok, result.ok ? '' : result.reason);
  return result;
}

describe('a simulated device beside libsignal', () => {
  it('derives the same keys from the same seed, and a signature that fits', () => {
    const seed = randomBytes(32);
    const [first, second] = [new SignalDevice({ seed }), new SignalDevice({ seed })];
    assert.deepEqual(first.takePreKeyBundle(), second.takePreKeyBundle());
    const { identity, signedPreKey } = first.takePreKeyBundle();
    assert.equal(verify(identity, withTypeByte(signedPreKey.publicKey), signedPreKey.signature), true);
    assert.notDeepEqual(newDevice().identityPublicKey, first.identityPublicKey);
  });

  for (const withPreKey of [true, false]) {
    const words = withPreKey ? 'with' : 'without';
    it(`decrypts what libsignal sends from a bundle ${words} a one-time prekey, and answers`, async () => {
      const ours = newDevice(withPreKey ? 10 : 0);
      const theirs = new LibsignalDevice();
      await theirs.open(ours.takePreKeyBundle());
      for (const text of ['one', 'two', 'three']) {
        const { type, bytes } = await theirs.encrypt(text);
        assert.equal(type, 'pkmsg');
        assert.equal(textOf(ours, type, bytes), text);
      }
      for (let round = 0; round < 4; round += 1) {
        for (const text of [`answer ${round}`, `again ${round}`]) {
          const answer = send(ours, text);
          assert.equal(answer.type, 'msg');
          assert.equal(await theirs.decrypt(answer.type, answer.bytes), text);
        }
        for (const text of [`more ${round}`, `and more ${round}`]) {
          const more = await theirs.encrypt(text);
          assert.equal(more.type, 'msg');
          assert.equal(textOf(ours, more.type, more.bytes), text);
        }
      }
    });

    it(`opens a conversation with libsignal from a bundle ${words} a one-time prekey`, async () => {
      const ours = newDevice();
      const theirs = new LibsignalDevice();
      assert.deepEqual(ours.startSession('them', theirs.bundle(withPreKey)), { ok: true });
      for (const text of ['first', 'second']) {
        const message = send(ours, text);
        assert.equal(message.type, 'pkmsg');
        assert.equal(await theirs.decrypt(message.type, message.bytes), text);
      }
      const answer = await theirs.encrypt('hello back');
      assert.equal(textOf(ours, answer.type, answer.bytes), 'hello back');
      const next = send(ours, 'now shorter');
      assert.equal(next.type, 'msg');
      assert.equal(await theirs.decrypt(next.type, next.bytes), 'now shorter');
    });
  }

  it('takes messages in any order, across ratchet steps, each exactly once', async () => {
    const ours = newDevice();
    const theirs = new LibsignalDevice();
    await theirs.open(ours.takePreKeyBundle());
    const first = [await theirs.encrypt('0'), await theirs.encrypt('1'), await theirs.encrypt('2')] as const;
    assert.equal(textOf(ours, first[1].type, first[1].bytes), '1');
    const answer = send(ours, 'answer');
    await theirs.decrypt(answer.type, answer.bytes);
    const later = await theirs.encrypt('3');
    assert.equal(textOf(ours, later.type, later.bytes), '3');
    assert.equal(textOf(ours, first[2].type, first[2].bytes), '2');
    assert.equal(textOf(ours, first[0].type, first[0].bytes), '0');
    for (const message of [...first, later]) {
      assert.match(textOf(ours, message.type, message.bytes), /refused: duplicate/);
    }
  });
});

describe('a simulated device refuses', () => {
  async function conversation() {
    const ours = newDevice();
    const theirs = new LibsignalDevice();
    await theirs.open(ours.takePreKeyBundle());
    return { ours, theirs };
  }

  it('a changed message, and still takes the genuine one afterwards', async () => {
    const { ours, theirs } = await conversation();
    const { bytes } = await theirs.encrypt('hello');
    const parsed = parsePreKeyMessage(bytes);
    assert.ok(parsed.ok);
    const inner = Buffer.from(parsed.message);
    inner[inner.length - 1] = (inner[inner.length - 1] ?? 0) ^ 1;
    const changed = encodePreKeyMessage({ ...parsed, message: inner });
    assert.match(textOf(ours, 'pkmsg', changed), /refused: bad_mac/);
    assert.equal(textOf(ours, 'pkmsg', bytes), 'hello');
  });

  it('a second conversation on a one-time prekey that is used up', async () => {
    const ours = newDevice();
    const bundle = ours.takePreKeyBundle();
    const [first, second] = [new LibsignalDevice(), new LibsignalDevice()];
    await first.open(bundle);
    await second.open(bundle);
    const [fromFirst, again] = [await first.encrypt('hello'), await first.encrypt('again')];
    assert.equal(textOf(ours, 'pkmsg', fromFirst.bytes), 'hello');
    const fromSecond = await second.encrypt('me too');
    assert.match(textOf(ours, 'pkmsg', fromSecond.bytes, 'second'), /refused: invalid_prekey: .*already used/);
    assert.equal(textOf(ours, 'pkmsg', again.bytes), 'again');
  });

  it('a prekey that it never handed out, and a signed prekey that is not its own', async () => {
    const { ours, theirs } = await conversation();
    const parsed = parsePreKeyMessage((await theirs.encrypt('hello')).bytes);
    assert.ok(parsed.ok);
    assert.match(textOf(ours, 'pkmsg', encodePreKeyMessage({ ...parsed, preKeyId: 99 })), /never handed out/);
    assert.match(textOf(ours, 'pkmsg', encodePreKeyMessage({ ...parsed, signedPreKeyId: 2 })), /signed prekey 2/);
  });

  it('another identity on a known session, which the server would have noticed before', async () => {
    const { ours, theirs } = await conversation();
    assert.equal(textOf(ours, 'pkmsg', (await theirs.encrypt('hello')).bytes), 'hello');
    const parsed = parsePreKeyMessage((await theirs.encrypt('more')).bytes);
    assert.ok(parsed.ok);
    const forged = encodePreKeyMessage({ ...parsed, identityKey: newDevice().identityPublicKey });
    assert.match(textOf(ours, 'pkmsg', forged), /the identity key differs from the one that opened this session/);
  });

  it('a message without a session, nonsense, and keys that are no points', async () => {
    const { ours, theirs } = await conversation();
    assert.match(textOf(ours, 'msg', randomBytes(80)), /refused: no_session/);
    for (const bytes of [Buffer.alloc(0), randomBytes(60), Buffer.from([0x33]), Buffer.from([0x33, 1, 2])]) {
      assert.match(textOf(ours, 'pkmsg', bytes), /refused: invalid_message/);
    }
    const parsed = parsePreKeyMessage((await theirs.encrypt('hello')).bytes);
    assert.ok(parsed.ok);
    const lowOrder = encodePreKeyMessage({ ...parsed, baseKey: Buffer.alloc(32) });
    assert.match(textOf(ours, 'pkmsg', lowOrder), /refused: invalid_key/);
  });

  it('a message more than 2,000 ahead', async () => {
    const { ours, theirs } = await conversation();
    assert.equal(textOf(ours, 'pkmsg', (await theirs.encrypt('0')).bytes), '0');
    for (let count = 0; count < 2001; count += 1) await theirs.encrypt('lost');
    assert.match(textOf(ours, 'pkmsg', (await theirs.encrypt('far')).bytes), /refused: too_far_ahead/);
  });

  it('a bundle whose signed prekey is not signed by its identity, which the server would not have taken', () => {
    const bundle = new LibsignalDevice().bundle();
    const forged = { ...bundle, identity: newDevice().identityPublicKey };
    const result = newDevice().startSession('them', forged);
    assert.match(
      result.ok ? 'accepted' : result.reason,
      /the signed prekey of the bundle is not signed by its identity/,
    );
  });

  it('to encrypt for a device that it never met: people’s hands open a conversation first', () => {
    const result = newDevice().encrypt('nobody', Buffer.from('hello'));
    assert.match(result.ok ? 'sent' : result.reason, /there is no session with this device/);
  });
});
