import type { OptOutsService } from '../audiences/opt-outs-service.js';
import type { Core } from '../core.js';
import type { EventLog } from '../events/event-log.js';
import type { Route } from '../http/define-route.js';
import type { WhatsAppGateway } from '../whatsapp/gateway.js';
import { type ErasureNeeds, stepsOfAccount, stepsOfOrganization } from './erasure-steps.js';
import { ErasuresStore } from './erasures-store.js';
import { ErasingService } from './erasing-service.js';
import { PersonExportService } from './person-export-service.js';
import { PersonReportStore } from './person-report-store.js';
import { privacyRoutes } from './privacy-routes.js';

export interface PrivacyNeeds extends Omit<ErasureNeeds, 'statuses' | 'viewers'> {
  statuses: Pick<ErasureNeeds, 'statuses'>;
  viewers: Pick<ErasureNeeds, 'viewers'>;
  optOuts: OptOutsService;
  gateway: Pick<WhatsAppGateway, 'forgetPerson'>;
  events: EventLog;
}

/** What is kept of single people. */
export function privacyFeature(
  { database, unitOfWork, clock }: Core,
  { optOuts, gateway, events, people, contacts, lists, tags, replies, ...needs }: PrivacyNeeds,
): { erasing: ErasingService; routes: Route[] } {
  const { statuses } = needs.statuses;
  const { viewers } = needs.viewers;
  const ofPeople = { people, contacts, statuses, viewers, replies, lists, tags };
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
  return { erasing, routes: privacyRoutes(new PersonExportService(report, clock), erasing) };
}
