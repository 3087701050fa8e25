import { organizationOf, requireVisible, type Principal } from '../access/principal.js';
import type { Quotas } from '../access/quotas.js';
import type { ChangeDraftBody, CreateDraftBody, Draft, DraftStatus } from '../contract/planning/drafts.js';
import type { Page } from '../contract/envelope.js';
import type { ListDraftsQuery } from '../contract/planning/drafts.js';
import { uploadFilenameSchema } from '../contract/ids.js';
import type { StatusMedia } from '../contract/statuses.js';
import type { Keep, Tx, UnitOfWork } from '../db/unit-of-work.js';
import { notFound } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { timeCursor } from '../lib/cursors.js';
import { newId } from '../lib/ids.js';
import { Pages } from '../lib/page.js';
import { timestamp } from '../lib/timestamp.js';
import { mediaOf, type UploadRecord } from '../media/upload.js';
import type { DraftRecord, DraftsStore } from './drafts-store.js';

/** The uploads that drafts show. */
export interface FilesOfDrafts {
  /** Throws `not_found` for a file that the principal may not see. */
  getRecord(principal: Principal, filename: string): Promise<unknown>;
  load(filename: string): Promise<{ record: UploadRecord } | undefined>;
  addUse(
    tx: Tx,
    filename: string,
    use: { kind: string; usedBy: string; organizationId: string; sessionId: string | null },
  ): Promise<void>;
  dropUses(tx: Tx, kind: string, usedBy: string): Promise<void>;
}

const useKind = 'draft';
const pages = new Pages(timeCursor);

/** Posts that are being written, shared within an organization. The files that one shows stay for as long as the draft does. */
export class DraftsService {
  constructor(
    private readonly store: DraftsStore,
    private readonly files: FilesOfDrafts,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly quotas: Quotas,
  ) {}

  /** Throws `conflict` when there are too many, `not_found` when a file that it shows is not there. */
  async create(principal: Principal, { name = null, status }: CreateDraftBody, keep?: Keep<Draft>): Promise<Draft> {
    const now = this.clock.now().getTime();
    const of = { organizationId: organizationOf(principal), createdBy: principal.name };
    const record: DraftRecord = { ...of, id: newId(), name, body: status, createdAt: now, updatedAt: now };
    await this.requireFiles(principal, record);
    const draft = await this.shown(record);
    await this.unitOfWork.run(async (tx) => {
      await this.quotas.require(tx, 'draft', of);
      await this.store.insert(tx, record);
      await this.keepFiles(tx, record);
      await keep?.(tx, draft);
      this.tell(tx, record);
    });
    return draft;
  }

  /** Last changed first. */
  async list(principal: Principal, query: ListDraftsQuery): Promise<Page<Draft>> {
    const terms = (query.search ?? '')
      .toLowerCase()
      .split(/\s+/)
      .filter((term) => term !== '');
    const filter = { organizationId: principal.organizationId, terms };
    const { records, total } = await this.store.list(filter, pages.wanted(query));
    const { items, nextCursor } = pages.cut(records, query, ({ updatedAt, id }) => ({ at: updatedAt, id }));
    const drafts: Draft[] = [];
    for (const record of items) drafts.push(await this.shown(record));
    return { items: drafts, total, nextCursor };
  }

  async get(principal: Principal, id: string): Promise<Draft> {
    return this.shown(await this.getRecord(principal, id));
  }

  /** What is left out stays. Throws as {@link create} does. */
  async change(principal: Principal, id: string, { name, status }: ChangeDraftBody): Promise<Draft> {
    const record = await this.getRecord(principal, id);
    const changed: DraftRecord = {
      ...record,
      name: name === undefined ? record.name : name,
      body: status ?? record.body,
      updatedAt: this.clock.now().getTime(),
    };
    if (status) await this.requireFiles(principal, changed);
    await this.unitOfWork.run(async (tx) => {
      if (!(await this.store.replace(tx, changed))) throw notFound('The draft');
      if (status) {
        await this.files.dropUses(tx, useKind, id);
        await this.keepFiles(tx, changed);
      }
      this.tell(tx, changed);
    });
    return this.shown(changed);
  }

  async delete(principal: Principal, id: string): Promise<void> {
    const record = await this.getRecord(principal, id);
    await this.unitOfWork.run((tx) => this.remove(tx, record));
  }

  private async remove(tx: Tx, record: DraftRecord): Promise<boolean> {
    const isRemoved = await this.store.delete(tx, record.id);
    await this.files.dropUses(tx, useKind, record.id);
    this.tell(tx, record);
    return isRemoved;
  }

  /** A file is seen by those who use it, so nobody may begin to use one that they, or the draft's organization, do not see. */
  private async requireFiles(principal: Principal, { organizationId, body }: DraftRecord): Promise<void> {
    for (const filename of filesOf(body)) await this.files.getRecord({ ...principal, organizationId }, filename);
  }

  private async keepFiles(tx: Tx, { id, organizationId, body }: DraftRecord): Promise<void> {
    for (const filename of filesOf(body)) {
      await this.files.addUse(tx, filename, { kind: useKind, usedBy: id, organizationId, sessionId: null });
    }
  }

  private tell(tx: Tx, { id, organizationId }: DraftRecord): void {
    const payload = { organizationId, draftId: id };
    tx.emit({ name: 'drafts-updated', organizationId, sessionId: null, payload });
  }

  private async getRecord(principal: Principal, id: string): Promise<DraftRecord> {
    const record = await this.store.find(id);
    requireVisible(principal, record && { organizationId: record.organizationId, sessionId: null }, 'The draft');
    if (!record) throw notFound('The draft');
    return record;
  }

  private async shown({ body, createdAt, updatedAt, ...record }: DraftRecord): Promise<Draft> {
    const [first] = filesOf(body);
    const found = first === undefined ? undefined : await this.files.load(first);
    const media: StatusMedia | null = found ? mediaOf(found.record) : null;
    return { ...record, status: body, media, createdAt: timestamp(createdAt), updatedAt: timestamp(updatedAt) };
  }
}

/** The uploads that a draft names, each once. */
function filesOf(status: DraftStatus): string[] {
  const named = [status, ...(status.items ?? [])].flatMap(({ type, content }) =>
    type === 'image' || type === 'video' || type === 'audio' ? (content ?? []) : [],
  );
  return [...new Set(named)].filter((name) => uploadFilenameSchema.safeParse(name).success);
}
