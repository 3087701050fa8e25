import { safePace } from '../contract/pace.js';
import type { Core } from '../core.js';
import type { StatusesFeature } from '../statuses/statuses.feature.js';
import { openPace } from './pace.js';
import { paceRoutes } from './pace-routes.js';
import { PaceService } from './pace-service.js';
import { PaceStore } from './pace-store.js';

/** How fast accounts post. */
export function paceFeature({ config, database, unitOfWork, clock }: Core, { steps }: Pick<StatusesFeature, 'steps'>) {
  const pace = new PaceService(
    new PaceStore(database),
    steps,
    unitOfWork,
    clock,
    config.postingPace === 'safe' ? safePace : openPace,
  );
  return { pace, routes: paceRoutes(pace) };
}
