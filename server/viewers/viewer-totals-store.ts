import { insertRows, takeNew, whereAnyOf } from '../db/dialect.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { PeopleScope } from '../people/person.js';
import { emptyTotals, type ActTotal, type PostTimes, type ViewerTotals } from './viewer-totals.js';

const columns = [
  'person_id',
  'session_id',
  'organization_id',
  'first_viewed_at',
  'first_viewed_post',
  'viewed',
  'last_viewed_at',
  'last_viewed_post',
  'reacted',
  'last_reacted_at',
  'last_reacted_post',
  'replied',
  'last_replied_at',
  'last_replied_post',
  'posted_at',
] as const;

interface TotalsRow {
  person_id: string;
  session_id: string;
  organization_id: string;
  first_viewed_at: number | null;
  first_viewed_post: string | null;
  viewed: number;
  last_viewed_at: number | null;
  last_viewed_post: string | null;
  reacted: number;
  last_reacted_at: number | null;
  last_reacted_post: string | null;
  replied: number;
  last_replied_at: number | null;
  last_replied_post: string | null;
  posted_at: number | null;
}

export class ViewerTotalsStore {
  /** By person; empty ones of those of whom nothing is counted. */
  async find(tx: Tx, personIds: readonly string[]): Promise<Map<string, ViewerTotals>> {
    const db = knexOf(tx);
    const rows = await whereAnyOf(db, db<TotalsRow>('viewer_totals').select('*'), 'person_id', personIds);
    const found = new Map(personIds.map((id) => [id, emptyTotals(id)]));
    for (const row of rows) found.set(row.person_id, toTotals(row));
    return found;
  }

  /** When these posts were sent, or else begun. */
  async postTimes(tx: Tx, statusIds: readonly string[]): Promise<PostTimes> {
    const db = knexOf(tx);
    const query = db('statuses').select('id', db.raw('coalesce(sent_at, started_at, created_at) as at'));
    const rows = (await whereAnyOf(db, query, 'id', statusIds)) as { id: string; at: number }[];
    return new Map(rows.map(({ id, at }) => [id, at]));
  }

  /** A post went to these people at that time; the latest of several stays. */
  async writePosted(
    tx: Tx,
    { sessionId, organizationId }: PeopleScope,
    personIds: readonly string[],
    at: number,
  ): Promise<void> {
    await insertRows(knexOf(tx), {
      table: 'viewer_totals',
      columns: ['person_id', 'session_id', 'organization_id', 'posted_at'],
      rows: personIds.map((person_id) => ({
        person_id,
        session_id: sessionId,
        organization_id: organizationId,
        posted_at: at,
      })),
      conflict: ['person_id'],
      update: { posted_at: 'excluded.posted_at' },
      updateWhere: 'coalesce(viewer_totals.posted_at, 0) < excluded.posted_at',
    });
  }

  async write(tx: Tx, { sessionId, organizationId }: PeopleScope, totals: readonly ViewerTotals[]): Promise<void> {
    await insertRows(knexOf(tx), {
      table: 'viewer_totals',
      columns,
      rows: totals.map(
        ({ personId, firstViewedAt, firstViewedPost, postedAt, acts: { viewed, reacted, replied } }) => ({
          person_id: personId,
          session_id: sessionId,
          organization_id: organizationId,
          first_viewed_at: firstViewedAt,
          first_viewed_post: firstViewedPost,
          viewed: viewed.count,
          last_viewed_at: viewed.lastAt,
          last_viewed_post: viewed.lastPost,
          reacted: reacted.count,
          last_reacted_at: reacted.lastAt,
          last_reacted_post: reacted.lastPost,
          replied: replied.count,
          last_replied_at: replied.lastAt,
          last_replied_post: replied.lastPost,
          posted_at: postedAt,
        }),
      ),
      conflict: ['person_id'],
      update: takeNew(columns.slice(3)),
    });
  }
}

function toTotals(row: TotalsRow): ViewerTotals {
  return {
    personId: row.person_id,
    firstViewedAt: row.first_viewed_at,
    firstViewedPost: row.first_viewed_post,
    postedAt: row.posted_at,
    acts: {
      viewed: actTotal(row.viewed, row.last_viewed_at, row.last_viewed_post),
      reacted: actTotal(row.reacted, row.last_reacted_at, row.last_reacted_post),
      replied: actTotal(row.replied, row.last_replied_at, row.last_replied_post),
    },
  };
}

function actTotal(count: number, lastAt: number | null, lastPost: string | null): ActTotal {
  return { count, lastAt, lastPost };
}
