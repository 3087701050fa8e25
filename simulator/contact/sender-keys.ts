import { randomBytes } from 'node:crypto';
import { decryptCbc, encryptCbc } from '../crypto/aead.js';
import { hkdf, hmacSha256, sha256 } from '../crypto/hkdf.js';
import { generateKeyPair, type KeyPair } from '../crypto/x25519.js';
import { sign, verify } from '../crypto/xeddsa.js';
import {
  encodeSenderKeyDistribution,
  encodeSenderKeyMessage,
  parseSenderKeyDistribution,
  parseSenderKeyMessage,
} from './signal-messages.js';
import { signalRefusal, type SignalRefusal } from './signal-refusal.js';

/** As far as Baileys and libsignal let a sender run ahead. */
const maxAhead = 2000;
/** Enough for messages that overtook each other. Baileys leaves a gap after every message, so more would only pile up. */
const maxSkippedKeys = 16;
const maxKeysPerSender = 3;

interface ReceivedKey {
  keyId: number;
  signingKey: Buffer;
  chainKey: Buffer;
  /** Iteration that `chainKey` stands for. */
  iteration: number;
  skipped?: Map<number, Buffer>;
}

const messageKeySeed = Uint8Array.of(1);
const chainKeySeed = Uint8Array.of(2);

/** The sender keys that one device received, by group and sending device. */
export class SenderKeys {
  private readonly keys = new Map<string, ReceivedKey[]>();

  /**
   * Takes a key distribution message. A key that is already known is kept where it stands, so a repeated
   * distribution cannot rewind it; one that is too far behind jumps to the new place.
   */
  install(groupId: string, sender: string, bytes: Uint8Array): { ok: true } | SignalRefusal {
    const distribution = parseSenderKeyDistribution(bytes);
    if (!distribution.ok) return distribution;
    const { keyId, signingKey, chainKey, iteration } = distribution;
    const name = keyName(groupId, sender);
    const keys = this.keys.get(name) ?? [];
    const known = keys.find((key) => key.keyId === keyId && key.signingKey.equals(signingKey));
    if (known && iteration - known.iteration <= maxAhead) return { ok: true };
    const others = keys.filter((key) => key.keyId !== keyId);
    this.keys.set(name, [{ keyId, signingKey, chainKey, iteration }, ...others].slice(0, maxKeysPerSender));
    return { ok: true };
  }

  has(groupId: string, sender: string): boolean {
    return this.keys.has(keyName(groupId, sender));
  }

  forget(groupId: string, sender: string): void {
    this.keys.delete(keyName(groupId, sender));
  }

  /** Decrypts an `skmsg`. Each iteration works once; the key advances only when signature and padding are right. */
  decrypt(groupId: string, sender: string, bytes: Uint8Array): { ok: true; plaintext: Buffer } | SignalRefusal {
    const message = parseSenderKeyMessage(bytes);
    if (!message.ok) return message;
    const key = this.keys.get(keyName(groupId, sender))?.find(({ keyId }) => keyId === message.keyId);
    if (!key) return signalRefusal('no_sender_key', 'the sender key of this message was never received');
    if (!isSignedBy(key.signingKey, message.signed, message.signature)) {
      return signalRefusal('invalid_signature', 'the sender key signature does not fit');
    }
    const found = seedAt(key, message.iteration);
    if (!found.ok) return found;
    const { cipherKey, iv } = cipherKeys(found.seed);
    const plaintext = decryptCbc(cipherKey, iv, message.ciphertext);
    if (!plaintext) return signalRefusal('invalid_message', 'the ciphertext has a wrong length or padding');
    found.commit();
    return { ok: true, plaintext };
  }
}

/** The own sender key of a device that posts: hands out its distribution message and encrypts. */
export class OwnSenderKey {
  private readonly keyId = randomBytes(4).readUInt32BE(0) >>> 1;
  private readonly signing: KeyPair = generateKeyPair();
  private chainKey: Buffer = randomBytes(32);
  private iteration = 0;

  /** What a recipient needs for the messages from now on. */
  distribution(): Buffer {
    return encodeSenderKeyDistribution({
      keyId: this.keyId,
      iteration: this.iteration,
      chainKey: this.chainKey,
      signingKey: this.signing.publicKey,
    });
  }

  encrypt(plaintext: Uint8Array): Buffer {
    const { cipherKey, iv } = cipherKeys(hmacSha256(this.chainKey, messageKeySeed));
    const bytes = encodeSenderKeyMessage(
      { keyId: this.keyId, iteration: this.iteration, ciphertext: encryptCbc(cipherKey, iv, plaintext) },
      (signed) => sign(this.signing.privateKey, signed),
    );
    this.chainKey = hmacSha256(this.chainKey, chainKeySeed);
    this.iteration += 1;
    return bytes;
  }
}

function keyName(groupId: string, sender: string): string {
  return `${groupId} ${sender}`;
}

function cipherKeys(seed: Buffer): { iv: Buffer; cipherKey: Buffer } {
  const derived = hkdf(seed, 48, { info: 'WhisperGroup' });
  return { iv: derived.subarray(0, 16), cipherKey: derived.subarray(16) };
}

type SeedAt = { ok: true; seed: Buffer; commit: () => void } | SignalRefusal;

function seedAt(key: ReceivedKey, iteration: number): SeedAt {
  if (iteration < key.iteration) {
    const seed = key.skipped?.get(iteration);
    if (!seed) return signalRefusal('duplicate', `iteration ${iteration} of the sender key was already used`);
    return { ok: true, seed, commit: () => key.skipped?.delete(iteration) };
  }
  if (iteration - key.iteration > maxAhead) {
    return signalRefusal('too_far_ahead', `iteration ${iteration} is more than ${maxAhead} ahead of ${key.iteration}`);
  }
  const skipped: [number, Buffer][] = [];
  let chainKey = key.chainKey;
  for (let at = key.iteration; at < iteration; at += 1) {
    skipped.push([at, hmacSha256(chainKey, messageKeySeed)]);
    chainKey = hmacSha256(chainKey, chainKeySeed);
  }
  return {
    ok: true,
    seed: hmacSha256(chainKey, messageKeySeed),
    commit: () => {
      if (skipped.length > 0) key.skipped = new Map([...(key.skipped ?? []), ...skipped].slice(-maxSkippedKeys));
      key.chainKey = hmacSha256(chainKey, chainKeySeed);
      key.iteration = iteration + 1;
    },
  };
}

const rememberedSignatures = 64;
const genuineSignatures = new Set<string>();

/** Every recipient of a post gets the same bytes; a signature that was found genuine stays so. */
function isSignedBy(signingKey: Buffer, signed: Uint8Array, signature: Uint8Array): boolean {
  const fingerprint = sha256(signingKey, signature, signed).toString('latin1');
  if (genuineSignatures.has(fingerprint)) return true;
  if (!verify(signingKey, signed, signature)) return false;
  if (genuineSignatures.size >= rememberedSignatures) genuineSignatures.clear();
  genuineSignatures.add(fingerprint);
  return true;
}
