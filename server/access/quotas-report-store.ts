import type { Knex } from 'knex';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { Quota, QuotaPlace } from './quota-limits.js';

type Count = (db: Knex, place: QuotaPlace) => Knex.QueryBuilder;

const rows = (query: Knex.QueryBuilder): Knex.QueryBuilder => query.count({ total: '*' });
const ofOrganization =
  (table: string): Count =>
  (db, { organizationId }) =>
    rows(db(table).where({ organization_id: organizationId }));
const ofSession =
  (table: string): Count =>
  (db, { sessionId = '' }) =>
    rows(db(table).where({ session_id: sessionId }));
const activeKeys = (db: Knex, { organizationId, at = 0 }: QuotaPlace): Knex.QueryBuilder =>
  db('api_keys')
    .where({ organization_id: organizationId })
    .whereNull('revoked_at')
    .where((lasting) => {
      void lasting.whereNull('expires_at').orWhere('expires_at', '>', at);
    });
const waiting = (db: Knex, { sessionId = '' }: QuotaPlace): Knex.QueryBuilder =>
  db('statuses').where({ session_id: sessionId }).whereIn('state', ['scheduled', 'queued']);

const counts: Readonly<Record<Quota, Count>> = {
  organization: (db) => rows(db('organizations')),
  session: ofOrganization('sessions'),
  organizationKey: (db, place) => rows(activeKeys(db, place).where({ kind: 'admin' })),
  sessionKey: (db, place) => rows(activeKeys(db, place).where({ kind: 'session', session_id: place.sessionId ?? '' })),
  list: ofOrganization('audiences'),
  // By list: the people of one are counted in its index.
  listMember: (db, { organizationId }) =>
    rows(
      db('audiences as a')
        .join('audience_members as m', 'm.audience_id', 'a.id')
        .where('a.organization_id', organizationId),
    ),
  tag: (db, { organizationId }) =>
    db('person_tags').where({ organization_id: organizationId }).countDistinct({ total: 'tag' }),
  tagged: ofOrganization('person_tags'),
  optOut: ofOrganization('opt_outs'),
  template: ofOrganization('templates'),
  draft: ofOrganization('drafts'),
  pendingBroadcast: (db, { organizationId }) =>
    rows(
      db('broadcasts as b')
        .where('b.organization_id', organizationId)
        .whereExists(
          db('broadcast_accounts as a')
            .whereRaw('a.broadcast_id = b.id')
            .where('a.state', 'pending')
            .select(db.raw('1')),
        ),
    ),
  schedule: ofSession('schedules'),
  changedTime: (db, { scheduleId = '', at = 0 }) =>
    rows(
      db('schedule_occurrences')
        .where({ schedule_id: scheduleId, outcome: 'canceled' })
        .where('occurrence_at', '>=', at),
    ),
  pendingStatus: (db, place) => rows(waiting(db, place)),
  pendingRecipient: (db, place) => waiting(db, place).sum({ total: 'targeted' }),
  person: ofSession('people'),
  contact: ofSession('contacts'),
  chat: ofSession('chats'),
  keptAnswer: ofOrganization('idempotency_keys'),
};

/** How many there are. Others who ask for the same place wait until the transaction ends. */
export async function countOf(tx: Tx, quota: Quota, place: QuotaPlace): Promise<number> {
  const db = knexOf(tx);
  // On SQLite one transaction writes at a time anyway.
  if (place.sessionId) await db('sessions').where({ session_id: place.sessionId }).forNoKeyUpdate().first('session_id');
  else await db('organizations').where({ id: place.organizationId }).forNoKeyUpdate().first('id');
  const counted = (await counts[quota](db, place).first()) as { total?: string | number | null } | undefined;
  return Number(counted?.total ?? 0);
}
