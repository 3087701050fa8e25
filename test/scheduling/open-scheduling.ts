import type { Principal } from '../../server/access/principal.js';
import type { Session } from '../../server/contract/sessions.js';
import type { SendStatusBody } from '../../server/contract/statuses.js';
import type { Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { EventBus } from '../../server/events/event-bus.js';
import { EventLog } from '../../server/events/event-log.js';
import { EventStore } from '../../server/events/event-store.js';
import { AudiencesService, type ResolvedAudience } from '../../server/audiences/audiences-service.js';
import { CandidatesReportStore } from '../../server/audiences/candidates-report-store.js';
import type { AppEvent } from '../../server/contract/events.js';
import { notFound } from '../../server/lib/app-error.js';
import type { QuotaLimits } from '../../server/config/quota-settings.js';
import type { Clock } from '../../server/lib/clock.js';
import { newId } from '../../server/lib/ids.js';
import { createLogger, type Logger } from '../../server/lib/logger.js';
import { FileUses } from '../../server/media/file-uses.js';
import { UploadsStore } from '../../server/media/uploads-store.js';
import { PeopleService } from '../../server/people/people-service.js';
import { PeopleStore } from '../../server/people/people-store.js';
import { BroadcastRunner } from '../../server/broadcasts/broadcast-runner.js';
import { BroadcastsService } from '../../server/broadcasts/broadcasts-service.js';
import { BroadcastsStore } from '../../server/broadcasts/broadcasts-store.js';
import { ScheduleRunner } from '../../server/scheduling/schedule-runner.js';
import { SchedulesService } from '../../server/scheduling/schedules-service.js';
import { SchedulesStore } from '../../server/scheduling/schedules-store.js';
import { DueStatuses } from '../../server/scheduling/due-statuses.js';
import { DueStore } from '../../server/scheduling/due-store.js';
import { RecipientsStore } from '../../server/statuses/recipients-store.js';
import { SeriesService } from '../../server/scheduling/series-service.js';
import { SlotsService } from '../../server/slots/slots-service.js';
import { SlotsStore } from '../../server/slots/slots-store.js';
import { StatusChangesService } from '../../server/statuses/status-changes-service.js';
import { StatusContents } from '../../server/statuses/status-contents.js';
import { AcceptingService } from '../../server/statuses/accepting-service.js';
import { RecipientOutcomes } from '../../server/statuses/recipient-outcomes.js';
import { StatusSteps } from '../../server/statuses/status-steps.js';
import { StatusesService } from '../../server/statuses/statuses-service.js';
import { StatusesStore } from '../../server/statuses/statuses-store.js';
import type { AccountIdentity } from '../../server/whatsapp/gateway.js';
import { quotasWith } from '../support/quotas.js';

/** What a test may hold up, or say otherwise. */
export interface Surroundings {
  /** Called before an audience is looked up: the place where time passes between reading and writing. */
  beforeResolving?: (sessionId: string) => Promise<void>;
  /** Accounts that are not linked. */
  unlinked?: ReadonlySet<string>;
  /** Of accounts that do not belong to `default`. */
  organizationOf?: (sessionId: string) => string;
  logger?: Logger;
  /** Limits that are not the usual ones. */
  limits?: Partial<QuotaLimits>;
}

/** Planning on a real database, put together as one process of the application does, without WhatsApp and files. */
export function openScheduling(db: Database, clock: Clock, surroundings: Surroundings = {}) {
  const logger = surroundings.logger ?? createLogger({ logLevel: 'silent' });
  const bus = new EventBus(logger);
  const unitOfWork = new UnitOfWork(db, new EventLog(new EventStore(db), bus, clock));
  const people = new PeopleService(new PeopleStore(), unitOfWork, clock);
  const statusesStore = new StatusesStore(db);
  const recipients = new RecipientsStore(db);
  const noFiles = {
    take: () => Promise.reject(notFound('The file')),
    addUse: () => Promise.reject(notFound('The file')),
    dropUses: (...given: Parameters<UploadsStore['dropUses']>) => new UploadsStore(db).dropUses(...given),
    load: () => Promise.resolve(undefined),
  };
  const contents = new StatusContents(noFiles);
  const slots = new SlotsService(new SlotsStore(db), unitOfWork, clock);
  const sessions = {
    get: (_principal: unknown, sessionId: string) =>
      Promise.resolve(sessionNamed(sessionId, surroundings.organizationOf?.(sessionId))),
    async list({ organizationId }: Pick<Principal, 'organizationId'>) {
      const ids: string[] = await db('sessions').orderBy('session_id').pluck('session_id');
      const all = ids.map((sessionId) => sessionNamed(sessionId, surroundings.organizationOf?.(sessionId)));
      const items = all.filter((session) => organizationId === null || session.organizationId === organizationId);
      return { items, total: items.length, nextCursor: null };
    },
  };
  const addressBook = {
    listSaved: () => Promise.resolve([]),
    storyPrivacyList: () => Promise.resolve(null),
    storyPrivacyMode: () => Promise.resolve(null),
    isOnStoryPrivacyList: () => Promise.resolve(false),
  };
  const resolving = new AudiencesService(new CandidatesReportStore(db), addressBook, clock, () =>
    Promise.resolve(undefined),
  );
  const audiences = {
    async resolve(...of: Parameters<AudiencesService['resolve']>): Promise<ResolvedAudience> {
      await surroundings.beforeResolving?.(of[0].sessionId);
      return resolving.resolve(...of);
    },
    sharedFacts: (...of: Parameters<AudiencesService['sharedFacts']>) => resolving.sharedFacts(...of),
  };
  const gateway = {
    isLinked: (sessionId: string) => Promise.resolve(surroundings.unlinked?.has(sessionId) !== true),
    newMessageId: (_account: Pick<AccountIdentity, 'jid'> | null): string => newId(),
  };
  const quotas = quotasWith(surroundings.limits);
  const steps = new StatusSteps(statusesStore, recipients, clock);
  const outcomes = new RecipientOutcomes(recipients, people);
  const statuses = new StatusesService(statusesStore, recipients, bus, clock);
  const common = { sessions, gateway, people, audiences, steps, slots, quotas, unitOfWork, clock, reader: statuses };
  const accepting = new AcceptingService({ ...common, contents, statuses: statusesStore });
  const woken: string[] = [];
  steps.work.add((sessionId) => void woken.push(sessionId));
  const changes = new StatusChangesService({ ...common, recipients, bus });
  const series = new SeriesService({ accepting, contents, statuses, steps, bus, clock, unitOfWork });
  const due = new DueStatuses({ ...common, due: new DueStore(db), statuses, logger });
  const schedulesStore = new SchedulesStore(db);
  const files = {
    getRecord: () => Promise.reject(notFound('The file')),
    addUse: () => Promise.reject(notFound('The file')),
    dropUses: () => Promise.resolve(),
  };
  const schedules = new SchedulesService({
    store: schedulesStore,
    sessions,
    accepting,
    files,
    quotas,
    unitOfWork,
    clock,
  });
  const runner = new ScheduleRunner(schedulesStore, accepting, unitOfWork, clock, logger);
  const fileUses = new FileUses(new UploadsStore(db), { getRecord: () => Promise.reject(notFound('The file')) }, clock);
  const broadcastsStore = new BroadcastsStore(db);
  const broadcasts = new BroadcastsService({
    ...{ store: broadcastsStore, sessions, accepting, changes, fileUses, quotas, unitOfWork, bus, clock },
  });
  const broadcastRunner = new BroadcastRunner({
    ...{ store: broadcastsStore, fileUses, accepting, unitOfWork, clock, logger },
  });
  const events: AppEvent[] = [];
  bus.subscribe((event) => events.push(event));
  return {
    ...{
      sessions,
      gateway,
      unitOfWork,
      statuses,
      accepting,
      steps,
      outcomes,
      statusesStore,
      recipients,
      people,
      changes,
      slots,
      due,
      schedules,
      schedulesStore,
      runner,
    },
    ...{ broadcasts, broadcastRunner, broadcastsStore, series, contents, bus, logger, events, woken },
  };
}

export type Scheduling = ReturnType<typeof openScheduling>;

export function textFor(numbers: readonly string[], content = 'hello'): SendStatusBody {
  return { type: 'text', content, targetNumbers: [...numbers] };
}

function sessionNamed(sessionId: string, organizationId = 'default'): Session {
  const at = new Date(0).toISOString();
  return {
    ...{ sessionId, sessionName: sessionId, organizationId, state: 'connected', connected: true },
    ...{ authMethod: 'qrcode', phoneNumber: null, phoneNumberWarning: null, ownNumber: null, pushName: null },
    ...{ jid: null, lid: null, metadata: {}, webhook: null, autoRead: false, presenceTyping: false },
    ...{ ratePerMin: null, ratePerHour: null, postingPause: null, lastError: null, nextRetryAt: null },
    ...{ createdBy: 'test', createdAt: at, updatedAt: at, lastConnectedAt: null, lastActivityAt: null },
    ...{ statusCount: 0, node: null },
  };
}
