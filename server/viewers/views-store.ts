import { insertRows, takeNew, whereAnyOf } from '../db/dialect.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import { mergeViews, viewKey, type Fold, type Gain, type View } from './view.js';

const columns = [
  'status_id',
  'person_id',
  'organization_id',
  'delivered_at',
  'viewed_at',
  'played_at',
  'reaction',
  'reacted_at',
  'replied_at',
  'recorded_at',
  'view_recorded_at',
  'listed_viewed_at',
  'listed_delivered_at',
] as const;

interface ViewRow {
  status_id: string;
  person_id: string;
  organization_id: string;
  delivered_at: number | null;
  viewed_at: number | null;
  played_at: number | null;
  reaction: string | null;
  reacted_at: number | null;
  replied_at: number | null;
  recorded_at: number;
  view_recorded_at: number | null;
  /** The place in a list, where a later receipt told an earlier time; null means: the time itself. */
  listed_viewed_at: number | null;
  listed_delivered_at: number | null;
}

const knownColumns = [
  'status_id',
  'person_id',
  'delivered_at',
  'viewed_at',
  'played_at',
  'reaction',
  'reacted_at',
] as const satisfies readonly (keyof ViewRow)[];
type KnownView = Pick<ViewRow, (typeof knownColumns)[number]>;

export class ViewsStore {
  /** What is known of these people for these statuses, by {@link viewKey}. */
  async findKnown(tx: Tx, statusIds: readonly string[], personIds: readonly string[]): Promise<Map<string, View>> {
    const db = knexOf(tx);
    const query = db<ViewRow>('views').select(...knownColumns);
    whereAnyOf(db, query, 'status_id', statusIds);
    const rows = await whereAnyOf(db, query, 'person_id', personIds);
    return new Map(rows.map(toView).map((view) => [viewKey(view), view]));
  }

  /**
   * Writes the outcome of a fold; `now` is kept for rows, and views, that were not known before. A time that is put right
   * leaves the place in a list where it was.
   */
  async upsert(tx: Tx, organizationId: string, changed: Fold['changed'], now: number): Promise<void> {
    await insertRows(knexOf(tx), {
      table: 'views',
      columns,
      rows: changed.map((view) => ({
        status_id: view.statusId,
        person_id: view.personId,
        organization_id: organizationId,
        delivered_at: view.deliveredAt,
        viewed_at: view.viewedAt,
        played_at: view.playedAt,
        reaction: view.reaction,
        reacted_at: view.reactedAt,
        replied_at: null,
        recorded_at: now,
        view_recorded_at: view.viewedAt === null ? null : now,
        listed_viewed_at: null,
        listed_delivered_at: null,
      })),
      conflict: ['status_id', 'person_id'],
      update: {
        ...takeNew(['delivered_at', 'viewed_at', 'played_at', 'reaction', 'reacted_at']),
        view_recorded_at: 'coalesce(views.view_recorded_at, excluded.view_recorded_at)',
        listed_viewed_at: 'coalesce(views.listed_viewed_at, views.viewed_at)',
        listed_delivered_at: 'coalesce(views.listed_delivered_at, views.delivered_at)',
      },
    });
  }

  /**
   * Gives the rows of people who are gone to those who survive them; where both had one for a status, the earlier times
   * and the last reaction count, and the survivor's place in a list stays. Returns how many each status counted too often.
   */
  async move(tx: Tx, survivors: ReadonlyMap<string, string>): Promise<Map<string, Gain>> {
    const db = knexOf(tx);
    const people = [...new Set([...survivors.keys(), ...survivors.values()])];
    const query = db<ViewRow>('views').select('*');
    const rows = await whereAnyOf(db, query, 'person_id', people);
    const merged = new Map<string, ViewRow>();
    const surplus = new Map<string, Gain>();
    const touched = new Set<string>();
    const survivorsFirst = [...rows].sort(
      (a, b) => Number(survivors.has(a.person_id)) - Number(survivors.has(b.person_id)),
    );
    for (const row of survivorsFirst) {
      const moved = { ...row, person_id: survivors.get(row.person_id) ?? row.person_id };
      const key = `${moved.status_id} ${moved.person_id}`;
      if (moved.person_id !== row.person_id) touched.add(key);
      const other = merged.get(key);
      const one = other ? mergeRows(other, moved) : moved;
      merged.set(key, one);
      if (!other) continue;
      const count = surplus.get(row.status_id) ?? { delivered: 0, viewed: 0, reacted: 0 };
      count.delivered += Number(other.delivered_at !== null && row.delivered_at !== null);
      count.viewed += Number(other.viewed_at !== null && row.viewed_at !== null);
      const reactions = Number(other.reaction !== null) + Number(row.reaction !== null);
      count.reacted += reactions - Number(one.reaction !== null);
      surplus.set(row.status_id, count);
    }
    await whereAnyOf(db, db('views').delete(), 'person_id', [...survivors.keys()]);
    await insertRows(db, {
      table: 'views',
      columns,
      rows: [...touched].flatMap((key) => merged.get(key) ?? []),
      conflict: ['status_id', 'person_id'],
      update: takeNew(columns.slice(3)),
    });
    return surplus;
  }

  /** Statuses about which we learned something of these people since then. */
  async statusesOf(
    tx: Tx,
    personIds: readonly string[],
    since: number,
  ): Promise<{ statusId: string; personId: string }[]> {
    const db = knexOf(tx);
    const query = db<ViewRow>('views').select('status_id', 'person_id').where('recorded_at', '>=', since);
    const rows = await whereAnyOf(db, query, 'person_id', personIds);
    return rows.map((row) => ({ statusId: row.status_id, personId: row.person_id }));
  }
}

function toView(row: KnownView): View {
  return {
    statusId: row.status_id,
    personId: row.person_id,
    deliveredAt: row.delivered_at,
    viewedAt: row.viewed_at,
    playedAt: row.played_at,
    reaction: row.reaction,
    reactedAt: row.reacted_at,
  };
}

function mergeRows(one: ViewRow, other: ViewRow): ViewRow {
  const both = mergeViews(toView(one), toView(other));
  const viewRecorded = [one.view_recorded_at, other.view_recorded_at].filter((at) => at !== null);
  return {
    ...one,
    delivered_at: both.deliveredAt,
    viewed_at: both.viewedAt,
    played_at: both.playedAt,
    reaction: both.reaction,
    reacted_at: both.reactedAt,
    replied_at: one.replied_at ?? other.replied_at,
    recorded_at: Math.min(one.recorded_at, other.recorded_at),
    view_recorded_at: viewRecorded.length === 0 ? null : Math.min(...viewRecorded),
    listed_viewed_at: one.listed_viewed_at ?? one.viewed_at ?? other.listed_viewed_at ?? other.viewed_at,
    listed_delivered_at: one.listed_delivered_at ?? one.delivered_at ?? other.listed_delivered_at ?? other.delivered_at,
  };
}
