import { setTimeout as pause } from 'node:timers/promises';
import type { BinaryNode, proto, WASocket } from '@whiskeysockets/baileys';
import type { Clock } from '../../lib/clock.js';
import type { KeyedLock } from '../../lib/running/keyed-lock.js';
import type { Logger } from '../../lib/logger.js';
import type { AuthState } from '../credentials/auth-state.js';
import {
  type AccountIdentity,
  type PersonAddress,
  type PrivateOutcome,
  type PrivateLetter,
  UnansweredError,
} from '../gateway.js';
import { lidServer, userServer } from '../jid.js';
import type { DeviceEncryptor } from '../signal/device-encryptor.js';
import type { PreKeyBundle } from '../signal/session-start.js';
import { deviceJid, parseJid, type Server } from '../wire/addresses.js';
import { encodeStanza } from '../wire/encode-stanza.js';
import { devicesToReach, jidsOf, ownUserOf, type ResolvingParts, resolveRecipients } from './audience-chunk.js';
import type { Asking } from './chunk-sender.js';
import { decodeContent, encodeContent } from './encode-content.js';
import { isConnectionFailure } from './connection-failure.js';
import { fetchBundles, sealForDevices } from './key-delivery.js';
import { MessageAcks } from './message-ack.js';
import { findToken } from './privacy-token.js';
import { asAnswer, asSentTo, privateResend, privateStanza, privateText } from './private-stanza.js';
import { askForDevices } from './recipient-devices.js';
import type { SentLetter, SentMessagesStore } from './sent-messages-store.js';
import type { StatusMedia } from './status-media.js';
import { mediaTypeOf } from './status-message.js';

export interface PrivateMessagesParts extends ResolvingParts {
  sessionId: string;
  socket: WASocket;
  auth: AuthState;
  encryptor: DeviceEncryptor;
  sent: SentMessagesStore;
  media: StatusMedia;
  /** Sessions are taken further by one at a time, posts included. */
  turns: KeyedLock;
  /** Aborted when the socket is at its end. */
  ended: AbortSignal;
  ackTimeoutMs: number;
  clock: Clock;
  logger: Logger;
}

type NotSent = PrivateOutcome & { result: 'not_sent' };

/** Where a person is reached: the user part, and which form of address it has. */
interface Place {
  user: string;
  server: Server;
}

/**
 * Private messages to single people. Not Baileys' own `relayMessage`: it takes sessions further beside our posts, so that two
 * messages would get one key; it calls a written socket a success, and remembers what it sent for five minutes, in memory.
 *
 * A message is kept before it leaves, so that a repeat under its id is the same message, and a device that cannot open it
 * gets it again within 48 hours, restarts included.
 */
export class PrivateMessages {
  private readonly acks: MessageAcks;

  constructor(private readonly parts: PrivateMessagesParts) {
    this.acks = new MessageAcks(parts.socket, parts.ended);
  }

  /** Outcomes are data. */
  async send(person: PersonAddress, letter: PrivateLetter, account: AccountIdentity): Promise<PrivateOutcome> {
    try {
      return await this.sendNow(person, letter, account);
    } catch (error) {
      const { ended, socket } = this.parts;
      if (!(error instanceof UnansweredError) && !isConnectionFailure(error) && !ended.aborted) throw error;
      const reason = error instanceof Error ? error.message : 'the connection was lost';
      return { result: 'not_sent', reason, connectionLost: ended.aborted || !socket.ws.isOpen };
    }
  }

  /** Tells somebody that their message was read. Baileys leaves that out where the account keeps it to itself. */
  async markRead(person: PersonAddress, messageId: string, account: AccountIdentity): Promise<void> {
    const place = await this.placeOf(person, account);
    if (place === undefined) return;
    const remoteJid = deviceJid(place.user, place.server, 0);
    await this.parts.socket.readMessages([{ remoteJid, id: messageId, fromMe: false }]);
  }

  /** Whether this is a message of ours of the last 48 hours. */
  async isKnown(messageId: string): Promise<boolean> {
    const { sent, sessionId, clock } = this.parts;
    return (await sent.findLetter(sessionId, messageId, clock.now().getTime())) !== undefined;
  }

  /**
   * Sends one device again what it could not open. False: it is not kept any more, the device is none of those it went to, or
   * has no usable keys.
   */
  async resend(
    messageId: string,
    { jid, attempt }: Asking,
    bundle: PreKeyBundle | undefined,
    account: AccountIdentity,
  ): Promise<boolean> {
    const { socket, sent, sessionId, clock, turns } = this.parts;
    const letter = await sent.findLetter(sessionId, messageId, clock.now().getTime());
    const device = parseJid(jid);
    const to = parseJid(letter?.to);
    if (letter === undefined || device === undefined || to === undefined) return false;
    const isOwn = device.user === account.phoneNumber || device.user === parseJid(account.lid)?.user;
    if (!isOwn && device.user !== to.user) return false;
    const message = decodeContent(letter.payload);
    const payload = isOwn ? encodeContent(asSentTo(letter.to, message)) : letter.payload;
    const enc = await turns.run('sessions', async () => {
      const bundles = bundle ? new Map([[jid, bundle]]) : await fetchBundles(socket, [jid]);
      if (!bundles.has(jid)) return undefined;
      return (await sealForDevices(this.parts, payload, [jid], bundles)).nodes.get(jid);
    });
    if (enc === undefined) return false;
    const stanza = { messageId, to: letter.to, device: jid, enc, attempt, isOwn, ...this.factsOf(message) };
    const ack = await this.deliver(messageId, privateResend(stanza));
    return ack !== undefined && ack.attrs['error'] === undefined;
  }

  private async sendNow(
    person: PersonAddress,
    wanted: PrivateLetter,
    account: AccountIdentity,
  ): Promise<PrivateOutcome> {
    const { messageId, typingMs, content } = wanted;
    const place = await this.placeOf(person, account);
    if (place === undefined) return notSent('the person is not on WhatsApp', 'not_on_whatsapp');
    const to = deviceJid(place.user, place.server, 0);
    const letter = await this.letterOf(wanted, to);
    if ('result' in letter) return letter;
    const isTyping = typingMs > 0;
    try {
      if (isTyping) await this.showTyping(to, typingMs, content.type);
      const message = decodeContent(letter.payload);
      const devices = await this.seal(letter, message, place, account);
      if (devices === undefined) return notSent('no device of the person has usable keys', 'no_device');
      const token = await findToken(this.parts, to);
      const stanza = privateStanza({ messageId, to, devices, token, ...this.factsOf(message) });
      return await this.outcomeOf(messageId, stanza);
    } finally {
      if (isTyping) await this.tellTyping(to, 'paused');
    }
  }

  /** Where a person is reached: by LID where the account has one and theirs is known, otherwise by number. */
  private async placeOf(person: PersonAddress, { lid }: AccountIdentity): Promise<Place | undefined> {
    const servers: readonly Server[] = lid === null ? [userServer] : [lidServer, userServer];
    for (const server of servers) {
      const [found] = await resolveRecipients(this.parts, [person], server, false);
      if (found?.user !== undefined) return { user: found.user, server };
    }
    return undefined;
  }

  /** The message as it is kept, or made and kept now. */
  private async letterOf({ messageId, content, quoted }: PrivateLetter, to: string): Promise<SentLetter | NotSent> {
    const { sent, sessionId, media, clock } = this.parts;
    const now = clock.now().getTime();
    const kept = await sent.findLetter(sessionId, messageId, now);
    if (kept && content.type === 'text') return kept;
    let message: proto.IMessage;
    if (content.type === 'text') message = privateText(content);
    else {
      const made = await media.messageOf(content, kept?.payload);
      if ('result' in made) {
        const { reason, connectionLost, upload } = made;
        const because = upload === 'file_gone' ? upload : 'upload_refused';
        return { result: 'not_sent', reason, connectionLost, because };
      }
      if (kept && !made.isRenewed) return kept;
      message = made.message;
    }
    const letter = { to, payload: encodeContent(asAnswer(message, { ...quoted, author: to })) };
    await sent.saveLetter(sessionId, messageId, letter, now);
    return letter;
  }

  /** For all devices of the person and the own other ones; undefined when none of the person's can be reached. */
  private async seal(
    { to, payload }: SentLetter,
    message: proto.IMessage,
    { user, server }: Place,
    account: AccountIdentity,
  ): Promise<Map<string, BinaryNode> | undefined> {
    const ownUser = ownUserOf(account, server);
    const lists = await askForDevices(this.parts.socket, [...new Set([user, ownUser])], server);
    const own = { ...unknown, user: ownUser, deviceIds: lists.get(ownUser) ?? [] };
    const ownJids = jidsOf(ownUser, server, devicesToReach(own, account, ownUser));
    return this.parts.turns.run('sessions', async () => {
      const theirs = await sealForDevices(this.parts, payload, jidsOf(user, server, lists.get(user) ?? []));
      if (theirs.nodes.size === 0) return undefined;
      const ours = await sealForDevices(this.parts, encodeContent(asSentTo(to, message)), ownJids);
      return new Map([...ours.nodes, ...theirs.nodes]);
    });
  }

  private factsOf(message: proto.IMessage) {
    return { mediaType: mediaTypeOf(message), deviceIdentity: this.parts.auth.creds.account ?? null };
  }

  private async outcomeOf(messageId: string, stanza: BinaryNode): Promise<PrivateOutcome> {
    const { ended, clock } = this.parts;
    const ack = await this.deliver(messageId, stanza);
    if (ack === undefined) return { result: 'unconfirmed', connectionLost: ended.aborted };
    const code = ack.attrs['error'];
    return code === undefined ? { result: 'acknowledged', at: clock.now() } : { result: 'rejected', code };
  }

  /** The server's ack, or undefined when none comes in time. */
  private deliver(messageId: string, stanza: BinaryNode): Promise<BinaryNode | undefined> {
    const { socket, ackTimeoutMs } = this.parts;
    const answer = this.acks.wait(messageId, ackTimeoutMs);
    // What cannot be written is not acknowledged either, and only that has a deadline.
    socket.sendRawMessage(encodeStanza(stanza)).catch(() => undefined);
    return answer;
  }

  private async showTyping(to: string, typingMs: number, kind: PrivateLetter['content']['type']): Promise<void> {
    await this.tellTyping(to, kind === 'voice' ? 'recording' : 'composing');
    await pause(typingMs, undefined, { signal: this.parts.ended });
  }

  /** A courtesy: without it the message leaves all the same. */
  private async tellTyping(to: string, state: 'composing' | 'recording' | 'paused'): Promise<void> {
    const { socket, logger } = this.parts;
    await socket.sendPresenceUpdate(state, to).catch((error: unknown) => {
      logger.debug({ err: error }, 'somebody was not shown that we type');
    });
  }
}

const unknown = { keyId: null, keyHolders: [], refused: [], refusedUntil: 0 } as const;

function notSent(reason: string, because: NonNullable<NotSent['because']>): NotSent {
  return { result: 'not_sent', reason, connectionLost: false, because };
}
