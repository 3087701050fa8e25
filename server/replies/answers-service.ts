import type { Principal } from '../access/principal.js';
import type { Answer, AnswerReplyBody } from '../contract/inbox/replies.js';
import type { Session } from '../contract/sessions.js';
import { isAboutData, type Keep, type Kept, type Tx, type UnitOfWork } from '../db/unit-of-work.js';
import { AppError, notFound, validationError } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { newId } from '../lib/ids.js';
import type { Logger } from '../lib/logger.js';
import type { PeopleService } from '../people/people-service.js';
import type { SessionsService } from '../sessions/sessions-service.js';
import type { PostContent, StatusContents } from '../statuses/status-contents.js';
import type { PrivateContent, ReplyNews, StatusReceipt, WhatsAppGateway } from '../whatsapp/gateway.js';
import { type AnswerRecord, type AnswerSettlement, goodForMs, publicAnswer, textOf } from './answer.js';
import type { AnsweredReply, AnsweredReportStore } from './answered-report-store.js';
import type { AnswersStore } from './answers-store.js';

export interface AnswersServiceParts {
  answers: AnswersStore;
  replies: AnsweredReportStore;
  sessions: Pick<SessionsService, 'get'>;
  people: PeopleService;
  gateway: Pick<WhatsAppGateway, 'isLinked' | 'newMessageId'>;
  contents: StatusContents;
  /** Somebody who answers has read it. */
  markRead: (tx: Tx, sessionId: string, replyId: string) => Promise<void>;
  /** Whether this process still runs the session, asked in the transaction that writes for it. */
  isOurs: (tx: Tx, sessionId: string) => Promise<boolean>;
  /** After the commit of an answer that is to be sent. */
  wake: (sessionId: string) => void;
  unitOfWork: UnitOfWork;
  clock: Clock;
  logger: Logger;
}

/** What another device of the account answered. */
export type PhoneAnswer = Extract<ReplyNews, { change: 'answered' }>;

/** An answer whose turn it is, with what it answers. */
export interface ClaimedAnswer {
  answer: AnswerRecord;
  reply: AnsweredReply;
}

const mostOfReply = 200;
const mostWaiting = 1_000;
/** Bounds one transaction. */
const givenUpAtOnce = 100;
const tooLate = {
  code: 'too_late',
  message: 'The account was not connected for 24 hours, so the answer was not sent. Answer again.',
};

/** What is answered to replies: accepted, sent in its turn, and what became of it. */
export class AnswersService {
  constructor(private readonly parts: AnswersServiceParts) {}

  /**
   * Accepts an answer into the session's queue, with the id it will have on WhatsApp. Throws `not_connected` when the session is
   * not linked, `not_found` for an unknown reply, `validation_error` for a file that cannot be sent.
   */
  async accept<K>(
    principal: Principal,
    { sessionId, replyId }: { sessionId: string; replyId: string },
    body: AnswerReplyBody,
    keep: Keep<Answer, K>,
  ): Promise<Kept<Answer, K>> {
    const { answers, replies, sessions, gateway, unitOfWork, clock } = this.parts;
    const session = await sessions.get(principal, sessionId);
    if (!(await replies.find(sessionId, replyId))) throw notFound('The reply');
    if (!(await gateway.isLinked(sessionId))) {
      throw new AppError(
        'not_connected',
        'This session is not linked to a WhatsApp account. Link it by QR code or pairing code first, then answer again.',
      );
    }
    const { media } = await this.contentOf(principal, session, body);
    const { jid, organizationId } = session;
    const record: AnswerRecord = {
      id: newId(),
      organizationId,
      sessionId,
      replyId,
      messageId: gateway.newMessageId(jid === null ? null : { jid }),
      origin: 'api',
      state: 'queued',
      type: body.type,
      text: textOf(body),
      media,
      createdBy: principal.name,
      createdAt: clock.now().getTime(),
      attempts: 0,
      sentAt: null,
      deliveredAt: null,
      readAt: null,
      error: null,
    };
    return unitOfWork.run(async (tx) => {
      const reply = await replies.find(sessionId, replyId, tx);
      if (!reply) throw notFound('The reply');
      await this.requireRoom(tx, record);
      await answers.insert(tx, record);
      await this.parts.markRead(tx, sessionId, replyId);
      this.tell(tx, record, reply);
      tx.afterCommit(() => this.parts.wake(sessionId));
      return keep(tx, publicAnswer(record, addresseeOf(reply)));
    });
  }

  /** Sessions with answers that have not left. */
  sessionsWithWork(): Promise<string[]> {
    return this.parts.answers.sessionsWithOpen();
  }

  /** Begins an attempt with the oldest answer that has not left. Undefined when there is none, or the session is not ours. */
  async claim(sessionId: string): Promise<ClaimedAnswer | undefined> {
    const { answers, replies, isOurs, unitOfWork, clock } = this.parts;
    return unitOfWork.run(async (tx) => {
      if (!(await isOurs(tx, sessionId))) return undefined;
      for (;;) {
        const answer = await answers.claimNext(tx, sessionId);
        if (!answer) return undefined;
        const reply = await replies.find(sessionId, answer.replyId, tx);
        const isLate = clock.now().getTime() - answer.createdAt > goodForMs;
        if (reply && !isLate) {
          this.tell(tx, answer, reply);
          return { answer, reply };
        }
        await this.settleWithin(tx, answer, { state: 'failed', error: tooLate });
      }
    });
  }

  /** Gives up what has not left for a day, also where the account is not connected and nobody will claim it. */
  async giveUpLate(): Promise<void> {
    const { answers, unitOfWork, clock } = this.parts;
    const before = clock.now().getTime() - goodForMs;
    if (!(await answers.hasOpenBefore(before))) return;
    await unitOfWork.run(async (tx) => {
      for (const late of await answers.failBefore(tx, before, tooLate, givenUpAtOnce)) await this.tellOf(tx, late);
    });
  }

  /** What WhatsApp gets; undefined when the file is gone. */
  async load({ type, text, media }: AnswerRecord): Promise<PrivateContent | undefined> {
    if (media === null || type === 'other') return { type: 'text', text: text ?? '' };
    const content = await this.parts.contents.load({
      type,
      content: media.filename,
      caption: text,
      style: {},
      media,
      preview: null,
      links: null,
    });
    return content === undefined || content.type === 'link' || content.type === 'text' ? undefined : content;
  }

  /** Writes down how an attempt ended, unless another one began since or the session is not ours any more. */
  async settle(answer: AnswerRecord, settlement: AnswerSettlement): Promise<void> {
    await this.parts.unitOfWork.run(async (tx) => {
      if (await this.parts.isOurs(tx, answer.sessionId)) await this.settleWithin(tx, answer, settlement);
    });
  }

  /** Receipts of private messages, some of which may be answers. */
  async recordReceipts(sessionId: string, receipts: readonly StatusReceipt[]): Promise<void> {
    const some = receipts.filter((receipt) => receipt.viaChat === true && receipt.kind !== 'reacted');
    if (some.length === 0) return;
    const { answers, unitOfWork } = this.parts;
    const known = await answers.known(sessionId, [...new Set(some.map(({ messageId }) => messageId))]);
    if (known.size === 0) return;
    await unitOfWork.run(async (tx) => {
      for (const { messageId, kind, at } of some) {
        if (!known.has(messageId)) continue;
        const receipt = { messageId, kind: kind === 'delivered' ? kind : ('read' as const), at: at.getTime() };
        const changed = await answers.recordReceipt(tx, sessionId, receipt);
        if (changed) await this.tellOf(tx, changed);
      }
    });
  }

  /** What was written on another device of the account, where it answers a reply that we have. Repeats change nothing. */
  async recordNews(sessionId: string, news: readonly ReplyNews[]): Promise<void> {
    for (const one of news) {
      if (one.change !== 'answered') continue;
      try {
        await this.parts.unitOfWork.run((tx) => this.recordPhoneAnswer(tx, sessionId, one));
      } catch (error) {
        // It would fail for ever, and come again each time, with all that came after it.
        if (!isAboutData(error)) throw error;
        this.parts.logger.error({ err: error, sessionId }, 'an answer of the phone cannot be recorded and is left out');
      }
    }
  }

  private async recordPhoneAnswer(tx: Tx, sessionId: string, found: PhoneAnswer): Promise<void> {
    if (!(await this.parts.people.lock(tx, sessionId))) return;
    const reply = await this.answeredBy(tx, sessionId, found);
    if (!reply) return;
    const at = found.at.getTime();
    const record: AnswerRecord = {
      id: newId(),
      organizationId: reply.organizationId,
      sessionId,
      replyId: reply.id,
      messageId: found.messageId,
      origin: 'phone',
      state: 'sent',
      type: typeOf(found.kind),
      text: found.text,
      media: null,
      createdBy: null,
      createdAt: at,
      attempts: 0,
      sentAt: at,
      deliveredAt: null,
      readAt: null,
      error: null,
    };
    if ((await this.parts.answers.countOf(tx, reply.id)) >= mostOfReply) return;
    if (!(await this.parts.answers.insert(tx, record))) return;
    await this.parts.markRead(tx, sessionId, reply.id);
    this.tell(tx, record, reply);
  }

  private async answeredBy(
    tx: Tx,
    sessionId: string,
    { quotedId, statusMessageId, person }: PhoneAnswer,
  ): Promise<AnsweredReply | undefined> {
    const { replies, people } = this.parts;
    if (statusMessageId === null) return replies.findMessage(tx, sessionId, quotedId);
    const { ids, unknown } = await people.foresee(tx, sessionId, [person]);
    const [personId] = ids;
    if (personId === undefined || unknown.has(personId)) return undefined;
    return replies.findLast(tx, sessionId, statusMessageId, personId);
  }

  private async contentOf(
    principal: Principal,
    session: Session,
    body: AnswerReplyBody,
  ): Promise<Pick<PostContent, 'media'>> {
    if (body.type === 'text') return { media: null };
    const [content, ...parts] = await this.parts.contents.contentsOf(principal, session, body);
    if (parts.length === 0) return content;
    const words = `This video was cut into ${String(parts.length + 1)} parts, and an answer is one message. Name the part to send.`;
    throw validationError('content', words);
  }

  private async requireRoom(tx: Tx, { sessionId, replyId }: AnswerRecord): Promise<void> {
    if ((await this.parts.answers.countOf(tx, replyId)) >= mostOfReply) {
      throw new AppError('conflict', `This reply has ${String(mostOfReply)} answers already. Go on from the phone.`);
    }
    if ((await this.parts.answers.countOpen(tx, sessionId)) >= mostWaiting) {
      const words = `${mostWaiting.toLocaleString('en')} answers of this session have not left yet. Connect the account, and answer when they have.`;
      throw new AppError('conflict', words);
    }
  }

  private async settleWithin(tx: Tx, answer: AnswerRecord, settlement: AnswerSettlement): Promise<void> {
    const settled = await this.parts.answers.settle(tx, answer, {
      state: settlement.state === 'again' ? 'queued' : settlement.state,
      sentAt: settlement.state === 'sent' ? settlement.at.getTime() : null,
      error: settlement.state === 'failed' ? settlement.error : null,
    });
    if (settled) await this.tellOf(tx, settled);
  }

  private async tellOf(tx: Tx, record: AnswerRecord): Promise<void> {
    const reply = await this.parts.replies.find(record.sessionId, record.replyId, tx);
    if (reply) this.tell(tx, record, reply);
  }

  private tell(tx: Tx, record: AnswerRecord, reply: AnsweredReply): void {
    const { organizationId, sessionId } = record;
    const payload = publicAnswer(record, addresseeOf(reply));
    tx.emit({ name: 'reply-answered', organizationId, sessionId, payload });
  }
}

function addresseeOf({ person }: AnsweredReply): Answer['person'] {
  return { number: person.phoneNumber, lid: person.lid };
}

function typeOf(kind: PhoneAnswer['kind']): AnswerRecord['type'] {
  if (kind === 'voice' || kind === 'audio') return 'audio';
  return kind === 'text' || kind === 'image' || kind === 'video' ? kind : 'other';
}
