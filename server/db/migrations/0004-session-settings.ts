import type { Migration } from '../migration.js';

const columns = ['webhook', 'auto_read', 'presence_typing', 'rate_per_min', 'rate_per_hour', 'platform'];

/** How a session behaves when it posts and answers, and the system of the account's phone. */
export const sessionSettings: Migration = {
  name: '0004-session-settings',

  async up(db) {
    await db.schema.alterTable('sessions', (t) => {
      t.text('webhook');
      t.integer('auto_read').notNullable().defaultTo(0);
      t.integer('presence_typing').notNullable().defaultTo(0);
      t.integer('rate_per_min');
      t.integer('rate_per_hour');
      t.text('platform');
    });
  },

  async down(db) {
    for (const column of columns) await db.raw('alter table sessions drop column ??', [column]);
  },
};
