import type { PersonAddress } from './gateway.js';

/** The two forms of address that people have on WhatsApp, by what stands behind the `@`. */
export const userServer = 's.whatsapp.net';
export const lidServer = 'lid';

export function phoneJid(phoneNumber: string): string {
  return `${phoneNumber}@${userServer}`;
}

export function lidJid(lid: string): string {
  return `${lid}@${lidServer}`;
}

/** A person as a JID: by the number where it is known; null for whom no address is known. */
export function jidOf({ phoneNumber, lid }: PersonAddress): string | null {
  if (phoneNumber !== null) return phoneJid(phoneNumber);
  return lid === null ? null : lidJid(lid);
}

/** What stands before the `@` of a JID that names a person: a number or a LID. */
export function userOf(jid: string): string {
  const at = jid.indexOf('@');
  return at < 0 ? jid : jid.slice(0, at);
}
