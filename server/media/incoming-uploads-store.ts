import type { Knex } from 'knex';
import { z } from 'zod';
import type { ErrorCode } from '../contract/errors.js';
import type { UploadKind } from '../contract/media.js';
import type { Database } from '../db/database.js';
import { whereAnyOf } from '../db/dialect.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { IncomingState, IncomingUpload, Usage } from './incoming-upload.js';

const metadataSchema = z.record(z.string(), z.string().nullable());

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
  error_code: ErrorCode | null;
  error: string | null;
  created_at: number | string;
  expires_at: number | string;
}

/** Which uploads a list holds; what is not given does not narrow it. */
export interface ResumableFilter {
  organizationId?: string;
  principalId?: string;
  sessionId?: string;
  node?: string;
  states?: readonly IncomingState[];
  expiredAt?: number;
  aliveAt?: number;
  /** Where the part of the list before ended. */
  olderThan?: string | undefined;
}

interface SummedRow {
  count: number | string;
  bytes: number | string | null;
}

/** The clocks of several processes may differ by so much. */
const clocksDifferMs = 5 * 60_000;

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
      details: upload.details && JSON.stringify(upload.details),
      attempts: upload.attempts,
      filename: upload.filename,
      error_code: upload.error?.code ?? null,
      error: upload.error?.message ?? null,
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

  /** What was begun while the clock was ahead has as much time as others, from now on. */
  async redate(tx: Tx, now: number): Promise<void> {
    await knexOf(tx)<IncomingRow>('incoming_uploads')
      .where('created_at', '>', now + clocksDifferMs)
      .update({ expires_at: knexOf(tx).raw('expires_at - created_at + ?', [now]), created_at: now });
  }

  /** Forgets what a process left that never came back. What can be resumed has a file, which goes first. */
  async deleteExpired(tx: Tx, now: number): Promise<void> {
    await knexOf(tx)<IncomingRow>('incoming_uploads')
      .where({ is_resumable: 0 })
      .andWhere('expires_at', '<=', now)
      .delete();
  }

  async find(id: string, source: Tx | Database = this.database): Promise<IncomingUpload | undefined> {
    const row = await knexOf(source)<IncomingRow>('incoming_uploads').where({ id }).first();
    return row && toUpload(row);
  }

  /** Those that can be resumed, newest first. At most `limit`. */
  async listResumable(which: ResumableFilter, limit: number): Promise<IncomingUpload[]> {
    const query = this.database<IncomingRow>('incoming_uploads').where({ is_resumable: 1 });
    if (which.organizationId !== undefined) query.where({ organization_id: which.organizationId });
    if (which.principalId !== undefined) query.where({ principal_id: which.principalId });
    if (which.sessionId !== undefined) query.where({ session_id: which.sessionId });
    if (which.node !== undefined) query.where({ node: which.node });
    if (which.states !== undefined) query.whereIn('state', which.states);
    if (which.expiredAt !== undefined) query.where('expires_at', '<=', which.expiredAt);
    if (which.aliveAt !== undefined) query.where('expires_at', '>', which.aliveAt);
    if (which.olderThan !== undefined) query.where('id', '<', which.olderThan);
    return (await query.orderBy('id', 'desc').limit(limit)).map(toUpload);
  }

  /** Which of these can be resumed or tell what became of them. */
  async listKnown(ids: readonly string[]): Promise<Set<string>> {
    const rows = await whereAnyOf(
      this.database,
      this.database<IncomingRow>('incoming_uploads').select('id'),
      'id',
      ids,
    );
    return new Set(rows.map(({ id }) => id));
  }

  async setReceived(tx: Tx, id: string, receivedBytes: number): Promise<void> {
    await knexOf(tx)<IncomingRow>('incoming_uploads').where({ id }).update({ received_bytes: receivedBytes });
  }

  /** Takes an upload that is whole to be prepared by a process. False when that was begun or done before. */
  async beginPreparing(tx: Tx, id: string, node: string): Promise<boolean> {
    const changed = await knexOf(tx)<IncomingRow>('incoming_uploads')
      .where({ id, state: 'receiving' })
      .update({ state: 'preparing', node, received_bytes: knexOf(tx).ref('bytes') });
    return changed > 0;
  }

  async countAttempt(tx: Tx, id: string): Promise<void> {
    await knexOf(tx)<IncomingRow>('incoming_uploads').where({ id }).increment('attempts', 1);
  }

  async finish(
    tx: Tx,
    id: string,
    outcome: { filename: string } | { code: ErrorCode; message: string },
  ): Promise<void> {
    const change =
      'filename' in outcome
        ? { state: 'done' as const, filename: outcome.filename }
        : { state: 'failed' as const, error_code: outcome.code, error: outcome.message };
    await knexOf(tx)<IncomingRow>('incoming_uploads').where({ id }).update(change);
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

function toUpload(row: IncomingRow): IncomingUpload {
  return {
    id: row.id,
    organizationId: row.organization_id,
    sessionId: row.session_id,
    principalId: row.principal_id,
    createdBy: row.created_by,
    node: row.node,
    kind: row.kind,
    isResumable: row.is_resumable === 1,
    details: row.details === null ? null : metadataSchema.parse(JSON.parse(row.details)),
    state: row.state,
    bytes: Number(row.bytes),
    receivedBytes: Number(row.received_bytes),
    attempts: row.attempts,
    filename: row.filename,
    error: row.error_code === null ? null : { code: row.error_code, message: row.error ?? '' },
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
  };
}

function usageOf(row: SummedRow | undefined): Usage {
  return { count: Number(row?.count ?? 0), bytes: Number(row?.bytes ?? 0) };
}
