import { z } from 'zod';
import type { Database } from '../../db/database.js';
import { insertRows, takeNew, whereAnyOf } from '../../db/dialect.js';
import { knexOf, type Tx } from '../../db/unit-of-work.js';
import type { AuthCipher } from '../credentials/auth-cipher.js';
import { type StatusSetting, statusSettings } from '../gateway.js';

/** A message to many as it left: its content, and the form in which everybody gets it. */
export interface SentMessage {
  /** The status that it is, or that it takes back: its id on WhatsApp. */
  about: string;
  /** The encoded and padded message. */
  payload: Buffer;
  /** The same under the sender key: the content of the `skmsg` node. */
  body: Buffer;
  /** What a device needs to read `body` and everything after it. */
  distribution: Buffer;
  keyId: number;
  /** The number of `body` under its key. */
  iteration: number;
  /** Whom the account showed statuses to when it was made. */
  setting: StatusSetting;
}

const base64 = z.base64().transform((text) => Buffer.from(text, 'base64'));
const storedSchema = z.object({
  about: z.string(),
  payload: base64,
  body: base64,
  distribution: base64,
  keyId: z.number().int(),
  iteration: z.number().int(),
  setting: z.enum(statusSettings).default('contacts'),
});

/** A private message as it left. */
export interface SentLetter {
  /** The JID of the person it is for, without a device. */
  to: string;
  /** The encoded and padded message. */
  payload: Buffer;
}

const letterSchema = z.object({ to: z.string(), payload: base64 });

/** A status is visible for 24 hours; phones that were offline ask for it later than that. */
const keptForMs = 48 * 60 * 60 * 1000;

/** What was posted, and written to single people, in the last 48 hours, sealed: devices that could not open it ask again. */
export class SentMessagesStore {
  constructor(
    private readonly database: Database,
    private readonly cipher: AuthCipher,
  ) {}

  /** Undefined when nothing was posted under this id, or too long ago. Throws when it cannot be opened. */
  async find(sessionId: string, messageId: string, now: number): Promise<SentMessage | undefined> {
    const sent = storedSchema.safeParse(await this.open(sessionId, messageId, now));
    return sent.success ? sent.data : undefined;
  }

  /** The same for a private message. */
  async findLetter(sessionId: string, messageId: string, now: number): Promise<SentLetter | undefined> {
    const sent = letterSchema.safeParse(await this.open(sessionId, messageId, now));
    return sent.success ? sent.data : undefined;
  }

  /** Replaces what was kept under this id. */
  async save(sessionId: string, messageId: string, sent: SentMessage, now: number): Promise<void> {
    const { about, payload, body, distribution, keyId, iteration, setting } = sent;
    await this.keep(sessionId, messageId, now, {
      about,
      payload: payload.toString('base64'),
      body: body.toString('base64'),
      distribution: distribution.toString('base64'),
      keyId,
      iteration,
      setting,
    });
  }

  /** The same for a private message. */
  async saveLetter(sessionId: string, messageId: string, { to, payload }: SentLetter, now: number): Promise<void> {
    await this.keep(sessionId, messageId, now, { to, payload: payload.toString('base64') });
  }

  /** From now on nobody gets it again. Not an error when it is not kept. */
  async forget(sessionId: string, messageId: string): Promise<void> {
    await this.database('sent_messages').where({ session_id: sessionId, message_id: messageId }).delete();
  }

  /** From now on nobody gets these again. How many there were. */
  forgetAll(tx: Tx, sessionId: string, messageIds: readonly string[]): Promise<number> {
    const db = knexOf(tx);
    return whereAnyOf(db, db('sent_messages').where({ session_id: sessionId }), 'message_id', messageIds).delete();
  }

  /** Deletes at most so many that nobody gets again, of all accounts. How many there were. */
  deleteOld(now: number, atMost: number): Promise<number> {
    const old = this.database('sent_messages').where('expires_at', '<=', now).limit(atMost);
    return this.database('sent_messages')
      .whereIn(['session_id', 'message_id'], old.select('session_id', 'message_id'))
      .delete();
  }

  private async open(sessionId: string, messageId: string, now: number): Promise<unknown> {
    const row: { value: string } | undefined = await this.database('sent_messages')
      .where({ session_id: sessionId, message_id: messageId })
      .where('expires_at', '>', now)
      .first('value');
    if (!row) return undefined;
    return JSON.parse(this.cipher.open(Buffer.from(row.value, 'base64'), contextOf(sessionId, messageId)).toString());
  }

  private async keep(sessionId: string, messageId: string, now: number, what: object): Promise<void> {
    const text = JSON.stringify(what);
    const value = this.cipher.seal(Buffer.from(text), contextOf(sessionId, messageId)).toString('base64');
    await insertRows(this.database, {
      table: 'sent_messages',
      columns: ['session_id', 'message_id', 'value', 'expires_at'],
      rows: [{ session_id: sessionId, message_id: messageId, value, expires_at: now + keptForMs }],
      conflict: ['session_id', 'message_id'],
      update: takeNew(['value', 'expires_at']),
    });
  }
}

function contextOf(sessionId: string, messageId: string): string {
  return `${sessionId}/sent/${messageId}`;
}
