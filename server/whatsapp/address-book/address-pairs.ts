import type { WASocket } from '@whiskeysockets/baileys';
import { lidJid, phoneJid } from '../jid.js';
import type { AuthState } from '../credentials/auth-state.js';
import type { AddressPair } from '../gateway.js';

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
    pairs.flatMap(({ phoneNumber, writtenAs }) => [phoneNumber, ...(writtenAs === undefined ? [] : [writtenAs])]),
  );
  const added: Record<string, string> = {};
  const changed: { pn: string; lid: string }[] = [];
  for (const { phoneNumber, lid, writtenAs } of pairs) {
    const before = known[phoneNumber];
    if (before !== undefined && before !== lid) changed.push({ pn: phoneJid(phoneNumber), lid: lidJid(lid) });
    else if (before === undefined) {
      added[phoneNumber] = lid;
      added[`${lid}_reverse`] = phoneNumber;
    }
    // The LID leads back to WhatsApp's own number only.
    if (writtenAs !== undefined && known[writtenAs] !== lid) added[writtenAs] = lid;
  }
  if (Object.keys(added).length > 0) await auth.keys.set({ 'lid-mapping': added });
  if (changed.length > 0) await socket.signalRepository.lidMapping.storeLIDPNMappings(changed);
}
