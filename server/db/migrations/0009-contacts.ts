import type { Knex } from 'knex';
import { byteOrdered } from '../dialect.js';
import type { Migration } from '../migration.js';

/**
 * The address book of each account. Who the people are stays in `people`, with their names; here is how this account
 * knows them. No text of any message is kept.
 */
export const contacts: Migration = {
  name: '0009-contacts',

  async up(db) {
    await db.schema.createTable('contacts', (t) => {
      t.text('person_id').primary().references('id').inTable('people').onDelete('cascade');
      belongsToSession(t);
      t.smallint('is_saved').notNullable();
      t.smallint('in_chat').notNullable();
      // Made from the names: what lists are sorted by, and what a search looks at.
      t.specificType('sort_name', byteOrdered(db)).notNullable();
      t.text('search_text').notNullable();
      // When the phone last told that the contact is saved.
      t.bigInteger('saved_at');
      t.bigInteger('updated_at').notNullable();
      t.index(['session_id', 'is_saved', 'sort_name', 'person_id']);
      t.index(['session_id', 'sort_name', 'person_id']);
    });

    await db.schema.createTable('chats', (t) => {
      belongsToSession(t);
      // A person's id, or the JID of a group.
      t.text('chat_key').notNullable();
      t.text('person_id').references('id').inTable('people').onDelete('cascade');
      t.text('name');
      t.integer('unread_count').notNullable();
      t.bigInteger('last_message_at').notNullable();
      t.primary(['session_id', 'chat_key']);
      t.index(['session_id', 'last_message_at', 'chat_key']);
      t.index(['person_id']);
    });

    await db.schema.createTable('address_books', (t) => {
      belongsToSession(t);
      t.primary(['session_id']);
      // The linked number, so that another account's contacts never mix with these.
      t.text('phone_number');
      t.bigInteger('sync_started_at');
      // Every saved contact was told by then; null until that has happened since the device was linked.
      t.bigInteger('synced_at');
      t.bigInteger('changed_at');
      t.text('story_privacy_mode');
      t.bigInteger('story_privacy_at');
      t.smallint('read_receipts');
      t.bigInteger('read_receipts_at');
    });

    await db.schema.createTable('story_privacy_people', (t) => {
      belongsToSession(t);
      t.text('person_id').notNullable().references('id').inTable('people').onDelete('cascade');
      t.primary(['session_id', 'person_id']);
      t.index(['person_id']);
    });
  },

  async down(db) {
    for (const table of ['story_privacy_people', 'address_books', 'chats', 'contacts']) {
      await db.schema.dropTable(table);
    }
  },
};

function belongsToSession(t: Knex.CreateTableBuilder): void {
  t.text('session_id').notNullable().references('session_id').inTable('sessions').onDelete('cascade');
  t.text('organization_id').notNullable().references('id').inTable('organizations');
}
