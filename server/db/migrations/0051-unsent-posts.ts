import type { Migration } from '../migration.js';

/** Posts that never left are found without reading those that did: of one account only so many are kept. */
export const unsentPosts: Migration = {
  name: '0051-unsent-posts',

  async up(db) {
    await db.raw(
      "create index statuses_unsent_index on statuses (session_id, updated_at, id) where state in ('canceled', 'failed')",
    );
  },

  async down(db) {
    await db.raw('drop index statuses_unsent_index');
  },
};
