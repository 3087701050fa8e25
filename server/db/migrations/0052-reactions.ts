import type { Migration } from '../migration.js';

/** When somebody reacted last, also where that took the reaction back: an older one that comes later must not count. */
export const reactions: Migration = {
  name: '0052-reactions',

  async up(db) {
    await db.schema.alterTable('views', (t) => {
      t.bigInteger('reacted_at');
    });
    await db.schema.alterTable('pending_receipts', (t) => {
      t.text('reaction');
      t.bigInteger('reacted_at');
    });
  },

  async down(db) {
    await db.schema.alterTable('pending_receipts', (t) => {
      t.dropColumns('reaction', 'reacted_at');
    });
    await db.schema.alterTable('views', (t) => {
      t.dropColumn('reacted_at');
    });
  },
};
