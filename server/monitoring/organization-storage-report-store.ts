import {
  type OrganizationStorage,
  type OrganizationStorageKind,
  organizationStorageKinds,
} from '../contract/storage.js';
import type { Database } from '../db/database.js';
import { countRows } from '../db/lists.js';

const tables: Readonly<Record<OrganizationStorageKind, string>> = {
  events: 'events',
  keptAnswers: 'idempotency_keys',
  erasures: 'erasures',
  listMembers: 'audience_members',
  tags: 'person_tags',
  optOuts: 'opt_outs',
  templates: 'templates',
  drafts: 'drafts',
  broadcasts: 'broadcasts',
};

const sampledRows = 100;

interface Stored {
  rows: number;
  bytes: number;
}

/** How much organizations have stored that belongs to no session; it reads and never writes. */
export class OrganizationStorageReportStore {
  constructor(private readonly database: Database) {}

  async rowsOf(organizationId: string): Promise<OrganizationStorage['database']> {
    const found: Partial<OrganizationStorage['database']> = {};
    for (const kind of organizationStorageKinds) found[kind] = await this.storedIn(tables[kind], organizationId);
    return found as OrganizationStorage['database'];
  }

  /** All files of the library, and those that no session has or shows. */
  async files(organizationId: string): Promise<Pick<OrganizationStorage, 'files' | 'filesOfNoSession'>> {
    const of = () => this.database('uploads').where({ organization_id: organizationId });
    const shown = this.database('upload_uses as u')
      .whereRaw('u.filename = uploads.filename')
      .whereNotNull('u.session_id')
      .select(this.database.raw('1'));
    const sumOf = async (query: ReturnType<typeof of>): Promise<Stored> => {
      const sums = (await query
        .count({ rows: '*' })
        .select(this.database.raw('sum(bytes + coalesce(thumbnail_bytes, 0)) as bytes'))
        .first()) as { rows: number | string; bytes: number | string | null };
      return { rows: Number(sums.rows), bytes: Number(sums.bytes ?? 0) };
    };
    return {
      files: await sumOf(of()),
      filesOfNoSession: await sumOf(of().whereNull('session_id').whereNotExists(shown)),
    };
  }

  private async storedIn(table: string, organizationId: string): Promise<Stored> {
    const of = () => this.database(table).where({ organization_id: organizationId });
    const rows = await countRows(of());
    const sample = (await of().limit(sampledRows).select('*')) as Record<string, string | number | null>[];
    const held = sample.map((row) => Object.values(row).reduce<number>((sum, value) => sum + bytesOf(value), 0));
    const average = held.reduce((sum, bytes) => sum + bytes, 0) / Math.max(1, held.length);
    return { rows, bytes: Math.round(rows * average) };
  }
}

function bytesOf(value: string | number | null): number {
  return value === null ? 0 : Buffer.byteLength(String(value));
}
