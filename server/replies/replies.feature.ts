import type { OptOutsService } from '../audiences/opt-outs-service.js';
import type { Core } from '../core.js';
import type { Hook } from '../lib/hook.js';
import { PeriodicTasks } from '../lib/running/periodic-task.js';
import type { PeopleService } from '../people/people-service.js';
import type { StatusSteps } from '../statuses/status-steps.js';
import type { StatusesService } from '../statuses/statuses-service.js';
import type { ViewersService } from '../viewers/viewers-service.js';
import type { ReplyNews } from '../whatsapp/gateway.js';
import { AnswersStore } from './answers-store.js';
import { OptOutRulesStore } from './opt-out-rules-store.js';
import { OptingOut } from './opting-out.js';
import { RepliesReportStore } from './replies-report-store.js';
import { RepliesService } from './replies-service.js';
import { RepliesStore } from './replies-store.js';
import { repliesRoutes } from './replies-routes.js';
import { ReplyFolder } from './reply-folder.js';
import { ReplyRecorder } from './reply-recorder.js';

export interface RepliesNeeds {
  /** What WhatsApp says of replies. */
  news: Hook<[sessionId: string, news: ReplyNews[]]>;
  people: PeopleService;
  statuses: StatusesService;
  steps: Pick<StatusSteps, 'accepted'>;
  viewers: ViewersService;
  optOuts: OptOutsService;
}

const cleaningIntervalMs = 60 * 60_000;

/** What people answer to statuses. */
export function repliesFeature(
  { config, database, unitOfWork, clock, jumps, logger, lifecycle }: Core,
  { news, people, statuses, steps, viewers, optOuts }: RepliesNeeds,
) {
  const store = new RepliesStore(database);
  const report = new RepliesReportStore(database);
  const folder = new ReplyFolder(config.uploadsDir, config.nodeName, logger);
  const optingOut = new OptingOut(new OptOutRulesStore(database), optOuts, unitOfWork, clock);
  const replies = new RepliesService({
    replies: store,
    report,
    answers: new AnswersStore(database),
    folder,
    unitOfWork,
    clock,
  });
  const recorder = new ReplyRecorder({
    replies: store,
    report,
    people,
    statuses,
    viewers,
    optingOut,
    folder,
    maxFileBytes: config.replyFiles.maxBytes,
    unitOfWork,
    clock,
    logger,
  });
  news.add((sessionId, some) => recorder.record(sessionId, some));
  people.merged.add((tx, change) => recorder.onMerges(tx, change));
  people.changed.add((tx, change) => recorder.onChanged(tx, change));
  steps.accepted.add((tx, status) => recorder.adoptPending(tx, status));
  const cleaning = new PeriodicTasks({
    name: 'cleaning up replies',
    everyMs: cleaningIntervalMs,
    // A server that is started anew within every hour cleans up, too.
    firstAfterMs: 1_000,
    works: jumps.holding({
      'those of unknown statuses': () => recorder.forgetUnknown(),
      'the oldest': () => recorder.forgetOldest(),
      'files without a reply': () => folder.sweep((ids) => store.withFiles(ids), clock.now().getTime()),
    }),
    logger,
  });
  lifecycle.add({
    name: 'replies',
    start: async () => {
      await folder.open();
      cleaning.start();
    },
    stop: () => cleaning.stop(),
  });
  return { replies, recorder, optingOut, folder, routes: repliesRoutes(replies, optingOut) };
}
