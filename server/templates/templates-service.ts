import { organizationOf, requireVisible, type Principal } from '../access/principal.js';
import type { Quotas } from '../access/quotas.js';
import type { Page, PageQuery } from '../contract/envelope.js';
import type { SendStatusBody } from '../contract/statuses.js';
import type { ChangeTemplateBody, CreateTemplateBody, Template } from '../contract/planning/templates.js';
import { ownVariables, variablesIn } from '../contract/planning/template-text.js';
import { type Keep, keepNothing, type Kept, type Tx, type UnitOfWork } from '../db/unit-of-work.js';
import { AppError, notFound } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { idCursor } from '../lib/cursors.js';
import { newId } from '../lib/ids.js';
import { Pages } from '../lib/page.js';
import { timestamp } from '../lib/timestamp.js';
import type { FileUses } from '../media/file-uses.js';
import type { UploadUseRecord } from '../media/upload.js';
import type { StatusRecord } from '../statuses/status.js';
import { textsOf } from '../statuses/variables.js';
import type { TemplateRecord, TemplatesStore } from './templates-store.js';

const pages = new Pages(idCursor);

/** Saved posts to start from. The file that one shows stays for as long as the template does. */
export class TemplatesService {
  constructor(
    private readonly store: TemplatesStore,
    private readonly fileUses: FileUses,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly quotas: Quotas,
  ) {}

  /** Throws `conflict` when the name is taken, `not_found` when the file that it shows is not there. */
  async create<K>(
    principal: Principal,
    { name, status }: CreateTemplateBody,
    keep: Keep<Template, K> = keepNothing,
  ): Promise<Kept<Template, K>> {
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
    return this.put(principal, changed, status, { keep: keepNothing });
  }

  async delete(principal: Principal, id: string): Promise<void> {
    const record = await this.getRecord(principal, id);
    await this.unitOfWork.run(async (tx) => {
      await this.store.delete(tx, id);
      await this.fileUses.drop(tx, useOf(record));
    });
  }

  /**
   * In the transaction that accepts a status. Throws `not_found` for one from a template that is not there. What a schedule or a
   * broadcast posts goes out all the same: the template may have been deleted since.
   */
  async onAccepted(tx: Tx, { organizationId, plan }: StatusRecord): Promise<void> {
    const { templateId, scheduleId, broadcastId } = plan;
    if (templateId === null || scheduleId !== null || broadcastId !== null || plan.repostOf !== null) return;
    if (!(await this.store.isKnown(tx, organizationId, templateId))) throw notFound('The template');
  }

  private async put<K>(
    principal: Principal,
    record: TemplateRecord,
    given: SendStatusBody | undefined,
    { keep, room }: { keep: Keep<Template, K>; room?: (tx: Tx) => Promise<void> },
  ): Promise<Kept<Template, K>> {
    if (given) await this.fileUses.require(principal, record.organizationId, [given]);
    return this.unitOfWork.run(async (tx) => {
      await room?.(tx);
      if (!(await this.store.put(tx, record))) {
        throw new AppError('conflict', `There is a template named "${record.name}" already.`);
      }
      if (given) await this.fileUses.replace(tx, useOf(record), [given]);
      return keep(tx, publicTemplate(record));
    });
  }

  private async getRecord(principal: Principal, id: string): Promise<TemplateRecord> {
    const record = await this.store.find(id);
    const place = record && { organizationId: record.organizationId, sessionId: null };
    requireVisible(principal, place, 'The template');
    if (!record) throw notFound('The template');
    return record;
  }
}

function useOf({ id, organizationId }: TemplateRecord): UploadUseRecord {
  return { kind: 'template', usedBy: id, organizationId, sessionId: null };
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
