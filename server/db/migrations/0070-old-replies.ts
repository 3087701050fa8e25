import type { Migration } from '../migration.js';

/** Finds replies, and files of replies, that are too old to be kept. */
export const oldReplies: Migration = {
  name: '0070-old-replies',

  async up(db) {
    await db.raw('create index replies_age_index on replies (received_at)');
    await db.raw(
      `create index replies_old_files_index on replies (received_at) where file_state in ('kept', 'fetching')`,
    );
  },

  async down(db) {
    await db.raw('drop index replies_old_files_index');
    await db.raw('drop index replies_age_index');
  },
};
