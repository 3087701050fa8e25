import type { Database } from '../db/database.js';
import { readFields } from './member-fields.js';
import { whereAnyOf } from '../db/dialect.js';
import { formsOfNumber, numberKey } from '../lib/number-forms.js';
import { nameToShow, type NamesRow } from '../people/person.js';
import type { PersonAddress } from '../whatsapp/gateway.js';
import type { Candidate } from './candidate.js';

const dayMs = 24 * 60 * 60_000;

interface PersonRow extends NamesRow {
  id: string;
  phone_number: string | null;
  lid: string | null;
}

interface KnownRow extends PersonRow {
  last_viewed_at: number | null;
}

interface FactsRow {
  phone_number: string;
  name: string | null;
  fields: string | null;
}

/** Bounds what one statement carries, and so how long its rows hold the event loop. */
const perStatement = 2_000;

/** The SQL behind audiences: who is on a list, has a tag, opted out, and what the session knows of them. */
export class CandidatesReportStore {
  constructor(private readonly database: Database) {}

  async listMembers(organizationId: string, listId: string): Promise<string[] | undefined> {
    const list: unknown = await this.database('audiences')
      .where({ id: listId, organization_id: organizationId })
      .first();
    if (list === undefined) return undefined;
    return this.numbers('audience_members', { audience_id: listId });
  }

  tagged(organizationId: string, tag: string): Promise<string[]> {
    return this.numbers('person_tags', { organization_id: organizationId, tag });
  }

  /** Opted out of posts of this session. */
  async optedOut(organizationId: string, sessionId: string): Promise<string[]> {
    const of = { organization_id: organizationId };
    const everywhere = await this.numbers('opt_outs', { ...of, session_id: '' });
    return [...everywhere, ...(await this.numbers('opt_outs', { ...of, session_id: sessionId }))];
  }

  /**
   * Differs once an opt-out was added or taken away, or the phone's list was told anew. One query, since it is asked before
   * every part of a post.
   */
  async leaveOutVersion(organizationId: string, sessionId: string): Promise<string> {
    const book = this.database('address_books').where({ session_id: sessionId });
    const row: Partial<Record<'count' | 'latest' | 'sum' | 'mode' | 'toldAt', number | string | null>> | undefined =
      await this.database('opt_outs')
        .where({ organization_id: organizationId })
        .whereIn('session_id', ['', sessionId])
        .count({ count: '*' })
        .max({ latest: 'created_at' })
        // One that goes and one that comes are told also where the latest was made while the clock was ahead.
        .sum({ sum: this.database.raw(`created_at % ${String(dayMs)}`) })
        .select({ mode: book.clone().select('story_privacy_mode'), toldAt: book.clone().select('story_privacy_at') })
        .first();
    return [row?.count, row?.latest, row?.sum, row?.mode, row?.toldAt].map((part) => String(part ?? '')).join('/');
  }

  /** Whether this number opted out of posts of this session, in whatever form it was written. */
  async hasOptedOut(organizationId: string, sessionId: string, phoneNumber: string): Promise<boolean> {
    const row: unknown = await this.database('opt_outs')
      .where({ organization_id: organizationId })
      .whereIn('session_id', ['', sessionId])
      .whereIn('phone_number', formsOfNumber(phoneNumber))
      .first('phone_number');
    return row !== undefined;
  }

  /**
   * What lists say of these numbers, by {@link numberKey}: fields, and `name`. Of several lists what was added last counts, `listId`
   * means this one only.
   */
  async factsOf(
    { organizationId, listId }: { organizationId: string; listId: string | null },
    numbers: readonly string[],
  ): Promise<Map<string, Map<string, string>>> {
    const query = this.database('audience_members')
      .where({ organization_id: organizationId, ...(listId !== null && { audience_id: listId }) })
      .orderBy('added_at')
      .select('phone_number', 'name', 'fields');
    const forms = numbers.flatMap(formsOfNumber);
    const rows = (await whereAnyOf(this.database, query, 'phone_number', forms)) as FactsRow[];
    const facts = new Map<string, Map<string, string>>();
    for (const { phone_number, name, fields } of rows) {
      const known = facts.get(numberKey(phone_number)) ?? new Map<string, string>();
      for (const [field, value] of Object.entries(readFields(fields))) known.set(field, value);
      if (name !== null) known.set('name', name);
      facts.set(numberKey(phone_number), known);
    }
    return facts;
  }

  /** What the session knows of these addresses, in their order; everyone once. */
  async candidatesOf(sessionId: string, addresses: readonly PersonAddress[]): Promise<Candidate[]> {
    const found = new Map<string, Candidate>();
    for (let from = 0; from < addresses.length; from += perStatement) {
      const step = addresses.slice(from, from + perStatement);
      const people = await this.peopleOf(sessionId, step);
      for (const address of step) {
        const { phoneNumber, lid } = address;
        const numbered = phoneNumber === null ? undefined : findByNumber(people, phoneNumber);
        const person = numbered ?? people.get(`l${lid ?? ''}`);
        const key = person?.personId ?? `${phoneNumber === null ? '' : numberKey(phoneNumber)}/${lid ?? ''}`;
        if (!found.has(key)) found.set(key, person ?? { ...address, personId: null, name: null, lastViewedAt: null });
      }
    }
    return [...found.values()];
  }

  private async peopleOf(sessionId: string, addresses: readonly PersonAddress[]): Promise<Map<string, Candidate>> {
    const people = new Map<string, Candidate>();
    const byId = new Map<string, Candidate>();
    for (const [column, values] of [
      [
        'phone_number',
        addresses.flatMap(({ phoneNumber }) => (phoneNumber === null ? [] : formsOfNumber(phoneNumber))),
      ],
      ['lid', addresses.flatMap(({ lid }) => lid ?? [])],
    ] as const) {
      if (values.length === 0) continue;
      // One look at the end of each person's part of the index, however much they viewed.
      const last = this.database('views').whereRaw('person_id = people.id').max('viewed_at').as('last_viewed_at');
      const query = this.database('people')
        .where({ session_id: sessionId })
        .select('id', 'phone_number', 'lid', 'name', 'verified_name', 'push_name', last);
      const rows = (await whereAnyOf(this.database, query, column, values)) as KnownRow[];
      for (const row of rows) {
        const known = byId.get(row.id) ?? {
          personId: row.id,
          phoneNumber: row.phone_number,
          lid: row.lid,
          name: nameToShow(row),
          lastViewedAt: row.last_viewed_at,
        };
        byId.set(row.id, known);
        if (row.phone_number !== null) people.set(`n${row.phone_number}`, known);
        if (row.lid !== null) people.set(`l${row.lid}`, known);
      }
    }
    return people;
  }

  private async numbers(table: string, of: Record<string, string>): Promise<string[]> {
    const found: string[] = [];
    for (let after = '', more = true; more;) {
      const page: { phone_number: string }[] = await this.database(table)
        .where(of)
        .where('phone_number', '>', after)
        .orderBy('phone_number')
        .limit(perStatement)
        .select('phone_number');
      for (const row of page) found.push(row.phone_number);
      after = page.at(-1)?.phone_number ?? '';
      more = page.length === perStatement;
    }
    return found;
  }
}

/** Whoever has this number, also where it is known in another form. */
function findByNumber(people: ReadonlyMap<string, Candidate>, phoneNumber: string): Candidate | undefined {
  for (const form of formsOfNumber(phoneNumber)) {
    const person = people.get(`n${form}`);
    if (person) return person;
  }
  return undefined;
}
