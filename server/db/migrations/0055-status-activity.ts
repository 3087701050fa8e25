import { engineOf } from '../dialect.js';
import type { Migration } from '../migration.js';

/**
 * What people did with each status, summed by the quarter of an hour (docs/decisions/0012). The sums of what was stored before
 * are made by the server while it runs, status by status: `activity_backlog` says which are left. Counting millions of views here
 * would keep everybody waiting.
 */
export const statusActivity: Migration = {
  name: '0055-status-activity',

  async up(db) {
    // Whoever asks, asks for a time of an account: on SQLite the rows themselves lie in that order.
    const inOrder = engineOf(db) === 'sqlite' ? 'without rowid' : '';
    await db.raw(`create table status_activity (
      session_id text not null references sessions (session_id) on delete cascade,
      quarter bigint not null,
      status_id text not null references statuses (id) on delete cascade,
      organization_id text not null references organizations (id),
      delivered integer not null default 0,
      viewed integer not null default 0,
      reacted integer not null default 0,
      replied integer not null default 0,
      primary key (session_id, quarter, status_id)
    ) ${inOrder}`);
    await db.schema.createTable('activity_backlog', (t) => {
      t.text('status_id').primary().references('id').inTable('statuses').onDelete('cascade');
      t.text('session_id').notNullable().references('session_id').inTable('sessions').onDelete('cascade');
      t.text('organization_id').notNullable().references('id').inTable('organizations');
      t.index(['session_id']);
    });
    await db.schema.alterTable('status_activity', (t) => {
      t.index(['status_id']);
    });
    await db.schema.alterTable('statuses', (t) => {
      t.index(['session_id', 'sent_at']);
    });
    await db.raw(`insert into activity_backlog (status_id, session_id, organization_id)
      select id, session_id, organization_id from statuses where delivered > 0 or viewed > 0`);
  },

  async down(db) {
    await db.schema.alterTable('statuses', (t) => {
      t.dropIndex(['session_id', 'sent_at']);
    });
    await db.schema.dropTable('activity_backlog');
    await db.schema.dropTable('status_activity');
  },
};
