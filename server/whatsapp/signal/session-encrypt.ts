import { createCipheriv } from 'node:crypto';
import { typedPublicKey } from './curve.js';
import { deriveSecrets, hmacSha256, stepChain } from './kdf.js';
import type { SignalIdentity } from './session-start.js';
import { encodeSignalMessage } from './signal-protobuf.js';
import type { StoredSession } from './stored-session.js';

/** What goes into a device's `<enc>` node, and the session as it is afterwards. */
export interface SessionMessage {
  type: 'pkmsg' | 'msg';
  body: Buffer;
  session: StoredSession;
}

const messageKeysInfo = Buffer.from('WhisperMessageKeys');
const macSize = 8;

/** AES-256-CBC with PKCS#7 padding. */
export function encryptCbc(key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  return Buffer.concat([cipher.update(plaintext), cipher.final()]);
}

/**
 * Encrypts on an open session, byte for byte as libsignal's `SessionCipher.encrypt`; undefined when the session has no
 * sending chain to go on with, which means that the stored record is damaged.
 */
export function encryptOnSession(
  identity: SignalIdentity,
  session: StoredSession,
  payload: Uint8Array,
): SessionMessage | undefined {
  const ratchetKey = session.currentRatchet.ephemeralKeyPair.pubKey;
  const chain = session._chains[ratchetKey];
  if (chain?.chainType !== 1 || chain.chainKey.key === undefined) return undefined;

  const counter = chain.chainKey.counter + 1;
  const { messageSeed, nextChainKey } = stepChain(Buffer.from(chain.chainKey.key, 'base64'));
  const keys = deriveSecrets(messageSeed, messageKeysInfo, 3);
  const message = encodeSignalMessage(
    [
      [1, Buffer.from(ratchetKey, 'base64')],
      [2, counter],
      [3, session.currentRatchet.previousCounter],
      [4, encryptCbc(keys.subarray(0, 32), keys.subarray(64, 80), payload)],
    ],
    macSize,
  );
  const signed = message.subarray(0, -macSize);
  const ourKey = typedPublicKey(identity.publicKey);
  const mac = hmacSha256(
    keys.subarray(32, 64),
    ourKey,
    Buffer.from(session.indexInfo.remoteIdentityKey, 'base64'),
    signed,
  );
  message.set(mac.subarray(0, macSize), signed.length);

  const next: StoredSession = {
    ...session,
    _chains: {
      ...session._chains,
      [ratchetKey]: { ...chain, chainKey: { counter, key: nextChainKey.toString('base64') } },
    },
  };
  const pending = session.pendingPreKey;
  if (pending === undefined) return { type: 'msg', body: message, session: next };
  const body = encodeSignalMessage([
    // libsignal leaves out an id of zero.
    [1, pending.preKeyId === 0 ? undefined : pending.preKeyId],
    [2, Buffer.from(pending.baseKey, 'base64')],
    [3, ourKey],
    [4, message],
    [5, identity.registrationId],
    [6, pending.signedKeyId],
  ]);
  return { type: 'pkmsg', body, session: next };
}
