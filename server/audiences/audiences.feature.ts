import type { Quotas } from '../access/quotas.js';
import type { ContactsService } from '../contacts/contacts-service.js';
import type { Core } from '../core.js';
import type { Route } from '../http/define-route.js';
import type { SessionsService } from '../sessions/sessions-service.js';
import { audiencesRoutes } from './audiences-routes.js';
import { AudiencesService } from './audiences-service.js';
import { CandidatesReportStore } from './candidates-report-store.js';
import { ListsService } from './lists-service.js';
import { ListsStore } from './lists-store.js';
import { optOutsRoutes } from './opt-outs-routes.js';
import { OptOutsService } from './opt-outs-service.js';
import { OptOutsStore } from './opt-outs-store.js';
import { SegmentExports } from './segment-exports.js';
import { segmentsRoutes } from './segments-routes.js';
import { Segments } from './segments.js';
import { SegmentsReportStore } from './segments-report-store.js';
import { tagsRoutes } from './tags-routes.js';
import { TagsService } from './tags-service.js';
import { TagsStore } from './tags-store.js';

export interface AudiencesNeeds {
  sessions: SessionsService;
  contacts: ContactsService;
  quotas: Quotas;
}

/** To whom: lists, tags, opt-outs, and who is meant by an audience. */
export function audiencesFeature(
  { database, unitOfWork, clock }: Core,
  { sessions, contacts, quotas }: AudiencesNeeds,
) {
  const candidates = new CandidatesReportStore(database);
  const segments = new Segments(new SegmentsReportStore(database), candidates, clock);
  const audiences = new AudiencesService(candidates, contacts, segments, (sessionId, numbers) =>
    contacts.findNumbers(sessionId, numbers),
  );
  const requireSession = sessions.get.bind(sessions);
  const tagsStore = new TagsStore(database);
  const lists = new ListsService(new ListsStore(database), tagsStore, unitOfWork, clock, quotas);
  const optOuts = new OptOutsService(new OptOutsStore(database), unitOfWork, clock, requireSession, quotas);
  const tags = new TagsService(tagsStore, unitOfWork, quotas);
  const exports = new SegmentExports(segments, candidates, requireSession);
  const routes: Route[] = [
    ...audiencesRoutes(lists),
    ...segmentsRoutes(exports),
    ...optOutsRoutes(optOuts),
    ...tagsRoutes(tags),
  ];
  return { audiences, segments, lists, tags, optOuts, routes };
}
