import type { Database } from '../../server/db/database.js';

/** Inserts a session as a row, for tests that need one to exist and not to run. */
export async function insertSession(
  db: Database,
  session: { sessionId: string; organizationId?: string },
): Promise<void> {
  await db('sessions').insert({
    session_id: session.sessionId,
    organization_id: session.organizationId ?? 'default',
    name: session.sessionId,
    auth_method: 'qrcode',
    state: 'stopped',
    desired_state: 'stopped',
    created_by: 'root',
    created_at: 1,
    updated_at: 1,
  });
}

export async function insertOrganization(db: Database, id: string): Promise<void> {
  await db('organizations').insert({ id, name: id, created_at: 1 });
}
