import type { Migration } from '../migration.js';

/**
 * Who got a post stays known of each person when it is forgotten of the post: whoever never viewed any is found by it. `posted_at`: when
 * the last such post went out.
 */
export const postedTo: Migration = {
  name: '0071-posted-to',

  async up(db) {
    await db.schema.alterTable('viewer_totals', (t) => {
      t.bigInteger('posted_at');
    });
  },

  async down(db) {
    await db.raw('alter table viewer_totals drop column posted_at');
  },
};
