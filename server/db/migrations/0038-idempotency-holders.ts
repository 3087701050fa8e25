import type { Migration } from '../migration.js';

/** Which process answers the first request with a key; null where it is not known. */
export const idempotencyHolders: Migration = {
  name: '0038-idempotency-holders',

  async up(db) {
    await db.schema.alterTable('idempotency_keys', (t) => {
      t.text('holder');
      t.text('machine');
      t.integer('pid');
    });
  },

  async down(db) {
    for (const column of ['holder', 'machine', 'pid']) {
      await db.raw('alter table idempotency_keys drop column ??', [column]);
    }
  },
};
