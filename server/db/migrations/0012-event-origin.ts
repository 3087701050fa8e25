import type { Migration } from '../migration.js';

/** Each process tells its own clients of its own events at once; by this it knows the others'. */
export const eventOrigin: Migration = {
  name: '0012-event-origin',

  async up(db) {
    await db.schema.alterTable('events', (t) => {
      t.text('origin');
    });
  },

  async down(db) {
    await db.schema.alterTable('events', (t) => {
      t.dropColumn('origin');
    });
  },
};
