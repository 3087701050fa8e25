import type { Quotas } from '../access/quotas.js';
import type { Core } from '../core.js';
import { sweeping } from '../lib/running/sweeping.js';
import type { FileUses } from '../media/file-uses.js';
import type { StatusesFeature } from '../statuses/statuses.feature.js';
import { BroadcastRunner } from './broadcast-runner.js';
import { broadcastsRoutes } from './broadcasts-routes.js';
import { BroadcastsService, type SessionsOfBroadcasts } from './broadcasts-service.js';
import { BroadcastsStore } from './broadcasts-store.js';

export interface BroadcastsNeeds {
  sessions: SessionsOfBroadcasts;
  statuses: StatusesFeature;
  fileUses: FileUses;
  quotas: Quotas;
}

const sweepIntervalMs = 500;

/** One post on many accounts. */
export function broadcastsFeature(core: Core, { sessions, statuses: feature, fileUses, quotas }: BroadcastsNeeds) {
  const { database, unitOfWork, bus, clock, logger, lifecycle } = core;
  const { accepting, changes } = feature;
  const store = new BroadcastsStore(database);
  const broadcasts = new BroadcastsService({
    sessions,
    accepting,
    changes,
    fileUses,
    quotas,
    unitOfWork,
    bus,
    clock,
    store,
  });
  const runner = new BroadcastRunner({ store, fileUses, accepting, unitOfWork, clock, logger });
  lifecycle.add(sweeping({ name: 'planning: broadcasts', everyMs: sweepIntervalMs, runner, logger }));
  return { broadcasts, runner, store, routes: broadcastsRoutes(broadcasts) };
}
