import type { Migration } from '../migration.js';

/** In which form of address WhatsApp takes an account's posts, where it refused the usual one. */
export const accountForms: Migration = {
  name: '0032-account-forms',

  async up(db) {
    await db.schema.createTable('account_forms', (t) => {
      t.text('session_id').primary().references('session_id').inTable('sessions').onDelete('cascade');
      t.text('form').notNullable();
      t.bigInteger('learned_at').notNullable();
    });
  },

  async down(db) {
    await db.schema.dropTable('account_forms');
  },
};
