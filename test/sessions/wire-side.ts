import type { SessionListener } from '../../server/sessions/runner-parts.js';
import type {
  AccountIdentity,
  ConnectionHealth,
  GatewayConnection,
  GatewayEvent,
  OpenRequest,
  WhatsAppGateway,
} from '../../server/whatsapp/gateway.js';

export const account: AccountIdentity = {
  jid: '4915123456789@s.whatsapp.net',
  lid: '77@lid',
  phoneNumber: '4915123456789',
  deviceId: 3,
  pushName: 'Anna',
  platform: 'android',
};

/** A connection that was asked for, as WhatsApp's side has it. */
export interface AskedConnection extends OpenRequest {
  isClosed: boolean;
  logouts: number;
  health: ConnectionHealth;
}

/** WhatsApp as a test has it: it does nothing by itself. What is opened, told and forgotten is kept. */
export function newWireSide(isLinked: boolean | Error = false) {
  const heard: unknown[] = [];
  const opened: AskedConnection[] = [];
  const side = {
    isLinked,
    isOurs: true,
    /** What the database says instead of taking something. */
    trouble: undefined as Error | undefined,
    confirmsLogout: true,
    forgotten: 0,
    now: new Date(1_770_000_000_000),
    /** What a connection is told as soon as it is opened. */
    answer: undefined as GatewayEvent | undefined,
  };
  const open = (request: OpenRequest): GatewayConnection => {
    const health: ConnectionHealth = { lastEventAt: null, lastAckAt: null, decryptFailures: 0, pendingOfflineItems: 0 };
    const asked: AskedConnection = { ...request, isClosed: false, logouts: 0, health };
    opened.push(asked);
    const { answer } = side;
    if (answer) setImmediate(() => asked.listener.onEvent(answer));
    const unasked = (): Promise<never> => Promise.reject(new Error('nobody was to ask for this'));
    return {
      sessionId: request.sessionId,
      requestPairingCode: unasked,
      publishStatus: unasked,
      revokeStatus: unasked,
      sendPrivately: unasked,
      markRead: unasked,
      fetchFile: unasked,
      findNumbers: unasked,
      checkNumber: unasked,
      resyncAddressBook: unasked,
      health: () => asked.health,
      logout: () => {
        asked.logouts += 1;
        return Promise.resolve({ confirmed: side.confirmsLogout });
      },
      close: () => {
        asked.isClosed = true;
        return Promise.resolve();
      },
    };
  };
  const listener: SessionListener = {
    onReceipts: (...told) => Promise.resolve(void heard.push(told)),
    onReplies: (...told) => Promise.resolve(void heard.push(told)),
    onRetry: (...told) => Promise.resolve(heard.push(told) > 0),
    onAddressPairs: (...told) => Promise.resolve(void heard.push(told)),
    onAddressBook: (...told) => Promise.resolve(void heard.push(told)),
  };
  const gateway: WhatsAppGateway = {
    open,
    isLinked: () => (side.isLinked instanceof Error ? Promise.reject(side.isLinked) : Promise.resolve(side.isLinked)),
    forgetOldMessages: () => Promise.resolve(0),
    forgetMessages: () => Promise.resolve(0),
    forgetPerson: () => Promise.resolve({ devices: 0, keys: 0 }),
    forget: () => {
      side.forgotten += 1;
      side.isLinked = false;
      return Promise.resolve();
    },
    newMessageId: () => 'id',
  };
  return { opened, heard, side, gateway, listener };
}

/** The end of a connection that means this. */
export function closedWith(
  action: Extract<GatewayEvent, { type: 'closed' }>['action'],
  retryAfterMs: number | null = null,
): GatewayEvent {
  return { type: 'closed', action, code: 499, reason: 'r', message: 'Why.', remedy: 'What to do.', retryAfterMs };
}
