import { proto } from '@whiskeysockets/baileys';
import type { AddressForm } from '../protocol/jid.js';
import type { BinaryNode } from '../protocol/node.js';
import {
  ContactDevice,
  peerName,
  type DecryptedMessage,
  type EncryptedPart,
  type SendingDevice,
} from './contact-device.js';
import { pad } from './message-padding.js';
import {
  directMessage,
  retryReceipt,
  senderJid,
  statusMessage,
  statusReceipt,
  STATUS_JID,
} from './outgoing-stanzas.js';
import { RetryBook } from './retry-book.js';
import { SentBook, type SentMessage } from './sent-book.js';
import { newMessageId, personJid, sendToAll, type Correspondent, type SendOptions, type Sent } from './sending.js';
import type { PreKeyBundle, SignalDevice } from './signal-device.js';
import { signalRefusal, type SignalRefusal } from './signal-refusal.js';
import { readStoryContent } from './story-content.js';
import { StoryShelf, type PersonName, type Story } from './story-shelf.js';

/** Who the hands belong to, as the simulator's world knows the person. */
export interface ContactPerson extends PersonName {
  readonly name: string;
  /** False hides views: the person sees stories and nobody learns it. */
  readonly readReceipts: boolean;
  signalDevice(id: number): SignalDevice | undefined;
}

/** A stanza for one device of this person, as the server takes it apart. */
export interface Delivery {
  messageId: string;
  from: SendingDevice;
  toDevice: number;
  /** The address under which the device was reached: answers carry it as `participant`. */
  addressedAs: string;
  /** The own `<enc>` out of `<participants>` and those of the stanza itself. */
  parts: readonly EncryptedPart[];
  deviceIdentity?: Uint8Array | undefined;
  /** `status` when it was sent to `status@broadcast`, `direct` when to a person or a device. */
  chat: 'status' | 'direct';
  /** Milliseconds since 1970. */
  at: number;
}

export interface ReceivedMessage {
  id: string;
  from: PersonName;
  text: string | null;
  /** The status that this message answers. */
  quotedStatusId: string | null;
  message: proto.IMessage;
  at: number;
}

export type ReceivedContent =
  | { result: 'story'; story: Story; isNew: boolean }
  /** The author took it back, now or before this copy came. */
  | { result: 'deleted'; story: Story }
  | { result: 'message'; message: ReceivedMessage }
  | { result: 'reaction'; statusId: string; emoji: string }
  /** Nothing for a person, for example a key alone. */
  | { result: 'nothing' }
  /** The device has it already: no receipt, no retry. */
  | { result: 'duplicate' }
  /** Nothing could be used; the reasons are in `refusals`. */
  | { result: 'refused' };

/** `answers` are for the sending device; the wire decides when they leave. `refusals` holds all that was wrong, in words. */
export interface Received {
  content: ReceivedContent;
  answers: BinaryNode[];
  refusals: SignalRefusal[];
}

export interface ViewOptions {
  at: number;
  form: AddressForm;
  /** Own devices whose receipts go out; the phone alone when left out. */
  devices?: readonly number[];
  /** `played` is what phones send for voice and video that were started. */
  kind?: 'read' | 'played';
}

export type Viewed = { ok: true; stories: Story[]; receipts: BinaryNode[] } | { ok: false; reason: string };

type FoundStory = { ok: true; story: Story } | { ok: false; reason: string };

const MAX_MESSAGES = 200;

/** The hands of one simulated person: receives, views, likes, replies and posts, on all of the person's devices. */
export class Contact {
  readonly person: ContactPerson;
  readonly stories = new StoryShelf();
  readonly retries = new RetryBook();
  /** Unwatched people take what comes without decrypting it, and still send receipts. */
  watched = true;
  #devices: Map<number, ContactDevice> | undefined;
  #messages: ReceivedMessage[] = [];
  #sent: SentBook | undefined;

  constructor(person: ContactPerson) {
    this.person = person;
  }

  /** Private messages, newest last; the last 200. */
  get messages(): readonly ReceivedMessage[] {
    return this.#messages;
  }

  /** Undefined when the person has no such device. */
  findDevice(id: number): ContactDevice | undefined {
    const existing = this.#devices?.get(id);
    if (existing) return existing;
    const signal = this.person.signalDevice(id);
    const phone = this.person.signalDevice(0);
    if (!signal || !phone) return undefined;
    const device = new ContactDevice(id, signal, () => phone.identity());
    this.#devices ??= new Map();
    this.#devices.set(id, device);
    return device;
  }

  /** Takes one delivery on one device. Never throws for what a client sent. */
  receive(delivery: Delivery): Received {
    const device = this.findDevice(delivery.toDevice);
    if (!device) return refused(signalRefusal('no_session', `the person has no device ${delivery.toDevice}`));
    if (!this.watched && delivery.chat === 'status') return this.#receiveUnread(delivery);
    const forced = this.retries.takeForcedFailure(delivery.toDevice);
    const report = forced ? { messages: [], refusals: [forced] } : device.decrypt(delivery);
    const decrypted = report.messages.at(-1);
    if (!decrypted) return this.#answerUnreadable(device, delivery, report.refusals);
    const content = this.#take(delivery, decrypted);
    if ('reason' in content) {
      const refusals = [...report.refusals, signalRefusal(content.kind ?? 'invalid_message', content.reason)];
      return content.kind === 'revoke_too_early'
        ? this.#answerUnreadable(device, delivery, refusals)
        : refused(...refusals);
    }
    this.retries.settle(delivery.messageId, delivery.toDevice);
    const answers = delivery.chat === 'status' || content.result === 'story' ? [deliveryReceipt(delivery)] : [];
    return { content, answers, refusals: report.refusals };
  }

  /**
   * Opens stories of one author: a receipt from each device, or none when the person hides views. Only what was
   * received, is not deleted and not older than 24 hours can be opened.
   */
  view(ids: readonly [string, ...string[]], options: ViewOptions): Viewed {
    const found = ids.map((id) => this.#findVisible(id, options.at));
    const stories: Story[] = [];
    for (const each of found) {
      if (!each.ok) return each;
      stories.push(each.story);
    }
    for (const story of stories) story.viewedAt ??= options.at;
    if (!this.person.readReceipts) return { ok: true, stories, receipts: [] };
    const receipts = (options.devices ?? [0]).map((deviceId) =>
      statusReceipt({
        kind: options.kind ?? 'read',
        ids,
        participant: senderJid({ ...this.#name(), deviceId, form: options.form }),
        at: options.at,
      }),
    );
    return { ok: true, stories, receipts };
  }

  /** Likes a story with an emoji; an empty one takes the like back. `to` are the author's devices. */
  like(id: string, emoji: string, options: SendOptions): Sent {
    const found = this.#findVisible(id, options.at);
    if (!found.ok) return found;
    const { story } = found;
    if (emoji === '' && story.likedWith === null) return { ok: false, reason: 'there is no like to take back' };
    const key = { remoteJid: STATUS_JID, fromMe: false, id, participant: personJid(story.author, options.form) };
    const message = { reactionMessage: { key, text: emoji, senderTimestampMs: options.at } };
    const sent = this.#send(message, options, (parts) =>
      statusMessage({ ...parts, type: 'reaction', parts: parts.parts.map((part) => ({ ...part, hidden: true })) }),
    );
    if (sent.ok) story.likedWith = emoji === '' ? null : emoji;
    return sent;
  }

  /** Answers a story with a private message that quotes it. `to` are the author's devices. */
  reply(id: string, text: string, options: SendOptions): Sent {
    const found = this.#findVisible(id, options.at);
    if (!found.ok) return found;
    const { author, content } = found.story;
    const contextInfo = {
      stanzaId: id,
      participant: personJid(author, options.form),
      remoteJid: STATUS_JID,
      quotedMessage: { extendedTextMessage: { text: content?.text ?? '' } },
    };
    return this.#send({ extendedTextMessage: { text, contextInfo } }, options, (parts) =>
      directMessage({ ...parts, type: 'text' }),
    );
  }

  /** A private message that answers nothing. */
  write(text: string, options: SendOptions): Sent {
    return this.#send({ conversation: text }, options, (parts) => directMessage({ ...parts, type: 'text' }));
  }

  /** Posts an own story to these devices: the key for each, then the post under the sender key. */
  post(message: proto.IMessage, options: SendOptions & { id?: string; type?: 'text' | 'media'; edit?: string }): Sent {
    const senderKey = this.findDevice(options.device ?? 0)?.ownSenderKey;
    if (!senderKey) return { ok: false, reason: 'the person has no such device' };
    const distribution = { groupId: STATUS_JID, axolotlSenderKeyDistributionMessage: senderKey.distribution() };
    const skmsg = senderKey.encrypt(pad(proto.Message.encode(message).finish()));
    const { id = newMessageId(), type = 'text', edit } = options;
    const stanza = { type, ...(edit === undefined ? {} : { edit }) };
    const again: SentMessage = {
      device: options.device ?? 0,
      message: () => ({
        ...message,
        senderKeyDistributionMessage: {
          groupId: STATUS_JID,
          axolotlSenderKeyDistributionMessage: senderKey.distribution(),
        },
      }),
      build: (parts) => statusMessage({ ...parts, ...stanza }),
    };
    return this.#send(
      { senderKeyDistributionMessage: distribution },
      options,
      (parts) => statusMessage({ ...parts, ...stanza, parts: [...parts.parts, { type: 'skmsg', bytes: skmsg }] }),
      { id, again },
    );
  }

  /** Takes an own story back. */
  revokePost(id: string, options: SendOptions): Sent {
    const key = { remoteJid: STATUS_JID, fromMe: true, id };
    const type = proto.Message.ProtocolMessage.Type.REVOKE;
    return this.post({ protocolMessage: { type, key } }, { ...options, edit: '7' });
  }

  /**
   * Sends one of the last fifty messages once more, to the one device that could not read it; with its keys a new
   * conversation begins. Refused for messages that are forgotten or were sent from another device.
   */
  sendAgain(
    request: { id: string; count: number; bundle: PreKeyBundle | null },
    to: Correspondent,
    options: Omit<SendOptions, 'to'>,
  ): Sent {
    const { id, count, bundle } = request;
    const sent = this.#sent?.find(id);
    const from = this.findDevice(options.device ?? 0);
    if (!sent || sent.device !== (options.device ?? 0) || !from) {
      return { ok: false, reason: `this device has not sent a message ${id}, or not lately` };
    }
    if (bundle) {
      const started = from.signal.startSession(peerName(to), bundle);
      if (!started.ok) return started;
    }
    const build: SentMessage['build'] = (parts) =>
      sent.build({ ...parts, parts: parts.parts.map((part) => ({ ...part, count })) });
    return sendToAll({
      sender: this.#name(),
      from,
      message: sent.message(),
      options: { ...options, to: [to] },
      build,
      id,
    });
  }

  #name(): PersonName & { name: string } {
    const { phoneNumber, lid, name } = this.person;
    return { phoneNumber, lid, name };
  }

  #findVisible(id: string, at: number): FoundStory {
    const story = this.stories.find(id, at);
    if (!story) return { ok: false, reason: `${this.person.phoneNumber} has no status ${id}` };
    if (story.deletedAt !== null) return { ok: false, reason: `status ${id} was deleted by its author` };
    return { ok: true, story };
  }

  #receiveUnread(delivery: Delivery): Received {
    const added = this.stories.add({ ...storyFacts(delivery), content: null, fingerprint: null });
    if (added.result === 'refused') return refused(signalRefusal('invalid_message', added.reason));
    const content: ReceivedContent = { result: 'story', story: added.story, isNew: added.result === 'new' };
    return { content, answers: [deliveryReceipt(delivery)], refusals: [] };
  }

  #answerUnreadable(device: ContactDevice, delivery: Delivery, refusals: SignalRefusal[]): Received {
    const [first] = refusals;
    if (!first) return { content: { result: 'nothing' }, answers: [], refusals };
    const refusal = refusals.find(({ kind }) => kind !== 'duplicate');
    if (!refusal) {
      const story = this.stories.find(delivery.messageId, delivery.at);
      if (story) story.copies += 1;
      return { content: { result: 'duplicate' }, answers: [], refusals };
    }
    const count = this.retries.nextCount(delivery.messageId, delivery.toDevice);
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

  #take(
    delivery: Delivery,
    decrypted: DecryptedMessage,
  ): ReceivedContent | { reason: string; kind?: 'invalid_message' | 'revoke_too_early' } {
    const { message, fingerprint } = decrypted;
    const author: PersonName = { phoneNumber: delivery.from.phoneNumber, lid: delivery.from.lid };
    const reaction = message.reactionMessage;
    if (reaction) return { result: 'reaction', statusId: reaction.key?.id ?? '', emoji: reaction.text ?? '' };
    const isAwaited = this.retries.isPending(delivery.messageId, delivery.toDevice);
    if (delivery.chat === 'direct' && !isAwaited) return this.#takeDirect(delivery, message, author);
    if (message.protocolMessage?.type === proto.Message.ProtocolMessage.Type.REVOKE) {
      const taken = this.stories.revoke(message.protocolMessage.key?.id ?? '', author, delivery.at);
      if (taken.ok) return { result: 'deleted', story: taken.story };
      return { reason: taken.reason, kind: taken.tooEarly ? 'revoke_too_early' : 'invalid_message' };
    }
    const content = readStoryContent(message);
    if ('reason' in content) return content;
    const added = this.stories.add({ ...storyFacts(delivery), content, fingerprint });
    if (added.result === 'refused') return added;
    if (added.result === 'deleted') return { result: 'deleted', story: added.story };
    return { result: 'story', story: added.story, isNew: added.result === 'new' };
  }

  #takeDirect(delivery: Delivery, message: proto.IMessage, from: PersonName): ReceivedContent {
    const shown = message.deviceSentMessage?.message ?? message;
    const text = shown.extendedTextMessage;
    const received: ReceivedMessage = {
      id: delivery.messageId,
      from,
      text: shown.conversation ?? text?.text ?? shown.imageMessage?.caption ?? shown.videoMessage?.caption ?? null,
      quotedStatusId: text?.contextInfo?.remoteJid === STATUS_JID ? (text.contextInfo.stanzaId ?? null) : null,
      message: shown,
      at: delivery.at,
    };
    const isKnown = this.#messages.some(({ id }) => id === received.id);
    if (!isKnown) this.#messages = [...this.#messages, received].slice(-MAX_MESSAGES);
    return { result: 'message', message: received };
  }

  #send(
    message: proto.IMessage,
    options: SendOptions,
    build: SentMessage['build'],
    { id, again }: { id?: string; again?: SentMessage } = {},
  ): Sent {
    const device = options.device ?? 0;
    const from = this.findDevice(device);
    if (!from) return { ok: false, reason: 'the person has no such device' };
    const sent = sendToAll({ sender: this.#name(), from, message, options, build, id });
    if (sent.ok) {
      this.#sent ??= new SentBook();
      this.#sent.add(sent.id, again ?? { device, message: () => message, build });
    }
    return sent;
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
