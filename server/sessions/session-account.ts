import type { AccountIdentity, LinkMethod } from '../whatsapp/gateway.js';
import type { SessionRecord } from './session.js';

/** What is left of a session whose device is unlinked. */
export const unlinkedColumns = {
  jid: null,
  lid: null,
  deviceId: null,
  pushName: null,
  platform: null,
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

export function accountColumns({ jid, lid, deviceId, pushName, platform }: AccountIdentity): Partial<SessionRecord> {
  return { jid, lid, deviceId, pushName, platform };
}

/** How the session links when it has no credentials yet. */
export function linkMethodOf(record: SessionRecord, customCode: string | undefined): LinkMethod {
  if (record.authMethod === 'qrcode' || record.phoneNumber === null) return { method: 'qrcode' };
  return { method: 'pairing', phoneNumber: record.phoneNumber, customCode };
}
