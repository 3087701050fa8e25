import type { ApiKeys } from '../access/api-keys-service.js';
import type { Quotas } from '../access/quotas.js';
import type { Core } from '../core.js';
import { Hook } from '../lib/hook.js';
import type {
  AddressBookNews,
  AddressPair,
  ReplyNews,
  RetryRequest,
  StatusReceipt,
  WhatsAppGateway,
} from '../whatsapp/gateway.js';
import { createSessions } from './create-sessions.js';
import { Ownership } from './ownership.js';
import { OwnershipStore } from './ownership-store.js';
import { sessionsRoutes } from './sessions-routes.js';
import { SessionsStore } from './sessions-store.js';

/** Which sessions this process holds. It is there before the way to WhatsApp, which asks it before it writes keys. */
export function ownershipFeature({ config, database, logger, lifecycle }: Core): Ownership {
  const { nodeName: node, sessionLeaseMs: leaseMs } = config;
  const ownership = new Ownership(new OwnershipStore(database), { node, leaseMs, logger });
  // Before the gateway, so that sessions are given back when their sockets are closed.
  lifecycle.add({ name: 'session leases', start: () => ownership.start(), stop: () => ownership.stop() });
  return ownership;
}

export interface SessionsNeeds {
  gateway: WhatsAppGateway;
  ownership: Ownership;
  apiKeys: ApiKeys;
  quotas: Quotas;
}

/** The linked accounts, and what WhatsApp says of statuses and people on their connections. */
export function sessionsFeature(
  { config, database, unitOfWork, bus, clock, logger }: Core,
  { gateway, ownership, apiKeys, quotas }: SessionsNeeds,
) {
  const wire = {
    /** WhatsApp hears that we have them once all are done. */
    receipts: new Hook<[sessionId: string, receipts: StatusReceipt[]]>(),
    /** As with receipts. */
    replies: new Hook<[sessionId: string, news: ReplyNews[]]>(),
    /** Whether a device may have a status again; nobody's yes is a no. */
    retry: new Hook<[sessionId: string, request: RetryRequest], boolean>(),
    addressPairs: new Hook<[sessionId: string, pairs: AddressPair[]]>(),
    addressBook: new Hook<[sessionId: string, news: AddressBookNews[]]>(),
  };
  const { sessions, running, linking, accounts } = createSessions({
    gateway,
    store: new SessionsStore(database),
    apiKeys,
    ownership,
    quotas,
    unitOfWork,
    bus,
    clock,
    logger,
    node: config.nodeName,
    pauses: config.reconnectPauses,
    starts: config.sessionStarts,
    listener: {
      onReceipts: async (sessionId, receipts) => {
        await wire.receipts.run(sessionId, receipts);
      },
      onReplies: async (sessionId, news) => {
        await wire.replies.run(sessionId, news);
      },
      onRetry: async (sessionId, request) => (await wire.retry.run(sessionId, request)).includes(true),
      onAddressPairs: async (sessionId, pairs) => {
        await wire.addressPairs.run(sessionId, pairs);
      },
      onAddressBook: async (sessionId, news) => {
        await wire.addressBook.run(sessionId, news);
      },
    },
  });
  return {
    sessions,
    running,
    accounts,
    wire,
    part: { name: 'sessions', start: () => running.start(), stop: () => running.stop() },
    routes: sessionsRoutes(sessions, running, linking),
  };
}
