import type { Knex } from 'knex';
import { engineOf } from '../dialect.js';
import type { Migration } from '../migration.js';

/**
 * A search looks at every contact of an account. SQLite finds all that it needs in this one index, in one piece, instead
 * of going to 50,000 rows one by one; it also serves the list by name. PostgreSQL reads the table itself as fast.
 */
export const contactSearch: Migration = {
  name: '0011-contact-search',

  async up(db) {
    if (engineOf(db) === 'postgres') return;
    await db.schema.alterTable('contacts', (t) => {
      t.dropIndex(listed);
      t.index([...listed, 'is_saved', 'search_text'], wideIndex);
    });
  },

  async down(db) {
    if (engineOf(db) === 'postgres') return;
    await db.schema.alterTable('contacts', (t: Knex.AlterTableBuilder) => {
      t.dropIndex([], wideIndex);
      t.index(listed);
    });
  },
};

const listed = ['session_id', 'sort_name', 'person_id'];
const wideIndex = 'contacts_search_index';
