import type { Migration } from '../migration.js';

/** Further facts of the people on lists, as JSON; and people are found by number on whichever list they are. */
export const memberFields: Migration = {
  name: '0037-member-fields',

  async up(db) {
    await db.schema.alterTable('audience_members', (t) => {
      t.text('fields');
      t.index(['organization_id', 'phone_number'], 'audience_members_number');
    });
  },

  async down(db) {
    await db.schema.alterTable('audience_members', (t) => {
      t.dropIndex(['organization_id', 'phone_number'], 'audience_members_number');
    });
    await db.raw('alter table audience_members drop column ??', ['fields']);
  },
};
