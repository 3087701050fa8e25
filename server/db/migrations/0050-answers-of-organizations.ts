import type { Migration } from '../migration.js';

/** Whose answers are kept for repeats, so that they are counted; null for those that were kept before. */
export const answersOfOrganizations: Migration = {
  name: '0050-answers-of-organizations',

  async up(db) {
    await db.schema.alterTable('idempotency_keys', (t) => {
      t.text('organization_id');
      t.index(['organization_id']);
    });
  },

  async down(db) {
    await db.schema.alterTable('idempotency_keys', (t) => {
      t.dropIndex(['organization_id']);
    });
    await db.raw('alter table idempotency_keys drop column organization_id');
  },
};
