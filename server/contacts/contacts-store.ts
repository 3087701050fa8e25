import type { Knex } from 'knex';
import type { Contact } from '../contract/contacts.js';
import type { Database } from '../db/database.js';
import { containsText, insertRows, takeNew, whereAnyOf, withoutIndex } from '../db/dialect.js';
import { countRows } from '../db/lists.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { WantedPage } from '../lib/page.js';
import { nameToShow, type NamesRow, type PeopleScope } from '../people/person.js';
import { jidOf } from '../whatsapp/jid.js';
import { type ContactRecord, searchTextOf, sortNameOf } from './contact.js';

interface ContactRow extends NamesRow {
  person_id: string;
  phone_number: string | null;
  lid: string | null;
  is_saved: number | null;
  in_chat: number | null;
  saved_at: number | null;
  sort_name: string;
  updated_at: number;
}

export interface ContactPlace {
  sortName: string;
  personId: string;
}

export interface ContactsPage extends WantedPage<ContactPlace> {
  onlySaved: boolean;
  terms: readonly string[];
}

export interface ContactCounts {
  total: number;
  saved: number;
  pushNameOnly: number;
  inChat: number;
}

const columns = [
  'person_id',
  'session_id',
  'organization_id',
  'is_saved',
  'in_chat',
  'sort_name',
  'search_text',
  'saved_at',
  'updated_at',
] as const;

/** Contacts with who the people are. */
export class ContactsStore {
  constructor(private readonly database: Database) {}

  /** By name, those without one last. `total` counts all that match, on whichever page they are. */
  async list(
    sessionId: string,
    page: ContactsPage,
  ): Promise<{ rows: { contact: Contact; sortName: string }[]; total: number }> {
    const { after, limit } = page;
    const query = this.matches(sessionId, page)
      .join('people as p', 'p.id', 'c.person_id')
      .select<ContactRow[]>('c.*', 'p.phone_number', 'p.lid', 'p.name', 'p.verified_name', 'p.push_name')
      .orderBy('c.sort_name')
      .orderBy('c.person_id')
      .limit(limit);
    if (after) void query.whereRaw('(c.sort_name, c.person_id) > (?, ?)', [after.sortName, after.personId]);
    const rows = await query;
    const isAll = after === undefined && rows.length < limit;
    return {
      rows: rows.map((row) => ({ contact: toContact(row), sortName: row.sort_name })),
      total: isAll ? rows.length : await countRows(this.matches(sessionId, page)),
    };
  }

  async count(source: Tx | Database, sessionId: string): Promise<ContactCounts> {
    const row = await knexOf(source)('contacts as c')
      .join('people as p', 'p.id', 'c.person_id')
      .where('c.session_id', sessionId)
      .first<Record<keyof ContactCounts, number | null> | undefined>(
        knexOf(source).raw(
          `count(*) as "total", sum(c.is_saved) as "saved", sum(c.in_chat) as "inChat",
           sum(case when c.is_saved = 0 and (p.push_name is not null or p.verified_name is not null)
             then 1 else 0 end) as "pushNameOnly"`,
        ),
      );
    return {
      total: row?.total ?? 0,
      saved: row?.saved ?? 0,
      pushNameOnly: row?.pushNameOnly ?? 0,
      inChat: row?.inChat ?? 0,
    };
  }

  summary(sessionId: string): Promise<ContactCounts> {
    return this.count(this.database, sessionId);
  }

  /** How these people are known; `isKnown` says whether they are contacts already. */
  async find(tx: Tx, personIds: readonly string[]): Promise<Map<string, ContactRecord & { isKnown: boolean }>> {
    const db = knexOf(tx);
    const query = db('people as p')
      .leftJoin('contacts as c', 'c.person_id', 'p.id')
      .select('p.id as person_id', 'p.phone_number', 'p.name', 'p.verified_name', 'p.push_name')
      .select('c.is_saved', 'c.in_chat', 'c.saved_at');
    const rows = (await whereAnyOf(db, query, 'p.id', personIds)) as ContactRow[];
    return new Map(rows.map((row) => [row.person_id, { ...toRecord(row), isKnown: row.is_saved !== null }]));
  }

  async save(tx: Tx, scope: PeopleScope, records: readonly ContactRecord[], now: number): Promise<void> {
    await insertRows(knexOf(tx), {
      table: 'contacts',
      columns,
      rows: records.map((record) => ({
        person_id: record.personId,
        session_id: scope.sessionId,
        organization_id: scope.organizationId,
        is_saved: record.isSaved ? 1 : 0,
        in_chat: record.inChat ? 1 : 0,
        sort_name: sortNameOf(record),
        search_text: searchTextOf(record),
        saved_at: record.savedAt,
        updated_at: now,
      })),
      conflict: ['person_id'],
      update: takeNew(['is_saved', 'in_chat', 'sort_name', 'search_text', 'saved_at', 'updated_at']),
    });
  }

  /** Notes that the phone told again that these are saved. */
  async touchSaved(tx: Tx, personIds: readonly string[], now: number): Promise<void> {
    const db = knexOf(tx);
    await whereAnyOf(db, db('contacts').update({ saved_at: now }), 'person_id', personIds);
  }

  /** Saved contacts of which the phone has said nothing since; at most `limit`. */
  async listNotToldSince(tx: Tx, sessionId: string, since: number, limit: number): Promise<string[]> {
    const rows = await knexOf(tx)<{ person_id: string; session_id: string; is_saved: number; saved_at: number }>(
      'contacts',
    )
      .where({ session_id: sessionId, is_saved: 1 })
      .where('saved_at', '<', since)
      .select('person_id')
      .limit(limit);
    return rows.map((row) => row.person_id);
  }

  /** Everyone saved on the phone, in no order. */
  async listSaved(sessionId: string): Promise<{ personId: string; phoneNumber: string | null; lid: string | null }[]> {
    const rows = await this.database('contacts as c')
      .join('people as p', 'p.id', 'c.person_id')
      .where({ 'c.session_id': sessionId, 'c.is_saved': 1 })
      .select<ContactRow[]>('c.person_id', 'p.phone_number', 'p.lid');
    return rows.map((row) => ({ personId: row.person_id, phoneNumber: row.phone_number, lid: row.lid }));
  }

  async delete(tx: Tx, personIds: readonly string[]): Promise<void> {
    const db = knexOf(tx);
    await whereAnyOf(db, db('contacts').delete(), 'person_id', personIds);
  }

  async deleteAll(tx: Tx, sessionId: string): Promise<void> {
    await knexOf(tx)('contacts').where({ session_id: sessionId }).delete();
  }

  private matches(sessionId: string, { onlySaved, terms }: ContactsPage): Knex.QueryBuilder {
    const query = this.database('contacts as c').where('c.session_id', sessionId);
    // From the narrower index by `is_saved` a search would go to every row.
    const isSaved = terms.length > 0 ? withoutIndex(this.database, 'c.is_saved') : 'c.is_saved';
    if (onlySaved) query.whereRaw(`${isSaved} = 1`);
    if (terms.length > 0) {
      query.where((any) => {
        for (const term of terms) void any.orWhereRaw(containsText(this.database, 'c.search_text'), [term]);
      });
    }
    return query;
  }
}

function toRecord(row: ContactRow): ContactRecord {
  return {
    personId: row.person_id,
    phoneNumber: row.phone_number,
    savedName: row.name,
    verifiedName: row.verified_name,
    pushName: row.push_name,
    isSaved: row.is_saved === 1,
    inChat: row.in_chat === 1,
    savedAt: row.saved_at,
  };
}

function toContact(row: ContactRow): Contact {
  const number = row.phone_number;
  return {
    personId: row.person_id,
    number,
    lid: row.lid,
    jid: jidOf({ phoneNumber: number, lid: row.lid }),
    name: nameToShow(row),
    savedName: row.name,
    verifiedName: row.verified_name,
    pushName: row.push_name,
    isSaved: row.is_saved === 1,
    inChat: row.in_chat === 1,
    updatedAt: new Date(row.updated_at).toISOString(),
  };
}
