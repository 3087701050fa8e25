import type { ReplyRow } from './reply-row.js';

/** A reply that was touched, and where it belongs. */
export interface TouchedReply {
  id: string;
  sessionId: string;
  organizationId: string;
}

export const touchedColumns = ['id', 'session_id', 'organization_id'] as const;

export function touched(rows: readonly Pick<ReplyRow, (typeof touchedColumns)[number]>[]): TouchedReply[] {
  return rows.map((row) => ({ id: row.id, sessionId: row.session_id, organizationId: row.organization_id }));
}
