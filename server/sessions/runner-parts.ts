import type { UnitOfWork } from '../db/unit-of-work.js';
import type { EventBus } from '../events/event-bus.js';
import { inTheNameOf } from '../lib/caller-scope.js';
import type { Clock } from '../lib/clock.js';
import type { KeyedLock } from '../lib/running/keyed-lock.js';
import type { Logger } from '../lib/logger.js';
import type {
  AddressBookNews,
  AddressPair,
  ReplyNews,
  RetryRequest,
  StatusReceipt,
  WhatsAppGateway,
} from '../whatsapp/gateway.js';
import type { Ownership } from './ownership.js';
import type { ReconnectPauses } from './reconnects.js';
import type { SessionsStore } from './sessions-store.js';
import type { StartLimiter } from './start-limiter.js';

/** Who takes what the wire says about statuses and people. */
export interface SessionListener {
  /** Settles once they are safe; WhatsApp is told that we have them only then. */
  onReceipts(sessionId: string, receipts: StatusReceipt[]): Promise<void>;
  onReplies(sessionId: string, news: ReplyNews[]): Promise<void>;
  onRetry(sessionId: string, request: RetryRequest): Promise<boolean>;
  onAddressPairs(sessionId: string, pairs: AddressPair[]): Promise<void>;
  onAddressBook(sessionId: string, news: AddressBookNews[]): Promise<void>;
}

/** The listener as the sessions of this organization have it: what it does is done in the organization's name. */
export function listenerOf(organizationId: string, listener: SessionListener): SessionListener {
  return {
    onReceipts: (sessionId, receipts) => inTheNameOf(organizationId, () => listener.onReceipts(sessionId, receipts)),
    onReplies: (sessionId, news) => inTheNameOf(organizationId, () => listener.onReplies(sessionId, news)),
    onRetry: (sessionId, request) => inTheNameOf(organizationId, () => listener.onRetry(sessionId, request)),
    onAddressPairs: (sessionId, pairs) => inTheNameOf(organizationId, () => listener.onAddressPairs(sessionId, pairs)),
    onAddressBook: (sessionId, news) => inTheNameOf(organizationId, () => listener.onAddressBook(sessionId, news)),
  };
}

export interface RunnerParts {
  gateway: WhatsAppGateway;
  store: SessionsStore;
  unitOfWork: UnitOfWork;
  ownership: Pick<Ownership, 'isStillOurs'>;
  bus: EventBus;
  clock: Clock;
  logger: Logger;
  /** Everything that changes a session runs one at a time. */
  lock: KeyedLock;
  listener: SessionListener;
  pauses: ReconnectPauses;
  /** Shared by all sessions. */
  starts: StartLimiter;
  /** The name of this process. */
  node: string;
}
