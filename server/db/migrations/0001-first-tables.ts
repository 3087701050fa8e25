import type { Knex } from 'knex';
import type { Migration } from '../migration.js';

/** Times are epoch milliseconds, flags are 0 or 1, JSON is text: the same on both engines. */
export const firstTables: Migration = {
  name: '0001-first-tables',

  async up(db) {
    await createAccess(db);
    await createWhatsAppAuth(db);
    await createStatuses(db);
    await createEvents(db);
    await db('organizations').insert({ id: 'default', name: 'Default', created_at: Date.now() });
  },

  async down(db) {
    for (const table of [
      'idempotency_keys',
      'settings',
      'events',
      'pending_receipts',
      'views',
      'status_recipients',
      'statuses',
      'people',
      'auth_keys',
      'auth_credentials',
      'api_keys',
      'sessions',
      'organizations',
    ]) {
      await db.schema.dropTableIfExists(table);
    }
  },
};

async function createAccess(db: Knex): Promise<void> {
  await db.schema.createTable('organizations', (t) => {
    t.text('id').primary();
    t.text('name').notNullable();
    t.bigInteger('created_at').notNullable();
  });

  await db.schema.createTable('sessions', (t) => {
    t.text('session_id').primary();
    belongsToOrganization(t);
    t.text('name').notNullable();
    t.text('auth_method').notNullable();
    t.text('phone_number');
    t.text('state').notNullable();
    t.text('desired_state').notNullable();
    t.text('push_name');
    t.text('jid');
    t.text('lid');
    t.integer('device_id');
    t.text('metadata').notNullable().defaultTo('{}');
    t.text('last_error');
    t.bigInteger('next_retry_at');
    t.text('created_by').notNullable();
    t.bigInteger('created_at').notNullable();
    t.bigInteger('updated_at').notNullable();
    t.bigInteger('last_connected_at');
    t.bigInteger('last_activity_at');
    t.text('node');
    t.index(['organization_id', 'created_at']);
  });

  await db.schema.createTable('api_keys', (t) => {
    t.text('id').primary();
    belongsToOrganization(t);
    t.text('session_id').references('session_id').inTable('sessions').onDelete('cascade');
    t.text('kind').notNullable();
    t.text('name').notNullable();
    t.text('hash').notNullable().unique();
    t.text('prefix').notNullable();
    t.text('capabilities').notNullable();
    t.bigInteger('created_at').notNullable();
    t.bigInteger('expires_at');
    t.bigInteger('revoked_at');
    t.bigInteger('last_used_at');
    t.index(['organization_id', 'created_at']);
    t.index(['session_id']);
  });
}

async function createWhatsAppAuth(db: Knex): Promise<void> {
  await db.schema.createTable('auth_credentials', (t) => {
    belongsToSession(t);
    t.primary(['session_id']);
    belongsToOrganization(t);
    t.text('value').notNullable();
    t.bigInteger('updated_at').notNullable();
  });

  await db.schema.createTable('auth_keys', (t) => {
    belongsToSession(t);
    t.text('kind').notNullable();
    t.text('id').notNullable();
    t.text('value').notNullable();
    t.primary(['session_id', 'kind', 'id']);
  });
}

async function createStatuses(db: Knex): Promise<void> {
  await db.schema.createTable('people', (t) => {
    t.text('id').primary();
    belongsToOrganization(t);
    belongsToSession(t);
    t.text('phone_number');
    t.text('lid');
    t.text('name');
    t.text('push_name');
    t.bigInteger('created_at').notNullable();
    t.bigInteger('updated_at').notNullable();
    t.unique(['session_id', 'phone_number']);
    t.unique(['session_id', 'lid']);
  });

  await db.schema.createTable('statuses', (t) => {
    t.text('id').primary();
    belongsToOrganization(t);
    belongsToSession(t);
    t.text('message_id').notNullable();
    t.text('type').notNullable();
    t.text('content').notNullable();
    t.text('caption');
    t.text('style').notNullable().defaultTo('{}');
    t.text('state').notNullable();
    t.text('error_code');
    t.text('error_message');
    for (const counter of ['targeted', 'included', 'delivered', 'viewed', 'reacted', 'replied']) {
      t.integer(counter).notNullable().defaultTo(0);
    }
    t.integer('attempts').notNullable().defaultTo(0);
    t.text('created_by').notNullable();
    t.bigInteger('created_at').notNullable();
    t.bigInteger('updated_at').notNullable();
    t.bigInteger('scheduled_at');
    t.bigInteger('sent_at');
    t.bigInteger('expires_at');
    t.integer('version').notNullable().defaultTo(1);
    t.unique(['session_id', 'message_id']);
    t.index(['session_id', 'created_at', 'id']);
    t.index(['organization_id', 'created_at', 'id']);
    t.index(['state', 'scheduled_at']);
  });

  await db.schema.createTable('status_recipients', (t) => {
    belongsToStatus(t);
    belongsToPerson(t);
    belongsToOrganization(t);
    t.text('outcome').notNullable();
    t.integer('position').notNullable();
    t.primary(['status_id', 'person_id']);
    t.index(['person_id']);
  });

  await db.schema.createTable('views', (t) => {
    belongsToStatus(t);
    belongsToPerson(t);
    belongsToOrganization(t);
    t.bigInteger('delivered_at');
    t.bigInteger('viewed_at');
    t.bigInteger('played_at');
    t.text('reaction');
    t.bigInteger('replied_at');
    // When we learned of it, unlike the times above, which WhatsApp names: lists are paged by these, because they never change.
    t.bigInteger('recorded_at').notNullable();
    t.bigInteger('view_recorded_at');
    t.primary(['status_id', 'person_id']);
    t.index(['person_id']);
  });

  await db.schema.createTable('pending_receipts', (t) => {
    t.text('id').primary();
    belongsToOrganization(t);
    belongsToSession(t);
    t.text('message_id').notNullable();
    t.text('phone_number');
    t.text('lid');
    t.text('kind').notNullable();
    t.bigInteger('at').notNullable();
    t.bigInteger('created_at').notNullable();
    t.index(['session_id', 'message_id']);
    t.index(['created_at']);
  });
}

async function createEvents(db: Knex): Promise<void> {
  // No foreign keys: that a session was deleted is told after the session is gone.
  await db.schema.createTable('events', (t) => {
    t.bigIncrements('seq');
    t.text('id').notNullable().unique();
    t.text('organization_id').notNullable();
    t.text('session_id').notNullable();
    t.text('name').notNullable();
    t.text('payload').notNullable();
    t.bigInteger('created_at').notNullable();
    t.index(['organization_id', 'seq']);
    t.index(['created_at']);
  });

  await db.schema.createTable('settings', (t) => {
    t.text('key').primary();
    t.text('value').notNullable();
  });

  await db.schema.createTable('idempotency_keys', (t) => {
    t.text('scope').notNullable();
    t.text('key').notNullable();
    t.text('body_hash').notNullable();
    t.text('response_body');
    t.bigInteger('created_at').notNullable();
    t.primary(['scope', 'key']);
    t.index(['created_at']);
  });
}

function belongsToOrganization(t: Knex.CreateTableBuilder): void {
  t.text('organization_id').notNullable().references('id').inTable('organizations');
}

function belongsToSession(t: Knex.CreateTableBuilder): void {
  t.text('session_id').notNullable().references('session_id').inTable('sessions').onDelete('cascade');
}

function belongsToStatus(t: Knex.CreateTableBuilder): void {
  t.text('status_id').notNullable().references('id').inTable('statuses').onDelete('cascade');
}

function belongsToPerson(t: Knex.CreateTableBuilder): void {
  t.text('person_id').notNullable().references('id').inTable('people').onDelete('cascade');
}
