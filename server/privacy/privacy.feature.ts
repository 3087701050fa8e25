import type { OptOutsService } from '../audiences/opt-outs-service.js';
import type { ClicksService } from '../clicks/clicks-service.js';
import type { Core } from '../core.js';
import type { EventLog } from '../events/event-log.js';
import type { Route } from '../http/define-route.js';
import type { RepliesService } from '../replies/replies-service.js';
import type { StatusContents } from '../statuses/status-contents.js';
import type { StatusesService } from '../statuses/statuses-service.js';
import type { ViewersService } from '../viewers/viewers-service.js';
import type { WhatsAppGateway } from '../whatsapp/gateway.js';
import { type ErasureNeeds, stepsOfAccount, stepsOfOrganization } from './erasure-steps.js';
import { ErasuresStore } from './erasures-store.js';
import { ErasingService } from './erasing-service.js';
import { OldPosts } from './old-posts.js';
import { OldPostsReportStore } from './old-posts-report-store.js';
import { PersonExportService } from './person-export-service.js';
import { PersonReportStore } from './person-report-store.js';
import { privacyRoutes } from './privacy-routes.js';

export interface PrivacyNeeds extends Omit<ErasureNeeds, 'statuses' | 'viewers' | 'replies'> {
  statuses: { statuses: StatusesService; contents: Pick<StatusContents, 'leaveFile'> };
  viewers: { viewers: ViewersService };
  replies: RepliesService;
  clicks: Pick<ClicksService, 'forgetOf'>;
  optOuts: OptOutsService;
  gateway: Pick<WhatsAppGateway, 'forgetPerson' | 'forgetMessages'>;
  events: EventLog;
}

/** What is kept of single people, and of posts of long ago. */
export function privacyFeature(
  { database, unitOfWork, clock }: Core,
  { optOuts, gateway, events, people, contacts, lists, tags, replies, clicks, ...needs }: PrivacyNeeds,
): { erasing: ErasingService; oldPosts: OldPosts; routes: Route[] } {
  const { statuses, contents } = needs.statuses;
  const { viewers } = needs.viewers;
  const ofPeople = { people, contacts, statuses, viewers, replies, lists, tags, gateway };
  const report = new PersonReportStore(database);
  const erasing = new ErasingService({
    people,
    optOuts,
    gateway,
    events,
    store: new ErasuresStore(database),
    report,
    ofAccount: stepsOfAccount(ofPeople),
    ofOrganization: stepsOfOrganization(ofPeople),
    unitOfWork,
    clock,
  });
  const oldPosts = new OldPosts({
    statuses,
    contents,
    people,
    ofPost: [
      (...some) => viewers.forgetOf(...some),
      (...some) => replies.forgetOf(...some),
      (...some) => clicks.forgetOf(...some),
      (...some) => statuses.forgetRecipients(...some),
    ],
    report: new OldPostsReportStore(database),
    unitOfWork,
  });
  return { erasing, oldPosts, routes: privacyRoutes(new PersonExportService(report, clock), erasing) };
}
