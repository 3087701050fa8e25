import { organizationOf, requireVisible, type Principal } from '../access/principal.js';
import type { Quotas } from '../access/quotas.js';
import type { Page, PageQuery } from '../contract/envelope.js';
import type { SendStatusBody } from '../contract/statuses.js';
import type { ChangeTemplateBody, CreateTemplateBody, Template } from '../contract/planning/templates.js';
import { ownVariables, variablesIn } from '../contract/planning/template-text.js';
import type { Keep, Tx, UnitOfWork } from '../db/unit-of-work.js';
import { AppError, notFound } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { idCursor } from '../lib/cursors.js';
import { newId } from '../lib/ids.js';
import { Pages } from '../lib/page.js';
import { timestamp } from '../lib/timestamp.js';
import { namedUpload } from '../media/named-upload.js';
import { textsOf } from '../statuses/variables.js';
import type { TemplateRecord, TemplatesStore } from './templates-store.js';

/** The uploads that templates show. */
export interface FilesOfTemplates {
  /** Throws `not_found` for a file that the principal may not see. */
  getRecord(principal: Principal, filename: string): Promise<unknown>;
  addUse(
    tx: Tx,
    filename: string,
    use: { kind: string; usedBy: string; organizationId: string; sessionId: string | null },
  ): Promise<void>;
  dropUses(tx: Tx, kind: string, usedBy: string): Promise<void>;
}

const useKind = 'template';
const pages = new Pages(idCursor);

/** Saved posts to start from. The file that one shows stays for as long as the template does. */
export class TemplatesService {
  constructor(
    private readonly store: TemplatesStore,
    private readonly files: FilesOfTemplates,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly quotas: Quotas,
  ) {}

  /** Throws `conflict` when the name is taken, `not_found` when the file that it shows is not there. */
  async create(principal: Principal, { name, status }: CreateTemplateBody, keep?: Keep<Template>): Promise<Template> {
    const now = this.clock.now().getTime();
    const of = { organizationId: organizationOf(principal), createdBy: principal.name };
    const record = { ...of, id: newId(), name, body: status, createdAt: now, updatedAt: now };
    const room = (tx: Tx): Promise<void> => this.quotas.require(tx, 'template', of);
    return this.put(principal, record, status, { keep, room });
  }

  async list(principal: Principal, query: PageQuery): Promise<Page<Template>> {
    const { records, total } = await this.store.list(principal.organizationId, pages.wanted(query));
    const { items, nextCursor } = pages.cut(records, query, ({ id }) => id);
    return { items: items.map(publicTemplate), total, nextCursor };
  }

  async get(principal: Principal, id: string): Promise<Template> {
    return publicTemplate(await this.getRecord(principal, id));
  }

  /** What is left out stays. Throws as {@link create} does. */
  async change(principal: Principal, id: string, { name, status }: ChangeTemplateBody): Promise<Template> {
    const record = await this.getRecord(principal, id);
    const updatedAt = this.clock.now().getTime();
    const changed = { ...record, name: name ?? record.name, body: status ?? record.body, updatedAt };
    return this.put(principal, changed, status);
  }

  async delete(principal: Principal, id: string): Promise<void> {
    await this.getRecord(principal, id);
    await this.unitOfWork.run(async (tx) => {
      await this.store.delete(tx, id);
      await this.files.dropUses(tx, useKind, id);
    });
  }

  private async put(
    principal: Principal,
    record: TemplateRecord,
    given: SendStatusBody | undefined,
    { keep, room }: { keep?: Keep<Template> | undefined; room?: (tx: Tx) => Promise<void> } = {},
  ): Promise<Template> {
    const filename = given && namedUpload(given);
    const { organizationId } = record;
    // A file is seen by those who use it, so nobody may begin to use one that they, or the template's organization, do not see.
    if (filename !== undefined) await this.files.getRecord({ ...principal, organizationId }, filename);
    await this.unitOfWork.run(async (tx) => {
      await room?.(tx);
      if (!(await this.store.put(tx, record))) {
        throw new AppError('conflict', `There is a template named "${record.name}" already.`);
      }
      if (given) await this.keepFile(tx, record, filename);
      await keep?.(tx, publicTemplate(record));
    });
    return publicTemplate(record);
  }

  /** Instead of the file that it showed before. */
  private async keepFile(tx: Tx, { id, organizationId }: TemplateRecord, filename: string | undefined): Promise<void> {
    await this.files.dropUses(tx, useKind, id);
    if (filename === undefined) return;
    await this.files.addUse(tx, filename, { kind: useKind, usedBy: id, organizationId, sessionId: null });
  }

  private async getRecord(principal: Principal, id: string): Promise<TemplateRecord> {
    const record = await this.store.find(id);
    const place = record && { organizationId: record.organizationId, sessionId: null };
    requireVisible(principal, place, 'The template');
    if (!record) throw notFound('The template');
    return record;
  }
}

function publicTemplate({ body, createdAt, updatedAt, ...record }: TemplateRecord): Template {
  const known = new Set<string>([...ownVariables, ...Object.keys(body.variables ?? {})]);
  return {
    ...record,
    status: { ...body },
    variables: variablesIn(textsOf(body)).filter((name) => !known.has(name)),
    createdAt: timestamp(createdAt),
    updatedAt: timestamp(updatedAt),
  };
}
