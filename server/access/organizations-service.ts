import type { CreateOrganizationBody, Organization } from '../contract/access.js';
import type { Page, PageQuery } from '../contract/envelope.js';
import { type Keep, keepNothing, type Kept, type Tx, type UnitOfWork } from '../db/unit-of-work.js';
import { AppError, notFound } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { timeCursor } from '../lib/cursors.js';
import { newId } from '../lib/ids.js';
import { Pages } from '../lib/page.js';
import type { ApiKeysStore } from './api-keys-store.js';
import type { CountedOrganization, OrganizationsStore } from './organizations-store.js';
import { defaultOrganizationId } from './principal.js';
import type { Quotas } from './quotas.js';

export interface OrganizationsParts {
  organizations: OrganizationsStore;
  keys: ApiKeysStore;
  quotas: Quotas;
  unitOfWork: UnitOfWork;
  clock: Clock;
  /** Told after the commit, to end what is still open for its members. */
  onDeleted: (organizationId: string) => void;
}

const pages = new Pages(timeCursor);

/** Organizations: what one of them has, the others do not find. */
export class OrganizationsService {
  constructor(private readonly parts: OrganizationsParts) {}

  /** `conflict` for a taken id. */
  async create<K>(
    body: CreateOrganizationBody,
    keep: Keep<Organization, K> = keepNothing,
  ): Promise<Kept<Organization, K>> {
    const record = { id: body.id ?? newId(), name: body.name, createdAt: this.parts.clock.now() };
    const organization = publicOrganization({ record, sessionCount: 0, keyCount: 0 });
    return this.parts.unitOfWork.run(async (tx) => {
      await this.requireRoom(tx);
      if (!(await this.parts.organizations.insert(tx, record))) {
        throw new AppError('conflict', `The organization id "${record.id}" is taken.`);
      }
      return keep(tx, organization);
    });
  }

  /** Oldest first. */
  async list(query: PageQuery): Promise<Page<Organization>> {
    const { organizations, total } = await this.parts.organizations.list(pages.wanted(query));
    const { items, nextCursor } = pages.cut(organizations, query, ({ record: { createdAt, id } }) => ({
      at: createdAt.getTime(),
      id,
    }));
    return { items: items.map(publicOrganization), total, nextCursor };
  }

  async get(id: string): Promise<Organization> {
    const found = await this.parts.organizations.find(id);
    if (found === undefined) throw notFound(`The organization "${id}"`);
    return publicOrganization(found);
  }

  async rename(id: string, name: string): Promise<Organization> {
    await this.parts.unitOfWork.run((tx) => this.parts.organizations.rename(tx, id, name));
    return this.get(id);
  }

  /** Deletes it with its keys. `conflict` while it has sessions, and for the one that exists from the start. */
  async delete(id: string): Promise<void> {
    if (id === defaultOrganizationId) {
      throw new AppError('conflict', `The organization "${id}" cannot be deleted: what names no other belongs to it.`);
    }
    const { organizations, keys, unitOfWork, onDeleted } = this.parts;
    await unitOfWork.run(async (tx) => {
      const found = await organizations.find(id, tx);
      if (found === undefined) throw notFound(`The organization "${id}"`);
      if (found.sessionCount > 0) {
        const sessions = found.sessionCount === 1 ? 'a session' : `${String(found.sessionCount)} sessions`;
        throw new AppError('conflict', `The organization "${id}" still has ${sessions}. Delete what it has first.`);
      }
      await keys.deleteOfOrganization(tx, id);
      if (!(await organizations.delete(tx, id))) {
        throw new AppError(
          'conflict',
          `Something still belongs to the organization "${id}". Delete what it has first.`,
        );
      }
      tx.afterCommit(() => onDeleted(id));
    });
  }

  exists(id: string): Promise<boolean> {
    return this.parts.organizations.exists(id);
  }

  /** Makes it, named like its id, unless it is there. */
  async createIfMissing(id: string): Promise<void> {
    await this.parts.unitOfWork.run(async (tx) => {
      await this.requireRoom(tx);
      await this.parts.organizations.insert(tx, { id, name: id, createdAt: this.parts.clock.now() });
    });
  }

  private requireRoom(tx: Tx): Promise<void> {
    // Whoever makes another one waits for this row: it is always there.
    return this.parts.quotas.require(tx, 'organization', { organizationId: defaultOrganizationId });
  }
}

function publicOrganization({ record, sessionCount, keyCount }: CountedOrganization): Organization {
  return { id: record.id, name: record.name, createdAt: record.createdAt.toISOString(), sessionCount, keyCount };
}
