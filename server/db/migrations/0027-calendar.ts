import type { Migration } from '../migration.js';

/** Finds what was posted and what is planned by its time. */
export const calendar: Migration = {
  name: '0027-calendar',

  async up(db) {
    await db.raw(
      'create index statuses_calendar_index on statuses ((coalesce(sent_at, scheduled_at, created_at)), id)',
    );
    await db.schema.alterTable('schedule_occurrences', (t) => {
      t.index(['occurrence_at'], 'schedule_occurrences_time_index');
    });
  },

  async down(db) {
    await db.schema.alterTable('schedule_occurrences', (t) => {
      t.dropIndex([], 'schedule_occurrences_time_index');
    });
    await db.raw('drop index statuses_calendar_index');
  },
};
