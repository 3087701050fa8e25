import type { Migration } from '../migration.js';

/** How often an account of a broadcast was tried in vain, and when it may be tried again. */
export const broadcastTries: Migration = {
  name: '0046-broadcast-tries',

  async up(db) {
    await db.schema.alterTable('broadcast_accounts', (t) => {
      t.integer('tries').notNullable().defaultTo(0);
      t.bigInteger('try_at').notNullable().defaultTo(0);
    });
  },

  async down(db) {
    await db.raw('alter table broadcast_accounts drop column ??', ['try_at']);
    await db.raw('alter table broadcast_accounts drop column ??', ['tries']);
  },
};
