import type { AppEvent } from '../../server/contract/events.js';
import { nobodyResolved } from '../../server/audiences/audiences-service.js';
import type { Database } from '../../server/db/database.js';
import { notFound } from '../../server/lib/app-error.js';
import type { Clock } from '../../server/lib/clock.js';
import { newId } from '../../server/lib/ids.js';
import { peopleFeature } from '../../server/people/people.feature.js';
import { DeletionsService } from '../../server/posting/deletions-service.js';
import { noPlan } from '../../server/statuses/plan.js';
import { RecipientsStore } from '../../server/statuses/recipients-store.js';
import { slotsFeature } from '../../server/slots/slots.feature.js';
import type { StatusRecord } from '../../server/statuses/status.js';
import { statusesFeature } from '../../server/statuses/statuses.feature.js';
import { StatusesStore } from '../../server/statuses/statuses-store.js';
import { viewersFeature } from '../../server/viewers/viewers.feature.js';
import { coreOn } from './core.js';
import { quotasWith } from './quotas.js';

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
  const core = coreOn(db, clock);
  const { unitOfWork, bus, logger } = core;
  const people = peopleFeature(core);
  const sessions = { get: () => Promise.reject(notFound('The session')) };
  const { statuses, changes, contents, steps, outcomes } = statusesFeature(core, {
    sessions,
    gateway: { isLinked: () => Promise.resolve(false), newMessageId: newId },
    people,
    audiences: {
      resolve: () => Promise.resolve(nobodyResolved),
      sharedFacts: () => Promise.resolve({ shared: {}, differing: [] }),
    },
    media: {
      take: () => Promise.reject(notFound('The file')),
      load: () => Promise.resolve(undefined),
    },
    fileUses: { add: () => Promise.resolve(), drop: () => Promise.resolve() },
    linkPreviews: { read: () => Promise.resolve({ result: 'none', message: 'Nobody is asked.' }) },
    slots: slotsFeature(core, { sessions }).slots,
    quotas: quotasWith(),
  });
  const deletions = new DeletionsService({
    steps,
    outcomes,
    unitOfWork,
    clock,
    chunkSize: 300,
    isOurs: () => Promise.resolve(true),
  });
  const { viewers, totals } = viewersFeature(core, { statuses, people });
  people.merged.add((tx, change) => statuses.onMerges(tx, change));
  people.merged.add((tx, change) => viewers.onMerges(tx, change));
  people.merged.add((tx, change) => totals.onMerges(tx, change));
  people.changed.add((tx, change) => viewers.onChanged(tx, change));
  const events: AppEvent[] = [];
  bus.subscribe((event) => events.push(event));
  return {
    people,
    contents,
    statuses,
    changes,
    deletions,
    statusesStore: new StatusesStore(db),
    steps,
    outcomes,
    recipients: new RecipientsStore(db),
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
    links: null,
    state: 'sent',
    errorCode: null,
    errorMessage: null,
    counts: { targeted: 0, included: 0, delivered: 0, viewed: 0, reacted: 0, replied: 0, clicked: 0 },
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
    peopleForgottenAt: null,
    plan: noPlan,
    ...changes,
  };
  await services.unitOfWork.run((tx) => services.statusesStore.insert(tx, record));
  return record;
}
