import { proto } from '@whiskeysockets/baileys';
import { statusBroadcast } from '../wire/jid.js';
import { peerName, type ContactDevice } from './contact-device.js';
import { pad } from './message-padding.js';
import { directMessage, statusMessage } from './outgoing-stanzas.js';
import { editMessage, replyMessage, revokeMessage, type ReplyWish } from './reply-message.js';
import { SentBook, type SentMessage } from './sent-book.js';
import { newMessageId, personJid, sendToAll, type Correspondent, type SendOptions, type Sent } from './sending.js';
import type { PreKeyBundle } from './signal-device.js';
import type { OwnNames, PersonName, StoryShelf } from './story-shelf.js';

export interface WriterParts {
  person: PersonName & OwnNames;
  stories: StoryShelf;
  /** Undefined when the person has no such device. */
  findDevice(id: number): ContactDevice | undefined;
}

/** From the end so many bytes lie inside what the MAC is over, with and without prekeys around it. */
const damagedAt = 20;

export interface ReplyOptions extends SendOptions {
  id?: string | undefined;
  damaged?: boolean | undefined;
}

export interface PostOptions extends SendOptions {
  id?: string;
  type?: 'text' | 'media';
  edit?: string;
  unreadable?: 'no_key' | 'damaged' | undefined;
}

/** What one person sends: likes, replies, private messages and own stories, encrypted on one of the person's devices. */
export class ContactWriter {
  private readonly sent = new SentBook();

  constructor(private readonly parts: WriterParts) {}

  /**
   * Likes a story with an emoji; an empty one takes the like back. `to` are the author's devices. `privately`: as a message
   * in the chat with the author, which clients have to take as well.
   */
  like(id: string, emoji: string, { privately = false, ...options }: SendOptions & { privately?: boolean }): Sent {
    const found = this.parts.stories.findVisible(id, options.at);
    if (!found.ok) return found;
    const { story } = found;
    if (emoji === '' && story.likedWith === null) return { ok: false, reason: 'there is no like to take back' };
    const key = { remoteJid: statusBroadcast, fromMe: false, id, participant: personJid(story.author, options.form) };
    const message = { reactionMessage: { key, text: emoji, senderTimestampMs: options.at } };
    const sent = this.send(message, options, (parts) =>
      (privately ? directMessage : statusMessage)({
        ...parts,
        type: 'reaction',
        parts: parts.parts.map((part) => ({ ...part, hidden: true })),
      }),
    );
    if (sent.ok) story.likedWith = emoji === '' ? null : emoji;
    return sent;
  }

  /**
   * Answers a story with a private message that quotes it. `to` are the author's devices. With the `id` of an earlier one it is
   * the same message once more; `damaged`: on its way, and whole when it is asked for again.
   */
  reply(storyId: string, wish: string | ReplyWish, { id, damaged: isDamaged, ...options }: ReplyOptions): Sent {
    const found = this.parts.stories.findVisible(storyId, options.at);
    if (!found.ok) return found;
    const { author, content } = found.story;
    const contextInfo = {
      stanzaId: storyId,
      participant: personJid(author, options.form),
      remoteJid: statusBroadcast,
      quotedMessage: { extendedTextMessage: { text: content?.text ?? '' } },
    };
    const whole = typeof wish === 'string' ? { text: wish } : wish;
    const message = replyMessage(whole, contextInfo);
    const build: SentMessage['build'] = (parts) => directMessage({ ...parts, type: whole.file ? 'media' : 'text' });
    return this.send(
      message,
      options,
      (parts) => build(isDamaged === true ? { ...parts, parts: parts.parts.map(damaged) } : parts),
      {
        ...(id === undefined ? {} : { id }),
        again: { device: options.device ?? 0, message: () => message, build },
      },
    );
  }

  /** Puts other words in the place of those of an earlier reply, or deletes it for everyone (`text` null). */
  changeReply(replyId: string, text: string | null, to: PersonName, options: SendOptions): Sent {
    const key = { remoteJid: personJid(to, options.form), fromMe: true, id: replyId };
    const message = text === null ? revokeMessage(key) : editMessage(key, text, options.at);
    const edit = text === null ? '7' : '1';
    return this.send(message, options, (parts) => directMessage({ ...parts, type: 'text', edit }));
  }

  /** A private message that answers nothing. */
  write(text: string, options: SendOptions): Sent {
    return this.send({ conversation: text }, options, (parts) => directMessage({ ...parts, type: 'text' }));
  }

  /**
   * The copy that the own other devices get of a private message: it says to whom it was sent. `to` are those devices. With
   * `id`, because the message itself has it.
   */
  copy(id: string, message: proto.IMessage, { recipient, ...options }: SendOptions & { recipient: string }): Sent {
    const copy = { deviceSentMessage: { destinationJid: recipient, message } };
    const type = message.conversation || message.extendedTextMessage ? 'text' : 'media';
    return this.send(copy, options, (parts) => directMessage({ ...parts, type, recipient }), { id });
  }

  /** A private message to another simulated person, as the parts that each device of theirs takes. */
  sealFor(message: proto.IMessage, options: SendOptions): Sent {
    return this.send(message, options, (parts) => directMessage({ ...parts, type: 'text' }));
  }

  /**
   * Posts an own story to these devices: the key for each, then the post under the sender key. One that cannot be read
   * comes without its key, or with a key in a ciphertext that was damaged on its way; nobody gets it again.
   */
  post(message: proto.IMessage, options: PostOptions): Sent {
    const senderKey = this.parts.findDevice(options.device ?? 0)?.ownSenderKey;
    if (!senderKey) return { ok: false, reason: 'the person has no such device' };
    const distribution = { groupId: statusBroadcast, axolotlSenderKeyDistributionMessage: senderKey.distribution() };
    const skmsg = senderKey.encrypt(pad(proto.Message.encode(message).finish()));
    const { id = newMessageId(), type = 'text', edit, unreadable } = options;
    const stanza = { type, ...(edit === undefined ? {} : { edit }) };
    const readable: SentMessage = {
      device: options.device ?? 0,
      isLost: unreadable !== undefined,
      message: () => ({
        ...message,
        senderKeyDistributionMessage: {
          groupId: statusBroadcast,
          axolotlSenderKeyDistributionMessage: senderKey.distribution(),
        },
      }),
      build: (parts) => statusMessage({ ...parts, ...stanza }),
    };
    return this.send(
      { senderKeyDistributionMessage: distribution },
      options,
      (parts) => {
        const own = unreadable === 'no_key' ? [] : unreadable === 'damaged' ? parts.parts.map(damaged) : parts.parts;
        return statusMessage({ ...parts, ...stanza, parts: [...own, { type: 'skmsg', bytes: skmsg }] });
      },
      { id, again: readable },
    );
  }

  /** Takes an own story back. */
  revokePost(id: string, options: SendOptions): Sent {
    const key = { remoteJid: statusBroadcast, fromMe: true, id };
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
    const sent = this.sent.find(id);
    const from = this.parts.findDevice(options.device ?? 0);
    if (!sent || sent.device !== (options.device ?? 0) || !from) {
      return { ok: false, reason: `this device has not sent a message ${id}, or not lately` };
    }
    if (sent.isLost) return { ok: true, id, messages: [], skipped: [] };
    if (bundle) {
      const started = from.signal.startSession(peerName(to), bundle);
      if (!started.ok) return started;
    }
    const build: SentMessage['build'] = (parts) =>
      sent.build({ ...parts, parts: parts.parts.map((part) => ({ ...part, count })) });
    return sendToAll({
      sender: this.name(),
      from,
      message: sent.message(),
      options: { ...options, to: [to] },
      build,
      id,
    });
  }

  private name(): PersonName & OwnNames {
    const { phoneNumber, lid, name, verifiedName } = this.parts.person;
    return { phoneNumber, lid, name, verifiedName };
  }

  private send(
    message: proto.IMessage,
    options: SendOptions,
    build: SentMessage['build'],
    { id, again }: { id?: string; again?: SentMessage } = {},
  ): Sent {
    const device = options.device ?? 0;
    const from = this.parts.findDevice(device);
    if (!from) return { ok: false, reason: 'the person has no such device' };
    const sent = sendToAll({ sender: this.name(), from, message, options, build, id });
    if (sent.ok) this.sent.add(sent.id, again ?? { device, message: () => message, build });
    return sent;
  }
}

function damaged<T extends { bytes: Buffer }>(part: T): T {
  const bytes = Buffer.from(part.bytes);
  const at = bytes.length - damagedAt;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return { ...part, bytes };
}
