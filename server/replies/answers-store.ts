import type { AnswerOrigin, AnswerState, AnswerType } from '../contract/inbox/replies.js';
import type { StatusMedia } from '../contract/statuses.js';
import type { Database } from '../db/database.js';
import { insertRows, whereAnyOf } from '../db/dialect.js';
import { countRows } from '../db/lists.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { AnswerFailure, AnswerRecord } from './answer.js';

interface AnswerRow {
  id: string;
  organization_id: string;
  session_id: string;
  reply_id: string;
  message_id: string;
  origin: AnswerOrigin;
  state: AnswerState;
  type: AnswerType;
  text: string | null;
  media: string | null;
  created_by: string | null;
  created_at: number;
  attempts: number;
  sent_at: number | null;
  delivered_at: number | null;
  read_at: number | null;
  error_code: string | null;
  error_message: string | null;
}

const open: AnswerState[] = ['queued', 'sending'];

/** A receipt of an answer; epoch milliseconds. */
export interface AnswerReceipt {
  messageId: string;
  kind: 'delivered' | 'read';
  at: number;
}

/** The SQL of answers. */
export class AnswersStore {
  constructor(private readonly database: Database) {}

  /** WhatsApp's ids of all answers to these replies. */
  messageIdsOf(tx: Tx, replyIds: readonly string[]): Promise<string[]> {
    const db = knexOf(tx);
    return whereAnyOf(db, db<AnswerRow>('answers'), 'reply_id', replyIds).pluck('message_id');
  }

  /** False where the session has this message already. */
  async insert(tx: Tx, record: AnswerRecord): Promise<boolean> {
    const inserted = await insertRows(knexOf(tx), {
      table: 'answers',
      columns,
      rows: [rowOf(record)],
      conflict: ['session_id', 'message_id'],
      returning: ['id'],
    });
    return inserted.length > 0;
  }

  /** Those of each reply: the newest `most` of them, oldest first. */
  async listOf(replyIds: readonly string[], most: number, tx?: Tx): Promise<Map<string, AnswerRecord[]>> {
    const found = new Map<string, AnswerRecord[]>(replyIds.map((id) => [id, []]));
    if (replyIds.length === 0) return found;
    const db = knexOf(tx ?? this.database);
    const numbered = whereAnyOf(db, db('answers'), 'reply_id', replyIds)
      .select('*')
      .rowNumber('place', (by) => void by.partitionBy('reply_id').orderBy('id', 'desc'));
    const rows: AnswerRow[] = await db
      .from(numbered.as('numbered'))
      .where('place', '<=', most)
      .orderBy('id')
      .select(columns);
    for (const row of rows) found.get(row.reply_id)?.push(recordOf(row));
    return found;
  }

  countOf(tx: Tx, replyId: string): Promise<number> {
    return countRows(knexOf(tx)('answers').where({ reply_id: replyId }));
  }

  /** How many of a reply have not left, and are from after a time: those before it never will. */
  countOpenOf(tx: Tx, replyId: string, after: number): Promise<number> {
    const all = knexOf(tx)<AnswerRow>('answers').where({ reply_id: replyId });
    return countRows(all.whereIn('state', open).where('created_at', '>', after));
  }

  countOpen(tx: Tx, sessionId: string): Promise<number> {
    return countRows(knexOf(tx)('answers').where({ session_id: sessionId }).whereIn('state', open));
  }

  async sessionsWithOpen(): Promise<string[]> {
    const rows = await this.database<AnswerRow>('answers').whereIn('state', open).distinct('session_id');
    return rows.map(({ session_id }) => session_id);
  }

  /** Whether one from before a time has not left. */
  async hasOpenBefore(before: number): Promise<boolean> {
    const one = this.database<AnswerRow>('answers').whereIn('state', open).where('created_at', '<', before);
    return (await one.first('id')) !== undefined;
  }

  /** Gives up at most so many that have not left and are from before a time. Returns them, the oldest first. */
  async failBefore(tx: Tx, before: number, error: AnswerFailure, atMost: number): Promise<AnswerRecord[]> {
    const db = knexOf(tx);
    const late = db<AnswerRow>('answers').whereIn('state', open).where('created_at', '<', before);
    const rows = await db<AnswerRow>('answers')
      .whereIn('id', late.orderBy('id').limit(atMost).select('id'))
      .update({ state: 'failed', error_code: error.code, error_message: error.message })
      .returning('*');
    return rows.map(recordOf).sort((one, other) => (one.id < other.id ? -1 : 1));
  }

  /** Begins an attempt with the oldest that has not left. */
  async claimNext(tx: Tx, sessionId: string): Promise<AnswerRecord | undefined> {
    const db = knexOf(tx);
    const next = await db<AnswerRow>('answers')
      .where({ session_id: sessionId })
      .whereIn('state', open)
      .orderBy('id')
      .first('id');
    if (!next) return undefined;
    const rows = (await db('answers')
      .where({ id: next.id })
      .update({ state: 'sending', attempts: db.raw('attempts + 1') })
      .returning('*')) as AnswerRow[];
    return rows[0] && recordOf(rows[0]);
  }

  /** Says how the attempt ended. Undefined when another one began since, or the answer is gone. */
  async settle(
    tx: Tx,
    { id, attempts }: Pick<AnswerRecord, 'id' | 'attempts'>,
    end: { state: AnswerState; sentAt: number | null; error: AnswerFailure | null },
  ): Promise<AnswerRecord | undefined> {
    const rows = await knexOf(tx)<AnswerRow>('answers')
      .where({ id, attempts, state: 'sending' })
      .update({
        state: end.state,
        sent_at: end.sentAt,
        error_code: end.error?.code ?? null,
        error_message: end.error?.message ?? null,
      })
      .returning('*');
    return rows[0] && recordOf(rows[0]);
  }

  /** The first time counts, and who read it has got it. Undefined where that is no news. */
  async recordReceipt(
    tx: Tx,
    sessionId: string,
    { messageId, kind, at }: AnswerReceipt,
  ): Promise<AnswerRecord | undefined> {
    const db = knexOf(tx);
    const delivered = { delivered_at: db.raw('coalesce(delivered_at, ?)', [at]) };
    const rows = (await db('answers')
      .where({ session_id: sessionId, message_id: messageId })
      .whereNull(kind === 'read' ? 'read_at' : 'delivered_at')
      .update(kind === 'read' ? { delivered_at: delivered.delivered_at, read_at: at } : delivered)
      .returning('*')) as AnswerRow[];
    return rows[0] && recordOf(rows[0]);
  }

  /** Which of these messages are answers. */
  async known(sessionId: string, messageIds: readonly string[]): Promise<Set<string>> {
    const query = this.database<AnswerRow>('answers').where({ session_id: sessionId });
    const rows = await whereAnyOf(this.database, query, 'message_id', messageIds).select('message_id');
    return new Set(rows.map(({ message_id }) => message_id));
  }
}

const columns = [
  'id',
  'organization_id',
  'session_id',
  'reply_id',
  'message_id',
  'origin',
  'state',
  'type',
  'text',
  'media',
  'created_by',
  'created_at',
  'attempts',
  'sent_at',
  'delivered_at',
  'read_at',
  'error_code',
  'error_message',
] as const satisfies readonly (keyof AnswerRow)[];

function rowOf(record: AnswerRecord): AnswerRow {
  return {
    id: record.id,
    organization_id: record.organizationId,
    session_id: record.sessionId,
    reply_id: record.replyId,
    message_id: record.messageId,
    origin: record.origin,
    state: record.state,
    type: record.type,
    text: record.text,
    media: record.media && JSON.stringify(record.media),
    created_by: record.createdBy,
    created_at: record.createdAt,
    attempts: record.attempts,
    sent_at: record.sentAt,
    delivered_at: record.deliveredAt,
    read_at: record.readAt,
    error_code: record.error?.code ?? null,
    error_message: record.error?.message ?? null,
  };
}

function recordOf(row: AnswerRow): AnswerRecord {
  return {
    id: row.id,
    organizationId: row.organization_id,
    sessionId: row.session_id,
    replyId: row.reply_id,
    messageId: row.message_id,
    origin: row.origin,
    state: row.state,
    type: row.type,
    text: row.text,
    media: row.media === null ? null : (JSON.parse(row.media) as StatusMedia),
    createdBy: row.created_by,
    createdAt: row.created_at,
    attempts: row.attempts,
    sentAt: row.sent_at,
    deliveredAt: row.delivered_at,
    readAt: row.read_at,
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' },
  };
}
