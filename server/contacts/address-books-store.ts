import type { Database } from '../db/database.js';
import { insertRows, whereAnyOf } from '../db/dialect.js';
import { countRows } from '../db/lists.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import { nameToShow, type NamesRow, type PeopleScope } from '../people/person.js';
import type { PersonAddress, StoryPrivacyMode } from '../whatsapp/gateway.js';

/** What is known of an address book as a whole. Times are epoch milliseconds. */
export interface AddressBookRecord {
  phoneNumber: string | null;
  syncStartedAt: number | null;
  syncedAt: number | null;
  changedAt: number | null;
  storyPrivacyMode: StoryPrivacyMode | null;
  storyPrivacyAt: number | null;
  readReceipts: boolean | null;
  readReceiptsAt: number | null;
}

export const unknownAddressBook: AddressBookRecord = {
  phoneNumber: null,
  syncStartedAt: null,
  syncedAt: null,
  changedAt: null,
  storyPrivacyMode: null,
  storyPrivacyAt: null,
  readReceipts: null,
  readReceiptsAt: null,
};

interface AddressBookRow {
  phone_number: string | null;
  sync_started_at: number | null;
  synced_at: number | null;
  changed_at: number | null;
  story_privacy_mode: string | null;
  story_privacy_at: number | null;
  read_receipts: number | null;
  read_receipts_at: number | null;
}

export interface ListedPerson {
  personId: string;
  number: string | null;
  lid: string | null;
  name: string | null;
}

/** The state of each address book, and the phone's list of people for statuses. */
export class AddressBooksStore {
  constructor(private readonly database: Database) {}

  async find(sessionId: string, source: Tx | Database = this.database): Promise<AddressBookRecord | undefined> {
    const row = await knexOf(source)<AddressBookRow & { session_id: string }>('address_books')
      .where({ session_id: sessionId })
      .first();
    return (
      row && {
        phoneNumber: row.phone_number,
        syncStartedAt: row.sync_started_at,
        syncedAt: row.synced_at,
        changedAt: row.changed_at,
        storyPrivacyMode: modeOf(row.story_privacy_mode),
        storyPrivacyAt: row.story_privacy_at,
        readReceipts: row.read_receipts === null ? null : row.read_receipts === 1,
        readReceiptsAt: row.read_receipts_at,
      }
    );
  }

  async save(tx: Tx, scope: PeopleScope, book: AddressBookRecord): Promise<void> {
    const row = {
      phone_number: book.phoneNumber,
      sync_started_at: book.syncStartedAt,
      synced_at: book.syncedAt,
      changed_at: book.changedAt,
      story_privacy_mode: book.storyPrivacyMode,
      story_privacy_at: book.storyPrivacyAt,
      read_receipts: book.readReceipts === null ? null : Number(book.readReceipts),
      read_receipts_at: book.readReceiptsAt,
    };
    await knexOf(tx)('address_books')
      .insert({ session_id: scope.sessionId, organization_id: scope.organizationId, ...row })
      .onConflict('session_id')
      .merge(row);
  }

  /** At most `limit` of the people on the list, by their ids, and how many there are. */
  async listPeople(sessionId: string, limit: number): Promise<{ people: ListedPerson[]; total: number }> {
    const rows = await this.database('story_privacy_people as s')
      .join('people as p', 'p.id', 's.person_id')
      .where('s.session_id', sessionId)
      .select<({ id: string; phone_number: string | null; lid: string | null } & NamesRow)[]>(
        'p.id',
        'p.phone_number',
        'p.lid',
        'p.name',
        'p.verified_name',
        'p.push_name',
      )
      .orderBy('s.person_id')
      .limit(limit);
    const total = await countRows(this.database('story_privacy_people').where({ session_id: sessionId }));
    return {
      people: rows.map((row) => ({
        personId: row.id,
        number: row.phone_number,
        lid: row.lid,
        name: nameToShow(row),
      })),
      total,
    };
  }

  async isListed(sessionId: string, personId: string): Promise<boolean> {
    const place = { session_id: sessionId, person_id: personId };
    return (await this.database('story_privacy_people').where(place).first('person_id')) !== undefined;
  }

  /** Everyone on the list, in no order. */
  async listAddresses(sessionId: string): Promise<PersonAddress[]> {
    const rows = await this.database('story_privacy_people as s')
      .join('people as p', 'p.id', 's.person_id')
      .where('s.session_id', sessionId)
      .select<{ phone_number: string | null; lid: string | null }[]>('p.phone_number', 'p.lid');
    return rows.map((row) => ({ phoneNumber: row.phone_number, lid: row.lid }));
  }

  async replacePeople(tx: Tx, scope: PeopleScope, personIds: readonly string[]): Promise<void> {
    await knexOf(tx)('story_privacy_people').where({ session_id: scope.sessionId }).delete();
    await this.addPeople(tx, scope, personIds);
  }

  /** Puts the survivors of merges where those who are gone stood. */
  async movePeople(tx: Tx, scope: PeopleScope, survivors: ReadonlyMap<string, string>): Promise<void> {
    const db = knexOf(tx);
    const query = db<{ person_id: string }>('story_privacy_people').select('person_id');
    const rows = (await whereAnyOf(db, query, 'person_id', [...survivors.keys()])) as { person_id: string }[];
    await this.addPeople(
      tx,
      scope,
      rows.flatMap((row) => survivors.get(row.person_id) ?? []),
    );
  }

  /** How many went from the lists of status privacy. */
  forgetPerson(tx: Tx, personId: string): Promise<number> {
    return knexOf(tx)('story_privacy_people').where({ person_id: personId }).delete();
  }

  private async addPeople(tx: Tx, scope: PeopleScope, personIds: readonly string[]): Promise<void> {
    await insertRows(knexOf(tx), {
      table: 'story_privacy_people',
      columns: ['session_id', 'organization_id', 'person_id'] as const,
      rows: [...new Set(personIds)].map((personId) => ({
        session_id: scope.sessionId,
        organization_id: scope.organizationId,
        person_id: personId,
      })),
      conflict: ['session_id', 'person_id'],
    });
  }
}

function modeOf(text: string | null): StoryPrivacyMode | null {
  return text === 'contacts' || text === 'allowlist' || text === 'denylist' ? text : null;
}
