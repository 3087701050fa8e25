import type { Migration } from '../migration.js';

/** Uploaded files and what needs them. The files themselves are in UPLOADS_DIR, under the same names. */
export const uploads: Migration = {
  name: '0018-uploads',

  async up(db) {
    await db.schema.createTable('uploads', (t) => {
      t.text('filename').primary();
      t.text('organization_id').notNullable().references('id').inTable('organizations');
      // No reference: its files have to be deleted first.
      t.text('session_id');
      t.text('kind').notNullable();
      t.text('name').notNullable();
      // What a search looks at: the name and the tags, in lower case.
      t.text('search_text').notNullable();
      t.text('tags').notNullable();
      t.text('mime_type').notNullable();
      t.bigInteger('bytes').notNullable();
      t.integer('width');
      t.integer('height');
      t.integer('duration_ms');
      t.text('thumbnail').unique();
      t.text('preview');
      t.text('waveform');
      t.text('background_color');
      t.smallint('is_animation').notNullable();
      t.text('note');
      t.text('part_of').references('filename').inTable('uploads').onDelete('cascade');
      t.integer('part');
      t.text('created_by').notNullable();
      t.bigInteger('created_at').notNullable();
      t.index(['organization_id', 'filename']);
      t.index(['session_id']);
      t.index(['part_of']);
    });
    await db.schema.createTable('upload_uses', (t) => {
      t.text('filename').notNullable().references('filename').inTable('uploads').onDelete('cascade');
      t.text('kind').notNullable();
      t.text('used_by').notNullable();
      t.text('organization_id').notNullable();
      t.text('session_id').references('session_id').inTable('sessions').onDelete('cascade');
      t.bigInteger('created_at').notNullable();
      t.primary(['filename', 'kind', 'used_by']);
      t.index(['session_id']);
      t.index(['kind', 'used_by']);
    });
  },

  async down(db) {
    await db.schema.dropTable('upload_uses');
    await db.schema.dropTable('uploads');
  },
};
