import { proto } from '@whiskeysockets/baileys';
import { equalBytes } from './aead.js';
import { hmacSha256 } from './hkdf.js';
import type { KeyPair } from './x25519.js';
import { sign, verify } from './xeddsa.js';

/**
 * Account device verification: the phone vouches for a companion, the companion confirms.
 * Structures and prefixes as Baileys' `configureSuccessfulPairing` reads and writes them.
 */

const accountSignaturePrefix = Uint8Array.of(6, 0);
const deviceSignaturePrefix = Uint8Array.of(6, 1);

export interface DeviceIdentityRequest {
  /** The phone's identity key pair: the account's identity. */
  account: KeyPair;
  /** The companion's raw identity key from the QR or the key bundle. */
  companionIdentity: Uint8Array;
  /** 32 raw bytes, from the QR or derived in the code flow. */
  advSecret: Uint8Array;
  /** Names the account's generation of devices, a 32-bit number. */
  rawId: number;
  /** 1 or more for companions. */
  keyIndex: number;
  timestampSeconds: number;
}

export interface PendingDeviceIdentity {
  /** Content of `<pair-success><device-identity>`: an encoded ADVSignedDeviceIdentityHMAC. */
  container: Buffer;
  /** The encoded ADVDeviceIdentity that the companion must give back unchanged. */
  details: Buffer;
  keyIndex: number;
}

/** What the phone sends to a companion that it accepts. */
export function buildDeviceIdentity(request: DeviceIdentityRequest): PendingDeviceIdentity {
  const details = Buffer.from(
    proto.ADVDeviceIdentity.encode({
      rawId: request.rawId,
      timestamp: request.timestampSeconds,
      keyIndex: request.keyIndex,
      accountType: proto.ADVEncryptionType.E2EE,
      deviceType: proto.ADVEncryptionType.E2EE,
    }).finish(),
  );
  const accountSignature = sign(
    request.account.privateKey,
    Buffer.concat([accountSignaturePrefix, details, request.companionIdentity]),
  );
  const signed = proto.ADVSignedDeviceIdentity.encode({
    details,
    accountSignatureKey: request.account.publicKey,
    accountSignature,
  }).finish();
  const container = proto.ADVSignedDeviceIdentityHMAC.encode({
    details: signed,
    hmac: hmacSha256(request.advSecret, signed),
  }).finish();
  return { container: Buffer.from(container), details, keyIndex: request.keyIndex };
}

export type DeviceSignatureCheck = { ok: true; keyIndex: number } | { ok: false; reason: string };

/** Judges the companion's answer, the content of `<pair-device-sign><device-identity>`. */
export function verifyDeviceSignature(
  answer: Uint8Array,
  expected: { details: Uint8Array; companionIdentity: Uint8Array; accountIdentity: Uint8Array },
): DeviceSignatureCheck {
  const signed = decodeSigned(answer);
  if (!signed) return { ok: false, reason: 'the device identity is not an ADVSignedDeviceIdentity' };
  if (!equalBytes(signed.details, expected.details)) {
    return { ok: false, reason: 'the details of the device identity were changed' };
  }
  return checkDeviceSignature(signed, expected.companionIdentity, expected.accountIdentity);
}

export interface DeviceIdentityFacts {
  accountIdentity: Buffer;
  keyIndex: number;
}
export type DeviceIdentityCheck = ({ ok: true } & DeviceIdentityFacts) | { ok: false; reason: string };

/**
 * Judges a message's `<device-identity>`: the account vouches for `companionIdentity` (the identity key inside the
 * pkmsg) and the companion signed back. The caller compares `accountIdentity` with the account it knows, if any.
 */
export function verifyDeviceIdentity(bytes: Uint8Array, companionIdentity: Uint8Array): DeviceIdentityCheck {
  const signed = decodeSigned(bytes);
  if (!signed) return { ok: false, reason: 'the device identity is not an ADVSignedDeviceIdentity' };
  const accountIdentity = signed.accountSignatureKey;
  if (accountIdentity?.length !== 32) return { ok: false, reason: 'the device identity names no account key' };
  const accountMessage = Buffer.concat([accountSignaturePrefix, signed.details, companionIdentity]);
  if (!verify(accountIdentity, accountMessage, signed.accountSignature)) {
    return { ok: false, reason: 'the account signature of the device identity does not fit' };
  }
  const device = checkDeviceSignature(signed, companionIdentity, accountIdentity);
  return device.ok ? { ...device, accountIdentity: Buffer.from(accountIdentity) } : device;
}

interface SignedParts {
  details: Uint8Array;
  accountSignature: Uint8Array;
  accountSignatureKey: Uint8Array | null | undefined;
  deviceSignature: Uint8Array | null | undefined;
}

function decodeSigned(bytes: Uint8Array): SignedParts | undefined {
  try {
    const decoded = proto.ADVSignedDeviceIdentity.decode(bytes);
    if (!decoded.details?.length || !decoded.accountSignature) return undefined;
    return {
      details: decoded.details,
      accountSignature: decoded.accountSignature,
      accountSignatureKey: decoded.accountSignatureKey,
      deviceSignature: decoded.deviceSignature,
    };
  } catch {
    return undefined;
  }
}

function checkDeviceSignature(
  signed: SignedParts,
  companionIdentity: Uint8Array,
  accountIdentity: Uint8Array,
): DeviceSignatureCheck {
  const message = Buffer.concat([deviceSignaturePrefix, signed.details, companionIdentity, accountIdentity]);
  if (!signed.deviceSignature || !verify(companionIdentity, message, signed.deviceSignature)) {
    return { ok: false, reason: 'the device signature of the device identity does not fit' };
  }
  const keyIndex = readKeyIndex(signed.details);
  return keyIndex > 0 ? { ok: true, keyIndex } : { ok: false, reason: 'the device identity has no key index' };
}

function readKeyIndex(details: Uint8Array): number {
  try {
    return proto.ADVDeviceIdentity.decode(details).keyIndex ?? 0;
  } catch {
    return 0;
  }
}
