import { agree, generateKeyPair, typedPublicKey, verify } from './curve.js';
import { deriveSecrets } from './kdf.js';
import type { StoredSession } from './stored-session.js';

/** The account's own side of every session. Keys are raw or carry Signal's type byte. */
export interface SignalIdentity {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
  readonly registrationId: number;
}

/** What the server hands out for a device (`<user>` of an `encrypt` query). Public keys have 32 or 33 bytes. */
export interface PreKeyBundle {
  readonly registrationId: number;
  readonly identityKey: Uint8Array;
  readonly signedPreKey: { readonly keyId: number; readonly publicKey: Uint8Array; readonly signature: Uint8Array };
  /** Absent when the device's one-time prekeys are used up. */
  readonly preKey?: { readonly keyId: number; readonly publicKey: Uint8Array } | undefined;
}

/** `false_signature`: the bundle is not the device's own. `bad_keys`: malformed, or of low order. */
export type BundleFault = 'false_signature' | 'bad_keys';

const sharedSecretInfo = Buffer.from('WhisperText');
const ratchetInfo = Buffer.from('WhisperRatchet');
const discontinuity = Buffer.alloc(32, 0xff);

function isPublicKey(key: Uint8Array): boolean {
  return key.length === 32 || (key.length === 33 && key[0] === 5);
}

/**
 * Begins a session with a device from its bundle (X3DH, then the first sending chain), as libsignal's `initOutgoing` and
 * `initSession` do. Answers the fault of a bundle that cannot be used. The session is open and has sent nothing.
 */
export function startSession(identity: SignalIdentity, bundle: PreKeyBundle, now: number): StoredSession | BundleFault {
  const { signedPreKey, preKey } = bundle;
  if (!isPublicKey(bundle.identityKey) || !isPublicKey(signedPreKey.publicKey)) return 'bad_keys';
  if (preKey !== undefined && !isPublicKey(preKey.publicKey)) return 'bad_keys';
  const theirIdentity = typedPublicKey(bundle.identityKey);
  const theirSignedPreKey = typedPublicKey(signedPreKey.publicKey);
  if (!verify(theirIdentity, theirSignedPreKey, signedPreKey.signature)) return 'false_signature';

  const base = generateKeyPair();
  const ratchet = generateKeyPair();
  let secret: Buffer;
  let ratchetSecret: Buffer;
  try {
    secret = Buffer.concat([
      discontinuity,
      agree(identity.privateKey, theirSignedPreKey),
      agree(base.privateKey, theirIdentity),
      agree(base.privateKey, theirSignedPreKey),
      ...(preKey === undefined ? [] : [agree(base.privateKey, preKey.publicKey)]),
    ]);
    ratchetSecret = agree(ratchet.privateKey, theirSignedPreKey);
  } catch {
    return 'bad_keys';
  }
  const rootKey = deriveSecrets(secret, sharedSecretInfo, 1);
  const derived = deriveSecrets(ratchetSecret, ratchetInfo, 2, rootKey);
  const ratchetKey = typedPublicKey(ratchet.publicKey).toString('base64');
  const baseKey = typedPublicKey(base.publicKey).toString('base64');
  return {
    registrationId: bundle.registrationId,
    currentRatchet: {
      ephemeralKeyPair: { pubKey: ratchetKey, privKey: ratchet.privateKey.toString('base64') },
      lastRemoteEphemeralKey: theirSignedPreKey.toString('base64'),
      previousCounter: 0,
      rootKey: derived.toString('base64', 0, 32),
    },
    indexInfo: {
      baseKey,
      baseKeyType: 1,
      closed: -1,
      used: now,
      created: now,
      remoteIdentityKey: theirIdentity.toString('base64'),
    },
    _chains: {
      [ratchetKey]: {
        chainKey: { counter: -1, key: derived.toString('base64', 32, 64) },
        chainType: 1,
        messageKeys: {},
      },
    },
    pendingPreKey: {
      signedKeyId: signedPreKey.keyId,
      baseKey,
      ...(preKey === undefined ? {} : { preKeyId: preKey.keyId }),
    },
  };
}
