import type { Migration } from '../migration.js';

/** Who is signed in to the dashboard, in which browser, until when. */
export const signIns: Migration = {
  name: '0040-sign-ins',

  async up(db) {
    await db.schema.createTable('sign_ins', (t) => {
      t.text('id').primary();
      // Of the token in the cookie, which is stored nowhere else.
      t.text('hash').notNullable().unique();
      // The principal whose sign-ins count together.
      t.text('owner').notNullable();
      t.text('key_id').references('id').inTable('api_keys').onDelete('cascade');
      t.text('organization_id').references('id').inTable('organizations').onDelete('cascade');
      // Of people who came with a login token: who they are, as JSON.
      t.text('person');
      t.bigInteger('created_at').notNullable();
      t.bigInteger('expires_at').notNullable();
      t.bigInteger('idle_ms').notNullable();
      t.bigInteger('idle_until').notNullable();
      t.index(['owner', 'created_at']);
      t.index(['expires_at']);
      t.index(['idle_until']);
      t.index(['key_id']);
      t.index(['organization_id']);
    });
  },

  async down(db) {
    await db.schema.dropTable('sign_ins');
  },
};
