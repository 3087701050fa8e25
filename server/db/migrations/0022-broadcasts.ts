import type { Migration } from '../migration.js';

/** One post on many accounts, with what became of each; and saved posts to start from. */
export const broadcasts: Migration = {
  name: '0022-broadcasts',

  async up(db) {
    await db.schema.createTable('broadcasts', (t) => {
      t.text('id').primary();
      t.text('organization_id').notNullable().references('id').inTable('organizations').onDelete('cascade');
      t.text('body').notNullable();
      t.bigInteger('starts_at').notNullable();
      t.integer('stagger_seconds').notNullable();
      t.bigInteger('canceled_at');
      t.text('created_by').notNullable();
      t.bigInteger('created_at').notNullable();
      t.index(['organization_id']);
    });
    await db.schema.createTable('broadcast_accounts', (t) => {
      t.text('broadcast_id').notNullable().references('id').inTable('broadcasts').onDelete('cascade');
      t.text('session_id').notNullable();
      t.integer('position').notNullable();
      t.text('state').notNullable();
      t.text('status_id');
      t.text('error_code');
      t.text('error_message');
      t.primary(['broadcast_id', 'session_id']);
      t.index(['state']);
    });
    await db.schema.createTable('templates', (t) => {
      t.text('id').primary();
      t.text('organization_id').notNullable().references('id').inTable('organizations').onDelete('cascade');
      t.text('name').notNullable();
      t.text('body').notNullable();
      t.text('created_by').notNullable();
      t.bigInteger('created_at').notNullable();
      t.bigInteger('updated_at').notNullable();
      t.unique(['organization_id', 'name']);
    });
  },

  async down(db) {
    for (const table of ['templates', 'broadcast_accounts', 'broadcasts']) await db.schema.dropTable(table);
  },
};
