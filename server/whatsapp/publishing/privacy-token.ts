import type { WASocket } from '@whiskeysockets/baileys';
import type { Clock } from '../../lib/clock.js';
import type { AuthState } from '../credentials/auth-state.js';
import { lidServer } from '../jid.js';
import { deviceJid, parseJid } from '../wire/addresses.js';

export interface PrivacyTokenParts {
  socket: Pick<WASocket, 'serverProps'>;
  auth: Pick<AuthState, 'keys'>;
  clock: Clock;
}

/** Tokens are good for four weeks, counted by whole ones (`isTcTokenExpired` of Baileys). */
const weekSeconds = 7 * 24 * 60 * 60;
const goodForWeeks = 4;

/**
 * What this person gave us as a sign that they know us, as Baileys stores it, under the LID where there is one; null when there
 * is none, or where WhatsApp does not ask for it. Without it WhatsApp may take a message for one to a stranger (463).
 */
export async function findToken({ socket, auth, clock }: PrivacyTokenParts, jid: string): Promise<Uint8Array | null> {
  if (!socket.serverProps.privacyTokenOn1to1) return null;
  const user = parseJid(jid)?.user ?? '';
  const lid = (await auth.keys.get('lid-mapping', [user]))[user];
  const name = lid === undefined ? jid : deviceJid(lid, lidServer, 0);
  const kept = (await auth.keys.get('tctoken', [name]))[name];
  if (kept === undefined || kept.token.length === 0) return null;
  const oldestWeek = Math.floor(clock.now().getTime() / 1000 / weekSeconds) - (goodForWeeks - 1);
  return Number(kept.timestamp ?? 0) < oldestWeek * weekSeconds ? null : kept.token;
}
