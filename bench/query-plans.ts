import type { Database } from '../server/db/database.js';
import { engineOf, rowsOf } from '../server/db/dialect.js';

interface Asked {
  sql: string;
  bindings?: readonly (string | number)[];
}

/**
 * How the database would carry out what `ask` asks of it: one text per query. PostgreSQL, when `avoidsReadingAll`, says how it
 * would with an index wherever there is one.
 */
export async function queryPlans(
  db: Database,
  ask: (database: Database) => Promise<unknown>,
  { avoidsReadingAll = false } = {},
): Promise<string[]> {
  const asked: Asked[] = [];
  return db.transaction(async (trx) => {
    const note = ({ sql, bindings }: Asked): void => void asked.push(bindings ? { sql, bindings } : { sql });
    trx.on('query', note);
    await ask(trx);
    trx.off('query', note);
    const isPostgres = engineOf(db) === 'postgres';
    if (isPostgres && avoidsReadingAll) await trx.raw('set local enable_seqscan = off');
    const plans: string[] = [];
    for (const { sql, bindings = [] } of asked) {
      const explain = `explain ${isPostgres ? '(costs off) ' : 'query plan '}${sql.replaceAll(/\$\d+/g, '?')}`;
      const rows = rowsOf<Record<string, unknown>>(await trx.raw(explain, [...bindings]));
      plans.push(rows.map((row) => String(row['detail'] ?? row['QUERY PLAN'])).join('\n'));
    }
    return plans;
  });
}
