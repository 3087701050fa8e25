import type { Migration } from '../migration.js';

/** Posts that are being written. */
export const drafts: Migration = {
  name: '0026-drafts',

  async up(db) {
    await db.schema.createTable('drafts', (t) => {
      t.text('id').primary();
      t.text('organization_id').notNullable().references('id').inTable('organizations').onDelete('cascade');
      t.text('name');
      t.text('body').notNullable();
      // What a search looks at: the name and the texts, in lower case.
      t.text('search_text').notNullable();
      t.text('created_by').notNullable();
      t.bigInteger('created_at').notNullable();
      t.bigInteger('updated_at').notNullable();
      t.index(['organization_id', 'updated_at']);
    });
  },

  async down(db) {
    await db.schema.dropTable('drafts');
  },
};
