import type { Knex } from 'knex';

/** Whose rows are meant; null does not narrow it. */
export interface Reach {
  organizationId: string | null;
  sessionId: string | null;
}

/** Only rows within the reach, by the columns of this table or alias where others are joined. */
export function whereReached<Q extends Knex.QueryBuilder>(
  query: Q,
  { organizationId, sessionId = null }: Partial<Reach> & Pick<Reach, 'organizationId'>,
  table?: string,
): Q {
  const column = (name: string): string => (table === undefined ? name : `${table}.${name}`);
  if (organizationId !== null) query.where(column('organization_id'), organizationId);
  if (sessionId !== null) query.where(column('session_id'), sessionId);
  return query;
}

/** How many rows there are. */
export async function countRows(query: Knex.QueryBuilder): Promise<number> {
  const counted = (await query.count({ total: '*' }).first()) as { total?: string | number } | undefined;
  return Number(counted?.total ?? 0);
}
