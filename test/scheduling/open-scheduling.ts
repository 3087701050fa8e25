import type { Principal } from '../../server/access/principal.js';
import type { Session } from '../../server/contract/sessions.js';
import type { SendStatusBody } from '../../server/contract/statuses.js';
import type { Database } from '../../server/db/database.js';
import { AudiencesService, type ResolvedAudience } from '../../server/audiences/audiences-service.js';
import { CandidatesReportStore } from '../../server/audiences/candidates-report-store.js';
import { Segments } from '../../server/audiences/segments.js';
import { SegmentsReportStore } from '../../server/audiences/segments-report-store.js';
import type { AppEvent } from '../../server/contract/events.js';
import { notFound } from '../../server/lib/app-error.js';
import type { QuotaLimits } from '../../server/config/quota-settings.js';
import type { Clock } from '../../server/lib/clock.js';
import { newId } from '../../server/lib/ids.js';
import type { Logger } from '../../server/lib/logger.js';
import { FileUses } from '../../server/media/file-uses.js';
import { UploadsStore } from '../../server/media/uploads-store.js';
import { peopleFeature } from '../../server/people/people.feature.js';
import { broadcastsFeature } from '../../server/broadcasts/broadcasts.feature.js';
import { schedulingFeature } from '../../server/scheduling/scheduling.feature.js';
import { RecipientsStore } from '../../server/statuses/recipients-store.js';
import { slotsFeature } from '../../server/slots/slots.feature.js';
import { statusesFeature } from '../../server/statuses/statuses.feature.js';
import { StatusesStore } from '../../server/statuses/statuses-store.js';
import type { AccountIdentity } from '../../server/whatsapp/gateway.js';
import { coreOn } from '../support/core.js';
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
  const core = coreOn(db, clock, surroundings.logger);
  const { unitOfWork, bus, logger } = core;
  const people = peopleFeature(core);
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
  const candidates = new CandidatesReportStore(db);
  const segments = new Segments(new SegmentsReportStore(db), candidates, clock);
  const resolving = new AudiencesService(candidates, addressBook, segments, () => Promise.resolve(undefined));
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
  const files = {
    take: () => Promise.reject(notFound('The file')),
    getRecord: () => Promise.reject(notFound('The file')),
    load: () => Promise.resolve(undefined),
  };
  const fileUses = new FileUses(new UploadsStore(db), files, clock);
  const { slots } = slotsFeature(core, { sessions });
  const linkPreviews = { read: () => Promise.resolve({ result: 'none' as const, message: 'Nobody is asked.' }) };
  const feature = statusesFeature(core, {
    sessions,
    gateway,
    people,
    audiences,
    media: files,
    fileUses,
    linkPreviews,
    slots,
    quotas,
  });
  const { statuses, accepting, changes, steps, outcomes, contents } = feature;
  const woken: string[] = [];
  steps.work.add((sessionId) => void woken.push(sessionId));
  const scheduling = schedulingFeature(core, {
    sessions,
    gateway,
    people,
    audiences,
    statuses: feature,
    files,
    fileUses,
    quotas,
  });
  const ofBroadcasts = broadcastsFeature(core, { sessions, statuses: feature, fileUses, quotas });
  const events: AppEvent[] = [];
  bus.subscribe((event) => events.push(event));
  return {
    sessions,
    gateway,
    unitOfWork,
    statuses,
    accepting,
    steps,
    outcomes,
    statusesStore: new StatusesStore(db),
    recipients: new RecipientsStore(db),
    people,
    changes,
    slots,
    due: scheduling.due,
    schedules: scheduling.schedules,
    schedulesStore: scheduling.store,
    runner: scheduling.runner,
    broadcasts: ofBroadcasts.broadcasts,
    broadcastRunner: ofBroadcasts.runner,
    broadcastsStore: ofBroadcasts.store,
    series: scheduling.series,
    contents,
    bus,
    logger,
    events,
    woken,
  };
}

export type Scheduling = ReturnType<typeof openScheduling>;

export function textFor(numbers: readonly string[], content = 'hello'): SendStatusBody {
  return { type: 'text', content, targetNumbers: [...numbers] };
}

function sessionNamed(sessionId: string, organizationId = 'default'): Session {
  const at = new Date(0).toISOString();
  return {
    sessionId,
    sessionName: sessionId,
    organizationId,
    state: 'connected',
    connected: true,
    authMethod: 'qrcode',
    phoneNumber: null,
    phoneNumberWarning: null,
    ownNumber: null,
    pushName: null,
    jid: null,
    lid: null,
    metadata: {},
    webhook: null,
    autoRead: false,
    presenceTyping: false,
    ratePerMin: null,
    ratePerHour: null,
    postingPause: null,
    lastError: null,
    nextRetryAt: null,
    createdBy: 'test',
    createdAt: at,
    updatedAt: at,
    lastConnectedAt: null,
    lastActivityAt: null,
    statusCount: 0,
    node: null,
  };
}
