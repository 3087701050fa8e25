import type { Migration } from '../migration.js';

/** The names of businesses that WhatsApp confirms, beside those that people call themselves. */
export const verifiedNames: Migration = {
  name: '0042-verified-names',

  async up(db) {
    await db.schema.alterTable('people', (t) => {
      t.text('verified_name');
    });
  },

  async down(db) {
    await db.raw('alter table people drop column ??', ['verified_name']);
  },
};
