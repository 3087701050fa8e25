import type { Migration } from '../migration.js';

const ofStatuses = [
  'delete_requested_at',
  'revoke_id',
  'revoke_attempts',
  'deletion_error_code',
  'deletion_error_message',
  'left_out',
];

/** Statuses that are taken back: work of the queue until WhatsApp has it. And how many of an audience were left out. */
export const takingBack: Migration = {
  name: '0015-taking-back',

  async up(db) {
    await db.schema.alterTable('statuses', (t) => {
      t.bigInteger('delete_requested_at');
      t.text('revoke_id');
      t.integer('revoke_attempts').notNullable().defaultTo(0);
      t.text('deletion_error_code');
      t.text('deletion_error_message');
      t.integer('left_out').notNullable().defaultTo(0);
      t.index(['delete_requested_at']);
    });
    await db.schema.alterTable('status_recipients', (t) => {
      t.bigInteger('revoked_at');
    });
    await db.raw(
      `update statuses set left_out = (select count(*) from status_recipients r
       where r.status_id = statuses.id and r.outcome not in ('included', 'pending'))`,
    );
  },

  async down(db) {
    await db.schema.alterTable('statuses', (t) => {
      t.dropIndex(['delete_requested_at']);
    });
    for (const column of ofStatuses) await db.raw('alter table statuses drop column ??', [column]);
    await db.raw('alter table status_recipients drop column revoked_at');
  },
};
