import type { Migration } from '../migration.js';

/**
 * Messages that answer statuses. One whose status is not known (yet) has no `status_id` and is in no list. `file_source` says how
 * its file is fetched, with its key, and is emptied when that is done or given up.
 */
export const replies: Migration = {
  name: '0053-replies',

  async up(db) {
    await db.schema.createTable('replies', (t) => {
      t.text('id').primary();
      t.text('organization_id').notNullable().references('id').inTable('organizations');
      t.text('session_id').notNullable().references('session_id').inTable('sessions').onDelete('cascade');
      t.text('status_id').references('id').inTable('statuses').onDelete('cascade');
      t.text('status_message_id').notNullable();
      t.text('person_id').notNullable().references('id').inTable('people').onDelete('cascade');
      t.text('message_id').notNullable();
      t.text('kind').notNullable();
      t.text('text');
      t.text('search_text').notNullable().defaultTo('');
      t.text('file_state');
      t.text('file_reason');
      t.text('file_source');
      t.text('file_name');
      t.text('mime_type');
      t.bigInteger('bytes');
      t.bigInteger('width');
      t.bigInteger('height');
      t.bigInteger('duration_ms');
      t.integer('file_tries').notNullable().defaultTo(0);
      t.bigInteger('file_due_at');
      t.bigInteger('sent_at').notNullable();
      t.bigInteger('received_at').notNullable();
      t.bigInteger('read_at');
      t.bigInteger('edited_at');
      t.bigInteger('taken_back_at');
      t.text('opt_out');
      t.unique(['session_id', 'message_id']);
      t.index(['session_id', 'id']);
      t.index(['organization_id', 'id']);
      t.index(['status_id', 'id']);
      t.index(['person_id']);
      t.index(['session_id', 'status_message_id']);
    });
    // Few rows at a time, which are looked for again and again.
    await db.raw(
      'create index replies_unread_index on replies (session_id, received_at) where read_at is null and status_id is not null',
    );
    await db.raw('create index replies_due_index on replies (session_id, file_due_at) where file_due_at is not null');
    await db.raw('create index replies_unknown_index on replies (received_at) where status_id is null');
    await db.schema.createTable('opt_out_rules', (t) => {
      t.text('organization_id').primary().references('id').inTable('organizations').onDelete('cascade');
      t.integer('is_on').notNullable();
      t.text('words').notNullable();
      t.bigInteger('updated_at').notNullable();
    });
  },

  async down(db) {
    await db.schema.dropTable('opt_out_rules');
    await db.schema.dropTable('replies');
  },
};
