import { isEventName, type AppEvent } from '../contract/events.js';
import type { Database } from '../db/database.js';
import { insertRows } from '../db/dialect.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';

interface EventRow {
  seq: number;
  id: string;
  organization_id: string;
  /** Empty for what concerns the whole organization. */
  session_id: string;
  name: string;
  payload: string;
  origin: string | null;
  created_at: number;
}

export class EventStore {
  constructor(private readonly database: Database) {}

  async append(
    tx: Tx,
    events: readonly (AppEvent & { id: string })[],
    { createdAt, origin }: { createdAt: Date; origin: string },
  ): Promise<void> {
    await insertRows(knexOf(tx), {
      table: 'events',
      columns: ['id', 'organization_id', 'session_id', 'name', 'payload', 'origin', 'created_at'],
      rows: events.map((event) => ({
        id: event.id,
        organization_id: event.organizationId,
        session_id: event.sessionId ?? '',
        name: event.name,
        payload: JSON.stringify(event.payload),
        origin,
        created_at: createdAt.getTime(),
      })),
    });
  }

  /**
   * The numbers after `seq`, lowest first; with the event where another process than `origin` wrote it. One that a newer
   * version wrote and this one does not know comes without: who may hear it stands in that version's contract.
   */
  async listOfOthers(seq: number, origin: string, limit: number): Promise<{ seq: number; event: AppEvent | null }[]> {
    const rows = await this.database<EventRow>('events')
      .where('seq', '>', seq)
      .orderBy('seq')
      .limit(limit)
      .select('seq', 'name', 'organization_id', 'session_id')
      .select<(Omit<EventRow, 'payload'> & { payload: string | null })[]>(
        this.database.raw('case when origin = ? then null else payload end as payload', [origin]),
      );
    return rows.map(({ payload, ...row }) => ({
      seq: row.seq,
      event:
        payload === null || !isEventName(row.name)
          ? null
          : ({
              name: row.name,
              organizationId: row.organization_id,
              sessionId: sessionOf(row),
              payload: JSON.parse(payload) as unknown,
            } as AppEvent),
    }));
  }

  /** The number of the newest event; 0 when there is none. */
  async lastSeq(): Promise<number> {
    const row = await this.database<EventRow>('events').max<{ last: number | null }[]>({ last: 'seq' }).first();
    return row?.last ?? 0;
  }

  /** Returns how many were deleted. */
  async deleteBefore(before: Date): Promise<number> {
    return this.database<EventRow>('events').where('created_at', '<', before.getTime()).delete();
  }
}

function sessionOf({ session_id }: Pick<EventRow, 'session_id'>): string | null {
  return session_id === '' ? null : session_id;
}
