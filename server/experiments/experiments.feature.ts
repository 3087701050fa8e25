import type { Core } from '../core.js';
import type { Route } from '../http/define-route.js';
import type { StatusesFeature } from '../statuses/statuses.feature.js';
import { experimentsRoutes } from './experiments-routes.js';
import { ExperimentsService } from './experiments-service.js';

/** A/B tests: one post in two versions. */
export function experimentsFeature(
  { clock }: Core,
  { accepting, contents, statuses }: Pick<StatusesFeature, 'accepting' | 'contents' | 'statuses'>,
): { routes: Route[] } {
  return { routes: experimentsRoutes(new ExperimentsService({ accepting, contents, statuses, clock })) };
}
