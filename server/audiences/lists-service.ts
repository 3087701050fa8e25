import { Readable } from 'node:stream';
import { organizationOf, type Principal } from '../access/principal.js';
import {
  maxAudienceSize,
  type AudienceList,
  type ListMembersQuery,
  type Member,
  type NewMember,
} from '../contract/audiences.js';
import type { Quotas } from '../access/quotas.js';
import type { ImportPreview, ImportReport } from '../contract/audience-imports.js';
import type { Page, PageQuery } from '../contract/envelope.js';
import { type Keep, keepNothing, type Kept, type Tx, type UnitOfWork } from '../db/unit-of-work.js';
import { AppError, notFound, validationError } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { csvText } from '../lib/csv/csv-text.js';
import { idCursor, textCursor } from '../lib/cursors.js';
import { newId } from '../lib/ids.js';
import { Pages } from '../lib/page.js';
import type { ChosenColumns } from './csv-columns.js';
import { importPreview } from './import-preview.js';
import type { ListsStore } from './lists-store.js';
import { readCsvMembers } from './read-csv.js';
import type { TagsStore } from './tags-store.js';

const listPages = new Pages(idCursor);
const memberPages = new Pages(textCursor(/^\d{1,40}$/));
const exportPage = 2_000;
/** The most columns that an export has for fields. */
const maxExportedFields = 200;
/** Bounds how long the event loop is held. */
const membersPerTurn = 1_000;

/** Named lists of people, which belong to an organization. */
export class ListsService {
  constructor(
    private readonly store: ListsStore,
    private readonly tags: TagsStore,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly quotas: Quotas,
  ) {}

  /** Takes these numbers from every list of the organization. How many entries there were. */
  forgetNumbers(tx: Tx, organizationId: string, numbers: readonly string[]): Promise<number> {
    return this.store.forgetNumbers(tx, organizationId, numbers);
  }

  /** Throws `conflict` when the name is taken. */
  async create<K>(
    principal: Principal,
    name: string,
    keep: Keep<AudienceList, K> = keepNothing,
  ): Promise<Kept<AudienceList, K>> {
    const [id, now] = [newId(), this.now()];
    const organizationId = organizationOf(principal);
    return this.unitOfWork.run(async (tx) => {
      const row = {
        id,
        organization_id: organizationId,
        name,
        created_by: principal.name,
        created_at: now,
        updated_at: now,
      };
      await this.quotas.require(tx, 'list', { organizationId });
      if (!(await this.store.insert(tx, row))) throw nameTaken(name);
      const list = await this.store.find(organizationId, id, tx);
      if (!list) throw notFound('The list');
      return keep(tx, list);
    });
  }

  async list(principal: Principal, query: PageQuery): Promise<Page<AudienceList>> {
    const { lists, total } = await this.store.list(principal.organizationId, listPages.wanted(query));
    return { ...listPages.cut(lists, query, ({ id }) => id), total };
  }

  /** Throws `not_found`, also for a list of another organization. */
  async get(principal: Principal, id: string): Promise<AudienceList> {
    const list = await this.store.find(principal.organizationId, id);
    if (!list) throw notFound('The list');
    return list;
  }

  /** Throws `conflict` when the name is taken. */
  async rename(principal: Principal, id: string, name: string): Promise<AudienceList> {
    await this.get(principal, id);
    await this.unitOfWork.run(async (tx) => {
      if (!(await this.store.rename(tx, id, name, this.now()))) throw nameTaken(name);
    });
    return this.get(principal, id);
  }

  /** Throws `not_found`. */
  async delete(principal: Principal, id: string): Promise<void> {
    await this.get(principal, id);
    await this.unitOfWork.run((tx) => this.store.delete(tx, id));
  }

  /** `total` counts all that match, on whichever page they are. */
  async members(principal: Principal, id: string, query: ListMembersQuery): Promise<Page<Member>> {
    const list = await this.get(principal, id);
    const { search = '' } = query;
    const found = await this.store.listMembers(list, memberPages.wanted(query), search);
    const total = search === '' ? list.memberCount : await this.store.countMatching(list, search);
    return { ...memberPages.cut(found, query, ({ phoneNumber }) => phoneNumber), total };
  }

  /** Adds those who are new; of the others name and tags. `changed` is how many were new. */
  addMembers(principal: Principal, id: string, members: readonly NewMember[]) {
    return this.add(principal, id, members, 'members');
  }

  /** `field` is what the request has them in. */
  private async add(principal: Principal, id: string, members: readonly NewMember[], field: string) {
    const list = await this.get(principal, id);
    const people = await oncePerNumber(members);
    // Before anything is written, and again with those who are there already.
    requireRoom(people.length, field);
    return this.unitOfWork.run((tx) =>
      this.withinQuotas(tx, list, people, async () => {
        const before = await this.store.countMembers(tx, id);
        await this.store.addMembers(tx, list, people, this.now());
        await this.tags.add(tx, list.organizationId, people);
        const memberCount = await this.store.countMembers(tx, id);
        requireRoom(memberCount, field);
        return { changed: memberCount - before, memberCount };
      }),
    );
  }

  private withinQuotas<T>(
    tx: Tx,
    { organizationId }: AudienceList,
    people: readonly NewMember[],
    add: () => Promise<T>,
  ): Promise<T> {
    const tags = people.map((person) => person.tags ?? []);
    const adding = {
      listMember: people.length,
      tag: new Set(tags.flat()).size,
      tagged: tags.reduce((total, { length }) => total + length, 0),
    };
    return this.quotas.whileAddingAll(tx, adding, { organizationId }, add);
  }

  /** `changed` is how many were there. */
  async removeMembers(principal: Principal, id: string, numbers: readonly string[]) {
    await this.get(principal, id);
    return this.unitOfWork.run(async (tx) => {
      const before = await this.store.countMembers(tx, id);
      await this.store.removeMembers(tx, id, numbers);
      const memberCount = await this.store.countMembers(tx, id);
      return { changed: before - memberCount, memberCount };
    });
  }

  /** What {@link importCsv} would do with this file, refusals among it. Changes nothing. */
  async previewImport(principal: Principal, id: string, csv: string, chosen: ChosenColumns): Promise<ImportPreview> {
    const list = await this.get(principal, id);
    const file = await readCsvMembers(csv, chosen);
    const people = await oncePerNumber(file.members);
    const there = await this.store.countAmong(
      list,
      people.map(({ phoneNumber }) => phoneNumber),
    );
    const newCount = people.length - there;
    requireRoom(list.memberCount + newCount, 'csv');
    await this.unitOfWork.run((tx) => this.quotas.require(tx, 'listMember', list, newCount));
    return importPreview(file, people, newCount);
  }

  /** Adds what a CSV text names, and reports the lines and cells that were of no use. */
  async importCsv(principal: Principal, id: string, csv: string, chosen: ChosenColumns): Promise<ImportReport> {
    const { members, bad, badCount, badCellCount } = await readCsvMembers(csv, chosen);
    const { changed, memberCount } = await this.add(principal, id, members, 'csv');
    return { added: changed, alreadyThere: members.length - changed, bad, badCount, badCellCount, memberCount };
  }

  /** The list as CSV, with a column for each field. Cells that a spreadsheet would run as formulas are made harmless. */
  async exportCsv(principal: Principal, id: string): Promise<Readable> {
    const list = await this.get(principal, id);
    const fields = await this.fieldNamesOf(list);
    return Readable.from(csvText(['phoneNumber', 'name', 'tags', ...fields], this.recordsOf(list, fields)));
  }

  private async *recordsOf(list: AudienceList, fieldNames: readonly string[]): AsyncGenerator<string[][]> {
    for await (const members of this.pagesOfEverybody(list)) {
      yield members.map(({ phoneNumber, name, tags, fields }) => {
        const further = fieldNames.map((field) => fields[field] ?? '');
        return [phoneNumber, name ?? '', tags.join(';'), ...further];
      });
    }
  }

  /** In the order of the first who has each. */
  private async fieldNamesOf(list: AudienceList): Promise<string[]> {
    const names = new Set<string>();
    for await (const members of this.pagesOfEverybody(list)) {
      for (const name of members.flatMap(({ fields }) => Object.keys(fields))) {
        if (names.size < maxExportedFields) names.add(name);
      }
    }
    return [...names];
  }

  private async *pagesOfEverybody(list: AudienceList): AsyncGenerator<Member[]> {
    for (let after: string | undefined, more = true; more;) {
      const members = await this.store.listMembers(list, { limit: exportPage, after });
      yield members;
      after = members.at(-1)?.phoneNumber;
      more = members.length === exportPage;
    }
  }

  private now(): number {
    return this.clock.now().getTime();
  }
}

/** What a list says of somebody, which may be nothing. */
interface Described {
  tags: string[];
  fields: Record<string, string>;
}

/** What a later one says of somebody counts more; tags and fields are joined. Never holds the event loop for long. */
async function oncePerNumber<M extends NewMember>(members: readonly M[]): Promise<(M & Described)[]> {
  const unique = new Map<string, M & Described>();
  for (const [index, member] of members.entries()) {
    if (index % membersPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
    const before = unique.get(member.phoneNumber);
    const tags = [...new Set([...(before?.tags ?? []), ...(member.tags ?? [])])];
    unique.set(member.phoneNumber, { ...before, ...member, tags, fields: { ...before?.fields, ...member.fields } });
  }
  return [...unique.values()];
}

function nameTaken(name: string): AppError {
  return new AppError('conflict', `There is a list named "${name}" already.`);
}

function requireRoom(people: number, field: string): void {
  if (people <= maxAudienceSize) return;
  throw validationError(
    field,
    `A list has at most ${String(maxAudienceSize)} people, and this one would have ${String(people)}. Make several lists of them.`,
  );
}
