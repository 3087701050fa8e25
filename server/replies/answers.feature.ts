import type { Core } from '../core.js';
import type { Tx } from '../db/unit-of-work.js';
import type { Hook } from '../lib/hook.js';
import { PeriodicTask } from '../lib/running/periodic-task.js';
import type { PeopleService } from '../people/people-service.js';
import type { RunningSessions } from '../sessions/running-sessions.js';
import type { SessionsService } from '../sessions/sessions-service.js';
import type { StatusContents } from '../statuses/status-contents.js';
import type { ReplyNews, StatusReceipt, WhatsAppGateway } from '../whatsapp/gateway.js';
import { AnswerQueue } from './answer-queue.js';
import { AnsweredReportStore } from './answered-report-store.js';
import { answersRoutes } from './answers-routes.js';
import { AnswersService } from './answers-service.js';
import { AnswersStore } from './answers-store.js';
import { RepliesStore } from './replies-store.js';
import { repliesUpdated } from './reply-events.js';

export interface AnswersNeeds {
  wire: {
    receipts: Hook<[sessionId: string, receipts: StatusReceipt[]]>;
    replies: Hook<[sessionId: string, news: ReplyNews[]]>;
  };
  sessions: SessionsService;
  running: RunningSessions;
  people: PeopleService;
  gateway: WhatsAppGateway;
  contents: StatusContents;
  isOurs: (tx: Tx, sessionId: string) => Promise<boolean>;
}

/** How often it is looked for what other processes accepted for sessions that this one has. */
const takeUpIntervalMs = 1_000;

/** What is answered to replies, from here and on the phone. */
export function answersFeature(
  { database, unitOfWork, bus, clock, logger }: Core,
  { wire, running, ...needs }: AnswersNeeds,
) {
  const replies = new RepliesStore(database);
  const answers = new AnswersService({
    ...needs,
    answers: new AnswersStore(database),
    replies: new AnsweredReportStore(database),
    markRead: async (tx, sessionId, replyId) => {
      const marked = await replies.markRead(tx, sessionId, replyId, clock.now().getTime());
      if (marked) tx.emit(repliesUpdated(marked, marked.id));
    },
    wake: (sessionId) => queue.wake(sessionId),
    unitOfWork,
    clock,
    logger,
  });
  const connectionOf = (sessionId: string) => running.connectionOf(sessionId);
  const queue = new AnswerQueue({ answers, connectionOf, bus, logger });
  wire.receipts.add((sessionId, receipts) => answers.recordReceipts(sessionId, receipts));
  wire.replies.add((sessionId, news) => answers.recordNews(sessionId, news));
  const work = async (): Promise<void> => {
    await queue.takeUp();
    await answers.giveUpLate();
  };
  const takingUp = new PeriodicTask({
    name: 'answers that another process accepted',
    everyMs: takeUpIntervalMs,
    work,
    logger,
  });
  return {
    queue,
    parts: [{ name: 'answer queue', start: () => queue.start(), stop: () => queue.stop() }, takingUp],
    routes: answersRoutes(answers),
  };
}
