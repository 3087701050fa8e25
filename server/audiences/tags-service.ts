import type { Quotas } from '../access/quotas.js';
import { organizationOf, type Principal } from '../access/principal.js';
import type { Tag, TagChanged } from '../contract/audiences.js';
import type { Page, PageQuery } from '../contract/envelope.js';
import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import { textCursor } from '../lib/cursors.js';
import { Pages } from '../lib/page.js';
import type { TagsStore } from './tags-store.js';

const pages = new Pages(textCursor(/^.{1,50}$/su));

/** Tags of an organization: which there are, and who has them. */
export class TagsService {
  constructor(
    private readonly store: TagsStore,
    private readonly unitOfWork: UnitOfWork,
    private readonly quotas: Quotas,
  ) {}

  async list(principal: Principal, query: PageQuery): Promise<Page<Tag>> {
    const { tags, total } = await this.store.list(principal.organizationId, pages.wanted(query));
    return { ...pages.cut(tags, query, ({ tag }) => tag), total };
  }

  /** Takes every tag of the organization from these numbers. How many there were. */
  forgetNumbers(tx: Tx, organizationId: string, numbers: readonly string[]): Promise<number> {
    return this.store.forgetNumbers(tx, organizationId, numbers);
  }

  /** `changed` is how many did not have it. */
  add(principal: Principal, tag: string, numbers: readonly string[]): Promise<TagChanged> {
    const unique = [...new Set(numbers)];
    return this.change(principal, tag, async (tx, organizationId) => {
      await this.quotas.whileAddingAll(tx, { tag: 1, tagged: unique.length }, { organizationId }, () =>
        this.store.add(
          tx,
          organizationId,
          unique.map((phoneNumber) => ({ phoneNumber, tags: [tag] })),
        ),
      );
    });
  }

  /** `changed` is how many had it. Without numbers nobody has it any more. */
  remove(principal: Principal, tag: string, numbers: readonly string[] | undefined): Promise<TagChanged> {
    return this.change(principal, tag, (tx, organizationId) => this.store.remove(tx, organizationId, tag, numbers));
  }

  private change(
    principal: Principal,
    tag: string,
    work: (tx: Tx, organizationId: string) => Promise<void>,
  ): Promise<TagChanged> {
    const organizationId = organizationOf(principal);
    return this.unitOfWork.run(async (tx) => {
      const before = await this.store.count(tx, organizationId, tag);
      await work(tx, organizationId);
      const peopleCount = await this.store.count(tx, organizationId, tag);
      return { changed: Math.abs(peopleCount - before), peopleCount };
    });
  }
}
