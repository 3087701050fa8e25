import { organizationOf, type Principal } from '../access/principal.js';
import type { Page, PageQuery } from '../contract/envelope.js';
import type { OrganizationStorage, SessionStorage } from '../contract/storage.js';
import { timeCursor } from '../lib/cursors.js';
import { Pages } from '../lib/page.js';
import type { OrganizationStorageReportStore } from './organization-storage-report-store.js';
import type { StorageReportStore } from './storage-report-store.js';

const pages = new Pages(timeCursor);

/** How much each session takes, as far as somebody may see them. */
export class StorageService {
  constructor(
    private readonly store: StorageReportStore,
    private readonly organizations: OrganizationStorageReportStore,
    private readonly keptDays: OrganizationStorage['keptDays'],
  ) {}

  /** What the organization of the principal has beside what its sessions have, and how long what gets old is kept. */
  async ofOrganization(principal: Principal): Promise<OrganizationStorage> {
    const organizationId = organizationOf(principal);
    const database = await this.organizations.rowsOf(organizationId);
    return { database, ...(await this.organizations.files(organizationId)), keptDays: this.keptDays };
  }

  async list(principal: Principal, query: PageQuery): Promise<Page<SessionStorage>> {
    const { sessions, total } = await this.store.list(principal, pages.wanted(query));
    const { items, nextCursor } = pages.cut(sessions, query, ({ createdAt, sessionId }) => ({
      at: createdAt,
      id: sessionId,
    }));
    return { items: items.map(({ createdAt: _createdAt, ...storage }) => storage), total, nextCursor };
  }
}
