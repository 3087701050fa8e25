import { ApiKeys } from '../../server/access/api-keys-service.js';
import { ApiKeysStore } from '../../server/access/api-keys-store.js';
import { type Principal, rootPrincipal } from '../../server/access/principal.js';
import type { QuotaLimits } from '../../server/config/quota-settings.js';
import type { AppEvent } from '../../server/contract/events.js';
import type { Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { EventBus } from '../../server/events/event-bus.js';
import { EventLog } from '../../server/events/event-log.js';
import { EventStore } from '../../server/events/event-store.js';
import { systemClock } from '../../server/lib/clock.js';
import { createLogger } from '../../server/lib/logger.js';
import { OwnershipStore } from '../../server/sessions/ownership-store.js';
import { Ownership } from '../../server/sessions/ownership.js';
import { createSessions } from '../../server/sessions/create-sessions.js';
import { SessionsStore } from '../../server/sessions/sessions-store.js';
import type { GatewayEvent } from '../../server/whatsapp/gateway.js';
import { quotasWith } from '../support/quotas.js';
import { newWireSide } from './wire-side.js';

export type OpenedSessions = ReturnType<typeof openSessions>;

/** The sessions of one server, over a real database. WhatsApp's side does nothing by itself: `tells` is its word. */
export function openSessions(db: Database, quotas: Partial<QuotaLimits> = {}) {
  const logger = createLogger({ logLevel: 'silent' });
  const bus = new EventBus(logger);
  const told: AppEvent[] = [];
  bus.subscribe((event) => told.push(event));
  const wire = newWireSide();
  const unitOfWork = new UnitOfWork(db, new EventLog(new EventStore(db), bus, systemClock));
  const ownership = new Ownership(new OwnershipStore(db), { node: 'here', leaseMs: 60_000, logger });
  const { gateway, listener } = wire;
  const created = createSessions({
    gateway,
    listener,
    ownership,
    unitOfWork,
    bus,
    logger,
    clock: systemClock,
    node: 'here',
    quotas: quotasWith(quotas),
    store: new SessionsStore(db),
    apiKeys: new ApiKeys(new ApiKeysStore(db), unitOfWork, systemClock, logger),
    pauses: { firstMs: 1_000_000, longestMs: 1_000_000 },
    starts: { atOnce: 2, perMinute: 1_000 },
  });
  return {
    ...created,
    ownership,
    bus,
    told,
    wire,
    /** WhatsApp's side says this on the newest connection of the session. */
    tells: async (sessionId: string, event: GatewayEvent): Promise<void> => {
      wire.opened.findLast((asked) => asked.sessionId === sessionId)?.listener.onEvent(event);
      await created.running.drain();
    },
    stop: async (): Promise<void> => {
      await created.running.stop();
      await ownership.stop();
    },
  };
}

/** Who comes with a key of this organization that may do everything, there or on this one session. */
export function keyOf(organizationId: string, sessionId: string | null = null): Principal {
  return {
    ...rootPrincipal,
    id: organizationId,
    kind: sessionId === null ? 'admin' : 'session',
    organizationId,
    sessionId,
    name: organizationId,
  };
}
