import type { Migration } from '../migration.js';

/**
 * That people were erased, without saying who: `subject`, by which the rest is found, goes with the last of it. Of statuses whose
 * people are forgotten the counts stay: what is counted anew adds those whose rows are gone.
 */
export const forgetting: Migration = {
  name: '0057-forgetting',

  async up(db) {
    await db.schema.createTable('erasures', (t) => {
      t.text('id').primary();
      t.text('organization_id').notNullable().references('id').inTable('organizations').onDelete('CASCADE');
      t.text('subject');
      t.text('went').notNullable();
      t.integer('opted_out').notNullable();
      t.text('requested_by').notNullable();
      t.bigInteger('requested_at').notNullable();
      t.bigInteger('finished_at');
      t.index(['organization_id', 'id']);
    });
    await db.raw('create index erasures_unfinished_index on erasures (id) where finished_at is null');
    await db.schema.alterTable('statuses', (t) => {
      t.integer('gone_included').notNullable().defaultTo(0);
      t.integer('gone_left_out').notNullable().defaultTo(0);
      t.bigInteger('people_forgotten_at');
      t.integer('has_people').notNullable().defaultTo(1);
    });
    await db.raw(
      'create index statuses_people_index on statuses (coalesce(sent_at, scheduled_at, created_at), id) where has_people = 1',
    );
  },

  async down(db) {
    await db.raw('drop index statuses_people_index');
    await db.raw('alter table statuses drop column has_people');
    await db.raw('alter table statuses drop column people_forgotten_at');
    await db.raw('alter table statuses drop column gone_left_out');
    await db.raw('alter table statuses drop column gone_included');
    await db.schema.dropTable('erasures');
  },
};
