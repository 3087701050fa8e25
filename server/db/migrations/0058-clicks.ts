import { engineOf } from '../dialect.js';
import type { Migration } from '../migration.js';

/** Short addresses of links in posts, and how often they were opened. Nothing here says who did, but for the marks of a day. */
export const clicks: Migration = {
  name: '0058-clicks',

  async up(db) {
    await db.schema.alterTable('statuses', (t) => {
      t.text('links');
      t.integer('clicked').notNullable().defaultTo(0);
    });

    await db.schema.createTable('tracked_links', (t) => {
      t.text('code').primary();
      t.text('organization_id').notNullable().references('id').inTable('organizations');
      t.text('session_id').notNullable().references('session_id').inTable('sessions').onDelete('cascade');
      t.text('status_id').notNullable().references('id').inTable('statuses').onDelete('cascade');
      t.integer('position').notNullable();
      t.text('target').notNullable();
      t.integer('clicks').notNullable().defaultTo(0);
      t.integer('visitors').notNullable().defaultTo(0);
      t.bigInteger('last_clicked_at');
      t.bigInteger('created_at').notNullable();
      t.unique(['status_id', 'position']);
      t.index(['session_id']);
    });

    // By the quarter of an hour, like what else people do (status_activity), and in the same order.
    const inOrder = engineOf(db) === 'sqlite' ? 'without rowid' : '';
    await db.raw(`create table click_activity (
      session_id text not null references sessions (session_id) on delete cascade,
      quarter bigint not null,
      status_id text not null references statuses (id) on delete cascade,
      code text not null references tracked_links (code) on delete cascade,
      organization_id text not null references organizations (id),
      clicks integer not null default 0,
      visitors integer not null default 0,
      clicked integer not null default 0,
      primary key (session_id, quarter, status_id, code)
    ) ${inOrder}`);
    await db.schema.alterTable('click_activity', (t) => {
      t.index(['status_id', 'quarter']);
      t.index(['code']);
    });

    await db.schema.createTable('click_salts', (t) => {
      t.text('organization_id').notNullable().references('id').inTable('organizations').onDelete('cascade');
      t.integer('day').notNullable();
      t.text('salt').notNullable();
      t.primary(['organization_id', 'day']);
      t.index(['day']);
    });

    await db.schema.createTable('click_marks', (t) => {
      t.text('scope').notNullable();
      t.text('mark').notNullable();
      t.integer('day').notNullable();
      t.text('organization_id').notNullable().references('id').inTable('organizations');
      t.text('session_id').notNullable().references('session_id').inTable('sessions').onDelete('cascade');
      t.text('status_id').notNullable().references('id').inTable('statuses').onDelete('cascade');
      t.primary(['scope', 'mark']);
      t.index(['day']);
      t.index(['status_id']);
      t.index(['session_id']);
    });
  },

  async down(db) {
    for (const table of ['click_marks', 'click_salts', 'click_activity', 'tracked_links'])
      await db.schema.dropTable(table);
    await db.schema.alterTable('statuses', (t) => {
      t.dropColumns('links', 'clicked');
    });
  },
};
