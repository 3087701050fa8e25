import { proto } from '@whiskeysockets/baileys';
import { withTypeByte } from '../crypto/x25519.js';
import { verify } from '../crypto/xeddsa.js';
import type { Registration } from '../state/companion.js';

const keyTypeCurve25519 = 5;
const maxRegistrationId = 0x3fff;
const maxNameLength = 100;

export type ClientIntent =
  | { intent: 'register'; registration: Registration; platform: string }
  /** `deviceId` is null when half-made credentials name a number but no device. */
  | { intent: 'login'; phoneNumber: string; deviceId: number | null; pushName: string | null }
  | { intent: 'invalid'; reason: string };

/** Reads the payload of the client's finish, as `generateRegistrationNode` and `generateLoginNode` write it. */
export function readClientPayload(payload: proto.ClientPayload, noiseKey: Buffer): ClientIntent {
  const version = payload.userAgent?.appVersion;
  if (!version?.primary) return invalid('the client payload names no app version');
  if (payload.devicePairingData) return readRegistration(payload.devicePairingData, noiseKey);
  const phoneNumber = payload.username ? String(payload.username) : '';
  if (!/^\d{5,15}$/.test(phoneNumber)) return invalid('the client payload neither registers nor logs in');
  const pushName = payload.pushName?.trim() ? payload.pushName.trim().slice(0, maxNameLength) : null;
  return { intent: 'login', phoneNumber, deviceId: payload.device ? payload.device : null, pushName };
}

function readRegistration(data: proto.ClientPayload.IDevicePairingRegistrationData, noiseKey: Buffer): ClientIntent {
  const { eRegid, eKeytype, eIdent, eSkeyId, eSkeyVal, eSkeySig, buildHash, deviceProps } = data;
  if (eRegid?.length !== 4) return invalid('the registration id must have 4 bytes');
  if (eKeytype?.length !== 1 || eKeytype[0] !== keyTypeCurve25519) return invalid('the key type must be 05');
  if (eIdent?.length !== 32) return invalid('the identity key must have 32 bytes');
  if (eSkeyId?.length !== 3) return invalid('the id of the signed prekey must have 3 bytes');
  if (eSkeyVal?.length !== 32) return invalid('the signed prekey must have 32 bytes');
  if (eSkeySig?.length !== 64) return invalid('the signature of the signed prekey must have 64 bytes');
  if (buildHash?.length !== 16) return invalid('the build hash must have 16 bytes');
  const registrationId = Buffer.from(eRegid).readUInt32BE(0);
  if (registrationId > maxRegistrationId) return invalid('the registration id has more than 14 bits');
  if (!verify(eIdent, withTypeByte(eSkeyVal), eSkeySig)) {
    return invalid('the signature of the signed prekey does not fit the identity key');
  }
  const platform = readPlatform(deviceProps);
  if (platform === null) return invalid('the device properties do not decode');
  return {
    intent: 'register',
    platform,
    registration: {
      registrationId,
      identityKey: Buffer.from(eIdent),
      signedPreKey: {
        id: Buffer.from(eSkeyId).readUIntBE(0, 3),
        publicKey: Buffer.from(eSkeyVal),
        signature: Buffer.from(eSkeySig),
      },
      noiseKey,
    },
  };
}

function readPlatform(deviceProps: Uint8Array | null | undefined): string | null {
  if (!deviceProps?.length) return null;
  try {
    const props = proto.DeviceProps.decode(deviceProps);
    return `${proto.DeviceProps.PlatformType[props.platformType ?? 0] ?? 'UNKNOWN'} (${props.os ?? ''})`;
  } catch {
    return null;
  }
}

function invalid(reason: string): ClientIntent {
  return { intent: 'invalid', reason };
}
