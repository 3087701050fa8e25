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
import { statusBroadcast } from '../wire/addresses.js';
import type { AuthState } from '../credentials/auth-state.js';
import type { LibraryLogger } from '../baileys/quiet-logger.js';
import { nextLoopTurn } from '../signal/loop-turns.js';
import { replaceListeners } from '../baileys/socket-guards.js';

export interface StatusIntakeParts {
  socket: Pick<WASocket, 'ws' | 'signalRepository' | 'sendNode' | 'sendRetryRequest'>;
  auth: Pick<AuthState, 'creds'>;
  ended: AbortSignal;
  /** Baileys' own, which also hears of what cannot be decrypted. */
  library: LibraryLogger;
  logger: Logger;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** Statuses of others that wait their turn; those beyond are not acknowledged, and come again on another connection. */
const maxWaiting = 5_000;
const openTimeoutMs = 20_000;
/** Nobody can see a status after that, so its author is not asked for it again. */
const visibleForMs = 24 * 60 * 60 * 1000;
/** What libsignal and the sender keys of Baileys say of a message that was opened before: its author need not send it again. */
const openedBefore = /^Key used already or never filled|^Received message with old counter/;

/**
 * Opens the statuses of others, and likes of ours, before Baileys does: what can be opened goes on to Baileys as plain
 * text, the rest is asked for again and acknowledged plainly. Baileys itself answers those with an error, upon which
 * WhatsApp keeps the stanza, delivers it first on every connection and withholds everything else (Baileys PR #2779,
 * whatsapp-rust #647).
 */
export class StatusIntake {
  private tail: Promise<void> = Promise.resolve();
  private waiting = 0;

  constructor(private readonly parts: StatusIntakeParts) {
    replaceListeners(parts.socket.ws, 'CB:message', (original) => (...values) => {
      const [node] = values as [BinaryNode];
      if (node.attrs['from'] !== statusBroadcast) return original(node);
      this.queue(node, original);
      return undefined;
    });
  }

  /** Resolves when everything that has arrived is answered. */
  async drain(): Promise<void> {
    await this.tail;
  }

  private queue(node: BinaryNode, pass: (node: BinaryNode) => unknown): void {
    if (this.waiting >= maxWaiting) return;
    this.waiting += 1;
    this.tail = this.tail
      .then(async () => {
        if (this.parts.ended.aborted) return;
        await withDeadline(this.handle(node, pass), openTimeoutMs, 'Opening a status of somebody');
        await nextLoopTurn();
      })
      .catch((error: unknown) => this.parts.logger.debug({ err: error }, 'a status of somebody was not taken'))
      .finally(() => (this.waiting -= 1));
  }

  private async handle(node: BinaryNode, pass: (node: BinaryNode) => unknown): Promise<void> {
    const message = await this.open(node);
    if (message?.message && message.messageStubType !== proto.WebMessageInfo.StubType.CIPHERTEXT) {
      await pass(inPlainText(node, message.message));
      return;
    }
    if (message && this.isWorthAsking(message)) await this.askAgain(node);
    if (!this.parts.ended.aborted) await this.parts.socket.sendNode(buildAckStanza(node));
  }

  /** Undefined for a stanza that is no message. Rejects when our own keys cannot be read: then it has to come again. */
  private async open(node: BinaryNode): Promise<WAMessage | undefined> {
    const { socket, auth, library } = this.parts;
    const { me } = auth.creds;
    let opening: ReturnType<typeof decryptMessageNode>;
    try {
      opening = decryptMessageNode(node, me?.id ?? '', me?.lid ?? '', socket.signalRepository, library);
    } catch (error) {
      this.parts.logger.debug({ err: error }, 'a status of somebody makes no sense');
      return undefined;
    }
    await opening.decrypt();
    return opening.fullMessage;
  }

  private isWorthAsking({ messageTimestamp, messageStubParameters }: WAMessage): boolean {
    const sentAt = Number(messageTimestamp) * 1000;
    const [reason] = (messageStubParameters ?? []) as readonly unknown[];
    if (typeof reason === 'string' && openedBefore.test(reason)) return false;
    return Number.isFinite(sentAt) && this.parts.now() - sentAt < visibleForMs;
  }

  private async askAgain(node: BinaryNode): Promise<void> {
    try {
      await this.parts.socket.sendRetryRequest(node, getBinaryNodeChild(node, 'enc') === undefined);
    } catch (error) {
      this.parts.logger.debug({ err: error }, 'a status of somebody could not be asked for again');
    }
  }
}

/** The stanza as Baileys takes messages without encryption. Keys of the sender, which came along, are stored already. */
function inPlainText(node: BinaryNode, message: proto.IMessage): BinaryNode {
  const { senderKeyDistributionMessage: _stored, ...rest } = message;
  const others = Array.isArray(node.content) ? node.content.filter(({ tag }) => tag !== 'enc') : [];
  const content = Buffer.from(proto.Message.encode(rest).finish());
  return { ...node, content: [...others, { tag: 'plaintext', attrs: {}, content }] };
}
