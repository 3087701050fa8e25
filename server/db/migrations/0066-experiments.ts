import type { Migration } from '../migration.js';

/** Which versions of one post are compared: two statuses for two halves of an audience. */
export const experiments: Migration = {
  name: '0066-experiments',

  async up(db) {
    await db.schema.alterTable('statuses', (t) => {
      t.text('experiment_id');
      t.text('experiment_version');
    });
    // Of the few that are part of one.
    await db.raw(
      'create index statuses_experiment_index on statuses (session_id, experiment_id) where experiment_id is not null',
    );
  },

  async down(db) {
    await db.raw('drop index statuses_experiment_index');
    await db.schema.alterTable('statuses', (t) => {
      t.dropColumns('experiment_id', 'experiment_version');
    });
  },
};
