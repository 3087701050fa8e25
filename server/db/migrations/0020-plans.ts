import type { Migration } from '../migration.js';

const ofStatuses = ['time_zone', 'late_by_minutes', 'chosen_audience', 'schedule_id', 'broadcast_id', 'series_id'];

/** When a status is meant to go out, what it is a part of, and the hours of the week in which an account likes to post. */
export const plans: Migration = {
  name: '0020-plans',

  async up(db) {
    await db.schema.alterTable('statuses', (t) => {
      t.text('time_zone');
      t.integer('late_by_minutes');
      // JSON, for audiences that are looked up anew when it is time.
      t.text('chosen_audience');
      t.text('schedule_id');
      t.text('broadcast_id');
      t.text('series_id');
      t.integer('series_position');
      t.index(['state', 'scheduled_at'], 'statuses_due_index');
      t.index(['broadcast_id'], 'statuses_broadcast_index');
      t.index(['series_id'], 'statuses_series_index');
    });
    await db.schema.createTable('posting_slots', (t) => {
      t.text('session_id').primary().references('session_id').inTable('sessions').onDelete('cascade');
      t.text('organization_id').notNullable();
      t.text('time_zone').notNullable();
      t.text('slots').notNullable();
      t.bigInteger('updated_at').notNullable();
    });
  },

  async down(db) {
    await db.schema.dropTable('posting_slots');
    await db.schema.alterTable('statuses', (t) => {
      for (const name of ['due', 'broadcast', 'series']) t.dropIndex([], `statuses_${name}_index`);
    });
    for (const column of [...ofStatuses, 'series_position']) {
      await db.raw('alter table statuses drop column ??', [column]);
    }
  },
};
