import { organizationOf, requireVisible, type Principal } from '../access/principal.js';
import type { Quotas } from '../access/quotas.js';
import type { ChangeDraftBody, CreateDraftBody, Draft } from '../contract/planning/drafts.js';
import type { Page } from '../contract/envelope.js';
import type { ListDraftsQuery } from '../contract/planning/drafts.js';
import type { StatusMedia } from '../contract/statuses.js';
import { type Keep, keepNothing, type Kept, type Tx, type UnitOfWork } from '../db/unit-of-work.js';
import { notFound } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { timeCursor } from '../lib/cursors.js';
import { newId } from '../lib/ids.js';
import { Pages } from '../lib/page.js';
import { timestamp } from '../lib/timestamp.js';
import type { FileUses } from '../media/file-uses.js';
import { namedUpload, type Showing } from '../media/named-upload.js';
import { mediaOf, type UploadUseRecord } from '../media/upload.js';
import type { UploadsService } from '../media/uploads-service.js';
import type { DraftRecord, DraftsStore } from './drafts-store.js';

export interface DraftsServiceParts {
  store: DraftsStore;
  files: Pick<UploadsService, 'load'>;
  fileUses: FileUses;
  unitOfWork: UnitOfWork;
  clock: Clock;
  quotas: Quotas;
}

const pages = new Pages(timeCursor);

/** Posts that are being written, shared within an organization. The files that one shows stay for as long as the draft does. */
export class DraftsService {
  constructor(private readonly parts: DraftsServiceParts) {}

  /** Throws `conflict` when there are too many, `not_found` when a file that it shows is not there. */
  async create<K>(
    principal: Principal,
    { name = null, status }: CreateDraftBody,
    keep: Keep<Draft, K> = keepNothing,
  ): Promise<Kept<Draft, K>> {
    const { store, fileUses, unitOfWork, clock, quotas } = this.parts;
    const now = clock.now().getTime();
    const of = { organizationId: organizationOf(principal), createdBy: principal.name };
    const record: DraftRecord = { ...of, id: newId(), name, body: status, createdAt: now, updatedAt: now };
    await fileUses.require(principal, record.organizationId, postsOf(record));
    const draft = await this.shown(record);
    return unitOfWork.run(async (tx) => {
      await quotas.require(tx, 'draft', of);
      await store.insert(tx, record);
      await fileUses.add(tx, useOf(record), postsOf(record));
      this.tell(tx, record);
      return keep(tx, draft);
    });
  }

  /** Last changed first. */
  async list(principal: Principal, query: ListDraftsQuery): Promise<Page<Draft>> {
    const terms = (query.search ?? '')
      .toLowerCase()
      .split(/\s+/)
      .filter((term) => term !== '');
    const filter = { organizationId: principal.organizationId, terms };
    const { records, total } = await this.parts.store.list(filter, pages.wanted(query));
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
    const { store, fileUses, unitOfWork, clock } = this.parts;
    const record = await this.getRecord(principal, id);
    const changed: DraftRecord = {
      ...record,
      name: name === undefined ? record.name : name,
      body: status ?? record.body,
      updatedAt: clock.now().getTime(),
    };
    if (status) await fileUses.require(principal, changed.organizationId, postsOf(changed));
    await unitOfWork.run(async (tx) => {
      if (!(await store.replace(tx, changed))) throw notFound('The draft');
      if (status) await fileUses.replace(tx, useOf(changed), postsOf(changed));
      this.tell(tx, changed);
    });
    return this.shown(changed);
  }

  async delete(principal: Principal, id: string): Promise<void> {
    const record = await this.getRecord(principal, id);
    await this.parts.unitOfWork.run((tx) => this.remove(tx, record));
  }

  private async remove(tx: Tx, record: DraftRecord): Promise<boolean> {
    const isRemoved = await this.parts.store.delete(tx, record.id);
    await this.parts.fileUses.drop(tx, useOf(record));
    this.tell(tx, record);
    return isRemoved;
  }

  private tell(tx: Tx, { id, organizationId }: DraftRecord): void {
    const payload = { organizationId, draftId: id };
    tx.emit({ name: 'drafts-updated', organizationId, sessionId: null, payload });
  }

  private async getRecord(principal: Principal, id: string): Promise<DraftRecord> {
    const record = await this.parts.store.find(id);
    requireVisible(principal, record && { organizationId: record.organizationId, sessionId: null }, 'The draft');
    if (!record) throw notFound('The draft');
    return record;
  }

  private async shown(draft: DraftRecord): Promise<Draft> {
    const { body, createdAt, updatedAt, ...record } = draft;
    const [first] = postsOf(draft).flatMap((post) => namedUpload(post) ?? []);
    const found = first === undefined ? undefined : await this.parts.files.load(first);
    const media: StatusMedia | null = found ? mediaOf(found.record) : null;
    return { ...record, status: body, media, createdAt: timestamp(createdAt), updatedAt: timestamp(updatedAt) };
  }
}

/** Of a series each. */
function postsOf({ body }: DraftRecord): Showing[] {
  return [body, ...(body.items ?? [])];
}

function useOf({ id, organizationId }: DraftRecord): UploadUseRecord {
  return { kind: 'draft', usedBy: id, organizationId, sessionId: null };
}
