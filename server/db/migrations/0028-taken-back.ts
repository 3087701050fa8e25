import type { Migration } from '../migration.js';

/** From how many people a status was taken back so far; before, the dates of the recipients told it one by one. */
export const takenBack: Migration = {
  name: '0028-taken-back',

  async up(db) {
    await db.schema.alterTable('statuses', (t) => {
      t.integer('taken_back').notNullable().defaultTo(0);
    });
    await db.raw(
      `update statuses set taken_back =
         (select count(*) from status_recipients r where r.status_id = statuses.id and r.revoked_at is not null)
       where delete_requested_at is not null`,
    );
  },

  async down(db) {
    await db.raw('alter table statuses drop column ??', ['taken_back']);
  },
};
