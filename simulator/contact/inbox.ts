import { proto } from '@whiskeysockets/baileys';
import type { BinaryNode } from '../wire/node.js';
import type { ContactDevice, DecryptedMessage } from './contact-device.js';
import type { Delivery, Received, ReceivedContent, ReceivedMessage } from './delivery.js';
import { readLetter } from './letters.js';
import { retryReceipt, statusReceipt } from './outgoing-stanzas.js';
import type { RetryBook } from './retry-book.js';
import { signalRefusal, type SignalRefusal } from './signal-refusal.js';
import { readStoryContent } from './story-content.js';
import type { PersonName, StoryShelf } from './story-shelf.js';

export interface InboxParts {
  /** The person's own: what comes from there was sent by another device of theirs. */
  ownNumber: string;
  stories: StoryShelf;
  retries: RetryBook;
  /** Undefined when the person has no such device. */
  findDevice(id: number): ContactDevice | undefined;
}

const maxMessages = 200;

/** What arrives at one person: decrypted, put where it belongs, answered with a receipt or asked for again. */
export class Inbox {
  private keptMessages: ReceivedMessage[] = [];

  constructor(private readonly parts: InboxParts) {}

  /** Private messages, newest last; the last 200. */
  get messages(): readonly ReceivedMessage[] {
    return this.keptMessages;
  }

  /** Takes one delivery on one device. Never throws for what a client sent. */
  receive(delivery: Delivery): Received {
    const device = this.parts.findDevice(delivery.toDevice);
    if (!device) return refused(signalRefusal('no_session', `the person has no device ${delivery.toDevice}`));
    const forced = this.parts.retries.takeForcedFailure(delivery.toDevice);
    const report = forced ? { messages: [], refusals: [forced] } : device.decrypt(delivery);
    const decrypted = report.messages.at(-1);
    if (!decrypted) return this.answerUnreadable(device, delivery, report.refusals);
    const content = this.take(delivery, decrypted);
    if ('reason' in content) {
      const refusals = [...report.refusals, signalRefusal(content.kind ?? 'invalid_message', content.reason)];
      return content.kind === 'revoke_too_early'
        ? this.answerUnreadable(device, delivery, refusals)
        : refused(...refusals);
    }
    this.parts.retries.settle(delivery.messageId, delivery.toDevice);
    const answers = delivery.chat === 'status' || content.result === 'story' ? [deliveryReceipt(delivery)] : [];
    return { content, answers, refusals: report.refusals };
  }

  /** Takes a status without decrypting it: nobody looks, and the receipt leaves all the same. */
  receiveUnread(delivery: Delivery): Received {
    const added = this.parts.stories.add({ ...storyFacts(delivery), content: null, fingerprint: null });
    if (added.result === 'refused') return refused(signalRefusal('invalid_message', added.reason));
    const content: ReceivedContent = { result: 'story', story: added.story, isNew: added.result === 'new' };
    return { content, answers: [deliveryReceipt(delivery)], refusals: [] };
  }

  private answerUnreadable(device: ContactDevice, delivery: Delivery, refusals: SignalRefusal[]): Received {
    const [first] = refusals;
    if (!first) return { content: { result: 'nothing' }, answers: [], refusals };
    const refusal = refusals.find(({ kind }) => kind !== 'duplicate');
    if (!refusal) {
      const story = this.parts.stories.find(delivery.messageId, delivery.at);
      if (story) story.copies += 1;
      return { content: { result: 'duplicate' }, answers: [], refusals };
    }
    const count = this.parts.retries.nextCount(delivery);
    if (count === null) return refused(...refusals);
    const retry = retryReceipt({
      chat: delivery.chat,
      id: delivery.messageId,
      participant: delivery.addressedAs,
      count,
      error: refusal.retryError,
      registrationId: device.signal.registrationId,
      bundle: count > 1 ? device.takePreKeyBundle() : null,
      at: delivery.at,
    });
    return { content: { result: 'refused' }, answers: [retry], refusals };
  }

  private take(
    delivery: Delivery,
    decrypted: DecryptedMessage,
  ): ReceivedContent | { reason: string; kind?: 'invalid_message' | 'revoke_too_early' } {
    const { message, fingerprint } = decrypted;
    const author: PersonName = { phoneNumber: delivery.from.phoneNumber, lid: delivery.from.lid };
    const reaction = message.reactionMessage;
    if (reaction) return { result: 'reaction', statusId: reaction.key?.id ?? '', emoji: reaction.text ?? '' };
    const isStatus = this.parts.retries.isStatusAwaited(delivery.messageId, delivery.toDevice);
    if (delivery.chat === 'direct' && !isStatus) return this.takeLetter(delivery, message);
    if (message.protocolMessage?.type === proto.Message.ProtocolMessage.Type.REVOKE) {
      const taken = this.parts.stories.revoke(message.protocolMessage.key?.id ?? '', author, delivery.at);
      if (taken.ok) return { result: 'deleted', story: taken.story };
      return { reason: taken.reason, kind: taken.tooEarly ? 'revoke_too_early' : 'invalid_message' };
    }
    const content = readStoryContent(message);
    if ('reason' in content) return content;
    const added = this.parts.stories.add({ ...storyFacts(delivery), content, fingerprint });
    if (added.result === 'refused') return added;
    if (added.result === 'deleted') return { result: 'deleted', story: added.story };
    return { result: 'story', story: added.story, isNew: added.result === 'new' };
  }

  private takeLetter(delivery: Delivery, message: proto.IMessage): ReceivedContent | { reason: string } {
    const letter = readLetter(delivery, message, this.parts.ownNumber);
    if ('reason' in letter) return letter;
    const known = this.keptMessages.find(({ id }) => id === letter.id);
    if (!known) this.keptMessages = [...this.keptMessages, letter].slice(-maxMessages);
    else known.copies += 1;
    return { result: 'message', message: letter };
  }
}

function refused(...refusals: SignalRefusal[]): Received {
  return { content: { result: 'refused' }, answers: [], refusals };
}

function deliveryReceipt(delivery: Delivery): BinaryNode {
  const { messageId, addressedAs, at } = delivery;
  return statusReceipt({ kind: 'delivered', ids: [messageId], participant: addressedAs, at });
}

function storyFacts(delivery: Delivery) {
  const { phoneNumber, lid } = delivery.from;
  return {
    id: delivery.messageId,
    author: { phoneNumber, lid },
    device: delivery.toDevice,
    at: delivery.at,
    misaddressed: delivery.chat === 'direct',
  };
}
