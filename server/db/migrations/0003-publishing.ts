import type { Migration } from '../migration.js';

/** What the publisher remembers: recipients' devices, messages that may be asked for again, and how far a post has come. */
export const publishing: Migration = {
  name: '0003-publishing',

  async up(db) {
    await db.schema.createTable('recipient_devices', (t) => {
      t.text('session_id').notNullable().references('session_id').inTable('sessions').onDelete('cascade');
      t.text('server').notNullable();
      t.text('user_id').notNullable();
      t.text('device_ids');
      t.bigInteger('listed_at').notNullable();
      t.bigInteger('key_id');
      t.text('key_holders').notNullable();
      t.text('refused').notNullable();
      t.bigInteger('refused_until').notNullable();
      t.primary(['session_id', 'server', 'user_id']);
    });
    await db.schema.createTable('sent_messages', (t) => {
      t.text('session_id').notNullable().references('session_id').inTable('sessions').onDelete('cascade');
      t.text('message_id').notNullable();
      t.text('value').notNullable();
      t.bigInteger('expires_at').notNullable();
      t.primary(['session_id', 'message_id']);
      t.index(['expires_at']);
    });
    await db.schema.alterTable('status_recipients', (t) => {
      t.bigInteger('sent_at');
    });
    await db.schema.alterTable('statuses', (t) => {
      t.integer('retries').notNullable().defaultTo(0);
    });
  },

  async down(db) {
    await db.schema.alterTable('statuses', (t) => {
      t.dropColumn('retries');
    });
    await db.schema.alterTable('status_recipients', (t) => {
      t.dropColumn('sent_at');
    });
    await db.schema.dropTable('sent_messages');
    await db.schema.dropTable('recipient_devices');
  },
};
