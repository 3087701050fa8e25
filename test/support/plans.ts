import type { Knex } from 'knex';
import type { Database } from '../../server/db/database.js';
import { engineOf, rowsOf } from '../../server/db/dialect.js';

interface Asked {
  sql: string;
  bindings?: readonly Knex.Value[];
}

/**
 * How the database would carry out what `ask` asks of it: one text per query. PostgreSQL, which reads small tables as they are,
 * says how it would with an index wherever there is one.
 */
export async function plansOf(db: Database, ask: (database: Database) => Promise<unknown>): Promise<string[]> {
  const asked: Asked[] = [];
  return db.transaction(async (trx) => {
    const note = ({ sql, bindings }: Asked): void => void asked.push(bindings ? { sql, bindings } : { sql });
    trx.on('query', note);
    await ask(trx);
    trx.off('query', note);
    const isPostgres = engineOf(db) === 'postgres';
    if (isPostgres) await trx.raw('set local enable_seqscan = off');
    const plans: string[] = [];
    for (const { sql, bindings = [] } of asked) {
      const explain = `explain ${isPostgres ? '' : 'query plan '}${sql.replaceAll(/\$\d+/g, '?')}`;
      const rows = rowsOf<Record<string, unknown>>(await trx.raw(explain, [...bindings]));
      plans.push(rows.map((row) => String(row['detail'] ?? row['QUERY PLAN'])).join('\n'));
    }
    return plans;
  });
}
