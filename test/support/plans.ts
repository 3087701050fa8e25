import { queryPlans } from '../../bench/query-plans.js';
import type { Database } from '../../server/db/database.js';

/**
 * How the database would carry out what `ask` asks of it: one text per query. PostgreSQL, which reads small tables as they are,
 * says how it would with an index wherever there is one.
 */
export function plansOf(db: Database, ask: (database: Database) => Promise<unknown>): Promise<string[]> {
  return queryPlans(db, ask, { avoidsReadingAll: true });
}
