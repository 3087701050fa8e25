import type { Migration } from '../migration.js';

/** A post reads and records its recipients by their position: a few hundred of 50,000 at a time. */
export const recipientOrder: Migration = {
  name: '0013-recipient-order',

  async up(db) {
    await db.schema.alterTable('status_recipients', (t) => {
      t.index(['status_id', 'position']);
    });
  },

  async down(db) {
    await db.schema.alterTable('status_recipients', (t) => {
      t.dropIndex(['status_id', 'position']);
    });
  },
};
