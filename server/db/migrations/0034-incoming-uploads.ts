import type { Migration } from '../migration.js';

/** Files on their way in: what room is reserved for them, and how far those are that can be resumed. */
export const incomingUploads: Migration = {
  name: '0034-incoming-uploads',

  async up(db) {
    await db.schema.createTable('incoming_uploads', (t) => {
      t.text('id').primary();
      t.text('organization_id').notNullable().references('id').inTable('organizations').onDelete('cascade');
      t.text('session_id');
      t.text('principal_id').notNullable();
      t.text('created_by').notNullable();
      // The process that receives or prepares it.
      t.text('node').notNullable();
      t.text('kind').notNullable();
      t.smallint('is_resumable').notNullable();
      t.text('state').notNullable();
      // What it will have, or what is reserved so far where nobody knows.
      t.bigInteger('bytes').notNullable();
      t.bigInteger('received_bytes').notNullable();
      // Of those that can be resumed: what the caller said of the file, as JSON.
      t.text('details');
      t.integer('attempts').notNullable();
      t.text('filename');
      t.text('error_code');
      t.text('error');
      t.bigInteger('created_at').notNullable();
      t.bigInteger('expires_at').notNullable();
      t.index(['organization_id', 'principal_id']);
      t.index(['expires_at']);
    });
    await db.schema.alterTable('uploads', (t) => {
      // Files from before count without their thumbnail, a hundredth of them.
      t.bigInteger('thumbnail_bytes').notNullable().defaultTo(0);
      t.index(['organization_id', 'bytes', 'thumbnail_bytes']);
    });
  },

  async down(db) {
    await db.schema.alterTable('uploads', (t) => {
      t.dropIndex(['organization_id', 'bytes', 'thumbnail_bytes']);
      t.dropColumn('thumbnail_bytes');
    });
    await db.schema.dropTable('incoming_uploads');
  },
};
