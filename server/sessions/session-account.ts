import type { AccountIdentity, LinkMethod } from '../whatsapp/gateway.js';
import type { SessionRecord } from './session.js';

/** The account of a session that has none. */
export const nobody = { jid: null, lid: null, deviceId: null, pushName: null, platform: null } as const;

/** What is left of a session whose device is unlinked. */
export const unlinkedColumns = {
  ...nobody,
  desiredState: 'stopped',
  nextRetryAt: null,
  node: null,
} as const;

const unconfirmedRemedy =
  'Open “Linked devices” in WhatsApp on the phone and remove this device if it is still listed.';
/** What is said of a logout that WhatsApp did not confirm. */
export const unconfirmedLogout = {
  message: `The account is logged out here, but WhatsApp did not confirm it. ${unconfirmedRemedy}`,
  remedy: unconfirmedRemedy,
};

const brokenRemedy = 'Scan the new QR code, or type the new pairing code.';
/** What is said of a link that the phone began and that was not completed. */
export const brokenLink = {
  code: 401,
  message: `Linking was interrupted before it was complete. ${brokenRemedy}`,
  remedy: brokenRemedy,
};

export function accountColumns({ jid, lid, deviceId, pushName, platform }: AccountIdentity): Partial<SessionRecord> {
  return { jid, lid, deviceId, pushName, platform };
}

/** How the session links when it has no credentials yet. */
export function linkMethodOf(record: SessionRecord, customCode: string | undefined): LinkMethod {
  if (record.authMethod === 'qrcode' || record.phoneNumber === null) return { method: 'qrcode' };
  return { method: 'pairing', phoneNumber: record.phoneNumber, customCode };
}
