import { accessFeature } from './access/access.feature.js';
import { analyticsFeature } from './analytics/analytics.feature.js';
import { audiencesFeature } from './audiences/audiences.feature.js';
import { broadcastsFeature } from './broadcasts/broadcasts.feature.js';
import { clicksFeature } from './clicks/clicks.feature.js';
import type { Config } from './config.js';
import { contactsFeature } from './contacts/contacts.feature.js';
import { draftsFeature } from './drafts/drafts.feature.js';
import type { EventBus } from './events/event-bus.js';
import { experimentsFeature } from './experiments/experiments.feature.js';
import type { Route } from './http/define-route.js';
import { forgettingOf } from './forgetting.js';
import { httpFeature } from './http/http.feature.js';
import type { Clock } from './lib/clock.js';
import type { Logger } from './lib/logger.js';
import { linksFeature } from './links/links.feature.js';
import { mediaFeature } from './media/media.feature.js';
import { preparingFeature } from './media/preparing.feature.js';
import { monitoringFeature } from './monitoring/monitoring.feature.js';
import { openCore } from './open-core.js';
import { paceFeature } from './pace/pace.feature.js';
import { peopleFeature } from './people/people.feature.js';
import { postingFeature } from './posting/posting.feature.js';
import { privacyFeature } from './privacy/privacy.feature.js';
import { realtimeFeature } from './realtime/realtime.feature.js';
import { answersFeature } from './replies/answers.feature.js';
import { repliesFeature } from './replies/replies.feature.js';
import { replyFilesFeature } from './replies/reply-files.feature.js';
import { schedulingFeature } from './scheduling/scheduling.feature.js';
import { ownershipFeature, sessionsFeature } from './sessions/sessions.feature.js';
import { slotsFeature } from './slots/slots.feature.js';
import { statusesFeature, type StatusesFeature } from './statuses/statuses.feature.js';
import { templatesFeature } from './templates/templates.feature.js';
import { viewersFeature } from './viewers/viewers.feature.js';
import type { FetchWebVersion } from './whatsapp/connection/web-versions.js';
import { whatsappFeature } from './whatsapp/whatsapp.feature.js';

export interface App {
  /** Listens and brings the sessions back that should run. */
  start(): Promise<void>;
  /** Ends everything within its deadlines. Safe to call twice, and without a start. */
  stop(): Promise<void>;
  /** `http://host:port`, once started. */
  readonly url: string;
  /** Every endpoint below `/api`. */
  readonly routes: readonly Route[];
  /** Resolves when what was begun in the background is done: batches written, queues empty. */
  drain(): Promise<void>;
}

/** What tests and benchmarks may put in place of the real part. */
export interface Replaceable {
  clock: Clock;
  logger: Logger;
  bus: EventBus;
  /** Checks every answer against the schema of its route. Off by default: it costs time, and finds only our own bugs. */
  checkAnswers: boolean;
  dashboardDir: string;
  /** The program of the media workers: the built one begins sooner than the sources. */
  mediaWorker: string;
  /** Asks for the current version of WhatsApp Web once ours is refused. With a simulator nobody is asked. */
  fetchWebVersion: FetchWebVersion;
  /** Added to the server's own. */
  extraRoutes: readonly Route[];
}

/** Puts the server together, from the lowest feature up. The only place that knows every part; nothing listens until `start`. */
export async function createApp(config: Config, replace: Partial<Replaceable> = {}): Promise<App> {
  const { core, watch, events, eventStore } = await openCore(config, replace);
  const { logger, lifecycle } = core;

  const access = accessFeature(core);
  const { quotas, apiKeys } = access;
  const ownership = ownershipFeature(core);
  const isOurs = ownership.isStillOurs.bind(ownership);
  const gateway = await whatsappFeature(core, { isStillOurs: isOurs, fetchVersion: replace.fetchWebVersion });
  const people = peopleFeature(core);
  const { sessions, running, accounts, ...ofSessions } = sessionsFeature(core, { gateway, ownership, apiKeys, quotas });
  const { contacts, ...ofContacts } = contactsFeature(core, { running, people, quotas });
  const { folder, preparer } = preparingFeature(core, replace.mediaWorker);
  const { outbound, linkPreviews, ...ofLinks } = linksFeature(core, (picture) => preparer.thumbnail(picture));
  const { audiences, ...ofAudiences } = audiencesFeature(core, { sessions, contacts, quotas });
  const { media, uploads: files, fileUses, ...ofMedia } = mediaFeature(core, { folder, preparer, sessions, outbound });
  const { slots, ...ofSlots } = slotsFeature(core, { sessions });
  const ofPosts = { sessions, gateway, people, audiences, fileUses, quotas };
  const statuses = statusesFeature(core, { ...ofPosts, media, linkPreviews, slots });
  const { pace, ...ofPace } = paceFeature(core, statuses);
  const posting = postingFeature(core, { sessions, running, audiences, statuses, pace, isOurs });
  const viewers = viewersFeature(core, { statuses: statuses.statuses, people });
  const { clicks, shortLinks, ...ofClicks } = clicksFeature(core, statuses);
  const analytics = analyticsFeature(core, { statuses: statuses.statuses, people, viewers: viewers.viewers });
  const { wire } = ofSessions;
  const replies = repliesFeature(core, { ...ofAudiences, ...statuses, ...viewers, people, news: wire.replies });
  const replyFiles = replyFilesFeature(core, { ...replies, running, isOurs });
  const answers = answersFeature(core, { ...ofPosts, ...statuses, running, wire, isOurs });
  const scheduling = schedulingFeature(core, { ...ofPosts, statuses, files });
  const broadcasts = broadcastsFeature(core, { sessions, statuses, fileUses, quotas });
  const templates = templatesFeature(core, { steps: statuses.steps, fileUses, quotas });
  const drafts = draftsFeature(core, { files, fileUses, quotas });
  const ofPeople = { ...ofPosts, ...ofAudiences, contacts, events, statuses, viewers, clicks, ...replies };
  const privacy = privacyFeature(core, ofPeople);

  wire.receipts.add((sessionId, receipts) => viewers.viewers.recordReceipts(sessionId, receipts));
  wire.retry.add((sessionId, request) => posting.posting.allowRetry(sessionId, request));
  wire.addressPairs.add((sessionId, pairs) => people.recordPairs(sessionId, pairs));
  wire.addressBook.add((sessionId, news) => contacts.record(sessionId, news));
  followPeople(people, { statuses, viewers, contacts });
  ofMedia.hooks.waitingStatuses.add((statusIds) => statuses.statuses.listWaiting(statusIds));
  statuses.steps.accepted.add((tx, status) => viewers.viewers.adoptPending(tx, status));
  statuses.steps.linked.add((tx, status) => clicks.onLinked(tx, status));
  statuses.steps.work.add((sessionId) => posting.queue.wake(sessionId));
  pace.resumed.add((sessionId) => posting.queue.wake(sessionId));
  lifecycle.add(viewers.part, ...ofClicks.parts, analytics.part, posting.parts.expiry);
  lifecycle.add(ofContacts.part, ofSessions.part, posting.parts.queue, posting.parts.takingUp, ...answers.parts);
  lifecycle.add(...replyFiles.parts);

  let ready = false;
  const http = httpFeature(core, {
    ...access,
    routes: [
      ...ofSessions.routes,
      ...ofContacts.routes,
      ...posting.routes,
      ...statuses.routes,
      ...ofAudiences.routes,
      ...ofPace.routes,
      ...ofSlots.routes,
      ...scheduling.seriesRoutes,
      ...scheduling.schedulesRoutes,
      ...broadcasts.routes,
      ...templates.routes,
      ...drafts.routes,
      ...scheduling.calendarRoutes,
      ...[ofLinks, ofMedia, viewers, replies, replyFiles, answers, analytics, ofClicks].flatMap(({ routes }) => routes),
      ...experimentsFeature(core, statuses).routes,
      ...privacy.routes,
      ...access.routes,
      ...monitoringFeature(core, accounts).routes,
      ...(replace.extraRoutes ?? []),
    ],
    resumable: ofMedia.resumable,
    shortLinks,
    isReady: async () => ready && (await watch.look()).trouble === undefined,
    dashboardDir: replace.dashboardDir,
    checkAnswers: replace.checkAnswers,
  });
  privacy.erasing.inAnswers.add((...person) => http.idempotency.forgetPerson(...person));
  const ofAge = { ...privacy, ...viewers, ...replies, ...scheduling, ...broadcasts, gateway, events, access };
  const forgetting = forgettingOf(core, { ...ofAge, idempotency: http.idempotency });
  const { realtime, ...ofRealtime } = realtimeFeature(core, {
    server: http.server.node,
    callers: access.callers,
    events,
    eventStore,
  });
  access.hooks.keyChanged.add((keyId) => realtime.reviewKey(keyId));
  access.hooks.keyRevoked.add((keyId) => realtime.dropKey(keyId));
  access.hooks.signInEnded.add((signInId) => realtime.dropSignIn(signInId));
  access.hooks.organizationDeleted.add((organizationId) => realtime.dropOrganization(organizationId));
  lifecycle.add(http.parts.idempotency, forgetting, http.parts.rateLimit, http.parts.server);
  lifecycle.add(
    ofRealtime.parts.live,
    ofRealtime.parts.eventsOfOthers,
    access.endingElsewhere(realtime),
    privacy.erasing,
  );

  return {
    async start() {
      await lifecycle.start();
      ready = true;
      logger.info({ url: http.server.url }, 'server started');
    },
    async stop() {
      ready = false;
      await lifecycle.stop();
      logger.info('server stopped');
    },
    get url() {
      return http.server.url;
    },
    routes: http.routes,
    async drain() {
      const parts = [
        access,
        running,
        contacts,
        posting.queue,
        viewers.viewers,
        clicks,
        answers.queue,
        replyFiles.queue,
      ];
      for (const part of parts) await part.drain();
    },
  };
}

/** Who hears, in this order, of people who turn out to be one, and of people of whom more is known. */
function followPeople(
  people: ReturnType<typeof peopleFeature>,
  {
    statuses: { statuses },
    viewers: { viewers, totals },
    contacts: { recorder },
  }: {
    statuses: StatusesFeature;
    viewers: ReturnType<typeof viewersFeature>;
    contacts: ReturnType<typeof contactsFeature>['contacts'];
  },
): void {
  for (const part of [statuses, viewers, totals, recorder])
    people.merged.add((tx, change) => part.onMerges(tx, change));
  for (const part of [viewers, recorder]) people.changed.add((tx, change) => part.onChanged(tx, change));
}
