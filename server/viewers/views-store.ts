import { insertRows, takeNew, whereAnyOf } from '../db/dialect.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import { mergeViews, viewKey, type View, type ViewChange } from './view.js';

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
  'replied_at',
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

  /** All that is known of these people, for whatever status. */
  async listOfPeople(tx: Tx, personIds: readonly string[]): Promise<View[]> {
    const db = knexOf(tx);
    const query = db<ViewRow>('views').select(...knownColumns);
    return (await whereAnyOf(db, query, 'person_id', personIds)).map(toView);
  }

  /**
   * Writes the outcome of a fold; `now` is kept for rows, and views, that were not known before. A time that is put right
   * leaves the place in a list where it was.
   */
  async upsert(tx: Tx, organizationId: string, changed: readonly View[], now: number): Promise<void> {
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
        replied_at: view.repliedAt,
        recorded_at: now,
        view_recorded_at: view.viewedAt === null ? null : now,
        listed_viewed_at: null,
        listed_delivered_at: null,
      })),
      conflict: ['status_id', 'person_id'],
      update: {
        ...takeNew(['delivered_at', 'viewed_at', 'played_at', 'reaction', 'reacted_at', 'replied_at']),
        view_recorded_at: 'coalesce(views.view_recorded_at, excluded.view_recorded_at)',
        listed_viewed_at: 'coalesce(views.listed_viewed_at, views.viewed_at)',
        listed_delivered_at: 'coalesce(views.listed_delivered_at, views.delivered_at)',
      },
    });
  }

  /**
   * Gives the rows of people who are gone to those who survive them; where both had one for a status, the earlier times
   * and the last reaction count, and the survivor's place in a list stays. Returns what became of every row it touched.
   */
  async move(tx: Tx, survivors: ReadonlyMap<string, string>): Promise<ViewChange[]> {
    const db = knexOf(tx);
    const people = [...new Set([...survivors.keys(), ...survivors.values()])];
    const query = db<ViewRow>('views').select('*');
    const rows = await whereAnyOf(db, query, 'person_id', people);
    const stayed = new Map<string, ViewRow>();
    const gone: ViewRow[] = [];
    for (const row of rows) {
      if (survivors.has(row.person_id)) gone.push(row);
      else stayed.set(keyOf(row), row);
    }
    const merged = new Map<string, ViewRow>();
    for (const row of gone) {
      const moved = { ...row, person_id: survivors.get(row.person_id) ?? row.person_id };
      const key = keyOf(moved);
      const other = merged.get(key) ?? stayed.get(key);
      merged.set(key, other ? mergeRows(other, moved) : moved);
    }
    await whereAnyOf(db, db('views').delete(), 'person_id', [...survivors.keys()]);
    await insertRows(db, {
      table: 'views',
      columns,
      rows: [...merged.values()],
      conflict: ['status_id', 'person_id'],
      update: takeNew(columns.slice(3)),
    });
    return [
      ...gone.map((row) => ({ before: toView(row), after: undefined })),
      ...[...merged].map(([key, row]) => {
        const before = stayed.get(key);
        return { before: before && toView(before), after: toView(row) };
      }),
    ];
  }

  /** At most so many rows of one status. How many went. */
  forgetOf(tx: Tx, statusId: string, atMost: number): Promise<number> {
    const db = knexOf(tx);
    const some = db<ViewRow>('views').where({ status_id: statusId }).limit(atMost).select('person_id');
    return db<ViewRow>('views').where({ status_id: statusId }).whereIn('person_id', some).delete();
  }

  /** At most so many rows of one person. How many went. */
  forgetPerson(tx: Tx, personId: string, atMost: number): Promise<number> {
    const db = knexOf(tx);
    const some = db<ViewRow>('views').where({ person_id: personId }).limit(atMost).select('status_id');
    return db<ViewRow>('views').where({ person_id: personId }).whereIn('status_id', some).delete();
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

function keyOf(row: ViewRow): string {
  return viewKey({ statusId: row.status_id, personId: row.person_id });
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
    repliedAt: row.replied_at,
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
    replied_at: both.repliedAt,
    recorded_at: Math.min(one.recorded_at, other.recorded_at),
    view_recorded_at: viewRecorded.length === 0 ? null : Math.min(...viewRecorded),
    listed_viewed_at: one.listed_viewed_at ?? one.viewed_at ?? other.listed_viewed_at ?? other.viewed_at,
    listed_delivered_at: one.listed_delivered_at ?? one.delivered_at ?? other.listed_delivered_at ?? other.delivered_at,
  };
}
