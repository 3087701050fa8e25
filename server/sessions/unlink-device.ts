import { setTimeout as pause } from 'node:timers/promises';
import type { GatewayConnection, GatewayEvent } from '../whatsapp/gateway.js';
import type { RunnerParts } from './runner-parts.js';

/** For an account to connect only to be unlinked. */
const unlinkTimeoutMs = 15_000;

/**
 * Unlinks the device of a session and deletes its credentials. `connection` is the one it has, if that is usable; any other
 * is closed before. Tells whether WhatsApp confirmed it; null when no device was linked.
 */
export async function unlinkDevice(
  parts: Pick<RunnerParts, 'gateway' | 'listener'>,
  sessionId: string,
  connection: GatewayConnection | undefined,
): Promise<boolean | null> {
  const { gateway } = parts;
  // Credentials that cannot be read may well be those of a device.
  const linked = await gateway.isLinked(sessionId).catch(() => true);
  let confirmed: boolean | null = null;
  if (connection !== undefined) confirmed = (await connection.logout()).confirmed;
  else if (linked) confirmed = await connectAndUnlink(parts, sessionId);
  await gateway.forget(sessionId);
  return confirmed;
}

/**
 * Connects an account that is linked but not connected, only to unlink its device, so that the phone does not go on
 * listing a device that nobody runs. True when WhatsApp confirmed it, or said that the device is unlinked already.
 */
async function connectAndUnlink(
  { gateway, listener }: Pick<RunnerParts, 'gateway' | 'listener'>,
  sessionId: string,
): Promise<boolean> {
  const stop = new AbortController();
  let tell: (event: GatewayEvent) => void = () => undefined;
  const end = new Promise<GatewayEvent>((resolve) => {
    tell = resolve;
  });
  const connection = gateway.open({
    sessionId,
    link: { method: 'qrcode' },
    listener: {
      onReceipts: (receipts) => listener.onReceipts(sessionId, receipts),
      onReplies: (news) => listener.onReplies(sessionId, news),
      onRetry: (request) => listener.onRetry(sessionId, request),
      onAddressPairs: (pairs) => listener.onAddressPairs(sessionId, pairs),
      onAddressBook: (news) => listener.onAddressBook(sessionId, news),
      onEvent: (event) => {
        if (event.type === 'open' || event.type === 'closed' || event.type === 'qr') tell(event);
      },
    },
  });
  try {
    const event = await Promise.race([end, pause(unlinkTimeoutMs, undefined, { signal: stop.signal })]);
    if (event?.type === 'open') return (await connection.logout()).confirmed;
    return event?.type === 'closed' && event.action === 'unlink';
  } finally {
    stop.abort();
    await connection.close();
  }
}
