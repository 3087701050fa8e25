import type { Migration } from '../migration.js';

/**
 * Where somebody stands in a list of viewers, once a receipt that came later told an earlier time than the first one: a list that
 * is being paged through must not move. Null where that never happened: the time itself is the place then, so that tables of any
 * size are brought up to date at once.
 */
export const viewersPlaces: Migration = {
  name: '0049-viewers-places',

  async up(db) {
    await db.schema.alterTable('views', (t) => {
      t.bigInteger('listed_viewed_at');
      t.bigInteger('listed_delivered_at');
    });
  },

  async down(db) {
    await db.schema.alterTable('views', (t) => {
      t.dropColumns('listed_viewed_at', 'listed_delivered_at');
    });
  },
};
