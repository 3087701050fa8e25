import { proto } from '@whiskeysockets/baileys';
import { hmacSha256 } from '../crypto/hkdf.js';
import { equalBytes } from '../crypto/aead.js';
import { withTypeByte, withoutTypeByte } from '../crypto/x25519.js';
import { signalRefusal, type SignalRefusal } from './signal-refusal.js';

/** Version 3 in both halves: the version of the message and the newest one that the sender speaks. */
const versionByte = 0x33;
const macLength = 8;

export interface SignalMessage {
  ratchetKey: Buffer;
  counter: number;
  previousCounter: number;
  ciphertext: Uint8Array;
  /** Everything before the MAC, the version byte included. */
  authenticated: Uint8Array;
  mac: Uint8Array;
}

export interface PreKeyMessage {
  registrationId: number;
  preKeyId: number | null;
  signedPreKeyId: number;
  baseKey: Buffer;
  identityKey: Buffer;
  message: Uint8Array;
}

type Parsed<T> = ({ ok: true } & T) | SignalRefusal;

function body(bytes: Uint8Array, trailerLength: number): Uint8Array | undefined {
  return bytes[0] === versionByte && bytes.length > 1 + trailerLength
    ? bytes.subarray(1, bytes.length - trailerLength)
    : undefined;
}

function decoded<T>(decode: (bytes: Uint8Array) => T, bytes: Uint8Array): T | undefined {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}

/** `33 || SignalMessage || MAC8`. */
export function parseSignalMessage(bytes: Uint8Array): Parsed<SignalMessage> {
  const content = body(bytes, macLength);
  const message = content && decoded((input) => proto.SignalMessage.decode(input), content);
  const ratchetKey = withoutTypeByte(message?.ratchetKey);
  if (!message || !ratchetKey || !message.ciphertext) {
    return signalRefusal('invalid_message', 'the message is not a version 3 Signal message');
  }
  return {
    ok: true,
    ratchetKey,
    counter: message.counter ?? 0,
    previousCounter: message.previousCounter ?? 0,
    ciphertext: message.ciphertext,
    authenticated: bytes.subarray(0, bytes.length - macLength),
    mac: bytes.subarray(bytes.length - macLength),
  };
}

/** The MAC also covers both identity keys, so a message cannot be moved to another pair of devices. */
export function signalMessageMac(
  macKey: Uint8Array,
  senderIdentity: Uint8Array,
  receiverIdentity: Uint8Array,
  authenticated: Uint8Array,
): Buffer {
  const mac = hmacSha256(macKey, withTypeByte(senderIdentity), withTypeByte(receiverIdentity), authenticated);
  return mac.subarray(0, macLength);
}

export function isMacOf(mac: Uint8Array, expected: Uint8Array): boolean {
  return equalBytes(mac, expected);
}

export function encodeSignalMessage(
  message: { ratchetKey: Uint8Array; counter: number; previousCounter: number; ciphertext: Uint8Array },
  mac: (authenticated: Uint8Array) => Uint8Array,
): Buffer {
  const authenticated = Buffer.concat([
    Uint8Array.of(versionByte),
    proto.SignalMessage.encode({ ...message, ratchetKey: withTypeByte(message.ratchetKey) }).finish(),
  ]);
  return Buffer.concat([authenticated, mac(authenticated)]);
}

/** `33 || PreKeySignalMessage`. */
export function parsePreKeyMessage(bytes: Uint8Array): Parsed<PreKeyMessage> {
  const content = body(bytes, 0);
  const message = content && decoded((input) => proto.PreKeySignalMessage.decode(input), content);
  const baseKey = withoutTypeByte(message?.baseKey);
  const identityKey = withoutTypeByte(message?.identityKey);
  if (!message?.message || !baseKey || !identityKey || message.signedPreKeyId == null) {
    return signalRefusal('invalid_message', 'the message is not a version 3 prekey message');
  }
  return {
    ok: true,
    registrationId: message.registrationId ?? 0,
    preKeyId: message.preKeyId ?? null,
    signedPreKeyId: message.signedPreKeyId,
    baseKey,
    identityKey,
    message: message.message,
  };
}

export function encodePreKeyMessage(message: PreKeyMessage): Buffer {
  const { preKeyId, ...rest } = message;
  const encoded = proto.PreKeySignalMessage.encode({
    ...rest,
    baseKey: withTypeByte(message.baseKey),
    identityKey: withTypeByte(message.identityKey),
    ...(preKeyId === null ? {} : { preKeyId }),
  }).finish();
  return Buffer.concat([Uint8Array.of(versionByte), encoded]);
}

export const senderKeySignatureLength = 64;

export interface SenderKeyMessage {
  keyId: number;
  iteration: number;
  ciphertext: Uint8Array;
  signed: Uint8Array;
  signature: Uint8Array;
}

/** `33 || SenderKeyMessage || signature(64)`. */
export function parseSenderKeyMessage(bytes: Uint8Array): Parsed<SenderKeyMessage> {
  const content = body(bytes, senderKeySignatureLength);
  const message = content && decoded((input) => proto.SenderKeyMessage.decode(input), content);
  if (!message?.ciphertext || message.id == null) {
    return signalRefusal('invalid_message', 'the message is not a version 3 sender key message');
  }
  return {
    ok: true,
    keyId: message.id,
    iteration: message.iteration ?? 0,
    ciphertext: message.ciphertext,
    signed: bytes.subarray(0, bytes.length - senderKeySignatureLength),
    signature: bytes.subarray(bytes.length - senderKeySignatureLength),
  };
}

export function encodeSenderKeyMessage(
  message: { keyId: number; iteration: number; ciphertext: Uint8Array },
  sign: (signed: Uint8Array) => Uint8Array,
): Buffer {
  const { keyId: id, iteration, ciphertext } = message;
  const signed = Buffer.concat([
    Uint8Array.of(versionByte),
    proto.SenderKeyMessage.encode({ id, iteration, ciphertext }).finish(),
  ]);
  return Buffer.concat([signed, sign(signed)]);
}

export interface SenderKeyDistribution {
  keyId: number;
  iteration: number;
  chainKey: Buffer;
  signingKey: Buffer;
}

/** `33 || SenderKeyDistributionMessage`. */
export function parseSenderKeyDistribution(bytes: Uint8Array): Parsed<SenderKeyDistribution> {
  const content = body(bytes, 0);
  const message = content && decoded((input) => proto.SenderKeyDistributionMessage.decode(input), content);
  const signingKey = withoutTypeByte(message?.signingKey);
  if (!message || message.id == null || message.chainKey?.length !== 32 || !signingKey) {
    return signalRefusal('invalid_message', 'the sender key distribution is not a version 3 distribution message');
  }
  return {
    ok: true,
    keyId: message.id,
    iteration: message.iteration ?? 0,
    chainKey: Buffer.from(message.chainKey),
    signingKey,
  };
}

export function encodeSenderKeyDistribution(distribution: SenderKeyDistribution): Buffer {
  const { keyId: id, iteration, chainKey, signingKey } = distribution;
  const encoded = proto.SenderKeyDistributionMessage.encode({
    id,
    iteration,
    chainKey,
    signingKey: withTypeByte(signingKey),
  }).finish();
  return Buffer.concat([Uint8Array.of(versionByte), encoded]);
}
