import type { Migration } from '../migration.js';

/** What is answered to a reply, from here or on the phone. Whom it is for, its reply says. */
export const answers: Migration = {
  name: '0054-answers',

  async up(db) {
    await db.schema.createTable('answers', (t) => {
      t.text('id').primary();
      t.text('organization_id').notNullable().references('id').inTable('organizations');
      t.text('session_id').notNullable().references('session_id').inTable('sessions').onDelete('cascade');
      t.text('reply_id').notNullable().references('id').inTable('replies').onDelete('cascade');
      t.text('message_id').notNullable();
      t.text('origin').notNullable();
      t.text('state').notNullable();
      t.text('type').notNullable();
      t.text('text');
      t.text('media');
      t.text('created_by');
      t.bigInteger('created_at').notNullable();
      t.integer('attempts').notNullable().defaultTo(0);
      t.bigInteger('sent_at');
      t.bigInteger('delivered_at');
      t.bigInteger('read_at');
      t.text('error_code');
      t.text('error_message');
      t.unique(['session_id', 'message_id']);
      t.index(['reply_id', 'id']);
      t.index(['organization_id']);
    });
    // The few that have not left, which are looked for every second.
    await db.raw("create index answers_open_index on answers (session_id, id) where state in ('queued', 'sending')");
  },

  async down(db) {
    await db.schema.dropTable('answers');
  },
};
