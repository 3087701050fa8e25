import type { Migration } from '../migration.js';

/** How much the files of replies have in an organization is asked before each one. */
export const replyFiles: Migration = {
  name: '0067-reply-files',

  async up(db) {
    await db.raw("create index replies_kept_index on replies (organization_id, bytes) where file_state = 'kept'");
  },

  async down(db) {
    await db.raw('drop index replies_kept_index');
  },
};
