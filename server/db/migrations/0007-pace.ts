import type { Migration } from '../migration.js';

const ofStatuses = ['started_at', 'waiting_until', 'waiting_code', 'waiting_message', 'audience'];
const ofSessions = ['posting_pause', 'pace_settings', 'pace_counted_from'];

/** How fast a session posts, why what is queued waits, and whom a status was meant for. */
export const pace: Migration = {
  name: '0007-pace',

  async up(db) {
    await db.schema.alterTable('statuses', (t) => {
      t.bigInteger('started_at');
      t.bigInteger('waiting_until');
      t.text('waiting_code');
      t.text('waiting_message');
      t.text('audience');
      t.index(['session_id', 'started_at']);
    });
    await db.schema.alterTable('sessions', (t) => {
      t.text('posting_pause');
      t.text('pace_settings').notNullable().defaultTo('{}');
      t.bigInteger('pace_counted_from').notNullable().defaultTo(0);
    });
    // What was sent before counts towards the pace; when exactly it was begun is not known any more.
    await db('statuses')
      .whereNotNull('sent_at')
      .update({ started_at: db.ref('sent_at') });
  },

  async down(db) {
    await db.schema.alterTable('statuses', (t) => {
      t.dropIndex(['session_id', 'started_at']);
    });
    for (const column of ofStatuses) await db.raw('alter table statuses drop column ??', [column]);
    for (const column of ofSessions) await db.raw('alter table sessions drop column ??', [column]);
  },
};
