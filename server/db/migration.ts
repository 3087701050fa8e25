import type { Knex } from 'knex';

/** One change of the schema, and the way back. */
export interface Migration {
  name: string;
  up: (db: Knex) => Promise<void>;
  down: (db: Knex) => Promise<void>;
}
