import { hkdf } from '../crypto/hkdf.js';
import { keyPairFromPrivate, type KeyPair } from '../crypto/x25519.js';
import { sign, verify } from '../crypto/xeddsa.js';
import { withTypeByte } from '../crypto/x25519.js';
import {
  acceptSession,
  decryptInSession,
  encryptInSession,
  openSession,
  type Decrypted,
  type RatchetSession,
} from './ratchet-session.js';
import { SenderKeys } from './sender-keys.js';
import { encodePreKeyMessage, parsePreKeyMessage, type PreKeyMessage } from './signal-messages.js';
import { signalRefusal, type SignalRefusal } from './signal-refusal.js';

/** What the server hands out about a device, raw keys. `preKey` is null when the one-time keys are used up. */
export interface PreKeyBundle {
  registrationId: number;
  identity: Buffer;
  signedPreKey: { id: number; publicKey: Buffer; signature: Buffer };
  preKey: { id: number; publicKey: Buffer } | null;
}

export interface SignalDeviceOptions {
  /** 32 bytes that no other device shares; every long-lived key is derived from them. */
  seed: Uint8Array;
  /** Instead of the derived one, for a phone whose identity is the account's. */
  identity?: KeyPair;
  /** How many one-time prekeys it ever uploads; unlimited when left out. */
  oneTimePreKeys?: number;
}

export type CiphertextType = 'pkmsg' | 'msg';
export type SignalDecrypted =
  { ok: true; plaintext: Buffer; senderIdentity: Buffer; isNewSession: boolean } | SignalRefusal;

const signedPreKeyNumber = 1;
const maxOutstandingPreKeys = 512;
const maxSessionsPerPeer = 4;
const maxRegistrationId = 16_380;

/**
 * One device's Signal state: identity, prekeys, sessions with other devices and sender keys. Wire formats as the
 * protocol's version 3. Nothing is derived before it is needed, so an idle device costs little more than its seed.
 * A peer is named by any string that the caller uses consistently, best its device address in one form.
 */
export class SignalDevice {
  private readonly seed: Uint8Array;
  private readonly givenIdentity: KeyPair | undefined;
  private readonly preKeySupply: number;
  private madeIdentityKey: Buffer | undefined;
  private madeSignedPreKey: PreKeyBundle['signedPreKey'] | undefined;
  private issuedPreKeys = 0;
  private outstandingPreKeys: Set<number> | undefined;
  private sessions: Map<string, RatchetSession[]> | undefined;
  private madeSenderKeys: SenderKeys | undefined;

  constructor(options: SignalDeviceOptions) {
    this.seed = options.seed;
    this.givenIdentity = options.identity;
    this.preKeySupply = options.oneTimePreKeys ?? Number.POSITIVE_INFINITY;
  }

  /** 1 to 16380, always the same for a seed. */
  get registrationId(): number {
    return (this.derive('registration id').readUInt32BE(0) % maxRegistrationId) + 1;
  }

  get identityPublicKey(): Buffer {
    this.madeIdentityKey ??= this.identity().publicKey;
    return this.madeIdentityKey;
  }

  identity(): KeyPair {
    return this.givenIdentity ?? keyPairFromPrivate(this.identityPrivateKey());
  }

  get senderKeys(): SenderKeys {
    this.madeSenderKeys ??= new SenderKeys();
    return this.madeSenderKeys;
  }

  /** A bundle for one asker; each call spends one one-time prekey, as the server does. */
  takePreKeyBundle(): PreKeyBundle {
    return {
      registrationId: this.registrationId,
      identity: this.identityPublicKey,
      signedPreKey: this.signedPreKey(),
      preKey: this.issuePreKey(),
    };
  }

  signedPreKey(): PreKeyBundle['signedPreKey'] {
    if (!this.madeSignedPreKey) {
      const { publicKey } = keyPairFromPrivate(this.signedPreKeyPrivateKey());
      const signature = sign(this.identityPrivateKey(), withTypeByte(publicKey));
      this.madeSignedPreKey = { id: signedPreKeyNumber, publicKey, signature };
    }
    return this.madeSignedPreKey;
  }

  /** Decrypts what another device sent to this one. Nothing changes when it is refused. */
  decrypt(peer: string, type: CiphertextType, bytes: Uint8Array): SignalDecrypted {
    try {
      return type === 'pkmsg' ? this.decryptPreKeyMessage(peer, bytes) : this.decryptMessage(peer, bytes);
    } catch {
      // The curve refuses points of low order; no honest client produces one.
      return signalRefusal('invalid_key', 'a key of the message is no usable Curve25519 point');
    }
  }

  hasSession(peer: string): boolean {
    return this.sessions?.has(peer) ?? false;
  }

  /** The identity key that the newest session with this peer was opened with. */
  findPeerIdentity(peer: string): Buffer | undefined {
    return this.sessions?.get(peer)?.[0]?.remoteIdentity;
  }

  /** Opens a conversation with a device from the bundle that the server gave. Refused when its signature is forged. */
  startSession(peer: string, bundle: PreKeyBundle): { ok: true } | SignalRefusal {
    const { signedPreKey, identity } = bundle;
    if (!verify(identity, withTypeByte(signedPreKey.publicKey), signedPreKey.signature)) {
      return signalRefusal('invalid_signature', 'the signed prekey of the bundle is not signed by its identity');
    }
    this.addSession(peer, openSession(this.identityPrivateKey(), bundle));
    return { ok: true };
  }

  /** Encrypts for a peer with a session; `no_session` when there is none. */
  encrypt(peer: string, plaintext: Uint8Array): { ok: true; type: CiphertextType; bytes: Buffer } | SignalRefusal {
    const session = this.sessions?.get(peer)?.[0];
    if (!session) return signalRefusal('no_session', 'there is no session with this device');
    const message = encryptInSession(session, this.identityPublicKey, plaintext);
    if (!session.pendingPreKey) return { ok: true, type: 'msg', bytes: message };
    const bytes = encodePreKeyMessage({
      registrationId: this.registrationId,
      ...session.pendingPreKey,
      baseKey: session.baseKey,
      identityKey: this.identityPublicKey,
      message,
    });
    return { ok: true, type: 'pkmsg', bytes };
  }

  /** Forgets the sessions with a peer, as an app does after a reinstallation. */
  forgetSession(peer: string): void {
    this.sessions?.delete(peer);
  }

  private decryptMessage(peer: string, bytes: Uint8Array): SignalDecrypted {
    const sessions = this.sessions?.get(peer) ?? [];
    let refusal = signalRefusal('no_session', 'there is no session with the sending device');
    for (const [index, session] of sessions.entries()) {
      const result = decryptInSession(session, this.identityPublicKey, bytes);
      if (result.ok) return { ...result, senderIdentity: session.remoteIdentity, isNewSession: false };
      if (result.kind === 'duplicate') return result;
      if (index === 0) refusal = result;
    }
    return refusal;
  }

  private decryptPreKeyMessage(peer: string, bytes: Uint8Array): SignalDecrypted {
    const message = parsePreKeyMessage(bytes);
    if (!message.ok) return message;
    const existing = this.sessions?.get(peer)?.find((session) => session.baseKey.equals(message.baseKey));
    if (existing) {
      if (!existing.remoteIdentity.equals(message.identityKey)) {
        return signalRefusal('invalid_key', 'the identity key differs from the one that opened this session');
      }
      return withSender(decryptInSession(existing, this.identityPublicKey, message.message), existing, false);
    }
    const refusal = this.judgePreKeys(message);
    if (refusal) return refusal;
    const session = acceptSession({
      identity: this.identityPrivateKey(),
      signedPreKey: { privateKey: this.signedPreKeyPrivateKey(), publicKey: this.signedPreKey().publicKey },
      oneTimePreKey: message.preKeyId === null ? undefined : this.preKeyPrivateKey(message.preKeyId),
      remoteIdentity: message.identityKey,
      baseKey: message.baseKey,
    });
    const result = decryptInSession(session, this.identityPublicKey, message.message);
    if (result.ok) {
      if (message.preKeyId !== null) this.outstandingPreKeys?.delete(message.preKeyId);
      this.addSession(peer, session);
    }
    return withSender(result, session, true);
  }

  private judgePreKeys(message: PreKeyMessage): SignalRefusal | undefined {
    const { preKeyId, signedPreKeyId } = message;
    if (signedPreKeyId !== signedPreKeyNumber) {
      return signalRefusal('invalid_prekey', `signed prekey ${signedPreKeyId} is not this device's`);
    }
    if (preKeyId === null || this.outstandingPreKeys?.has(preKeyId)) return undefined;
    return preKeyId <= this.issuedPreKeys && preKeyId > 0
      ? signalRefusal('invalid_prekey', `one-time prekey ${preKeyId} was already used`)
      : signalRefusal('invalid_prekey', `one-time prekey ${preKeyId} was never handed out`);
  }

  private addSession(peer: string, session: RatchetSession): void {
    this.sessions ??= new Map();
    const others = this.sessions.get(peer) ?? [];
    this.sessions.set(peer, [session, ...others].slice(0, maxSessionsPerPeer));
  }

  private issuePreKey(): PreKeyBundle['preKey'] {
    if (this.issuedPreKeys >= this.preKeySupply) return null;
    this.issuedPreKeys += 1;
    const id = this.issuedPreKeys;
    this.outstandingPreKeys ??= new Set();
    this.outstandingPreKeys.add(id);
    const [oldest] = this.outstandingPreKeys;
    if (this.outstandingPreKeys.size > maxOutstandingPreKeys && oldest !== undefined) {
      this.outstandingPreKeys.delete(oldest);
    }
    return { id, publicKey: keyPairFromPrivate(this.preKeyPrivateKey(id)).publicKey };
  }

  private identityPrivateKey(): Uint8Array {
    return this.givenIdentity?.privateKey ?? this.derive('identity');
  }

  private signedPreKeyPrivateKey(): Buffer {
    return this.derive(`signed prekey ${signedPreKeyNumber}`);
  }

  private preKeyPrivateKey(id: number): Buffer {
    return this.derive(`prekey ${id}`);
  }

  private derive(purpose: string): Buffer {
    return hkdf(this.seed, 32, { info: purpose });
  }
}

function withSender(result: Decrypted, session: RatchetSession, isNewSession: boolean): SignalDecrypted {
  return result.ok ? { ...result, senderIdentity: session.remoteIdentity, isNewSession } : result;
}
