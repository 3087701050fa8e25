import { organizationOf, requireVisible, type Principal } from '../access/principal.js';
import type { Page, PageQuery } from '../contract/envelope.js';
import type { ChangeTemplateBody, CreateTemplateBody, Template } from '../contract/templates.js';
import { ownVariables, variablesIn } from '../contract/template-text.js';
import type { UnitOfWork } from '../db/unit-of-work.js';
import { AppError, notFound } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { newId } from '../lib/ids.js';
import { timestamp } from '../statuses/status.js';
import type { TemplateRecord, TemplatesStore } from './templates-store.js';

/** Saved posts to start from. */
export class TemplatesService {
  constructor(
    private readonly store: TemplatesStore,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /** Throws `conflict` when the name is taken. */
  async create(principal: Principal, { name, status }: CreateTemplateBody): Promise<Template> {
    const now = this.clock.now().getTime();
    const of = { organizationId: organizationOf(principal), createdBy: principal.name };
    return this.put({ ...of, id: newId(), name, body: status, createdAt: now, updatedAt: now });
  }

  async list(principal: Principal, { cursor, limit }: PageQuery): Promise<Page<Template>> {
    const { records, total } = await this.store.list(principal.organizationId, { limit: limit + 1, after: cursor });
    const items = records.slice(0, limit).map(publicTemplate);
    return { items, total, nextCursor: records.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  async get(principal: Principal, id: string): Promise<Template> {
    return publicTemplate(await this.getRecord(principal, id));
  }

  /** What is left out stays. Throws `conflict` when the name is taken. */
  async change(principal: Principal, id: string, { name, status }: ChangeTemplateBody): Promise<Template> {
    const record = await this.getRecord(principal, id);
    const updatedAt = this.clock.now().getTime();
    return this.put({ ...record, name: name ?? record.name, body: status ?? record.body, updatedAt });
  }

  async delete(principal: Principal, id: string): Promise<void> {
    await this.getRecord(principal, id);
    await this.unitOfWork.run((tx) => this.store.delete(tx, id));
  }

  private async put(record: TemplateRecord): Promise<Template> {
    await this.unitOfWork.run(async (tx) => {
      if (!(await this.store.put(tx, record))) {
        throw new AppError('conflict', `There is a template named "${record.name}" already.`);
      }
    });
    return publicTemplate(record);
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
  const texts = `${body.type === 'text' ? body.content : ''} ${('caption' in body ? body.caption : '') ?? ''}`;
  const known = new Set<string>(ownVariables);
  return {
    ...record,
    status: { ...body },
    variables: variablesIn(texts).filter((name) => !known.has(name)),
    createdAt: timestamp(createdAt),
    updatedAt: timestamp(updatedAt),
  };
}
