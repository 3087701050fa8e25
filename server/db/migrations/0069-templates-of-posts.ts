import type { Migration } from '../migration.js';

/** From which template a post was made: analytics say what posts from one reach. */
export const templatesOfPosts: Migration = {
  name: '0069-templates-of-posts',

  async up(db) {
    await db.schema.alterTable('statuses', (t) => {
      t.text('template_id');
    });
  },

  async down(db) {
    await db.schema.alterTable('statuses', (t) => {
      t.dropColumn('template_id');
    });
  },
};
