import type { Knex } from 'knex';
import { byteOrdered, engineOf } from '../dialect.js';
import type { Migration } from '../migration.js';

const acts = { viewed: 'v.viewed_at', reacted: 'v.reacted_at', replied: 'v.replied_at' } as const;

/**
 * What each viewer did with all posts of an account together: who is loyal, new or lost, and who did something with one of the
 * last posts, is asked for every person, and their views are up to a thousand times as many. `last_…_post` is the latest of the
 * posts with which they did it, by the time it was sent.
 */
export const viewerTotals: Migration = {
  name: '0056-viewer-totals',

  async up(db) {
    await db.schema.createTable('viewer_totals', (t) => {
      t.text('person_id').primary().references('id').inTable('people').onDelete('cascade');
      t.text('session_id').notNullable().references('session_id').inTable('sessions').onDelete('cascade');
      t.text('organization_id').notNullable().references('id').inTable('organizations');
      t.bigInteger('first_viewed_at');
      t.text('first_viewed_post');
      for (const act of Object.keys(acts)) {
        t.integer(act).notNullable().defaultTo(0);
        t.bigInteger(`last_${act}_at`);
        t.specificType(`last_${act}_post`, byteOrdered(db));
      }
      t.index(['session_id']);
    });
    await countAllViews(db);
  },

  async down(db) {
    await db.schema.dropTable('viewer_totals');
  },
};

/** Fills the empty table from all views there are. */
export async function countAllViews(db: Knex): Promise<void> {
  await db.raw(`
      insert into viewer_totals (person_id, session_id, organization_id, first_viewed_at, first_viewed_post,
        ${Object.keys(acts).flatMap(columnsOf).join(', ')})
      select p.id, p.session_id, p.organization_id, min(v.viewed_at), ${postOf(db, 'min', acts.viewed)},
        ${Object.entries(acts)
          .flatMap(([act, at]) => totalsOf(db, at, act === 'reacted' ? 'v.reaction' : at))
          .join(', ')}
      from views v join people p on p.id = v.person_id join statuses s on s.id = v.status_id
      where v.viewed_at is not null
      group by p.id, p.session_id, p.organization_id`);
}

function columnsOf(act: string): string[] {
  return [act, `last_${act}_at`, `last_${act}_post`];
}

/** `given`: what is null where they did not do it, or took it back. */
function totalsOf(db: Knex, at: string, given: string): string[] {
  return [`count(${given})`, `max(case when ${given} is not null then ${at} end)`, postOf(db, 'max', given)];
}

const digitsOfTime = 15;

/** The first or last post, by the time it was sent, of those where this is not null. */
function postOf(db: Knex, which: 'min' | 'max', given: string): string {
  const time = 'coalesce(s.sent_at, s.started_at, s.created_at)';
  const width = String(digitsOfTime);
  const place =
    engineOf(db) === 'postgres'
      ? `(lpad(cast(${time} as text), ${width}, '0') || s.id) collate "C"`
      : `(printf('%0${width}d', ${time}) || s.id)`;
  return `substr(${which}(case when ${given} is not null then ${place} end), ${String(digitsOfTime + 1)})`;
}
