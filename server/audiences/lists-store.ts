import type { AudienceList, Member, NewMember } from '../contract/audiences.js';
import type { Database } from '../db/database.js';
import { maxFields } from '../contract/person-fields.js';
import { validationError } from '../lib/app-error.js';
import { readFields } from './member-fields.js';
import { containsText, insertRows, isUniqueViolation, whereAnyOf } from '../db/dialect.js';
import { countRows, whereReached } from '../db/lists.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import { formsOfNumber } from '../lib/number-forms.js';
import type { WantedPage } from '../lib/page.js';

interface ListRow {
  id: string;
  organization_id: string;
  name: string;
  created_by: string;
  created_at: number;
  updated_at: number;
}
interface MemberRow {
  audience_id: string;
  phone_number: string;
  name: string | null;
  /** JSON, or null for none. */
  fields: string | null;
  added_at: number;
}
interface TagRow {
  organization_id: string;
  tag: string;
  phone_number: string;
}
/** Which list, and whose. */
export interface ListPlace {
  id: string;
  organizationId: string;
}

/** Bounds how long building rows holds the event loop. */
const membersPerTurn = 1_000;

/** The SQL of lists and who is on them. `organizationId` null reaches every organization. */
export class ListsStore {
  constructor(private readonly database: Database) {}

  /** False when the name is taken. */
  async insert(tx: Tx, list: ListRow): Promise<boolean> {
    const insert = knexOf(tx)('audiences').insert(list).onConflict(['organization_id', 'name']).ignore();
    return (await insert.returning('id')).length > 0;
  }

  async find(organizationId: string | null, id: string, source: Tx | Database = this.database) {
    const row = await this.counted(organizationId, source).where('audiences.id', id).first();
    return row && toList(row);
  }

  async list(
    organizationId: string | null,
    page: WantedPage<string>,
  ): Promise<{ lists: AudienceList[]; total: number }> {
    const query = this.counted(organizationId, this.database).orderBy('audiences.id').limit(page.limit);
    if (page.after !== undefined) void query.where('audiences.id', '>', page.after);
    const total = await countRows(whereReached(this.database('audiences'), { organizationId }));
    return { lists: (await query).map(toList), total };
  }

  /** False when another list has the name. */
  async rename(tx: Tx, id: string, name: string, now: number): Promise<boolean> {
    try {
      await knexOf(tx)('audiences').where({ id }).update({ name, updated_at: now });
      return true;
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
  }

  async delete(tx: Tx, id: string): Promise<void> {
    await knexOf(tx)('audiences').where({ id }).delete();
  }

  /**
   * A name and fields that are given replace those that were there; other fields stay. Numbers must not repeat.
   * Throws `validation_error` for somebody who would have too many fields.
   */
  async addMembers(tx: Tx, list: ListPlace, members: readonly NewMember[], now: number): Promise<void> {
    // Whoever adds to the same list waits, or one would take back what the other adds to the fields of somebody.
    await knexOf(tx)('audiences').where({ id: list.id }).forUpdate().first('id');
    for (let from = 0; from < members.length; from += membersPerTurn) {
      await this.addSomeMembers(tx, list, members.slice(from, from + membersPerTurn), now);
    }
  }

  private async addSomeMembers(tx: Tx, list: ListPlace, members: readonly NewMember[], now: number): Promise<void> {
    const db = knexOf(tx);
    const organization_id = list.organizationId;
    const fields = await this.joinedFields(tx, list, members);
    await insertRows(db, {
      table: 'audience_members',
      columns: ['audience_id', 'phone_number', 'organization_id', 'name', 'fields', 'added_at'],
      rows: members.map(({ phoneNumber, name = null }) => ({
        audience_id: list.id,
        phone_number: phoneNumber,
        organization_id,
        name,
        fields: fields.get(phoneNumber) ?? null,
        added_at: now,
      })),
      conflict: ['audience_id', 'phone_number'],
      update: {
        name: 'coalesce(excluded.name, audience_members.name)',
        fields: 'coalesce(excluded.fields, audience_members.fields)',
      },
    });
  }

  /** By number, as they are stored; of those only who is given some. */
  private async joinedFields(tx: Tx, { id }: ListPlace, members: readonly NewMember[]): Promise<Map<string, string>> {
    const given = members.filter(({ fields }) => fields !== undefined && Object.keys(fields).length > 0);
    const db = knexOf(tx);
    const query = db<MemberRow>('audience_members').where({ audience_id: id }).whereNotNull('fields');
    const numbers = given.map(({ phoneNumber }) => phoneNumber);
    const rows = await whereAnyOf(db, query.select('phone_number', 'fields'), 'phone_number', numbers);
    const before = new Map(rows.map((row) => [row.phone_number, readFields(row.fields)]));
    return new Map(
      given.map(({ phoneNumber, fields }) => {
        const joined = { ...before.get(phoneNumber), ...fields };
        if (Object.keys(joined).length <= maxFields) return [phoneNumber, JSON.stringify(joined)];
        const most = `A person has at most ${String(maxFields)} fields`;
        throw validationError(
          'fields',
          `${most}; ${phoneNumber} would have ${String(Object.keys(joined).length)}. Leave some out.`,
        );
      }),
    );
  }

  /** How many of these numbers are on the list. */
  async countAmong({ id }: ListPlace, numbers: readonly string[]): Promise<number> {
    let count = 0;
    for (let from = 0; from < numbers.length; from += membersPerTurn) {
      const query = this.database<MemberRow>('audience_members').where({ audience_id: id }).select('phone_number');
      const step = numbers.slice(from, from + membersPerTurn);
      count += (await whereAnyOf(this.database, query, 'phone_number', step)).length;
    }
    return count;
  }

  /** In whatever form they are written. */
  async removeMembers(tx: Tx, id: string, numbers: readonly string[]): Promise<void> {
    const db = knexOf(tx);
    const forms = numbers.flatMap(formsOfNumber);
    await whereAnyOf(db, db('audience_members').where({ audience_id: id }).delete(), 'phone_number', forms);
  }

  /** From all lists of the organization. How many rows went. */
  forgetNumbers(tx: Tx, organizationId: string, numbers: readonly string[]): Promise<number> {
    const members = knexOf(tx)('audience_members').where({ organization_id: organizationId });
    return members.whereIn('phone_number', numbers).delete();
  }

  countMembers(tx: Tx, id: string): Promise<number> {
    return countRows(knexOf(tx)('audience_members').where({ audience_id: id }));
  }

  /** How many have this in their name or number. */
  countMatching(list: ListPlace, search: string): Promise<number> {
    return countRows(this.matching(list, search));
  }

  /** By number, from after this one. */
  async listMembers(list: ListPlace, page: WantedPage<string>, search = ''): Promise<Member[]> {
    const query = this.matching(list, search);
    if (page.after !== undefined) void query.where('phone_number', '>', page.after);
    const rows = await query.orderBy('phone_number').limit(page.limit).select('*');
    const tagQuery = this.database<TagRow>('person_tags').where({ organization_id: list.organizationId }).select('*');
    const tags = new Map<string, string[]>();
    const numbers = rows.map((row) => row.phone_number);
    for (const row of await whereAnyOf(this.database, tagQuery.orderBy('tag'), 'phone_number', numbers)) {
      tags.set(row.phone_number, [...(tags.get(row.phone_number) ?? []), row.tag]);
    }
    return rows.map((row) => ({
      phoneNumber: row.phone_number,
      name: row.name,
      tags: tags.get(row.phone_number) ?? [],
      fields: readFields(row.fields),
      addedAt: new Date(row.added_at).toISOString(),
    }));
  }

  private matching(list: ListPlace, search: string) {
    const query = this.database<MemberRow>('audience_members').where({ audience_id: list.id });
    if (search === '') return query;
    const has = (column: string) => containsText(this.database, column);
    const digits = search.replace(/\D/g, '');
    return query.where((any) => {
      // SQLite knows capitals of the Latin alphabet only; other names are found as they are written.
      void any.whereRaw(has("lower(coalesce(name, ''))"), [search.toLowerCase()]);
      void any.orWhereRaw(has("coalesce(name, '')"), [search]);
      if (digits !== '') void any.orWhereRaw(has('phone_number'), [digits]);
    });
  }

  private counted(organizationId: string | null, source: Tx | Database) {
    const db = knexOf(source);
    const members = '(select count(*) from audience_members m where m.audience_id = audiences.id)';
    const query = db('audiences').select<(ListRow & { member_count: number | string })[]>(
      db.raw(`audiences.*, ${members} as member_count`),
    );
    return whereReached(query, { organizationId }, 'audiences');
  }
}

function toList(row: ListRow & { member_count: number | string }): AudienceList {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    memberCount: Number(row.member_count),
    createdBy: row.created_by,
    createdAt: new Date(row.created_at).toISOString(),
    updatedAt: new Date(row.updated_at).toISOString(),
  };
}
