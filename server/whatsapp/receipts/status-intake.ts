import {
  type BinaryNode,
  buildAckStanza,
  decryptMessageNode,
  getBinaryNodeChild,
  proto,
  type WAMessage,
  type WASocket,
} from '@whiskeysockets/baileys';
import { withDeadline } from '../../lib/deadline.js';
import type { Logger } from '../../lib/logger.js';
import { personOfJid, statusBroadcast } from '../wire/addresses.js';
import type { AuthState } from '../credentials/auth-state.js';
import type { ReplyNews, StatusReceipt } from '../gateway.js';
import { type LibraryLogger, quietLogger } from '../baileys/quiet-logger.js';
import { nextLoopTurn } from '../../lib/running/loop-turns.js';
import { replaceListeners } from '../baileys/socket-guards.js';
import { isLetter, isOwnLetter, learnSender } from './letters.js';
import { readReaction } from './reactions.js';
import type { OwnAddress } from './receipts.js';
import { readOwnAnswer, readReply } from './replies.js';

export interface StatusIntakeParts {
  socket: Pick<WASocket, 'ws' | 'signalRepository' | 'sendNode' | 'sendRetryRequest'>;
  auth: Pick<AuthState, 'creds'>;
  own(): OwnAddress;
  /** Settles once the reaction is safe. */
  record(receipts: StatusReceipt[]): Promise<void>;
  /** Settles once the replies are safe. */
  recordReplies(news: ReplyNews[]): Promise<void>;
  /** One was not recorded, so it was not acknowledged: only a new connection brings it again. */
  onNotRecorded(): void;
  ended: AbortSignal;
  /** Baileys' own, which also hears of what cannot be decrypted. */
  library: LibraryLogger;
  logger: Logger;
  /** Milliseconds since 1970. */
  now: () => number;
}

/**
 * What waits its turn; what is beyond is not acknowledged, and comes again on another connection. The socket is read all the
 * same: opening some of them waits for answers that it brings.
 */
const maxWaiting = 5_000;
const openTimeoutMs = 20_000;
const recordTimeoutMs = 20_000;
/** Bounds one transaction. */
const repliesAtOnce = 50;
/** Nobody can see a status after that, so its author is not asked for it again. */
const visibleForMs = 24 * 60 * 60 * 1000;
/** A message in a chat stays; a phone that was off for longer has forgotten what it would have to send again. */
const letterKeptForMs = 14 * 24 * 60 * 60 * 1000;
/** What libsignal and the sender keys of Baileys say of a message that was opened before. */
const openedBefore = /^Key used already or never filled|^Received message with old counter/;

/** What stands between a stanza and Baileys. */
interface Arrived {
  node: BinaryNode;
  /** A private message, not from `status@broadcast`. */
  isLetter: boolean;
  pass: (node: BinaryNode) => unknown;
}

/**
 * Opens the statuses of others, and what people send in chats, before Baileys does: what can be opened goes on to Baileys as plain
 * text. A like or a reply goes on only after it is recorded: until then WhatsApp has to keep it.
 * A status that cannot be opened is asked for again and acknowledged plainly. Baileys itself answers those with an error, upon
 * which WhatsApp keeps the stanza, delivers it first on every connection and withholds everything else (Baileys PR #2779,
 * whatsapp-rust #647). A private message that cannot be opened is Baileys' to answer, except for one that was opened before:
 * nobody knows whether it was a reply, and recorded, so it is asked for again.
 */
export class StatusIntake {
  private tail: Promise<void> = Promise.resolve();
  private waiting = 0;
  private readonly recording = new Set<Promise<void>>();
  /** Opened, and not recorded yet. */
  private readonly replies: ReplyNews[] = [];
  private recordingReplies: Promise<void> = Promise.resolve();

  constructor(private readonly parts: StatusIntakeParts) {
    replaceListeners(parts.socket.ws, 'CB:message', (original) => (...values) => {
      const [node] = values as [BinaryNode];
      const letter = isLetter(node, parts.own()) || isOwnLetter(node, parts.own());
      if (node.attrs['from'] !== statusBroadcast && !letter && !isReactionInChat(node)) return original(node);
      this.queue({ node, isLetter: letter, pass: original });
      return undefined;
    });
  }

  /** Resolves when everything that has arrived is answered. */
  async drain(): Promise<void> {
    await this.tail;
    await Promise.all(this.recording);
  }

  private queue(arrived: Arrived): void {
    if (this.waiting >= maxWaiting) {
      if (mayBeAboutOurs(arrived)) this.parts.onNotRecorded();
      return;
    }
    this.waiting += 1;
    this.tail = this.tail
      .then(async () => {
        if (this.parts.ended.aborted) return;
        await withDeadline(this.handle(arrived), openTimeoutMs, 'Opening a message of somebody');
        await nextLoopTurn();
      })
      .catch((error: unknown) => this.parts.logger.debug({ err: error }, 'a message of somebody was not taken'))
      .finally(() => (this.waiting -= 1));
  }

  private async handle(arrived: Arrived): Promise<void> {
    const { node, pass } = arrived;
    const message = await this.open(arrived);
    if (message?.message && message.messageStubType !== proto.WebMessageInfo.StubType.CIPHERTEXT) {
      const plain = inPlainText(node, message.message);
      const record = this.recordingOf(node, message.message);
      if (record) this.take(record, () => pass(plain));
      else await pass(plain);
      return;
    }
    if (arrived.isLetter && !wasOpenedBefore(message)) {
      await pass(node);
      return;
    }
    if (message && this.isWorthAsking(message, arrived)) await this.askAgain(node);
    if (!this.parts.ended.aborted) await this.parts.socket.sendNode(buildAckStanza(node));
  }

  /** Undefined for what is of no interest here. */
  private recordingOf(node: BinaryNode, message: proto.IMessage): (() => Promise<void>) | undefined {
    const about = { own: this.parts.own(), now: new Date(this.parts.now()) };
    const reaction = readReaction(node, message, about);
    if (reaction) return () => withDeadline(this.parts.record([reaction]), recordTimeoutMs, 'Recording a like');
    const reply = readReply(node, message, about) ?? readOwnAnswer(node, message, about);
    return reply && (() => this.recordInOrder(reply));
  }

  /**
   * As they arrived, since an edit means nothing before its reply; those that wait are recorded together. After one that was
   * not recorded none is, on this connection: they come again with it.
   */
  private recordInOrder(reply: ReplyNews): Promise<void> {
    this.replies.push(reply);
    this.recordingReplies = this.recordingReplies.then(async () => {
      // It may have been recorded with one before it.
      const some = this.replies.splice(0, repliesAtOnce);
      if (some.length === 0) return;
      await withDeadline(this.parts.recordReplies(some), recordTimeoutMs, 'Recording replies');
    });
    return this.recordingReplies;
  }

  /** Those that follow are opened meanwhile, so that many are recorded together. */
  private take(record: () => Promise<void>, pass: () => unknown): void {
    this.waiting += 1;
    const taken = this.record(record, pass)
      .catch((error: unknown) =>
        this.parts.logger.error({ err: error }, 'a like or a reply was not taken; it will come again'),
      )
      .finally(() => {
        this.waiting -= 1;
        this.recording.delete(taken);
      });
    this.recording.add(taken);
  }

  private async record(record: () => Promise<void>, pass: () => unknown): Promise<void> {
    try {
      await record();
    } catch (error) {
      this.parts.onNotRecorded();
      throw error;
    }
    await pass();
  }

  /** Undefined for a stanza that is no message. Rejects when our own keys cannot be read: then it has to come again. */
  private async open({ node, isLetter }: Arrived): Promise<WAMessage | undefined> {
    const { socket, auth, logger } = this.parts;
    // Baileys tells of the letters that cannot be opened, when it gets them.
    const library = isLetter ? quietLogger(logger) : this.parts.library;
    const { me } = auth.creds;
    let opening: ReturnType<typeof decryptMessageNode>;
    try {
      opening = decryptMessageNode(node, me?.id ?? '', me?.lid ?? '', socket.signalRepository, library);
    } catch (error) {
      this.parts.logger.debug({ err: error }, 'a status of somebody makes no sense');
      return undefined;
    }
    if (isLetter) await learnSender(node, socket.signalRepository);
    await opening.decrypt();
    return opening.fullMessage;
  }

  /** What was opened before need not come again; of a like or a letter nobody knows then whether it was recorded. */
  private isWorthAsking(message: WAMessage, { node, isLetter }: Arrived): boolean {
    const sentAt = Number(message.messageTimestamp) * 1000;
    if (!mayBeAboutOurs({ node, isLetter }) && wasOpenedBefore(message)) return false;
    return Number.isFinite(sentAt) && this.parts.now() - sentAt < (isLetter ? letterKeptForMs : visibleForMs);
  }

  private async askAgain(node: BinaryNode): Promise<void> {
    try {
      await this.parts.socket.sendRetryRequest(node, getBinaryNodeChild(node, 'enc') === undefined);
    } catch (error) {
      this.parts.logger.debug({ err: error }, 'a status of somebody could not be asked for again');
    }
  }
}

/** A like or a reply; the statuses of others are shown nowhere. */
function mayBeAboutOurs({ node, isLetter }: Pick<Arrived, 'node' | 'isLetter'>): boolean {
  return isLetter || node.attrs['type'] === 'reaction';
}

function wasOpenedBefore(message: WAMessage | undefined): boolean {
  const [reason] = (message?.messageStubParameters ?? []) as readonly unknown[];
  return typeof reason === 'string' && openedBefore.test(reason);
}

/** From a person: what the own devices send to somebody has a `recipient`. It may be about a status, or about a letter. */
function isReactionInChat({ attrs }: BinaryNode): boolean {
  return attrs['type'] === 'reaction' && attrs['recipient'] === undefined && personOfJid(attrs['from']) !== undefined;
}

/** The stanza as Baileys takes messages without encryption. Keys of the sender, which came along, are stored already. */
function inPlainText(node: BinaryNode, message: proto.IMessage): BinaryNode {
  const { senderKeyDistributionMessage: _stored, ...rest } = message;
  const others = Array.isArray(node.content) ? node.content.filter(({ tag }) => tag !== 'enc') : [];
  const content = Buffer.from(proto.Message.encode(rest).finish());
  return { ...node, content: [...others, { tag: 'plaintext', attrs: {}, content }] };
}
