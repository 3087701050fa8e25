import type { Database } from '../db/database.js';
import { insertRows, whereAnyOf } from '../db/dialect.js';
import { countRows, type Reach, whereReached } from '../db/lists.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { StatusRecord } from '../statuses/status.js';
import { columns, type FileEnd, fileValues, readSource, rowOfNew, type ReplyRow } from './reply-row.js';
import type { OptOutState, ReplyRecord } from './reply.js';
import type { ClaimedFile } from './reply-file.js';
import { touched, touchedColumns, type TouchedReply } from './touched-reply.js';

/** Which replies are marked at once. */
export interface MarkedReplies extends Reach {
  /** Received until then; epoch milliseconds. */
  until: number;
}

/** A message as its sender names it. */
export interface ReplyName {
  sessionId: string;
  messageId: string;
  personId: string;
}

/** The SQL of replies. */
export class RepliesStore {
  constructor(private readonly database: Database) {}

  /** False where the session has this message already: it came twice. */
  async insert(tx: Tx, reply: ReplyRecord): Promise<boolean> {
    const inserted = await insertRows(knexOf(tx), {
      table: 'replies',
      columns,
      rows: [rowOfNew(reply)],
      conflict: ['session_id', 'message_id'],
      returning: ['id'],
    });
    return inserted.length > 0;
  }

  /** Puts other words in the place of those that are there. Undefined where its sender has no such message, or took it back. */
  async edit(tx: Tx, name: ReplyName, text: string, at: number): Promise<string | undefined> {
    const rows = await this.named(tx, name)
      .whereNull('taken_back_at')
      .where((either) => void either.whereNull('edited_at').orWhere('edited_at', '<=', at))
      .update({ text, search_text: text.toLowerCase(), edited_at: at })
      .returning('id');
    return rows[0]?.id;
  }

  /** Forgets what was in it. Undefined where its sender has no such message, or took it back already. */
  async takeBack(tx: Tx, name: ReplyName, at: number): Promise<string | undefined> {
    const rows = await this.named(tx, name)
      .whereNull('taken_back_at')
      .update({
        taken_back_at: at,
        text: null,
        search_text: '',
        file_state: null,
        file_reason: null,
        file_source: null,
        file_name: null,
        file_due_at: null,
      })
      .returning('id');
    return rows[0]?.id;
  }

  /** Gives replies that waited for their status to it. Returns their ids. */
  async adopt(
    tx: Tx,
    { id, sessionId, messageId }: Pick<StatusRecord, 'id' | 'sessionId' | 'messageId'>,
  ): Promise<string[]> {
    const rows = await knexOf(tx)<ReplyRow>('replies')
      .where({ session_id: sessionId, status_message_id: messageId })
      .whereNull('status_id')
      .update({ status_id: id })
      .returning('id');
    return rows.map((row) => row.id).sort();
  }

  /** Of those that wait for their status all but the newest `max` go. */
  async limitUnknown(tx: Tx, sessionId: string, max: number): Promise<void> {
    const db = knexOf(tx);
    const waiting = () => db<ReplyRow>('replies').where({ session_id: sessionId }).whereNull('status_id');
    const surplus = (await countRows(waiting())) - max;
    if (surplus <= 0) return;
    await db('replies').whereIn('id', waiting().orderBy('id').limit(surplus).select('id')).delete();
  }

  /** Returns how many were deleted. */
  deleteUnknownBefore(tx: Tx, before: number): Promise<number> {
    return knexOf(tx)<ReplyRow>('replies').whereNull('status_id').where('received_at', '<', before).delete();
  }

  /** Of every session all but the newest `max` go, at most `atOnce` in one call. Returns the ids of those that went. */
  async limit(tx: Tx, max: number, atOnce: number): Promise<string[]> {
    const db = knexOf(tx);
    const full: { session_id: string; count: number | string }[] = await db<ReplyRow>('replies')
      .groupBy('session_id')
      .havingRaw('count(*) > ?', [max])
      .select('session_id')
      .count({ count: '*' });
    const gone: string[] = [];
    for (const { session_id, count } of full) {
      const surplus = Math.min(Number(count) - max, atOnce - gone.length);
      if (surplus <= 0) break;
      const oldest = await db<ReplyRow>('replies').where({ session_id }).orderBy('id').limit(surplus).pluck('id');
      await whereAnyOf(db, db('replies').delete(), 'id', oldest);
      gone.push(...oldest);
    }
    return gone;
  }

  /** Gives the replies of people who are gone to those who survive them. */
  async move(tx: Tx, survivors: ReadonlyMap<string, string>): Promise<void> {
    for (const [goneId, survivorId] of survivors) {
      await knexOf(tx)<ReplyRow>('replies').where({ person_id: goneId }).update({ person_id: survivorId });
    }
  }

  /** Returns what changed. */
  async markRead(tx: Tx, sessionId: string, id: string, readAt: number | null): Promise<TouchedReply | undefined> {
    const query = knexOf(tx)<ReplyRow>('replies').where({ id, session_id: sessionId }).whereNotNull('status_id');
    if (readAt === null) void query.whereNotNull('read_at');
    else void query.whereNull('read_at');
    return touched(await query.update({ read_at: readAt }).returning(touchedColumns))[0];
  }

  /** Marks everything that is unread. Returns how many that were, session by session. */
  async markAllRead(
    tx: Tx,
    which: MarkedReplies,
    now: number,
  ): Promise<{ sessionId: string; organizationId: string; count: number }[]> {
    const db = knexOf(tx);
    const unread = () =>
      whereReached(db<ReplyRow>('replies'), which)
        .whereNull('read_at')
        .whereNotNull('status_id')
        .where('received_at', '<=', which.until);
    const counted: { session_id: string; organization_id: string; count: number | string }[] = await unread()
      .groupBy('session_id', 'organization_id')
      .select('session_id', 'organization_id')
      .count({ count: '*' });
    if (counted.length > 0) await unread().update({ read_at: now });
    return counted.map((row) => ({
      sessionId: row.session_id,
      organizationId: row.organization_id,
      count: Number(row.count),
    }));
  }

  /** Nobody answers it until the transaction is over. */
  async lock(tx: Tx, sessionId: string, id: string): Promise<TouchedReply | undefined> {
    const one = knexOf(tx)<ReplyRow>('replies').where({ id, session_id: sessionId }).whereNotNull('status_id');
    return touched(await one.forUpdate().select(...touchedColumns))[0];
  }

  /** Ids of at most so many of one person. */
  idsOf(tx: Tx, personId: string, atMost: number): Promise<string[]> {
    const all = knexOf(tx)<ReplyRow>('replies').where({ person_id: personId });
    return all.orderBy('id').limit(atMost).pluck('id');
  }

  async deleteAll(tx: Tx, ids: readonly string[]): Promise<void> {
    const db = knexOf(tx);
    await whereAnyOf(db, db('replies').delete(), 'id', ids);
  }

  /** At most so many of one status. Returns the ids of those that went. */
  async deleteOfStatus(tx: Tx, statusId: string, atMost: number): Promise<string[]> {
    const db = knexOf(tx);
    const ids = await db<ReplyRow>('replies').where({ status_id: statusId }).orderBy('id').limit(atMost).pluck('id');
    await whereAnyOf(db, db('replies').delete(), 'id', ids);
    return ids;
  }

  /**
   * At most so many that came before a time, none with an answer from after `waitingSince` that has not left.
   * Returns the ids of those that went.
   */
  async deleteBefore(tx: Tx, before: number, waitingSince: number, atMost: number): Promise<string[]> {
    const db = knexOf(tx);
    const waiting = db('answers')
      .whereRaw(`answers.reply_id = replies.id and answers.state in ('queued', 'sending')`)
      .where('answers.created_at', '>', waitingSince);
    const old = db<ReplyRow>('replies').where('received_at', '<', before).whereNotExists(waiting);
    const ids = await old.orderBy('received_at').limit(atMost).pluck('id');
    await whereAnyOf(db, db('replies').delete(), 'id', ids);
    return ids;
  }

  /** Gives up the files of at most so many that came before a time. Returns the ids of those that had one. */
  async giveUpFilesBefore(tx: Tx, before: number, atMost: number): Promise<string[]> {
    const db = knexOf(tx);
    const ids = await db<ReplyRow>('replies')
      .whereRaw(`file_state in ('kept', 'fetching') and received_at < ?`, [before])
      .orderBy('received_at')
      .limit(atMost)
      .pluck('id');
    const given = { file_state: 'missing', file_reason: 'old', file_source: null, file_due_at: null } as const;
    await whereAnyOf(db, db<ReplyRow>('replies').update(given), 'id', ids);
    return ids;
  }

  async setOptOut(tx: Tx, id: string, state: OptOutState): Promise<void> {
    await knexOf(tx)<ReplyRow>('replies').where({ id }).update({ opt_out: state });
  }

  /** Those of these people who wanted to be opted out before their number was known. Returns which replies said so. */
  async waitingForNumber(tx: Tx, personIds: readonly string[]): Promise<{ id: string; phoneNumber: string }[]> {
    const db = knexOf(tx);
    const query = db('replies as r')
      .join('people as p', 'p.id', 'r.person_id')
      .where('r.opt_out', 'waiting')
      .whereNotNull('p.phone_number')
      .select<{ id: string; phone_number: string }[]>('r.id', 'p.phone_number');
    const rows = await whereAnyOf(db, query, 'r.person_id', personIds);
    return rows.map(({ id, phone_number }) => ({ id, phoneNumber: phone_number }));
  }

  /** Which of these ids there are, with a file that is kept or on its way. */
  async withFiles(ids: readonly string[]): Promise<Set<string>> {
    const query = this.database<ReplyRow>('replies').whereIn('file_state', ['kept', 'fetching']).select('id');
    const rows = await whereAnyOf(this.database, query, 'id', ids);
    return new Set(rows.map(({ id }) => id));
  }

  /** Sessions with files whose time has come. */
  async sessionsWithDueFiles(now: number): Promise<string[]> {
    const rows = await this.database<ReplyRow>('replies')
      .where('file_due_at', '<=', now)
      .whereNotNull('status_id')
      .distinct('session_id');
    return rows.map(({ session_id }) => session_id);
  }

  /** Begins an attempt with what has been due for longest, to be due again at `pause(tries)` unless somebody says how it ended. */
  async claimFile(
    tx: Tx,
    sessionId: string,
    now: number,
    pause: (tries: number) => number,
  ): Promise<ClaimedFile | undefined> {
    const db = knexOf(tx);
    const next = await db<ReplyRow>('replies')
      .where({ session_id: sessionId, file_state: 'fetching' })
      .where('file_due_at', '<=', now)
      .whereNotNull('status_id')
      .orderBy(['file_due_at', 'id'])
      .first('id', 'organization_id', 'file_tries', 'file_source');
    if (!next) return undefined;
    const tries = next.file_tries + 1;
    const begun = { file_tries: tries, file_due_at: now + pause(tries) };
    await db<ReplyRow>('replies').where({ id: next.id }).update(begun);
    const { id: replyId, organization_id: organizationId } = next;
    return { replyId, organizationId, sessionId, source: readSource(next.file_source ?? ''), tries };
  }

  /** Says how the attempt ended. False when another one began since, the reply is gone, or was taken back. */
  async settleFile(tx: Tx, { replyId, tries }: Pick<ClaimedFile, 'replyId' | 'tries'>, end: FileEnd): Promise<boolean> {
    const changed = await knexOf(tx)<ReplyRow>('replies')
      .where({ id: replyId, file_tries: tries, file_state: 'fetching' })
      .update(fileValues(end));
    return changed > 0;
  }

  /** Makes a file that is not here due, as if for the first time. Undefined where nobody knows how it is fetched. */
  async retryFile(tx: Tx, sessionId: string, replyId: string, now: number): Promise<TouchedReply | undefined> {
    const rows = await knexOf(tx)<ReplyRow>('replies')
      .where({ id: replyId, session_id: sessionId })
      .whereIn('file_state', ['missing', 'fetching'])
      .whereNotNull('file_source')
      .update({ file_state: 'fetching', file_reason: null, file_tries: 0, file_due_at: now })
      .returning(touchedColumns);
    return touched(rows)[0];
  }

  /** Gives up what has been due since before then. Returns whose they were, at most so many. */
  async giveUpFiles(tx: Tx, before: number, atMost: number): Promise<TouchedReply[]> {
    const db = knexOf(tx);
    const late = db<ReplyRow>('replies')
      .where({ file_state: 'fetching' })
      .where('file_due_at', '<', before)
      .limit(atMost)
      .select('id');
    const rows = await db<ReplyRow>('replies')
      .whereIn('id', late)
      .update(fileValues({ state: 'missing', reason: 'unreachable', dueAt: null, isForgotten: false }))
      .returning(touchedColumns);
    return touched(rows);
  }

  /** Until the transaction ends, nobody else adds to what the organization has. */
  async lockOrganization(tx: Tx, organizationId: string): Promise<void> {
    await knexOf(tx)('organizations').where({ id: organizationId }).forUpdate().first('id');
  }

  /** How much the files have that are kept of an organization. */
  async keptFileBytes(organizationId: string, tx?: Tx): Promise<number> {
    const row = await knexOf(tx ?? this.database)<ReplyRow>('replies')
      .where({ organization_id: organizationId, file_state: 'kept' })
      .sum<{ bytes: number | string | null }[]>({ bytes: 'bytes' })
      .first();
    return Number(row?.bytes ?? 0);
  }

  private named(tx: Tx, { sessionId, messageId, personId }: ReplyName) {
    return knexOf(tx)<ReplyRow>('replies').where({
      session_id: sessionId,
      message_id: messageId,
      person_id: personId,
    });
  }
}
