import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { insertRows, whereAnyOf } from '../db/dialect.js';
import { countRows } from '../db/lists.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { PersonNamed } from '../people/erased-person.js';
import type { PeopleScope } from '../people/person.js';
import type { StatusReceipt } from '../whatsapp/gateway.js';

interface PendingRow {
  id: string;
  organization_id: string;
  session_id: string;
  message_id: string;
  phone_number: string | null;
  lid: string | null;
  kind: StatusReceipt['kind'];
  at: number;
  reaction: string | null;
  /** Only of reactions. */
  reacted_at: number | null;
  created_at: number;
}

const columns = [
  'id',
  'organization_id',
  'session_id',
  'message_id',
  'phone_number',
  'lid',
  'kind',
  'at',
  'reaction',
  'reacted_at',
  'created_at',
] as const;

/** Receipts for messages that we do not know (yet), and of people whom a status was not for (as far as we know). */
export class PendingReceiptsStore {
  /** Of repeats the earliest time is kept. Of more than `maxPerSession` the oldest are dropped. */
  async add(
    tx: Tx,
    scope: PeopleScope,
    receipts: readonly StatusReceipt[],
    options: { now: number; maxPerSession: number },
  ): Promise<void> {
    const db = knexOf(tx);
    const rows = new Map<string, PendingRow>();
    for (const receipt of receipts) {
      const row = rowOf(scope, receipt, options.now);
      const at = Math.min(row.at, rows.get(row.id)?.at ?? row.at);
      rows.set(row.id, { ...row, at });
    }
    await insertRows(db, {
      table: 'pending_receipts',
      columns,
      rows: [...rows.values()],
      conflict: ['id'],
      update: { at: 'case when excluded.at < pending_receipts.at then excluded.at else pending_receipts.at end' },
    });
    const waiting = await countRows(db('pending_receipts').where({ session_id: scope.sessionId }));
    const surplus = waiting - options.maxPerSession;
    if (surplus <= 0) return;
    const oldest = db('pending_receipts')
      .where({ session_id: scope.sessionId })
      .orderBy(['created_at', 'id'])
      .limit(surplus)
      .select('id');
    await db('pending_receipts').whereIn('id', oldest).delete();
  }

  /** Hands out the receipts for these messages and forgets them. */
  async take(tx: Tx, sessionId: string, messageIds: readonly string[]): Promise<StatusReceipt[]> {
    const db = knexOf(tx);
    const query = db<PendingRow>('pending_receipts').where({ session_id: sessionId }).select('*');
    return this.handOut(db, await whereAnyOf(db, query, 'message_id', messageIds));
  }

  /** Hands out the receipts that name these people in either form, and forgets them. */
  async takeOf(tx: Tx, sessionId: string, personIds: readonly string[]): Promise<StatusReceipt[]> {
    const db = knexOf(tx);
    const known = (form: 'phone_number' | 'lid'): Knex.QueryBuilder =>
      whereAnyOf(db, db('people').whereNotNull(form).select(form), 'id', personIds);
    const rows: PendingRow[] = await db<PendingRow>('pending_receipts')
      .where({ session_id: sessionId })
      .where((any) => void any.whereIn('phone_number', known('phone_number')).orWhereIn('lid', known('lid')))
      .select('*');
    return this.handOut(db, rows);
  }

  private async handOut(db: Knex, rows: readonly PendingRow[]): Promise<StatusReceipt[]> {
    if (rows.length === 0) return [];
    await whereAnyOf(
      db,
      db('pending_receipts').delete(),
      'id',
      rows.map((row) => row.id),
    );
    return rows.map(toReceipt);
  }

  /** Those of an organization that name this person in either form; at most so many. How many went. */
  forgetPerson(tx: Tx, { organizationId, phoneNumbers, lids }: PersonNamed, atMost: number): Promise<number> {
    const db = knexOf(tx);
    const sessions = db('sessions').where({ organization_id: organizationId }).select('session_id');
    const some = db<PendingRow>('pending_receipts')
      .whereIn('session_id', sessions)
      .limit(atMost)
      .select('id')
      .where((any) => void any.whereIn('phone_number', phoneNumbers).orWhereIn('lid', lids));
    return db<PendingRow>('pending_receipts').whereIn('id', some).delete();
  }

  /** At most so many. Returns how many were deleted. */
  async deleteBefore(tx: Tx, before: number, atMost: number): Promise<number> {
    const db = knexOf(tx);
    const old = db<PendingRow>('pending_receipts').where('created_at', '<', before).limit(atMost).select('id');
    return db<PendingRow>('pending_receipts').whereIn('id', old).delete();
  }
}

function toReceipt(row: PendingRow): StatusReceipt {
  const { kind } = row;
  const receipt = {
    messageId: row.message_id,
    person: { phoneNumber: row.phone_number, lid: row.lid },
    at: new Date(row.at),
  };
  if (kind !== 'reacted') return { ...receipt, kind };
  return { ...receipt, kind, reaction: { emoji: row.reaction, reactedAt: new Date(row.reacted_at ?? row.at) } };
}

function rowOf(scope: PeopleScope, receipt: StatusReceipt, now: number): PendingRow {
  const { messageId, person, kind, at } = receipt;
  const reaction = receipt.kind === 'reacted' ? receipt.reaction : undefined;
  const reactedAt = reaction?.reactedAt.getTime() ?? null;
  // Each reaction is kept: which is the last one, is known when the status is.
  const which = reaction ? [reactedAt, reaction.emoji] : [];
  const identity = JSON.stringify([scope.sessionId, messageId, person.phoneNumber, person.lid, kind, ...which]);
  return {
    id: createHash('sha256').update(identity).digest('hex'),
    organization_id: scope.organizationId,
    session_id: scope.sessionId,
    message_id: messageId,
    phone_number: person.phoneNumber,
    lid: person.lid,
    kind,
    at: at.getTime(),
    reaction: reaction?.emoji ?? null,
    reacted_at: reactedAt,
    created_at: now,
  };
}
