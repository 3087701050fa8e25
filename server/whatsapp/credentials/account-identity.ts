import type { AuthenticationCreds } from '@whiskeysockets/baileys';
import { asText } from '../../contract/values/texts.js';
import { parseJid } from '../wire/addresses.js';
import { lidJid } from '../jid.js';
import type { AccountIdentity } from '../gateway.js';

/** Baileys' stand-in for a name while a pairing code is waiting. */
const namePlaceholder = '~';
const maxNameLength = 200;

/** Who the credentials belong to; undefined before linking is complete. */
export function accountOf(creds: AuthenticationCreds): AccountIdentity | undefined {
  const own = parseJid(creds.me?.id);
  if (own === undefined || creds.account === undefined) return undefined;
  const lid = parseJid(creds.me?.lid)?.user;
  const name = asText(creds.me?.name ?? '', maxNameLength);
  return {
    jid: `${own.user}@${own.server}`,
    lid: lid === undefined ? null : lidJid(lid),
    phoneNumber: own.user,
    deviceId: own.deviceId,
    platform: creds.platform ?? null,
    pushName: name === '' || name === namePlaceholder ? null : name,
  };
}
