import type { Reply } from '../contract/inbox/replies.js';
import { isAboutData, type Tx, type UnitOfWork } from '../db/unit-of-work.js';
import type { Clock } from '../lib/clock.js';
import { Hook } from '../lib/hook.js';
import { newId } from '../lib/ids.js';
import type { Logger } from '../lib/logger.js';
import type { PeopleChange, PeopleService } from '../people/people-service.js';
import type { PeopleScope } from '../people/person.js';
import type { StatusRecord } from '../statuses/status.js';
import type { StatusesService } from '../statuses/statuses-service.js';
import type { ViewersService } from '../viewers/viewers-service.js';
import type { ReplyNews } from '../whatsapp/gateway.js';
import { EarlyChanges, type ReplyChange } from './early-changes.js';
import type { OptingOut } from './opting-out.js';
import type { RepliesReportStore } from './replies-report-store.js';
import type { RepliesStore } from './replies-store.js';
import { repliesUpdated } from './reply-events.js';
import type { ReplyFolder } from './reply-folder.js';
import { fileRecordOf, publicReply } from './reply.js';

export interface ReplyRecorderParts {
  replies: RepliesStore;
  report: RepliesReportStore;
  people: PeopleService;
  statuses: Pick<StatusesService, 'listByMessageIds'>;
  viewers: Pick<ViewersService, 'recordWithin'>;
  optingOut: OptingOut;
  folder: ReplyFolder;
  maxFileBytes: number;
  unitOfWork: UnitOfWork;
  clock: Clock;
  logger: Logger;
}

type Sent = Extract<ReplyNews, { change: 'sent' }>;

/** Replies to what is no status that we know: how many are kept per session, and for how long. */
const maxUnknownPerSession = 1_000;
const unknownKeptForMs = 48 * 60 * 60 * 1000;

/** Of one session, the newest. */
const maxPerSession = 100_000;
/** Bounds one transaction. */
const deletedAtOnce = 500;

/** Writes down what people answer, and what they do with it afterwards. */
export class ReplyRecorder {
  /** A reply with a file came in, or its status turned up: somebody may fetch the file. Run after the commit. */
  readonly fileAwaited = new Hook<[sessionId: string]>();
  private readonly early: EarlyChanges;

  constructor(private readonly parts: ReplyRecorderParts) {
    this.early = new EarlyChanges(parts.clock);
  }

  /**
   * Resolves once the news is committed, so that WhatsApp may be told that we have it. Repeats, and news for a session that is
   * gone, change nothing.
   */
  async record(sessionId: string, news: readonly ReplyNews[]): Promise<void> {
    const some = news.flatMap((one) => (one.change === 'answered' ? [] : [one]));
    if (some.length === 0) return;
    try {
      await this.parts.unitOfWork.run(async (tx) => {
        for (const one of some) await this.recordOne(tx, sessionId, one);
      });
    } catch (error) {
      if (!isAboutData(error)) throw error;
      if (some.length > 1) {
        for (const one of some) await this.record(sessionId, [one]);
        return;
      }
      // It would fail for ever, and come again each time.
      this.parts.logger.error({ err: error, sessionId }, 'a reply cannot be recorded and is left out');
    }
  }

  /** Gives a status that has just appeared the replies that came before it. */
  async adoptPending(tx: Tx, status: StatusRecord): Promise<void> {
    for (const id of await this.parts.replies.adopt(tx, status)) await this.announce(tx, status, id);
  }

  async onMerges(tx: Tx, { merges }: PeopleChange): Promise<void> {
    await this.parts.replies.move(tx, new Map(merges.map((merge) => [merge.goneId, merge.survivorId])));
  }

  /** Whoever wanted no more posts, and had no number then, may have one by now. */
  async onChanged(tx: Tx, change: PeopleChange): Promise<void> {
    for (const { id, phoneNumber } of await this.parts.replies.waitingForNumber(tx, change.changedIds)) {
      await this.parts.optingOut.optOut(tx, change, phoneNumber);
      await this.parts.replies.setOptOut(tx, id, 'done');
      tx.emit(repliesUpdated(change, id));
    }
  }

  /** Deletes replies whose status never became known. */
  async forgetUnknown(): Promise<void> {
    const before = this.now() - unknownKeptForMs;
    await this.parts.unitOfWork.run((tx) => this.parts.replies.deleteUnknownBefore(tx, before));
  }

  /** Deletes the oldest replies of accounts that have more than they may, some at a time. */
  async forgetOldest(max = maxPerSession): Promise<void> {
    for (let gone = deletedAtOnce; gone === deletedAtOnce;) {
      gone = await this.parts.unitOfWork.run(async (tx) => {
        const ids = await this.parts.replies.limit(tx, max, deletedAtOnce);
        this.parts.folder.removeAfter(tx, ids);
        return ids.length;
      });
    }
  }

  private async recordOne(tx: Tx, sessionId: string, news: Sent | ReplyChange): Promise<void> {
    const scope = await this.parts.people.lock(tx, sessionId);
    if (!scope) return;
    if (news.change === 'sent') await this.recordSent(tx, scope, news);
    else await this.recordChange(tx, scope, news);
  }

  private async recordSent(tx: Tx, scope: PeopleScope, news: Sent): Promise<void> {
    const { people, replies, statuses } = this.parts;
    const { sessionId, organizationId } = scope;
    const [personId] = await people.resolve(tx, sessionId, [news.person]);
    if (personId === undefined) return;
    if (news.pushName !== null) await people.learnPushName(tx, personId, news.pushName);
    const [status] = await statuses.listByMessageIds(tx, sessionId, [news.statusMessageId]);
    const id = newId();
    const isNew = await replies.insert(tx, {
      id,
      organizationId,
      sessionId,
      personId,
      statusId: status?.id ?? null,
      statusMessageId: news.statusMessageId,
      messageId: news.messageId,
      kind: news.kind,
      text: news.text,
      file: fileRecordOf(news, this.parts.maxFileBytes),
      sentAt: news.at.getTime(),
      receivedAt: this.now(),
    });
    if (!isNew) return;
    for (const change of this.early.find(sessionId, news)) await this.change(tx, sessionId, change);
    tx.afterCommit(() => this.early.forget(sessionId, news));
    if (status) await this.announce(tx, status, id);
    else await replies.limitUnknown(tx, sessionId, maxUnknownPerSession);
  }

  /** Counts who answered, opts out who wants it, and tells everybody. */
  private async announce(tx: Tx, status: StatusRecord, id: string): Promise<void> {
    const { sessionId, organizationId, messageId } = status;
    const reply = await this.read(tx, sessionId, id);
    if (!reply) return;
    const { number: phoneNumber, lid } = reply.person;
    const [person, at] = [{ phoneNumber, lid }, new Date(reply.sentAt)];
    await this.parts.viewers.recordWithin(tx, status, [{ messageId, person, at, kind: 'replied' }]);
    const optedOut = await this.optOutBy(tx, status, reply);
    tx.emit({ name: 'reply-received', organizationId, sessionId, payload: { ...reply, optedOut } });
    if (reply.file?.state === 'fetching') tx.afterCommit(() => void this.fileAwaited.run(sessionId));
  }

  private async recordChange(tx: Tx, scope: PeopleScope, news: ReplyChange): Promise<void> {
    const { sessionId } = scope;
    const id = await this.change(tx, sessionId, news);
    if (id === undefined) {
      tx.afterCommit(() => this.early.keep(sessionId, news));
      return;
    }
    const reply = await this.read(tx, sessionId, id);
    if (!reply) return;
    await this.optOutBy(tx, scope, reply);
    tx.emit(repliesUpdated(scope, id));
  }

  /** Nobody is made for it: whoever is not known has sent no reply. Undefined where it changed nothing. */
  private async change(tx: Tx, sessionId: string, news: ReplyChange): Promise<string | undefined> {
    const { people, replies, folder } = this.parts;
    const { ids, unknown } = await people.foresee(tx, sessionId, [news.person]);
    const [personId] = ids;
    if (personId === undefined || unknown.has(personId)) return undefined;
    const name = { sessionId, messageId: news.messageId, personId };
    const at = news.at.getTime();
    const id =
      news.change === 'edited' ? await replies.edit(tx, name, news.text, at) : await replies.takeBack(tx, name, at);
    if (id !== undefined && news.change === 'taken_back') folder.removeAfter(tx, [id]);
    return id;
  }

  /** Whether its sender is opted out by it, with this or before. */
  private async optOutBy(tx: Tx, scope: PeopleScope, { id, text, kind, person, optedOut }: Reply): Promise<boolean> {
    const { optingOut, replies } = this.parts;
    if (optedOut || kind !== 'text' || text === null) return optedOut;
    if (!(await optingOut.isMeant(tx, scope, text))) return false;
    if (person.number !== null) await optingOut.optOut(tx, scope, person.number);
    await replies.setOptOut(tx, id, person.number === null ? 'waiting' : 'done');
    return person.number !== null;
  }

  /** Undefined while its status is not known. */
  private async read(tx: Tx, sessionId: string, id: string): Promise<Reply | undefined> {
    const row = await this.parts.report.find(sessionId, id, tx);
    return row && publicReply(row);
  }

  private now(): number {
    return this.parts.clock.now().getTime();
  }
}
