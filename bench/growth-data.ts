import type { Database } from '../server/db/database.js';
import { engineOf } from '../server/db/dialect.js';

/** The first account has most of it; its contacts are `contactsOfFirst`. */
const accounts = 5;
export const contactsOfFirst = 50_000;
const contactsOfOthers = 10_000;
/** How many of its people view a status, of all who ever view one; so many more get it and never view any. */
const perStatus = {
  first: { viewers: 25_000, of: 40_000, others: 5_000 },
  others: { viewers: 5_000, of: 8_000, others: 1_000 },
};
const tagged = 20_000;
const dayMs = 24 * 60 * 60_000;
const spanMs = 730 * dayMs;
/** Everybody views within so many seconds; the newest post is older than that. */
const viewedWithinSeconds = 70_000;

/** The schema that is filled; the migrations after it meet the rows that are there. */
export const filledAfter = '0047-database-checks';
export const firstAccount = 'acc0';
export const sampleTag = 'customers';

/** What there is afterwards. */
export interface Grown {
  views: number;
  statuses: number;
  /** The newest status of the first account. */
  newestStatusId: string;
}

/** Indexes that are made once the rows are there. */
const laterIndexes = [
  ['views', 'person_id'],
  ['status_recipients', 'person_id'],
] as const;

/**
 * Fills a migrated, empty database with two years of posts of several accounts and about so many views, with the counters that
 * the program would have written, and statuses without a view, one for a hundred views.
 */
export async function fillDatabase(db: Database, views: number, progress: (line: string) => void): Promise<Grown> {
  const isPostgres = engineOf(db) === 'postgres';
  const grower = new Grower(db, isPostgres);
  if (!isPostgres) {
    for (const pragma of ['synchronous=OFF', 'foreign_keys=OFF', 'cache_size=-400000', 'temp_store=MEMORY'])
      await db.raw(`pragma ${pragma}`);
  }
  for (const [table, column] of laterIndexes) await db.schema.alterTable(table, (t) => void t.dropIndex([column]));
  await grower.people();
  const grown: Grown = { views: 0, statuses: 0, newestStatusId: '' };
  for (let account = 0; account < accounts; account += 1) {
    progress(`posts of account ${String(account + 1)} of ${String(accounts)}`);
    const { viewers } = account === 0 ? perStatus.first : perStatus.others;
    const share = account === 0 ? views / 2 : views / 2 / (accounts - 1);
    const posts = Math.max(1, Math.round(share / viewers));
    for (let post = 0; post < posts; post += 1) {
      const id = await grower.post(account, post, posts);
      if (account === 0) grown.newestStatusId = id;
      grown.views += viewers;
    }
    grown.statuses += posts;
  }
  const unseen = Math.floor(views / 100);
  await grower.unseenPosts(unseen);
  grown.statuses += unseen;
  progress('indexes');
  for (const [table, column] of laterIndexes) await db.schema.alterTable(table, (t) => void t.index([column]));
  if (isPostgres) await db.raw('vacuum analyze');
  else await db.raw('pragma wal_checkpoint(TRUNCATE)');
  return grown;
}

class Grower {
  private readonly now = Date.now();

  constructor(
    private readonly db: Database,
    private readonly isPostgres: boolean,
  ) {}

  async people(): Promise<void> {
    const own = `'default'`;
    for (let account = 0; account < accounts; account += 1) {
      const count = account === 0 ? contactsOfFirst : contactsOfOthers;
      const session = { organization_id: 'default', name: `Account ${String(account)}`, auth_method: 'qrcode' };
      await this.db('sessions').insert({
        ...session,
        session_id: `acc${String(account)}`,
        state: 'stopped',
        desired_state: 'stopped',
        created_by: 'root',
        created_at: 1,
        updated_at: 1,
      });
      const number = `'4917' || ${this.padded(`i + ${String(account * 1_000_000)}`, 9)}`;
      const columns = 'id, organization_id, session_id, phone_number, lid, push_name, created_at, updated_at';
      const facts = `${this.person(account, 'i')}, ${own}, 'acc${String(account)}', ${number}`;
      const name = `'Contact ' || i`;
      await this.run(
        `insert into people (${columns}) select ${facts}, '99' || ${this.padded(`i + ${String(account * 1_000_000)}`, 12)}, ${name}, 1, 1
         from ${this.series(count)}`,
      );
      const search = `'contact ' || i || ' ' || ${number}`;
      await this.run(
        `insert into contacts (person_id, session_id, organization_id, is_saved, in_chat, sort_name, search_text, saved_at, updated_at)
         select ${this.person(account, 'i')}, 'acc${String(account)}', ${own}, 1, 0, 'contact ' || i, ${search}, 1, 1 from ${this.series(count)}`,
      );
      if (account > 0) continue;
      await this.run(
        `insert into person_tags (organization_id, tag, phone_number) select ${own}, '${sampleTag}', ${number} from ${this.series(tagged)}`,
      );
    }
  }

  /** One status with those who got and viewed it; gives its id. */
  async post(account: number, post: number, posts: number): Promise<string> {
    const { viewers, of, others } = account === 0 ? perStatus.first : perStatus.others;
    const age = Math.round(((posts - 1 - post) / posts) * spanMs) + viewedWithinSeconds * 1000;
    const sentAt = this.now - age;
    const id = `S${String(account)}${String(post).padStart(24, '0')}`;
    await this.db('statuses').insert({
      ...this.status(account, id, sentAt),
      targeted: viewers + others,
      included: viewers + others,
      delivered: viewers,
      viewed: viewers,
    });
    // Other people each time, so that nobody is always the first.
    const viewer = this.person(account, `(i + ${String((post * 7_919) % of)}) % ${String(of)}`);
    const unmoved = this.person(account, `i + ${String(of)}`);
    const at = String(sentAt);
    const recipient = (person: string, count: number): string =>
      `insert into status_recipients (status_id, person_id, organization_id, outcome, position, sent_at)
       select '${id}', ${person}, 'default', 'included', i, ${at} from ${this.series(count)}`;
    await this.run(recipient(viewer, viewers));
    await this.run(recipient(unmoved, others));
    const delivered = `${at} + (i % 600) * 1000`;
    const viewed = `${at} + (i % 600) * 1000 + ((i * 37) % ${String(viewedWithinSeconds - 600)}) * 1000`;
    await this.run(
      `insert into views (status_id, person_id, organization_id, delivered_at, viewed_at, recorded_at, view_recorded_at)
       select '${id}', ${viewer}, 'default', ${delivered}, ${viewed}, ${delivered}, ${viewed} from ${this.series(viewers)}`,
    );
    return id;
  }

  /** Posts of every account that nobody is known to have viewed, all over the time. */
  async unseenPosts(count: number): Promise<void> {
    if (count === 0) return;
    const at = `${String(this.now - spanMs)} + i * ${String(Math.floor((spanMs - dayMs) / count))}`;
    const id = `'T' || ${this.padded('i', 25)}`;
    await this.run(
      `insert into statuses (id, organization_id, session_id, message_id, type, content, state, created_by, created_at, updated_at, sent_at, started_at, expires_at)
       select ${id}, 'default', 'acc' || (i % ${String(accounts)}), ${id}, 'text', 'Nobody looks', 'expired', 'root', ${at}, ${at}, ${at}, ${at}, ${at} + ${String(dayMs)}
       from ${this.series(count)}`,
    );
  }

  private status(account: number, id: string, sentAt: number): Record<string, string | number> {
    return {
      id,
      organization_id: 'default',
      session_id: `acc${String(account)}`,
      message_id: id,
      type: 'text',
      content: 'Warm bread',
      state: 'expired',
      created_by: 'root',
      created_at: sentAt,
      updated_at: sentAt,
      started_at: sentAt - 60_000,
      sent_at: sentAt,
      expires_at: sentAt + dayMs,
    };
  }

  private person(account: number, index: string): string {
    return `'P${String(account)}' || ${this.padded(index, 24)}`;
  }

  private padded(expression: string, width: number): string {
    return this.isPostgres
      ? `lpad((${expression})::text, ${String(width)}, '0')`
      : `substr('${'0'.repeat(width)}' || (${expression}), ${String(-width)})`;
  }

  /** Rows with `i` from 0 to below `count`. */
  private series(count: number): string {
    const last = String(count - 1);
    return this.isPostgres
      ? `(select generate_series(0::bigint, ${last}) as i) n`
      : `(with recursive n(i) as (select 0 union all select i + 1 from n where i < ${last}) select i from n) n`;
  }

  /** Without looking up for every row what it points at: all of that was made here. */
  private run(sql: string): Promise<void> {
    return this.db.transaction(async (trx) => {
      if (this.isPostgres) await trx.raw('set local session_replication_role = replica');
      await trx.raw(sql.replaceAll('?', '\\?'));
    });
  }
}
