import { ok } from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import { pad } from '../../simulator/contact/message-padding.js';
import { encryptInSession, type RatchetSession } from '../../simulator/contact/ratchet-session.js';
import {
  encodePreKeyMessage,
  encodeSenderKeyDistribution,
  encodeSenderKeyMessage,
  encodeSignalMessage,
  signalMessageMac,
  type PreKeyMessage,
} from '../../simulator/contact/signal-messages.js';
import { encryptCbc } from '../../simulator/crypto/aead.js';
import { hkdf, hmacSha256 } from '../../simulator/crypto/hkdf.js';
import { generateKeyPair } from '../../simulator/crypto/x25519.js';
import { sign } from '../../simulator/crypto/xeddsa.js';

/** One `<enc>` that is about to be sent, honest or not. */
export interface Ciphertext {
  type: 'pkmsg' | 'msg' | 'skmsg';
  bytes: Uint8Array;
}

/** Who a conversation's other side believes to hear. */
export interface OwnIdentity {
  registrationId: number;
  publicKey: Buffer;
}

/** A Signal session whose inside is open, for messages in which one thing is wrong. */
export class Conversation {
  constructor(
    private readonly own: OwnIdentity,
    readonly session: RatchetSession,
  ) {}

  /** What an honest client sends next, the prekeys around it. */
  seal(message: proto.IMessage): Ciphertext {
    return this.sealBytes(pad(proto.Message.encode(message).finish()));
  }

  /** The same for any bytes, also such as are no padded message. */
  sealBytes(plaintext: Uint8Array): Ciphertext {
    return this.wrap(encryptInSession(this.session, this.own.publicKey, plaintext));
  }

  /** A `pkmsg` around a `msg`, with what is wrong in it. */
  wrap(message: Uint8Array, wrong: Partial<PreKeyMessage> = {}): Ciphertext {
    const { pendingPreKey, baseKey } = this.session;
    ok(pendingPreKey);
    const { registrationId, publicKey: identityKey } = this.own;
    const bytes = encodePreKeyMessage({ registrationId, ...pendingPreKey, baseKey, identityKey, message, ...wrong });
    return { type: 'pkmsg', bytes };
  }

  /** The bare `msg` of the next message with a genuine MAC around whatever is asked for. */
  forge(wrong: { counter?: number; ratchetKey?: Buffer; ciphertext?: Buffer }): Buffer {
    const { sending, ownRatchet, remoteIdentity, previousCounter } = this.session;
    ok(sending && ownRatchet);
    const derived = hkdf(hmacSha256(sending.key, Uint8Array.of(1)), 80, { info: 'WhisperMessageKeys' });
    const honest = encryptCbc(derived.subarray(0, 32), derived.subarray(64), pad(Buffer.of()));
    const message = {
      ratchetKey: wrong.ratchetKey ?? ownRatchet.publicKey,
      counter: wrong.counter ?? sending.counter,
      previousCounter,
      ciphertext: wrong.ciphertext ?? honest,
    };
    const macKey = derived.subarray(32, 64);
    return encodeSignalMessage(message, (authenticated) =>
      signalMessageMac(macKey, this.own.publicKey, remoteIdentity, authenticated),
    );
  }
}

/** A sender key whose inside is open. The chain never advances: every post is made for the iteration that it names. */
export class OpenSenderKey {
  readonly keyId = randomInt(2 ** 31);
  private readonly signing = generateKeyPair();
  private readonly chainKey = Buffer.from(generateKeyPair().privateKey);

  /** The distribution message as clients put it beside, or into, a message. */
  distribution(groupId = 'status@broadcast'): proto.IMessage {
    return { senderKeyDistributionMessage: { groupId, axolotlSenderKeyDistributionMessage: this.distributionBytes() } };
  }

  distributionBytes(): Buffer {
    const { publicKey: signingKey } = this.signing;
    return encodeSenderKeyDistribution({ keyId: this.keyId, iteration: 0, chainKey: this.chainKey, signingKey });
  }

  seal(message: proto.IMessage): Buffer {
    return this.sealBytes(pad(proto.Message.encode(message).finish()));
  }

  /** The post of iteration 0, genuine but for what is asked for. */
  sealBytes(plaintext: Uint8Array, wrong: { keyId?: number; iteration?: number; ciphertext?: Buffer } = {}): Buffer {
    const derived = hkdf(hmacSha256(this.chainKey, Uint8Array.of(1)), 48, { info: 'WhisperGroup' });
    const ciphertext = encryptCbc(derived.subarray(16), derived.subarray(0, 16), plaintext);
    return encodeSenderKeyMessage({ keyId: this.keyId, iteration: 0, ciphertext, ...wrong }, (signed) =>
      sign(this.signing.privateKey, signed),
    );
  }
}

/** A copy in which the byte at `index`, from the end when negative, is another one. */
export function changed(bytes: Uint8Array, index: number): Buffer {
  const copy = Buffer.from(bytes);
  const at = index < 0 ? copy.length + index : index;
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
