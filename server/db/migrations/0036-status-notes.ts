import type { Migration } from '../migration.js';

/** What is missing of a status although it was sent. */
export const statusNotes: Migration = {
  name: '0036-status-notes',

  async up(db) {
    await db.schema.alterTable('statuses', (t) => {
      t.text('note_code');
      t.text('note_message');
    });
  },

  async down(db) {
    await db.raw('alter table statuses drop column ??', ['note_code']);
    await db.raw('alter table statuses drop column ??', ['note_message']);
  },
};
