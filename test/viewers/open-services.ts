import type { AppEvent } from '../../server/contract/events.js';
import { nobodyResolved } from '../../server/audiences/audiences-service.js';
import type { Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { EventBus } from '../../server/events/event-bus.js';
import { EventLog } from '../../server/events/event-log.js';
import { EventStore } from '../../server/events/event-store.js';
import { notFound } from '../../server/lib/app-error.js';
import type { Clock } from '../../server/lib/clock.js';
import { newId } from '../../server/lib/ids.js';
import { createLogger } from '../../server/lib/logger.js';
import { PeopleService } from '../../server/people/people-service.js';
import { PeopleStore } from '../../server/people/people-store.js';
import { DeletionsService } from '../../server/posting/deletions-service.js';
import { noPlan } from '../../server/statuses/plan.js';
import { RecipientsStore } from '../../server/statuses/recipients-store.js';
import { SlotsService } from '../../server/slots/slots-service.js';
import { SlotsStore } from '../../server/slots/slots-store.js';
import type { StatusRecord } from '../../server/statuses/status.js';
import { StatusChangesService } from '../../server/statuses/status-changes-service.js';
import { StatusContents } from '../../server/statuses/status-contents.js';
import { RecipientOutcomes } from '../../server/statuses/recipient-outcomes.js';
import { StatusSteps } from '../../server/statuses/status-steps.js';
import { StatusesService } from '../../server/statuses/statuses-service.js';
import { StatusesStore } from '../../server/statuses/statuses-store.js';
import { PendingReceiptsStore } from '../../server/viewers/pending-receipts-store.js';
import { ViewersService } from '../../server/viewers/viewers-service.js';
import { ViewersStore } from '../../server/viewers/viewers-store.js';
import { ViewsStore } from '../../server/viewers/views-store.js';
import { quotasWith } from '../support/quotas.js';

/** A clock that stands where it is put. */
export class SetClock implements Clock {
  constructor(private at: Date) {}

  now(): Date {
    return this.at;
  }

  advance(ms: number): void {
    this.at = new Date(this.at.getTime() + ms);
  }
}

/** Statuses, people and viewers on a real database, put together as the application does, without WhatsApp. */
export function openServices(db: Database, clock: Clock) {
  const logger = createLogger({ logLevel: 'silent' });
  const bus = new EventBus(logger);
  const unitOfWork = new UnitOfWork(db, new EventLog(new EventStore(db), bus, clock));
  const people = new PeopleService(new PeopleStore(), unitOfWork, clock);
  const statusesStore = new StatusesStore(db);
  const recipients = new RecipientsStore(db);
  const contents = new StatusContents({
    take: () => Promise.reject(notFound('The file')),
    addUse: () => Promise.reject(notFound('The file')),
    dropUses: () => Promise.resolve(),
    load: () => Promise.resolve(undefined),
  });
  const slots = new SlotsService(new SlotsStore(db), unitOfWork, clock);
  const quotas = quotasWith();
  const statuses = new StatusesService(statusesStore, recipients, bus, clock);
  const steps = new StatusSteps(statusesStore, recipients, clock);
  const outcomes = new RecipientOutcomes(recipients, people);
  const deletions = new DeletionsService({
    ...{ steps, outcomes, unitOfWork, clock, chunkSize: 300 },
    isOurs: () => Promise.resolve(true),
  });
  const changes = new StatusChangesService({
    ...{ quotas, steps, recipients, people, slots, unitOfWork, bus, clock },
    sessions: { get: () => Promise.reject(notFound('The session')) },
    audiences: {
      resolve: () => Promise.resolve(nobodyResolved),
    },
    gateway: { newMessageId: newId },
    reader: statuses,
  });
  const viewers = new ViewersService({
    logger,
    statuses,
    people,
    views: new ViewsStore(),
    viewers: new ViewersStore(db),
    pending: new PendingReceiptsStore(),
    unitOfWork,
    clock,
  });
  people.merged.add((tx, change) => statuses.onMerges(tx, change));
  people.merged.add((tx, change) => viewers.onMerges(tx, change));
  people.changed.add((tx, change) => viewers.onChanged(tx, change));
  const events: AppEvent[] = [];
  bus.subscribe((event) => events.push(event));
  return {
    people,
    contents,
    statuses,
    changes,
    deletions,
    statusesStore,
    steps,
    outcomes,
    recipients,
    viewers,
    unitOfWork,
    events,
    bus,
    logger,
  };
}

export type Services = ReturnType<typeof openServices>;

/** A status that is on WhatsApp under the message id `3EB0<id>`. */
export async function insertSentStatus(
  services: Services,
  id: string,
  changes: Partial<StatusRecord> = {},
): Promise<StatusRecord> {
  const now = Date.now();
  const record: StatusRecord = {
    id,
    organizationId: 'default',
    sessionId: 'acc1',
    messageId: `3EB0${id}`,
    type: 'text',
    content: 'hello',
    caption: null,
    style: {},
    media: null,
    preview: null,
    state: 'sent',
    errorCode: null,
    errorMessage: null,
    counts: { targeted: 0, included: 0, delivered: 0, viewed: 0, reacted: 0, replied: 0 },
    audience: null,
    leftOut: 0,
    deleteRequestedAt: null,
    revokeId: null,
    revokeAttempts: 0,
    takenBack: 0,
    deletionError: null,
    attempts: 1,
    createdBy: 'test',
    createdAt: now,
    updatedAt: now,
    scheduledAt: null,
    startedAt: null,
    waitingUntil: null,
    waitingReason: null,
    note: null,
    sentAt: now,
    expiresAt: now + 86_400_000,
    plan: noPlan,
    ...changes,
  };
  await services.unitOfWork.run((tx) => services.statusesStore.insert(tx, record));
  return record;
}
