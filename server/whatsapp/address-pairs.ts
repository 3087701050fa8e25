import type { WASocket } from '@whiskeysockets/baileys';
import { lidJid, phoneJid } from './addresses.js';
import type { AuthState } from './auth-state.js';

/** A number and the LID of the same person; both only the user part. */
export interface AddressPair {
  phoneNumber: string;
  lid: string;
}

/**
 * Keeps pairs where Baileys looks for them. New ones do not go through Baileys: it holds every pair that it is given in
 * memory for three days, without a limit and with two timers each. Those that differ from what it may remember do.
 */
export async function keepAddressPairs(
  { socket, auth }: { socket: Pick<WASocket, 'signalRepository'>; auth: Pick<AuthState, 'keys'> },
  pairs: readonly AddressPair[],
): Promise<void> {
  if (pairs.length === 0) return;
  const known = await auth.keys.get(
    'lid-mapping',
    pairs.map(({ phoneNumber }) => phoneNumber),
  );
  const added: Record<string, string> = {};
  const changed: { pn: string; lid: string }[] = [];
  for (const { phoneNumber, lid } of pairs) {
    const before = known[phoneNumber];
    if (before === lid) continue;
    if (before !== undefined) changed.push({ pn: phoneJid(phoneNumber), lid: lidJid(lid) });
    else {
      added[phoneNumber] = lid;
      added[`${lid}_reverse`] = phoneNumber;
    }
  }
  if (Object.keys(added).length > 0) await auth.keys.set({ 'lid-mapping': added });
  if (changed.length > 0) await socket.signalRepository.lidMapping.storeLIDPNMappings(changed);
}
