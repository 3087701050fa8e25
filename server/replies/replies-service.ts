import type { Principal } from '../access/principal.js';
import type { Page } from '../contract/envelope.js';
import { type RepliesFilterQuery, type Reply, shownAnswers, type UnreadReplies } from '../contract/inbox/replies.js';
import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import { AppError, notFound } from '../lib/app-error.js';
import { forCaller } from '../lib/caller-scope.js';
import type { Clock } from '../lib/clock.js';
import { idCursor } from '../lib/cursors.js';
import { Pages } from '../lib/page.js';
import { goodForMs, publicAnswer } from './answer.js';
import type { AnswersStore } from './answers-store.js';
import type { RepliesReportStore, ReplyFilter } from './replies-report-store.js';
import type { RepliesStore } from './replies-store.js';
import { repliesUpdated } from './reply-events.js';
import type { ReplyFolder } from './reply-folder.js';
import { publicReply } from './reply.js';

export interface RepliesServiceParts {
  replies: RepliesStore;
  report: RepliesReportStore;
  answers: Pick<AnswersStore, 'countOpenOf' | 'listOf' | 'messageIdsOf'>;
  folder: ReplyFolder;
  unitOfWork: UnitOfWork;
  clock: Clock;
}

const pages = new Pages(idCursor);
/** So many replies of a file are read at once. */
const filePage = 500;

/** What people answer to statuses: read, marked and forgotten. */
export class RepliesService {
  constructor(private readonly parts: RepliesServiceParts) {}

  /** Newest first; of one session, or of all the principal may see. */
  async list(principal: Principal, sessionId: string | null, query: RepliesFilterQuery): Promise<Page<Reply>> {
    const filter = filterOf(principal, sessionId, query);
    const rows = await this.parts.report.list(filter, pages.wanted(query));
    const { items, nextCursor } = pages.cut(rows, query, ({ id }) => id);
    return {
      items: await this.withAnswers(items.map(publicReply)),
      total: await this.parts.report.count(filter),
      nextCursor,
    };
  }

  /**
   * The same, all of them, a page after the other as they are asked for. Nothing more is read once `gone` is aborted. Throws when the
   * first page cannot be read.
   */
  async everything(
    principal: Principal,
    sessionId: string | null,
    query: RepliesFilterQuery,
    gone: AbortSignal,
  ): Promise<AsyncIterable<Reply[]>> {
    const pagesOfAll = this.pagesOfAll(filterOf(principal, sessionId, query), gone);
    const begin = await pagesOfAll.next();
    return (async function* () {
      if (begin.done !== true) yield begin.value;
      yield* pagesOfAll;
    })();
  }

  private async *pagesOfAll(filter: ReplyFilter, gone: AbortSignal): AsyncGenerator<Reply[]> {
    for (let after: string | undefined, more = true; more;) {
      const replies = await forCaller(gone, async () => {
        const rows = await this.parts.report.list(filter, { limit: filePage, after });
        return this.withAnswers(rows.map(publicReply));
      });
      yield replies;
      after = replies.at(-1)?.id;
      more = replies.length === filePage;
    }
  }

  /** Throws `not_found` unless the session has it. */
  async get(sessionId: string, id: string, tx?: Tx): Promise<Reply> {
    const found = await this.parts.report.find(sessionId, id, tx);
    if (!found) throw notFound('The reply');
    const [reply = publicReply(found)] = await this.withAnswers([publicReply(found)], tx);
    return reply;
  }

  async unread(principal: Principal, sessionId: string | null): Promise<UnreadReplies> {
    const sessions = await this.parts.report.unread(reachOf(principal, sessionId));
    return { unread: sessions.reduce((sum, one) => sum + one.unread, 0), sessions };
  }

  /** Marked as it is already is success. */
  async mark(sessionId: string, id: string, isRead: boolean): Promise<Reply> {
    return this.parts.unitOfWork.run(async (tx) => {
      const marked = await this.parts.replies.markRead(tx, sessionId, id, isRead ? this.now() : null);
      if (marked) tx.emit(repliesUpdated(marked, marked.id));
      return this.get(sessionId, id, tx);
    });
  }

  /** Marks all unread ones as read, as far as they came until then. Returns how many that were. */
  async markAll(principal: Principal, sessionId: string | null, until: string | undefined): Promise<number> {
    const now = this.now();
    const which = { ...reachOf(principal, sessionId), until: until === undefined ? now : Date.parse(until) };
    return this.parts.unitOfWork.run(async (tx) => {
      const marked = await this.parts.replies.markAllRead(tx, which, now);
      for (const session of marked) tx.emit(repliesUpdated(session, null));
      return marked.reduce((sum, { count }) => sum + count, 0);
    });
  }

  /** Deletes it here, with its file; its sender still has it. That they answered stays counted. */
  async delete(sessionId: string, id: string): Promise<void> {
    await this.parts.unitOfWork.run(async (tx) => {
      const found = await this.parts.replies.lock(tx, sessionId, id);
      if (!found) throw notFound('The reply');
      if ((await this.parts.answers.countOpenOf(tx, id, this.now() - goodForMs)) > 0) {
        const words =
          'An answer to this reply has not left yet, and would go with it. Delete it once that is sent or has failed.';
        throw new AppError('conflict', words);
      }
      await this.parts.replies.deleteAll(tx, [id]);
      this.parts.folder.removeAfter(tx, [id]);
      tx.emit(repliesUpdated(found, id));
    });
  }

  /** Where its file is. Throws `not_found` while there is none. */
  async open(
    sessionId: string,
    id: string,
  ): Promise<{ path: string; mimeType: string | null; filename: string | null }> {
    const { file } = await this.get(sessionId, id);
    if (file?.state !== 'kept') throw notFound('The file of the reply');
    return { path: this.parts.folder.pathOf(id), mimeType: file.mimeType, filename: file.filename };
  }

  /**
   * Deletes at most so many replies of this person, with their files and answers. Returns how many that were, and WhatsApp's ids of the
   * answers.
   */
  async forgetPerson(tx: Tx, personId: string, atMost: number): Promise<{ replies: number; answers: string[] }> {
    const { replies, answers, folder } = this.parts;
    const ids = await replies.idsOf(tx, personId, atMost);
    const messageIds = await answers.messageIdsOf(tx, ids);
    await replies.deleteAll(tx, ids);
    folder.removeAfter(tx, ids);
    return { replies: ids.length, answers: messageIds };
  }

  /** Forgets at most so many replies to a status that is forgotten itself, with their files. How many there were. */
  async forgetOf(tx: Tx, statusId: string, atMost: number): Promise<number> {
    const ids = await this.parts.replies.deleteOfStatus(tx, statusId, atMost);
    this.parts.folder.removeAfter(tx, ids);
    return ids.length;
  }

  /** Forgets at most so many replies that came before a time, with their answers and files. How many there were. */
  forgetBefore(before: number, atMost: number): Promise<number> {
    return this.parts.unitOfWork.run(async (tx) => {
      const ids = await this.parts.replies.deleteBefore(tx, before, this.now() - goodForMs, atMost);
      this.parts.folder.removeAfter(tx, ids);
      return ids.length;
    });
  }

  /** Deletes at most so many files of replies that came before a time; the replies stay. How many there were. */
  forgetFilesBefore(before: number, atMost: number): Promise<number> {
    return this.parts.unitOfWork.run(async (tx) => {
      const ids = await this.parts.replies.giveUpFilesBefore(tx, before, atMost);
      this.parts.folder.removeAfter(tx, ids);
      return ids.length;
    });
  }

  private async withAnswers(replies: readonly Reply[], tx?: Tx): Promise<Reply[]> {
    const ids = replies.map(({ id }) => id);
    const found = await this.parts.answers.listOf(ids, shownAnswers, tx);
    return replies.map((reply) => {
      const { number, lid } = reply.person;
      const answers = (found.get(reply.id) ?? []).map((answer) => publicAnswer(answer, { number, lid }));
      return { ...reply, answers };
    });
  }

  private now(): number {
    return this.parts.clock.now().getTime();
  }
}

function filterOf(
  principal: Principal,
  sessionId: string | null,
  { statusId, personId, kind, unread, search }: RepliesFilterQuery,
): ReplyFilter {
  return { ...reachOf(principal, sessionId), statusId, personId, kind, unread, search };
}

function reachOf({ organizationId, sessionId: own }: Principal, sessionId: string | null) {
  return { organizationId, sessionId: sessionId ?? own };
}
