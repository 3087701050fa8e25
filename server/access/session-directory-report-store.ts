import type { Database } from '../db/database.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { SessionDirectory } from './access-rule.js';

/** Reads only whose a session is, so that access does not depend on the feature that runs sessions. */
export class SessionDirectoryReportStore implements SessionDirectory {
  constructor(private readonly database: Database) {}

  async findOrganizationOf(sessionId: string, source: Tx | Database = this.database): Promise<string | undefined> {
    const row = await knexOf(source)<{ session_id: string; organization_id: string }>('sessions')
      .where({ session_id: sessionId })
      .first('organization_id');
    return row?.organization_id;
  }
}
