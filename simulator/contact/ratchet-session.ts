import { decryptCbc, encryptCbc } from '../crypto/aead.js';
import { hkdf, hmacSha256 } from '../crypto/hkdf.js';
import { dh, generateKeyPair, type KeyPair } from '../crypto/x25519.js';
import {
  encodeSignalMessage,
  isMacOf,
  parseSignalMessage,
  signalMessageMac,
  type SignalMessage,
} from './signal-messages.js';
import { signalRefusal, type SignalRefusal } from './signal-refusal.js';

/** As far as libsignal lets a sender run ahead. */
const maxSkippedKeys = 2000;
const maxReceivingChains = 5;

interface Chain {
  key: Buffer;
  /** Counter of the next message. */
  counter: number;
}

interface ReceivingChain extends Chain {
  ratchetKey: Buffer;
  skipped?: Map<number, Buffer>;
}

/** One Double Ratchet session between two devices. Changes only when a message proved to be genuine. */
export interface RatchetSession {
  baseKey: Buffer;
  remoteIdentity: Buffer;
  rootKey: Buffer;
  /** Undefined after a receiving step: the next own key is made when there is something to send. */
  ownRatchet: KeyPair | undefined;
  sending: Chain | undefined;
  previousCounter: number;
  receiving: ReceivingChain[];
  /** Set while the other side has not answered: every message then carries the prekeys again. */
  pendingPreKey?: { preKeyId: number | null; signedPreKeyId: number };
}

export interface ReceivedHandshake {
  identity: Uint8Array;
  signedPreKey: KeyPair;
  oneTimePreKey: Uint8Array | undefined;
  remoteIdentity: Buffer;
  baseKey: Buffer;
}

/** X3DH on the side that published the prekeys. `identity` and `oneTimePreKey` are private keys. */
export function acceptSession(handshake: ReceivedHandshake): RatchetSession {
  const { identity, signedPreKey, oneTimePreKey, remoteIdentity, baseKey } = handshake;
  const secrets = [
    dh(signedPreKey.privateKey, remoteIdentity),
    dh(identity, baseKey),
    dh(signedPreKey.privateKey, baseKey),
    ...(oneTimePreKey ? [dh(oneTimePreKey, baseKey)] : []),
  ];
  return {
    baseKey,
    remoteIdentity,
    rootKey: initialRootKey(secrets),
    ownRatchet: signedPreKey,
    sending: undefined,
    previousCounter: 0,
    receiving: [],
  };
}

export interface RemoteBundle {
  identity: Buffer;
  signedPreKey: { id: number; publicKey: Buffer };
  preKey: { id: number; publicKey: Buffer } | null;
}

/** X3DH on the side that opens the conversation. */
export function openSession(identity: Uint8Array, remote: RemoteBundle): RatchetSession {
  const base = generateKeyPair();
  const secrets = [
    dh(identity, remote.signedPreKey.publicKey),
    dh(base.privateKey, remote.identity),
    dh(base.privateKey, remote.signedPreKey.publicKey),
    ...(remote.preKey ? [dh(base.privateKey, remote.preKey.publicKey)] : []),
  ];
  const ownRatchet = generateKeyPair();
  const step = ratchetStep(initialRootKey(secrets), dh(ownRatchet.privateKey, remote.signedPreKey.publicKey));
  return {
    baseKey: base.publicKey,
    remoteIdentity: remote.identity,
    rootKey: step.rootKey,
    ownRatchet,
    sending: { key: step.chainKey, counter: 0 },
    previousCounter: 0,
    receiving: [],
    pendingPreKey: { preKeyId: remote.preKey?.id ?? null, signedPreKeyId: remote.signedPreKey.id },
  };
}

function initialRootKey(secrets: readonly Buffer[]): Buffer {
  return hkdf(Buffer.concat([Buffer.alloc(32, 0xff), ...secrets]), 32, { info: 'WhisperText' });
}

function ratchetStep(rootKey: Buffer, secret: Buffer): { rootKey: Buffer; chainKey: Buffer } {
  const derived = hkdf(secret, 64, { salt: rootKey, info: 'WhisperRatchet' });
  return { rootKey: derived.subarray(0, 32), chainKey: derived.subarray(32) };
}

const messageKeySeed = Uint8Array.of(1);
const chainKeySeed = Uint8Array.of(2);

function messageKeys(messageKey: Buffer): { cipherKey: Buffer; macKey: Buffer; iv: Buffer } {
  const derived = hkdf(messageKey, 80, { info: 'WhisperMessageKeys' });
  return { cipherKey: derived.subarray(0, 32), macKey: derived.subarray(32, 64), iv: derived.subarray(64) };
}

/** One `msg`; steps the ratchet first when the other side spoke last. */
export function encryptInSession(session: RatchetSession, ownIdentity: Uint8Array, plaintext: Uint8Array): Buffer {
  const { ownRatchet, sending } = session.sending && session.ownRatchet ? session : stepSending(session);
  if (!ownRatchet || !sending) throw new Error('a session without a key of the other side cannot send');
  const keys = messageKeys(hmacSha256(sending.key, messageKeySeed));
  const bytes = encodeSignalMessage(
    {
      ratchetKey: ownRatchet.publicKey,
      counter: sending.counter,
      previousCounter: session.previousCounter,
      ciphertext: encryptCbc(keys.cipherKey, keys.iv, plaintext),
    },
    (authenticated) => signalMessageMac(keys.macKey, ownIdentity, session.remoteIdentity, authenticated),
  );
  session.sending = { key: hmacSha256(sending.key, chainKeySeed), counter: sending.counter + 1 };
  return bytes;
}

function stepSending(session: RatchetSession): RatchetSession {
  const remote = session.receiving.at(-1);
  if (!remote) return session;
  const ownRatchet = generateKeyPair();
  const step = ratchetStep(session.rootKey, dh(ownRatchet.privateKey, remote.ratchetKey));
  return Object.assign(session, {
    ownRatchet,
    rootKey: step.rootKey,
    sending: { key: step.chainKey, counter: 0 },
  });
}

export type Decrypted = { ok: true; plaintext: Buffer } | SignalRefusal;

/** Decrypts one `msg`. The session stays as it was unless the MAC proves the message. */
export function decryptInSession(session: RatchetSession, ownIdentity: Uint8Array, bytes: Uint8Array): Decrypted {
  const message = parseSignalMessage(bytes);
  if (!message.ok) return message;
  const known = session.receiving.find((chain) => chain.ratchetKey.equals(message.ratchetKey));
  const found: FoundChain = known ? { ok: true, chain: known } : stepReceiving(session, message);
  if (!found.ok) return found;

  const advance = messageKeyAt(found.chain, message.counter);
  if (!advance.ok) return advance;
  const keys = messageKeys(advance.messageKey);
  const mac = signalMessageMac(keys.macKey, session.remoteIdentity, ownIdentity, message.authenticated);
  if (!isMacOf(message.mac, mac)) return signalRefusal('bad_mac', 'the MAC of the message does not fit');
  const plaintext = decryptCbc(keys.cipherKey, keys.iv, message.ciphertext);
  if (!plaintext) return signalRefusal('invalid_message', 'the ciphertext has a wrong length or padding');

  found.commit?.();
  advance.commit();
  delete session.pendingPreKey;
  return { ok: true, plaintext };
}

type FoundChain = { ok: true; chain: ReceivingChain; commit?: () => void } | SignalRefusal;

function stepReceiving(session: RatchetSession, { ratchetKey, previousCounter }: SignalMessage): FoundChain {
  const { ownRatchet } = session;
  if (!ownRatchet) {
    return signalRefusal('invalid_message', 'the message uses a new ratchet key though nothing was sent in between');
  }
  const previous = session.receiving.at(-1);
  const missing =
    previous && previousCounter >= previous.counter ? collectSkipped(previous, previousCounter + 1) : undefined;
  if (missing && !missing.ok) return missing;
  const step = ratchetStep(session.rootKey, dh(ownRatchet.privateKey, ratchetKey));
  const chain: ReceivingChain = { ratchetKey, key: step.chainKey, counter: 0 };
  return {
    ok: true,
    chain,
    commit: () => {
      if (previous && missing) storeSkipped(previous, missing);
      session.rootKey = step.rootKey;
      session.previousCounter = Math.max((session.sending?.counter ?? 0) - 1, 0);
      session.sending = undefined;
      session.ownRatchet = undefined;
      session.receiving = [...session.receiving, chain].slice(-maxReceivingChains);
    },
  };
}

interface SkippedKeys {
  ok: true;
  key: Buffer;
  counter: number;
  skipped: [number, Buffer][];
}

/** Walks a chain up to, not including, `counter`. */
function collectSkipped(chain: ReceivingChain, counter: number): SkippedKeys | SignalRefusal {
  if (counter - chain.counter > maxSkippedKeys) {
    return signalRefusal(
      'too_far_ahead',
      `message ${counter} is more than ${maxSkippedKeys} ahead of ${chain.counter}`,
    );
  }
  const skipped: [number, Buffer][] = [];
  let key = chain.key;
  for (let at = chain.counter; at < counter; at += 1) {
    skipped.push([at, hmacSha256(key, messageKeySeed)]);
    key = hmacSha256(key, chainKeySeed);
  }
  return { ok: true, key, counter, skipped };
}

function storeSkipped(chain: ReceivingChain, walked: SkippedKeys): void {
  chain.key = walked.key;
  chain.counter = walked.counter;
  if (walked.skipped.length === 0) return;
  const all = [...(chain.skipped ?? []), ...walked.skipped];
  chain.skipped = new Map(all.slice(-maxSkippedKeys));
}

type MessageKeyAt = { ok: true; messageKey: Buffer; commit: () => void } | SignalRefusal;

function messageKeyAt(chain: ReceivingChain, counter: number): MessageKeyAt {
  if (counter < chain.counter) {
    const messageKey = chain.skipped?.get(counter);
    if (!messageKey) return signalRefusal('duplicate', `message ${counter} of this chain was already used`);
    return { ok: true, messageKey, commit: () => chain.skipped?.delete(counter) };
  }
  const walked = collectSkipped(chain, counter);
  if (!walked.ok) return walked;
  return {
    ok: true,
    messageKey: hmacSha256(walked.key, messageKeySeed),
    commit: () => {
      storeSkipped(chain, walked);
      chain.key = hmacSha256(walked.key, chainKeySeed);
      chain.counter = counter + 1;
    },
  };
}
