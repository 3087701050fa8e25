import type { Migration } from '../migration.js';

/**
 * Which process may open the socket of a session, and until when. A row stays when it is given back, so that its token
 * grows as long as the session lives.
 */
export const sessionLeases: Migration = {
  name: '0006-session-leases',

  async up(db) {
    await db.schema.createTable('session_leases', (t) => {
      t.text('session_id').primary().references('session_id').inTable('sessions').onDelete('cascade');
      t.text('organization_id').notNullable().references('id').inTable('organizations');
      t.text('holder');
      t.text('node');
      t.text('machine');
      t.integer('pid');
      t.bigInteger('token').notNullable();
      t.bigInteger('expires_at').notNullable();
      t.index(['holder']);
    });
    // Whoever ran them has to claim them anew.
    await db('sessions').update({ node: null });
  },

  async down(db) {
    await db.schema.dropTable('session_leases');
  },
};
