import type { Migration } from '../migration.js';

/** Which past status one repeats. */
export const repostOf: Migration = {
  name: '0025-repost-of',

  async up(db) {
    await db.schema.alterTable('statuses', (t) => {
      t.text('repost_of');
    });
  },

  async down(db) {
    await db.raw('alter table statuses drop column ??', ['repost_of']);
  },
};
