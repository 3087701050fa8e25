import type { Tag } from '../contract/audiences.js';
import type { Database } from '../db/database.js';
import { insertRows, whereAnyOf } from '../db/dialect.js';
import { countRows, whereReached } from '../db/lists.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import { formsOfNumber } from '../lib/number-forms.js';
import type { WantedPage } from '../lib/page.js';

interface CountedTag {
  tag: string;
  people: number | string;
}

/** Somebody by number, with tags that are each named once. */
export interface TaggedPerson {
  phoneNumber: string;
  tags: readonly string[];
}

/** Bounds how long building rows holds the event loop. */
const peoplePerTurn = 1_000;

/** The SQL of tags: words that an organization puts on phone numbers. */
export class TagsStore {
  constructor(private readonly database: Database) {}

  /** By name, from after this one. `organizationId` null reaches every organization. */
  async list(organizationId: string | null, page: WantedPage<string>) {
    const all = () => whereReached(this.database('person_tags'), { organizationId });
    const query = all().groupBy('tag').orderBy('tag').limit(page.limit);
    if (page.after !== undefined) void query.where('tag', '>', page.after);
    // Of one organization nobody has a tag twice, and counting rows is many times faster.
    const people = this.database.raw(`count(${organizationId === null ? 'distinct phone_number' : '*'}) as people`);
    const rows = await query.select<CountedTag[]>('tag', people);
    const [counted] = await all().countDistinct<{ total: number | string }[]>({ total: 'tag' });
    const tags: Tag[] = rows.map((row) => ({ tag: row.tag, peopleCount: Number(row.people) }));
    return { tags, total: Number(counted?.total ?? 0) };
  }

  count(tx: Tx, organizationId: string, tag: string): Promise<number> {
    return countRows(knexOf(tx)('person_tags').where({ organization_id: organizationId, tag }));
  }

  /** Adds to the tags that these people have. Numbers must not repeat. */
  async add(tx: Tx, organizationId: string, people: readonly TaggedPerson[]): Promise<void> {
    for (let from = 0; from < people.length; from += peoplePerTurn) {
      await insertRows(knexOf(tx), {
        table: 'person_tags',
        columns: ['organization_id', 'tag', 'phone_number'],
        rows: people
          .slice(from, from + peoplePerTurn)
          .flatMap(({ phoneNumber, tags }) =>
            tags.map((tag) => ({ organization_id: organizationId, tag, phone_number: phoneNumber })),
          ),
        conflict: ['organization_id', 'tag', 'phone_number'],
      });
    }
  }

  /** All tags of these numbers. How many rows went. */
  forgetNumbers(tx: Tx, organizationId: string, numbers: readonly string[]): Promise<number> {
    const tags = knexOf(tx)('person_tags').where({ organization_id: organizationId });
    return tags.whereIn('phone_number', numbers).delete();
  }

  /** Without numbers: from everybody. With them: in whatever form they are written. */
  async remove(tx: Tx, organizationId: string, tag: string, numbers: readonly string[] | undefined): Promise<void> {
    const db = knexOf(tx);
    const query = db('person_tags').where({ organization_id: organizationId, tag }).delete();
    if (numbers === undefined) await query;
    else await whereAnyOf(db, query, 'phone_number', numbers.flatMap(formsOfNumber));
  }
}
