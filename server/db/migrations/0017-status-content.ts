import type { Migration } from '../migration.js';

/** What a status shows besides its text: a file, or the preview of a link. */
export const statusContent: Migration = {
  name: '0017-status-content',

  async up(db) {
    await db.schema.alterTable('statuses', (t) => {
      // JSON, as they were when the status was accepted: they outlive the file and the page.
      t.text('media');
      t.text('preview');
    });
  },

  async down(db) {
    await db.schema.alterTable('statuses', (t) => {
      t.dropColumns('media', 'preview');
    });
  },
};
