import type { Migration } from '../migration.js';

/** Where the health check writes something and takes it back. Of no organization, and always empty. */
export const databaseChecks: Migration = {
  name: '0047-database-checks',
  async up(db) {
    await db.schema.createTable('database_checks', (table) => {
      table.text('id').primary();
      table.text('payload').notNullable();
    });
  },
  async down(db) {
    await db.schema.dropTable('database_checks');
  },
};
