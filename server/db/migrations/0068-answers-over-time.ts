import type { Migration } from '../migration.js';

/**
 * When people answered posts is summed by the quarter of an hour too (docs/decisions/0012). What was stored before is added up by
 * the server while it runs: `kind` says what of a status is left, null that all is. The other sums of such a status stay as they
 * are, since the views of somebody who was erased are not there any more.
 */
export const answersOverTime: Migration = {
  name: '0068-answers-over-time',

  async up(db) {
    await db.schema.alterTable('activity_backlog', (t) => {
      t.text('kind');
    });
    await db.raw(`insert into activity_backlog (status_id, session_id, organization_id, kind)
      select id, session_id, organization_id, 'replied' from statuses
      where replied > 0 and people_forgotten_at is null
      and not exists (select 1 from activity_backlog as b where b.status_id = statuses.id)`);
  },

  async down(db) {
    await db('activity_backlog').where({ kind: 'replied' }).delete();
    await db.schema.alterTable('activity_backlog', (t) => {
      t.dropColumn('kind');
    });
  },
};
