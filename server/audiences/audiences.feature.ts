import type { Quotas } from '../access/quotas.js';
import type { ContactsService } from '../contacts/contacts-service.js';
import type { Core } from '../core.js';
import type { Route } from '../http/define-route.js';
import type { SessionsService } from '../sessions/sessions-service.js';
import { audiencesRoutes } from './audiences-routes.js';
import { AudiencesService } from './audiences-service.js';
import { CandidatesStore } from './candidates-store.js';
import { ListsService } from './lists-service.js';
import { ListsStore } from './lists-store.js';
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
): { audiences: AudiencesService; routes: Route[] } {
  const audiences = new AudiencesService(new CandidatesStore(database), contacts, clock, (sessionId, numbers) =>
    contacts.findNumbers(sessionId, numbers),
  );
  const requireSession = sessions.get.bind(sessions);
  const lists = new ListsService(new ListsStore(database), unitOfWork, clock, requireSession, quotas);
  const tags = new TagsService(new TagsStore(database), unitOfWork, quotas);
  return { audiences, routes: [...audiencesRoutes(lists), ...tagsRoutes(tags)] };
}
