import { engineOf } from '../dialect.js';
import type { Migration } from '../migration.js';

/**
 * Who viewed when, and the people of an account in order, are read in the index alone: previews and segments of large accounts
 * went to millions of rows one by one. An index that was there twice goes. On SQLite a search in a list finds names and numbers
 * in one index, too; PostgreSQL reads the table itself as fast.
 */
export const growthIndexes: Migration = {
  name: '0048-growth-indexes',

  async up(db) {
    await db.schema.alterTable('views', (t) => {
      t.index(['person_id', 'viewed_at'], 'views_person_viewed_index');
      t.dropIndex(['person_id']);
    });
    await db.schema.alterTable('people', (t) => {
      t.index(['session_id', 'id'], 'people_session_index');
    });
    await db.schema.alterTable('statuses', (t) => {
      t.dropIndex([], 'statuses_due_index');
    });
    if (engineOf(db) === 'postgres') return;
    await db.schema.alterTable('audience_members', (t) => {
      t.index(['audience_id', 'phone_number', 'name'], 'audience_members_search_index');
    });
  },

  async down(db) {
    await db.schema.alterTable('views', (t) => {
      t.index(['person_id']);
      t.dropIndex([], 'views_person_viewed_index');
    });
    await db.schema.alterTable('people', (t) => {
      t.dropIndex([], 'people_session_index');
    });
    await db.schema.alterTable('statuses', (t) => {
      t.index(['state', 'scheduled_at'], 'statuses_due_index');
    });
    if (engineOf(db) === 'postgres') return;
    await db.schema.alterTable('audience_members', (t) => {
      t.dropIndex([], 'audience_members_search_index');
    });
  },
};
