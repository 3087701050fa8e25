import type { Core } from '../core.js';
import type { SessionsService } from '../sessions/sessions-service.js';
import { slotsRoutes } from './slots-routes.js';
import { SlotsService } from './slots-service.js';
import { SlotsStore } from './slots-store.js';

/** The hours of the week in which accounts like to post. */
export function slotsFeature(
  { database, unitOfWork, clock }: Core,
  { sessions }: { sessions: Pick<SessionsService, 'get'> },
) {
  const slots = new SlotsService(new SlotsStore(database), unitOfWork, clock);
  return { slots, routes: slotsRoutes(slots, sessions) };
}
