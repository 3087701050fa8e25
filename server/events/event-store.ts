import { isEventName, type AppEvent } from '../contract/events.js';
import type { Database } from '../db/database.js';
import { containsText, insertRows } from '../db/dialect.js';
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

  /**
   * Of the next events of an organization after `seq`, at most `limit`: those with one of these texts in them, and the number of
   * the last that was looked at; undefined when there are no more.
   */
  async search(
    organizationId: string,
    texts: readonly string[],
    { after, limit }: { after: number; limit: number },
  ): Promise<{ found: number[]; last: number | undefined }> {
    const some = this.database<EventRow>('events')
      .where({ organization_id: organizationId })
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(limit);
    const [seen] = await this.database.from(some.clone().select('seq').as('some')).max<{ last: number | null }[]>({
      last: 'seq',
    });
    const has = texts.map(() => containsText(this.database, 'payload')).join(' or ');
    const found: { seq: number }[] = await this.database
      .from(some.clone().select('seq', 'payload').as('some'))
      .whereRaw(`(${has})`, texts)
      .select('seq');
    return { found: found.map(({ seq }) => seq), last: seen?.last ?? undefined };
  }

  /** Gives an event another payload, or deletes it where that is what `change` says. False when it is gone, or stays as it is. */
  async rewrite(tx: Tx, seq: number, change: (payload: unknown) => { payload: unknown } | 'delete' | 'leave') {
    const rows = knexOf(tx)<EventRow>('events').where({ seq });
    const row = await rows.clone().first('payload');
    const changed = row ? change(JSON.parse(row.payload)) : 'leave';
    if (changed === 'leave') return false;
    if (changed === 'delete') await rows.delete();
    else await rows.update({ payload: JSON.stringify(changed.payload) });
    return true;
  }

  /** At most so many. Returns how many were deleted. */
  async deleteBefore(before: number, atMost: number): Promise<number> {
    const old = this.database<EventRow>('events').where('created_at', '<', before).limit(atMost).select('seq');
    return this.database<EventRow>('events').whereIn('seq', old).delete();
  }
}

function sessionOf({ session_id }: Pick<EventRow, 'session_id'>): string | null {
  return session_id === '' ? null : session_id;
}
