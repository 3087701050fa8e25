import type { Knex } from 'knex';
import type { UploadKind } from '../contract/media.js';
import type { Database } from '../db/database.js';
import { escapeLike, isForeignKeyViolation, whereAnyOf } from '../db/dialect.js';
import { countRows, type Reach, whereReached } from '../db/lists.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { WantedPage } from '../lib/page.js';
import type { Usage } from './incoming-upload.js';
import type { UploadRecord, UploadUseRecord } from './upload.js';

/** Which uploads a list holds: of a session its own, and those that it uses. Null and undefined do not narrow it. */
export interface UploadFilter extends Reach {
  kind: UploadKind | undefined;
  search: string | undefined;
  tag: string | undefined;
}

interface UploadRow {
  filename: string;
  organization_id: string;
  session_id: string | null;
  kind: UploadKind;
  name: string;
  search_text: string;
  tags: string;
  mime_type: string;
  bytes: number;
  width: number | null;
  height: number | null;
  duration_ms: number | null;
  thumbnail: string | null;
  thumbnail_bytes: number | string;
  preview: string | null;
  waveform: string | null;
  background_color: string | null;
  is_animation: number;
  note: string | null;
  part_of: string | null;
  part: number | null;
  created_by: string;
  created_at: number;
}

interface UseRow {
  filename: string;
  kind: string;
  used_by: string;
  organization_id: string;
  session_id: string | null;
  created_at: number;
}

export class UploadsStore {
  constructor(private readonly database: Database) {}

  async insert(tx: Tx, records: readonly UploadRecord[]): Promise<void> {
    for (const record of records) await knexOf(tx)<UploadRow>('uploads').insert(toRow(record));
  }

  /** By its own name or that of its thumbnail. */
  async find(filename: string, source: Tx | Database = this.database): Promise<UploadRecord | undefined> {
    const row = await knexOf(source)<UploadRow>('uploads').where({ filename }).orWhere({ thumbnail: filename }).first();
    return row && toRecord(row);
  }

  /** The files of a video that was cut into several, in their order; itself alone otherwise. */
  async listParts(filename: string): Promise<UploadRecord[]> {
    const rows = await this.database<UploadRow>('uploads')
      .where({ part_of: filename })
      .orWhere({ filename })
      .orderBy('part');
    return rows.map(toRecord);
  }

  /** The names of all files of cut videos, by their first file. */
  async partsOf(filenames: readonly string[]): Promise<Map<string, string[]>> {
    const rows: Pick<UploadRow, 'filename' | 'part_of'>[] = await whereAnyOf(
      this.database,
      this.database<UploadRow>('uploads').select('filename', 'part_of').orderBy('part'),
      'part_of',
      filenames,
    );
    const parts = new Map<string, string[]>();
    for (const { filename, part_of } of rows) {
      if (part_of !== null) parts.set(part_of, [...(parts.get(part_of) ?? []), filename]);
    }
    return parts;
  }

  /** Newest first; of a cut video only the first file. `after` is the name that ended the page before. */
  async list(filter: UploadFilter, page: WantedPage<string>): Promise<{ records: UploadRecord[]; total: number }> {
    const rows = this.filtered(filter).orderBy('filename', 'desc').limit(page.limit);
    if (page.after !== undefined) rows.where('filename', '<', page.after);
    return { records: (await rows).map(toRecord), total: await countRows(this.filtered(filter)) };
  }

  async update(tx: Tx, filename: string, { name, tags }: Pick<UploadRecord, 'name' | 'tags'>): Promise<void> {
    await knexOf(tx)<UploadRow>('uploads')
      .where({ filename })
      .update({ name, tags: tagText(tags), search_text: searchText(name, tags) });
  }

  /** Deletes the records, with the parts of cut videos. The files are the caller's to delete. */
  async delete(tx: Tx, filenames: readonly string[]): Promise<void> {
    const db = knexOf(tx);
    await whereAnyOf(db, db('uploads'), 'filename', filenames).delete();
  }

  /** Until the transaction ends nothing begins to need these files. */
  async lock(tx: Tx, filenames: readonly string[]): Promise<void> {
    const db = knexOf(tx);
    const rows = whereAnyOf(db, db<UploadRow>('uploads').select('filename'), 'filename', filenames);
    await rows.orderBy('filename').forUpdate();
  }

  /** Remembers that something needs the file. False when the file is not there any more. */
  async addUse(tx: Tx, filename: string, use: UploadUseRecord, now: number): Promise<boolean> {
    const db = knexOf(tx);
    const there = await db<UploadRow>('uploads').where({ filename }).forUpdate().first('filename');
    if (!there) return false;
    try {
      await db<UseRow>('upload_uses')
        .insert({
          filename,
          kind: use.kind,
          used_by: use.usedBy,
          created_at: now,
          organization_id: use.organizationId,
          session_id: use.sessionId,
        })
        .onConflict(['filename', 'kind', 'used_by'])
        .ignore();
    } catch (error) {
      if (isForeignKeyViolation(error)) return false;
      throw error;
    }
    return true;
  }

  async dropUses(tx: Tx, kind: string, usedBy: string): Promise<void> {
    await knexOf(tx)<UseRow>('upload_uses').where({ kind, used_by: usedBy }).delete();
  }

  /** What needs the file or another part of the same video, newest first. */
  async listUses(filename: string, limit: number, source: Tx | Database = this.database): Promise<UploadUseRecord[]> {
    const db = knexOf(source);
    const parts = db<UploadRow>('uploads').where({ part_of: filename }).select('filename');
    const rows = await db<UseRow>('upload_uses')
      .where((either) => void either.where({ filename }).orWhereIn('filename', parts))
      .orderBy('created_at', 'desc')
      .limit(limit);
    return rows.map((row) => ({
      kind: row.kind,
      usedBy: row.used_by,
      organizationId: row.organization_id,
      sessionId: row.session_id,
    }));
  }

  /** Files that nothing needs: of a session, or made before a time. At most `limit`, by name; those after `after`. */
  async listUnused(
    which: { sessionId: string } | { before: number },
    limit: number,
    after?: string,
    source: Tx | Database = this.database,
  ): Promise<UploadRecord[]> {
    const db = knexOf(source);
    const query = db<UploadRow>('uploads')
      .whereNotExists(db('upload_uses').whereRaw('upload_uses.filename = uploads.filename').select(db.raw('1')))
      .whereNotExists(
        db({ part: 'uploads' })
          .join('upload_uses', 'upload_uses.filename', 'part.filename')
          .whereRaw('part.part_of = uploads.part_of')
          .select(db.raw('1')),
      )
      .orderBy('filename')
      .limit(limit);
    if (after !== undefined) query.where('filename', '>', after);
    if ('sessionId' in which) query.where({ session_id: which.sessionId });
    else query.where('created_at', '<', which.before);
    return (await query).map(toRecord);
  }

  /** The files of a session that is gone belong to its organization from now on. */
  async leaveToOrganization(sessionId: string): Promise<void> {
    await this.database<UploadRow>('uploads').where({ session_id: sessionId }).update({ session_id: null });
  }

  /** How many files an organization has, and how much they have together with their thumbnails. */
  async usageOf(organizationId: string, source: Tx | Database = this.database): Promise<Usage> {
    const db = knexOf(source);
    const row: { count?: number | string; bytes?: number | string | null } | undefined = await db('uploads')
      .where({ organization_id: organizationId })
      .count({ count: '*' })
      .select(db.raw('sum(bytes + thumbnail_bytes) as bytes'))
      .first();
    return { count: Number(row?.count ?? 0), bytes: Number(row?.bytes ?? 0) };
  }

  /** Which of these names are known, as files or as thumbnails. */
  async listKnown(filenames: readonly string[]): Promise<Set<string>> {
    const db = this.database;
    const files = await whereAnyOf(db, db<UploadRow>('uploads').select('filename'), 'filename', filenames);
    const thumbnails = await whereAnyOf(db, db<UploadRow>('uploads').select('thumbnail'), 'thumbnail', filenames);
    return new Set([
      ...files.map(({ filename }) => filename),
      ...thumbnails.flatMap(({ thumbnail }) => thumbnail ?? []),
    ]);
  }

  private filtered(filter: UploadFilter): Knex.QueryBuilder<UploadRow, UploadRow[]> {
    const { organizationId, sessionId, kind, search, tag } = filter;
    const query = whereReached(this.database<UploadRow>('uploads'), { organizationId }).where(
      (first) => void first.whereNull('part_of').orWhereRaw('part_of = filename'),
    );
    if (sessionId !== null) {
      const used = this.database('upload_uses').where({ session_id: sessionId }).select('filename');
      query.where((mine) => void mine.where('session_id', sessionId).orWhereIn('filename', used));
    }
    if (kind !== undefined) query.where('kind', kind);
    for (const word of (search ?? '').toLowerCase().split(/\s+/)) {
      if (word !== '') query.whereRaw(`search_text like ? escape '\\'`, [`%${escapeLike(word)}%`]);
    }
    if (tag !== undefined) query.whereRaw(`tags like ? escape '\\'`, [`%\n${escapeLike(tag)}\n%`]);
    return query;
  }
}

/** Every tag between two line ends, so that one can be looked for as a whole. */
function tagText(tags: readonly string[]): string {
  return tags.length === 0 ? '' : `\n${tags.join('\n')}\n`;
}

function searchText(name: string, tags: readonly string[]): string {
  return [name, ...tags].join('\n').toLowerCase();
}

function toRow(record: UploadRecord): UploadRow {
  return {
    filename: record.filename,
    organization_id: record.organizationId,
    session_id: record.sessionId,
    kind: record.kind,
    name: record.name,
    search_text: searchText(record.name, record.tags),
    tags: tagText(record.tags),
    mime_type: record.mimeType,
    bytes: record.bytes,
    width: record.width,
    height: record.height,
    duration_ms: record.durationMs,
    thumbnail: record.thumbnail,
    thumbnail_bytes: record.thumbnailBytes,
    preview: record.preview?.toString('base64') ?? null,
    waveform: record.waveform?.toString('base64') ?? null,
    background_color: record.backgroundColor,
    is_animation: record.isAnimation ? 1 : 0,
    note: record.note,
    part_of: record.partOf,
    part: record.part,
    created_by: record.createdBy,
    created_at: record.createdAt,
  };
}

function toRecord(row: UploadRow): UploadRecord {
  return {
    filename: row.filename,
    organizationId: row.organization_id,
    sessionId: row.session_id,
    kind: row.kind,
    name: row.name,
    tags: row.tags.split('\n').filter((tag) => tag !== ''),
    mimeType: row.mime_type,
    bytes: row.bytes,
    width: row.width,
    height: row.height,
    durationMs: row.duration_ms,
    thumbnail: row.thumbnail,
    thumbnailBytes: Number(row.thumbnail_bytes),
    preview: row.preview === null ? null : Buffer.from(row.preview, 'base64'),
    waveform: row.waveform === null ? null : Buffer.from(row.waveform, 'base64'),
    backgroundColor: row.background_color,
    isAnimation: row.is_animation === 1,
    note: row.note,
    partOf: row.part_of,
    part: row.part,
    createdBy: row.created_by,
    createdAt: row.created_at,
  };
}
