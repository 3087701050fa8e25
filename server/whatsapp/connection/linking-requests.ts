import { once } from 'node:events';
import { type BinaryNode, getBinaryNodeChild, type WASocket } from '@whiskeysockets/baileys';
import { withDeadline } from '../../lib/deadline.js';
import { userServer } from '../jid.js';
import type { DisconnectRule } from './disconnect-table.js';

const pairingRequestMs = 15_000;
/** WhatsApp answers within a second. Where it does not, the code may work all the same. */
const pairingAnswerMs = 5_000;

/** WhatsApp gives no pairing code: the number is none of its own, or too many were asked for. */
export class PairingRefusedError extends Error {
  override readonly name = 'PairingRefusedError';
  readonly rule: DisconnectRule;

  constructor(code: string) {
    super(`WhatsApp refused the request for a pairing code (${code})`);
    this.rule = {
      action: 'stop',
      what:
        code === '429'
          ? 'WhatsApp gives no more pairing codes for this number at the moment (code 429).'
          : `WhatsApp refused to give a pairing code for this number (code ${code}).`,
      remedy: 'Check the number with its country code, wait a few minutes and ask again, or link by QR code.',
    };
  }
}

/**
 * Asks for an 8-letter code and comes back once WhatsApp has taken the request, which Baileys does not wait for. Rejects
 * with {@link PairingRefusedError} when WhatsApp says no.
 */
export async function askForPairingCode(
  socket: WASocket,
  phoneNumber: string,
  customCode: string | undefined,
): Promise<string> {
  const done = new AbortController();
  // Nothing else is asked before the device is linked, so whichever answer comes is that of this request.
  const answered = (event: string): Promise<BinaryNode> =>
    once(socket.ws, event, { signal: done.signal }).then(([node]) => node as BinaryNode);
  const taken = answered('CB:iq,type:result,link_code_companion_reg');
  const refused = answered('CB:iq,type:error');
  for (const waiting of [taken, refused]) waiting.catch(() => undefined);
  try {
    const asked = socket.requestPairingCode(phoneNumber, customCode);
    const code = await withDeadline(asked, pairingRequestMs, 'Asking for a pairing code');
    const answer = await withDeadline(Promise.race([taken, refused]), pairingAnswerMs, 'Its answer').catch(
      () => undefined,
    );
    if (answer?.attrs['type'] === 'error') {
      throw new PairingRefusedError(getBinaryNodeChild(answer, 'error')?.attrs['code'] ?? 'unknown');
    }
    return `${code.slice(0, 4)}-${code.slice(4)}`;
  } finally {
    done.abort();
  }
}

/** Asks WhatsApp to unlink this device. Resolves once it confirms, rejects when it does not in time. */
export async function removeDevice(socket: WASocket, jid: string, timeoutMs: number): Promise<void> {
  const query = socket.query({
    tag: 'iq',
    attrs: { to: `@${userServer}`, type: 'set', xmlns: 'md' },
    content: [{ tag: 'remove-companion-device', attrs: { jid, reason: 'user_initiated' } }],
  });
  const answer: unknown = await withDeadline(query, timeoutMs, 'Unlinking the device');
  if (answer === undefined) throw new Error('the connection ended before the answer');
}
