import { KeyedLock } from '../../lib/running/keyed-lock.js';
import type { Clock } from '../../lib/clock.js';
import { type Server, signalAddress, statusBroadcast } from '../wire/addresses.js';
import { lidServer, userServer } from '../jid.js';
import type { AuthState } from '../credentials/auth-state.js';
import type { StatusSetting } from '../gateway.js';
import type { RecipientDevicesStore } from './recipient-devices-store.js';
import type { SentMessage, SentMessagesStore } from './sent-messages-store.js';
import { createSenderKey, encryptWithSenderKey, type SenderKey } from '../signal/sender-key.js';
import { readSenderKey, writeSenderKey } from '../signal/stored-sender-key.js';

export interface StatusKeysParts {
  sessionId: string;
  auth: AuthState;
  devices: RecipientDevicesStore;
  sent: SentMessagesStore;
  clock: Clock;
}

/** Everybody who may read a message, the own account included, in one form of address. */
export type Audience = (server: Server) => Promise<readonly string[]>;

/** A message that may not have been encrypted before. */
export interface NewContent {
  /** The id of the status that it is, or that it takes back. */
  about: string;
  /** Encoded and padded; made only when it is needed. */
  payload: () => Buffer;
  /** It takes the place of what was kept under its id. */
  isRenewed?: boolean;
  setting: StatusSetting;
}

/** A message for a device that could not open it. */
export interface SealedAgain {
  sealed: SentMessage;
  /** It is under the key that posts are under now; who gets it can read those, too. */
  isUnderPresentKey: boolean;
}

/** The account's sender key for statuses, and what was encrypted with it. */
export class StatusKeys {
  private readonly turns = new KeyedLock();

  constructor(private readonly parts: StatusKeysParts) {}

  /**
   * A message under the sender key, stored before it resolves. A repeat under the same id gives the same bytes, as long as
   * nothing else was encrypted since: a device that has read a later message cannot go back.
   *
   * When somebody holds the key who is not in this audience, a new key is made: WhatsApp would not deliver the message
   * to them, but that they cannot read it must not depend on WhatsApp. `audience` null keeps the key, for what is no secret.
   *
   * What takes a status back makes it unavailable to `sealAgain`: a device that asks for it late must not show it.
   */
  seal(messageId: string, content: NewContent, audience: Audience | null): Promise<SentMessage> {
    const { sessionId, sent, clock } = this.parts;
    return this.turns.run('key', async () => {
      if (content.about !== messageId) await sent.forget(sessionId, content.about);
      const isRenewed = content.isRenewed ?? false;
      const earlier = isRenewed ? undefined : await sent.find(sessionId, messageId, clock.now().getTime());
      const key = await this.read();
      if (earlier && key && earlier.keyId === key.keyId && earlier.iteration + 1 === key.iteration) {
        return { ...earlier, setting: content.setting };
      }
      const isStale = key !== undefined && audience !== null && (await this.isHeldBeyond(key, audience));
      return this.encrypt(
        messageId,
        { ...(earlier ?? { about: content.about, payload: content.payload() }), setting: content.setting },
        key === undefined || isStale ? createSenderKey() : key,
      );
    });
  }

  /** A message that was encrypted before, encoded and padded; undefined when there was none, or it is not kept any more. */
  async findPayload(messageId: string): Promise<Buffer | undefined> {
    const { sessionId, sent, clock } = this.parts;
    return (await sent.find(sessionId, messageId, clock.now().getTime()))?.payload;
  }

  /**
   * An earlier message for a device that could not open it; undefined when it is not kept any more. Under the present key
   * it gets a number of its own, because the device may have read later ones; under a former key it is as it was, so that
   * nobody learns the present one in this way.
   */
  sealAgain(messageId: string): Promise<SealedAgain | undefined> {
    const { sessionId, sent, clock } = this.parts;
    return this.turns.run('key', async () => {
      const earlier = await sent.find(sessionId, messageId, clock.now().getTime());
      const key = await this.read();
      if (earlier === undefined) return undefined;
      if (earlier.keyId !== key?.keyId) return { sealed: earlier, isUnderPresentKey: false };
      if (earlier.iteration + 1 === key.iteration) return { sealed: earlier, isUnderPresentKey: true };
      const { body, distribution, next } = encryptWithSenderKey(key, earlier.payload);
      await this.write(next);
      return { sealed: { ...earlier, body, distribution, iteration: key.iteration }, isUnderPresentKey: true };
    });
  }

  /** Keys that were given under numbers count also where this post names LIDs, and the other way round. */
  private async isHeldBeyond({ keyId }: SenderKey, audience: Audience): Promise<boolean> {
    const { sessionId, devices } = this.parts;
    for (const server of [lidServer, userServer] as const) {
      if (!(await devices.isHeld(sessionId, server, keyId))) continue;
      if (await devices.isHeldBeyond(sessionId, server, keyId, await audience(server))) return true;
    }
    return false;
  }

  private async encrypt(
    messageId: string,
    { about, payload, setting }: Pick<SentMessage, 'about' | 'payload' | 'setting'>,
    key: SenderKey,
  ): Promise<SentMessage> {
    const { sessionId, sent, clock } = this.parts;
    const { body, distribution, next } = encryptWithSenderKey(key, payload);
    await this.write(next);
    const message = { about, payload, body, distribution, keyId: key.keyId, iteration: key.iteration, setting };
    await sent.save(sessionId, messageId, message, clock.now().getTime());
    return message;
  }

  private async read(): Promise<SenderKey | undefined> {
    const name = this.name();
    const stored = (await this.parts.auth.keys.get('sender-key', [name]))[name];
    return stored === undefined ? undefined : readSenderKey(stored);
  }

  private async write(key: SenderKey): Promise<void> {
    await this.parts.auth.keys.set({ 'sender-key': { [this.name()]: writeSenderKey(key) } });
  }

  /** Where Baileys keeps the account's own sender key for statuses (`SenderKeyName.serialize`). */
  private name(): string {
    const { me } = this.parts.auth.creds;
    return `${statusBroadcast}::${signalAddress(me?.lid ?? me?.id ?? '').replace('.', '::')}`;
  }
}
