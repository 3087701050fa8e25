import type { AudiencesService } from '../audiences/audiences-service.js';
import type { Core } from '../core.js';
import type { Tx } from '../db/unit-of-work.js';
import { PeriodicTask } from '../lib/running/periodic-task.js';
import type { PaceService } from '../pace/pace-service.js';
import type { RunningSessions } from '../sessions/running-sessions.js';
import type { SessionsService } from '../sessions/sessions-service.js';
import type { StatusesFeature } from '../statuses/statuses.feature.js';
import { AudiencePreviews } from './audience-preview.js';
import { audiencePreviewRoutes } from './audience-preview-routes.js';
import { DeletionsService } from './deletions-service.js';
import { PostingService } from './posting-service.js';
import { StatusExpiry, expiringStatuses } from './status-expiry.js';
import { StatusQueue } from './status-queue.js';

export interface PostingNeeds {
  sessions: SessionsService;
  running: RunningSessions;
  audiences: AudiencesService;
  statuses: StatusesFeature;
  pace: PaceService;
  /** Whether this process still runs the session, asked in the transaction that writes for it. */
  isOurs: (tx: Tx, sessionId: string) => Promise<boolean>;
}

/** How often it is looked for what other processes accepted for sessions that this one has. */
const takeUpIntervalMs = 1_000;

/** From the queue to WhatsApp and back: posting, taking back, and what ends after a day. */
export function postingFeature({ config, unitOfWork, bus, clock, logger }: Core, needs: PostingNeeds) {
  const { sessions, running, audiences, pace, isOurs } = needs;
  const { statuses, steps, outcomes, contents } = needs.statuses;
  const posting = new PostingService({ statuses, steps, outcomes, leaveOuts: audiences, isOurs, unitOfWork });
  const { chunkSize } = config.publishing;
  const deletions = new DeletionsService({ steps, outcomes, chunkSize, isOurs, unitOfWork, clock });
  const queue = new StatusQueue({
    posting,
    deletions,
    contents,
    pace,
    bus,
    logger,
    connectionOf: (sessionId) => running.connectionOf(sessionId),
  });
  const takingUp = new PeriodicTask({
    name: 'statuses that another process accepted',
    everyMs: takeUpIntervalMs,
    work: () => queue.takeUp(),
    logger,
  });
  const previews = new AudiencePreviews(sessions, audiences, statuses, pace);
  return {
    posting,
    queue,
    parts: {
      expiry: expiringStatuses(new StatusExpiry(steps, unitOfWork), logger),
      queue: { name: 'status queue', start: () => queue.start(), stop: () => queue.stop() },
      takingUp,
    },
    routes: audiencePreviewRoutes(previews),
  };
}
