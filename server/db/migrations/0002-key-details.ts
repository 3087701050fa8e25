import type { Migration } from '../migration.js';

/** Who made a key, and how many requests it may make where it has a limit of its own. */
export const keyDetails: Migration = {
  name: '0002-key-details',

  async up(db) {
    await db.schema.alterTable('api_keys', (t) => {
      t.text('created_by').notNullable().defaultTo('root');
      t.integer('rate_limit_max');
    });
    // Until now keys were made with their session only.
    await db.raw(
      `update api_keys set created_by = (select s.created_by from sessions s where s.session_id = api_keys.session_id)
       where session_id is not null`,
    );
  },

  async down(db) {
    await db.raw('alter table api_keys drop column created_by');
    await db.raw('alter table api_keys drop column rate_limit_max');
  },
};
