import type { Knex } from 'knex';
import type { ReplyKind } from '../contract/inbox/replies.js';
import type { Database } from '../db/database.js';
import { containsText } from '../db/dialect.js';
import { countRows, type Reach, whereReached } from '../db/lists.js';
import { wherePersonMatches } from '../db/person-search.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { WantedPage } from '../lib/page.js';
import type { ReadReply } from './reply.js';

/** Which replies a list has; undefined does not narrow it. */
export interface ReplyFilter extends Reach {
  statusId?: string | undefined;
  personId?: string | undefined;
  kind?: ReplyKind | undefined;
  unread?: boolean | undefined;
  search?: string | undefined;
}

/** Reads replies together with who wrote them and what they answer. */
export class RepliesReportStore {
  constructor(private readonly database: Database) {}

  /** What came last comes first. */
  async list(filter: ReplyFilter, { limit, after }: WantedPage<string>): Promise<ReadReply[]> {
    const query = this.filtered(filter).orderBy('r.id', 'desc').limit(limit);
    if (after !== undefined) query.where('r.id', '<', after);
    return query.select<ReadReply[]>(readColumns);
  }

  count(filter: ReplyFilter): Promise<number> {
    return countRows(this.filtered(filter));
  }

  /** With `tx`: as it is inside the transaction. Undefined too while its status is not known. */
  async find(sessionId: string, id: string, tx?: Tx): Promise<ReadReply | undefined> {
    const query = joined(knexOf(tx ?? this.database)).where({ 'r.id': id, 'r.session_id': sessionId });
    return query.first<ReadReply | undefined>(readColumns);
  }

  /** How many nobody has read, by session; only sessions that have any. */
  async unread(reach: Reach): Promise<{ sessionId: string; unread: number }[]> {
    const rows: { session_id: string; unread: number | string }[] = await whereReached(this.database('replies'), reach)
      .whereNull('read_at')
      .whereNotNull('status_id')
      .groupBy('session_id')
      .orderBy('session_id')
      .select('session_id')
      .count({ unread: '*' });
    return rows.map(({ session_id, unread }) => ({ sessionId: session_id, unread: Number(unread) }));
  }

  private filtered({ statusId, personId, kind, unread, search, ...reach }: ReplyFilter): Knex.QueryBuilder {
    const db = this.database;
    const query = whereReached(joined(db), reach, 'r');
    if (statusId !== undefined) query.where('r.status_id', statusId);
    if (personId !== undefined) query.where('r.person_id', personId);
    if (kind !== undefined) query.where('r.kind', kind);
    if (unread === true) query.whereNull('r.read_at');
    if (unread === false) query.whereNotNull('r.read_at');
    const words = (search ?? '').trim();
    if (words === '') return query;
    return query.where((any) => {
      void any.whereRaw(containsText(db, 'r.search_text'), [words.toLowerCase()]);
      wherePersonMatches(any, words);
    });
  }
}

function joined(db: Knex): Knex.QueryBuilder {
  return db('replies as r').join('people as p', 'p.id', 'r.person_id').join('statuses as s', 's.id', 'r.status_id');
}

const readColumns = [
  'r.id',
  'r.organization_id',
  'r.session_id',
  'r.person_id',
  'p.phone_number',
  'p.lid',
  'p.name',
  'p.verified_name',
  'p.push_name',
  'r.status_id',
  's.type as status_type',
  's.content as status_content',
  's.caption as status_caption',
  's.media as status_media',
  's.sent_at as status_sent_at',
  'r.kind',
  'r.text',
  'r.file_state',
  'r.file_reason',
  'r.file_name',
  'r.mime_type',
  'r.bytes',
  'r.width',
  'r.height',
  'r.duration_ms',
  'r.sent_at',
  'r.received_at',
  'r.read_at',
  'r.edited_at',
  'r.taken_back_at',
  'r.opt_out',
];
