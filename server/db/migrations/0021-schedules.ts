import type { Migration } from '../migration.js';

/** Statuses that come again, and what became of each time. */
export const schedules: Migration = {
  name: '0021-schedules',

  async up(db) {
    await db.schema.createTable('schedules', (t) => {
      t.text('id').primary();
      t.text('organization_id').notNullable();
      t.text('session_id').notNullable().references('session_id').inTable('sessions').onDelete('cascade');
      t.text('name').notNullable();
      t.text('body').notNullable();
      t.text('rule').notNullable();
      t.text('starts_at').notNullable();
      t.text('time_zone').notNullable();
      t.integer('late_by_minutes').notNullable();
      t.text('state').notNullable();
      t.bigInteger('next_at');
      t.text('created_by').notNullable();
      t.bigInteger('created_at').notNullable();
      t.bigInteger('updated_at').notNullable();
      t.index(['state', 'next_at']);
      t.index(['session_id']);
    });
    await db.schema.createTable('schedule_occurrences', (t) => {
      t.text('schedule_id').notNullable().references('id').inTable('schedules').onDelete('cascade');
      t.bigInteger('occurrence_at').notNullable();
      t.text('outcome').notNullable();
      t.text('status_id');
      t.text('message');
      t.bigInteger('created_at').notNullable();
      // What makes it impossible that one time is posted twice, whoever tries.
      t.primary(['schedule_id', 'occurrence_at']);
    });
  },

  async down(db) {
    await db.schema.dropTable('schedule_occurrences');
    await db.schema.dropTable('schedules');
  },
};
