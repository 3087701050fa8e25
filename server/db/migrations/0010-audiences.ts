import type { Migration } from '../migration.js';

/** Named lists of people, tags, and people who do not want to be posted to. Lists belong to the organization: phone numbers say who. */
export const audiences: Migration = {
  name: '0010-audiences',

  async up(db) {
    await db.schema.createTable('audiences', (t) => {
      t.text('id').primary();
      t.text('organization_id').notNullable().references('id').inTable('organizations').onDelete('cascade');
      t.text('name').notNullable();
      t.text('created_by').notNullable();
      t.bigInteger('created_at').notNullable();
      t.bigInteger('updated_at').notNullable();
      t.unique(['organization_id', 'name']);
    });
    await db.schema.createTable('audience_members', (t) => {
      t.text('audience_id').notNullable().references('id').inTable('audiences').onDelete('cascade');
      t.text('phone_number').notNullable();
      t.text('organization_id').notNullable();
      t.text('name');
      t.bigInteger('added_at').notNullable();
      t.primary(['audience_id', 'phone_number']);
    });
    await db.schema.createTable('person_tags', (t) => {
      t.text('organization_id').notNullable().references('id').inTable('organizations').onDelete('cascade');
      t.text('tag').notNullable();
      t.text('phone_number').notNullable();
      t.primary(['organization_id', 'tag', 'phone_number']);
      t.index(['organization_id', 'phone_number']);
    });
    await db.schema.createTable('opt_outs', (t) => {
      t.text('organization_id').notNullable().references('id').inTable('organizations').onDelete('cascade');
      // Empty: of every session of the organization. Not null, because a key cannot hold nulls.
      t.text('session_id').notNullable();
      t.text('phone_number').notNullable();
      t.bigInteger('created_at').notNullable();
      t.primary(['organization_id', 'session_id', 'phone_number']);
    });
  },

  async down(db) {
    for (const table of ['opt_outs', 'person_tags', 'audience_members', 'audiences']) await db.schema.dropTable(table);
  },
};
