import type { Database } from '../../server/db/database.js';

/** A bare row that others may refer to, in the organization that always exists. */
export async function insertSession(db: Database, sessionId: string): Promise<void> {
  await db('sessions').insert({
    session_id: sessionId,
    organization_id: 'default',
    name: sessionId,
    auth_method: 'qrcode',
    state: 'connected',
    desired_state: 'connected',
    created_by: 'test',
    created_at: 0,
    updated_at: 0,
  });
}
