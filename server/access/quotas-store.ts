import type { Knex } from 'knex';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { Quota, QuotaPlace } from './quota-limits.js';

const counts: Readonly<Record<Quota, (db: Knex, place: QuotaPlace) => Knex.QueryBuilder>> = {
  session: (db, { organizationId }) => db('sessions').where({ organization_id: organizationId }),
  list: (db, { organizationId }) => db('audiences').where({ organization_id: organizationId }),
  template: (db, { organizationId }) => db('templates').where({ organization_id: organizationId }),
  pendingBroadcast: (db, { organizationId }) =>
    db('broadcasts as b')
      .where('b.organization_id', organizationId)
      .whereExists(
        db('broadcast_accounts as a').whereRaw('a.broadcast_id = b.id').where('a.state', 'pending').select(db.raw('1')),
      ),
  schedule: (db, { sessionId = '' }) => db('schedules').where({ session_id: sessionId }),
  pendingStatus: (db, { sessionId = '' }) =>
    db('statuses').where({ session_id: sessionId }).whereIn('state', ['scheduled', 'queued']),
};

/** How many there are. Others who ask for the same place wait until the transaction ends. */
export async function countOf(tx: Tx, quota: Quota, place: QuotaPlace): Promise<number> {
  const db = knexOf(tx);
  // On SQLite one transaction writes at a time anyway.
  if (place.sessionId === undefined) {
    await db('organizations').where({ id: place.organizationId }).forNoKeyUpdate().first('id');
  } else await db('sessions').where({ session_id: place.sessionId }).forNoKeyUpdate().first('session_id');
  const counted = (await counts[quota](db, place).count({ total: '*' }).first()) as
    { total?: string | number } | undefined;
  return Number(counted?.total ?? 0);
}
