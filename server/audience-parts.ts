import type { Quotas } from './access/quotas.js';
import { audiencesRoutes } from './audiences/audiences-routes.js';
import { AudiencesService, type AddressBook, type FindNumbers } from './audiences/audiences-service.js';
import { CandidatesStore } from './audiences/candidates-store.js';
import { ListsService } from './audiences/lists-service.js';
import { ListsStore } from './audiences/lists-store.js';
import { tagsRoutes } from './audiences/tags-routes.js';
import { TagsService } from './audiences/tags-service.js';
import { TagsStore } from './audiences/tags-store.js';
import type { Config } from './config.js';
import { safePace } from './contract/pace.js';
import type { Database } from './db/database.js';
import type { UnitOfWork } from './db/unit-of-work.js';
import type { Route } from './http/define-route.js';
import type { Clock } from './lib/clock.js';
import { AudiencePreviews } from './posting/audience-preview.js';
import { openPace } from './pace/pace.js';
import { paceRoutes } from './pace/pace-routes.js';
import { PaceService } from './pace/pace-service.js';
import { PaceStore } from './pace/pace-store.js';
import type { SessionsOfStatuses } from './statuses/statuses-service.js';
import type { StatusesStore } from './statuses/statuses-store.js';

export interface AudiencePartsNeeds {
  config: Config;
  database: Database;
  units: UnitOfWork;
  quotas: Quotas;
  clock: Clock;
  contacts: AddressBook & { findNumbers: FindNumbers };
  sessions: SessionsOfStatuses;
  statuses: StatusesStore;
}

/** To whom, and how fast: the parts of the server that decide it, put together. */
export function createAudienceParts(needs: AudiencePartsNeeds) {
  const { config, database, units, quotas, clock, contacts, sessions } = needs;
  const findNumbers: FindNumbers = (sessionId, numbers) => contacts.findNumbers(sessionId, numbers);
  const audiences = new AudiencesService(new CandidatesStore(database), contacts, clock, findNumbers);
  const requireSession = sessions.get.bind(sessions);
  const lists = new ListsService(new ListsStore(database), units, clock, requireSession, quotas);
  const tags = new TagsService(new TagsStore(database), units, quotas);
  const defaultPace = config.postingPace === 'safe' ? safePace : openPace;
  const pace = new PaceService(new PaceStore(database), units, clock, defaultPace);
  const previews = new AudiencePreviews(sessions, audiences, needs.statuses, pace);
  const routes: Route[] = [...audiencesRoutes(lists), ...tagsRoutes(tags), ...paceRoutes(pace)];
  return { audiences, pace, previews, routes };
}
