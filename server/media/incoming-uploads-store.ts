import type { Knex } from 'knex';
import type { UploadKind } from '../contract/media.js';
import type { Database } from '../db/database.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { IncomingState, IncomingUpload, Usage } from './incoming-upload.js';

interface IncomingRow {
  id: string;
  organization_id: string;
  session_id: string | null;
  principal_id: string;
  created_by: string;
  node: string;
  kind: UploadKind;
  is_resumable: number;
  state: IncomingState;
  bytes: number | string;
  received_bytes: number | string;
  details: string | null;
  attempts: number;
  filename: string | null;
  error_code: string | null;
  error: string | null;
  created_at: number | string;
  expires_at: number | string;
}

interface SummedRow {
  count: number | string;
  bytes: number | string | null;
}

const unfinished: readonly IncomingState[] = ['receiving', 'preparing'];

/** The SQL of files on their way in. */
export class IncomingUploadsStore {
  constructor(private readonly database: Database) {}

  /** Until the transaction ends nobody else reserves room in the organization. False when there is no such one. */
  async lockOrganization(tx: Tx, organizationId: string): Promise<boolean> {
    return (await knexOf(tx)('organizations').where({ id: organizationId }).forUpdate().first('id')) !== undefined;
  }

  async insert(tx: Tx, upload: IncomingUpload): Promise<void> {
    await knexOf(tx)<IncomingRow>('incoming_uploads').insert({
      id: upload.id,
      organization_id: upload.organizationId,
      session_id: upload.sessionId,
      principal_id: upload.principalId,
      created_by: upload.createdBy,
      node: upload.node,
      kind: upload.kind,
      is_resumable: upload.isResumable ? 1 : 0,
      state: upload.state,
      bytes: upload.bytes,
      received_bytes: upload.receivedBytes,
      details: null,
      attempts: 0,
      created_at: upload.createdAt,
      expires_at: upload.expiresAt,
    });
  }

  /** Changes how much is reserved. False when the upload is not there any more. */
  async reserve(tx: Tx, id: string, bytes: number): Promise<boolean> {
    return (await knexOf(tx)<IncomingRow>('incoming_uploads').where({ id }).update({ bytes })) > 0;
  }

  async delete(tx: Tx, id: string): Promise<void> {
    await knexOf(tx)<IncomingRow>('incoming_uploads').where({ id }).delete();
  }

  /** Forgets what a process held in its memory and its work folders when it last ended. */
  async deleteOfNode(tx: Tx, node: string): Promise<void> {
    await knexOf(tx)<IncomingRow>('incoming_uploads').where({ node, is_resumable: 0 }).delete();
  }

  /** Forgets what a process left that never came back. */
  async deleteExpired(tx: Tx, now: number): Promise<void> {
    await knexOf(tx)<IncomingRow>('incoming_uploads').where('expires_at', '<=', now).delete();
  }

  /** What is on its way into an organization, of one caller or of all; `except` is left out. */
  async unfinishedOf(
    organizationId: string,
    which: { principalId?: string; except?: string },
    now: number,
    source: Tx | Database = this.database,
  ): Promise<Usage> {
    const query = this.unfinished(source, now).where({ organization_id: organizationId });
    if (which.principalId !== undefined) query.where({ principal_id: which.principalId });
    if (which.except !== undefined) query.whereNot({ id: which.except });
    return usageOf(await query.count({ count: '*' }).sum({ bytes: 'bytes' }).first<SummedRow>());
  }

  /** What is still to come of everything that is on its way, in all organizations. */
  async outstandingBytes(now: number, source: Tx | Database = this.database): Promise<number> {
    const query = this.unfinished(source, now).where({ state: 'receiving' });
    const row = await query.select(knexOf(source).raw('sum(bytes - received_bytes) as bytes')).first<SummedRow>();
    return Number(row.bytes ?? 0);
  }

  private unfinished(source: Tx | Database, now: number): Knex.QueryBuilder {
    const rows: Knex.QueryBuilder = knexOf(source)('incoming_uploads');
    return rows.whereIn('state', unfinished).where('expires_at', '>', now);
  }
}

function usageOf(row: SummedRow | undefined): Usage {
  return { count: Number(row?.count ?? 0), bytes: Number(row?.bytes ?? 0) };
}
