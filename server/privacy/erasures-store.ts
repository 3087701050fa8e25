import { z } from 'zod';
import { type ErasedKind, erasedKinds } from '../contract/erasures.js';
import type { Database } from '../db/database.js';
import { countRows } from '../db/lists.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { WantedPage } from '../lib/page.js';

/** By what the person is found, as long as the erasure is under way. */
const subjectSchema = z.object({ phoneNumbers: z.array(z.string()), lids: z.array(z.string()) });
export type ErasureSubject = z.infer<typeof subjectSchema>;

export type Went = Record<ErasedKind, number>;
export const nothingWent = Object.fromEntries(erasedKinds.map((kind) => [kind, 0])) as Went;

export interface ErasureRecord {
  id: string;
  organizationId: string;
  /** null once it is finished: nothing of the person is left here either. */
  subject: ErasureSubject | null;
  went: Went;
  isOptedOut: boolean;
  requestedBy: string;
  requestedAt: number;
  finishedAt: number | null;
}

interface ErasureRow {
  id: string;
  organization_id: string;
  subject: string | null;
  went: string;
  opted_out: number;
  requested_by: string;
  requested_at: number;
  finished_at: number | null;
}

/** That people were erased, for whoever has to show it. */
export class ErasuresStore {
  constructor(private readonly database: Database) {}

  async insert(tx: Tx, erasure: ErasureRecord): Promise<void> {
    await knexOf(tx)<ErasureRow>('erasures').insert({
      id: erasure.id,
      organization_id: erasure.organizationId,
      subject: JSON.stringify(erasure.subject),
      went: JSON.stringify(erasure.went),
      opted_out: Number(erasure.isOptedOut),
      requested_by: erasure.requestedBy,
      requested_at: erasure.requestedAt,
      finished_at: erasure.finishedAt,
    });
  }

  async find(id: string, source: Tx | Database = this.database): Promise<ErasureRecord | undefined> {
    const row = await knexOf(source)<ErasureRow>('erasures').where({ id }).first();
    return row && toRecord(row);
  }

  /** Newest first. */
  async list(
    organizationId: string,
    { limit, after }: WantedPage<string>,
  ): Promise<{ records: ErasureRecord[]; total: number }> {
    const all = () => this.database<ErasureRow>('erasures').where({ organization_id: organizationId });
    const page = all().orderBy('id', 'desc').limit(limit);
    if (after !== undefined) void page.where('id', '<', after);
    return { records: (await page.select('*')).map(toRecord), total: await countRows(all()) };
  }

  /** How many of an organization are not finished. */
  countUnfinished(tx: Tx, organizationId: string): Promise<number> {
    return countRows(
      knexOf(tx)<ErasureRow>('erasures').whereNull('finished_at').where({ organization_id: organizationId }),
    );
  }

  /** Those that the end of a process cut short, or that are under way. */
  async listUnfinished(limit: number): Promise<ErasureRecord[]> {
    const rows = await this.database<ErasureRow>('erasures').whereNull('finished_at').orderBy('id').limit(limit);
    return rows.map(toRecord);
  }

  /** So many more rows went. Two processes that finish the same one count one after the other. */
  async addWent(tx: Tx, id: string, more: Partial<Went>): Promise<void> {
    const rows = knexOf(tx)<ErasureRow>('erasures').where({ id });
    const row = await rows.clone().forUpdate().first();
    if (!row) return;
    const went = { ...nothingWent, ...(JSON.parse(row.went) as Partial<Went>) };
    for (const kind of erasedKinds) went[kind] += more[kind] ?? 0;
    await rows.update({ went: JSON.stringify(went) });
  }

  /** Nothing of the person is left, here neither. */
  async finish(tx: Tx, id: string, at: number): Promise<void> {
    const unfinished = knexOf(tx)<ErasureRow>('erasures').where({ id, finished_at: null });
    await unfinished.update({ subject: null, finished_at: at });
  }

  /** Of each organization all but the last `kept` go, at most `atMost` in one call; those that are not finished stay. How many went. */
  async deleteSurplus(kept: number, atMost: number): Promise<number> {
    const full: { organization_id: string; total: number | string }[] = await this.database<ErasureRow>('erasures')
      .groupBy('organization_id')
      .havingRaw('count(*) > ?', [kept])
      .select('organization_id')
      .count({ total: '*' });
    let gone = 0;
    for (const { organization_id, total } of full) {
      const surplus = Math.min(Number(total) - kept, atMost - gone);
      if (surplus <= 0) break;
      const oldest = this.database<ErasureRow>('erasures').where({ organization_id }).whereNotNull('finished_at');
      const ids = oldest.orderBy('id').limit(surplus).select('id');
      gone += await this.database<ErasureRow>('erasures').whereIn('id', ids).delete();
    }
    return gone;
  }

  /** How many were deleted of those that were finished before; at most so many. */
  async deleteBefore(before: number, atMost: number): Promise<number> {
    const old = this.database<ErasureRow>('erasures').where('finished_at', '<', before).limit(atMost).select('id');
    return this.database<ErasureRow>('erasures').whereIn('id', old).delete();
  }
}

function toRecord(row: ErasureRow): ErasureRecord {
  return {
    id: row.id,
    organizationId: row.organization_id,
    subject: row.subject === null ? null : subjectSchema.parse(JSON.parse(row.subject)),
    went: { ...nothingWent, ...(JSON.parse(row.went) as Partial<Went>) },
    isOptedOut: row.opted_out === 1,
    requestedBy: row.requested_by,
    requestedAt: row.requested_at,
    finishedAt: row.finished_at,
  };
}
