import { postingSlotsSchema, type PostingSlot } from '../contract/planning/plans.js';
import type { Database } from '../db/database.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';

export interface SlotsRecord {
  timeZone: string;
  slots: PostingSlot[];
}

interface SlotsRow {
  session_id: string;
  organization_id: string;
  time_zone: string;
  slots: string;
  updated_at: number;
}

/** The SQL of posting slots, and of what is planned for them. */
export class SlotsStore {
  constructor(private readonly database: Database) {}

  async find(sessionId: string): Promise<SlotsRecord | undefined> {
    const row = await this.database<SlotsRow>('posting_slots').where({ session_id: sessionId }).first();
    return row && { timeZone: row.time_zone, slots: postingSlotsSchema.shape.slots.parse(JSON.parse(row.slots)) };
  }

  async put(
    tx: Tx,
    of: { organizationId: string; sessionId: string },
    record: SlotsRecord,
    now: number,
  ): Promise<void> {
    await knexOf(tx)<SlotsRow>('posting_slots')
      .insert({
        session_id: of.sessionId,
        organization_id: of.organizationId,
        time_zone: record.timeZone,
        slots: JSON.stringify(record.slots),
        updated_at: now,
      })
      .onConflict('session_id')
      .merge();
  }

  /** For which times between the two something of the session is planned. */
  async takenTimes(
    sessionId: string,
    from: number,
    to: number,
    source: Tx | Database = this.database,
  ): Promise<number[]> {
    const rows: { scheduled_at: number }[] = await knexOf(source)('statuses')
      .where({ session_id: sessionId })
      .whereBetween('scheduled_at', [from, to])
      .whereNotIn('state', ['canceled', 'deleted'])
      .distinct('scheduled_at');
    return rows.map((row) => row.scheduled_at);
  }

  /**
   * Lets nobody else take a slot of the session until the transaction ends. Whatever names the session goes on: waiting for
   * that as well, two transactions could wait for each other.
   */
  async lock(tx: Tx, sessionId: string): Promise<void> {
    await knexOf(tx)('sessions').where({ session_id: sessionId }).forNoKeyUpdate().first('session_id');
  }
}
