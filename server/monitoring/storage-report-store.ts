import { type SessionStorage, type StorageKind, storageKinds } from '../contract/storage.js';
import type { Database } from '../db/database.js';
import { countRows, type Reach, whereReached } from '../db/lists.js';
import type { PlaceInTime } from '../lib/cursors.js';
import type { WantedPage } from '../lib/page.js';

/** What a session has stored, and since when there is the session. */
export type StoredSession = SessionStorage & { createdAt: number };

interface SessionRow {
  session_id: string;
  name: string;
  created_at: number;
}

interface AnsweredRow {
  session_id: string;
  row_count: number | string | null;
  row_bytes: number | string | null;
}

interface Place {
  from: string;
  /** SQL that says which rows are those of a session; they are its own by their `session_id` otherwise. */
  rowsOf?: string;
  /** SQL that says how many there are, where counting them takes long. */
  count?: string;
}

/** What is kept per status is sampled from those of the latest statuses. */
const ofLatestStatuses =
  'status_id in (select id from statuses where session_id = sessions.session_id order by created_at desc limit 20)';
/** Of those of which it is kept who the people are. */
const sumOfStatuses = (counter: string): string =>
  `(select sum(case when has_people = 1 then ${counter} else 0 end) from statuses where statuses.session_id = sessions.session_id)`;

const places: Readonly<Record<StorageKind, Place>> = {
  statuses: { from: 'statuses' },
  recipients: {
    from: 'status_recipients',
    rowsOf: ofLatestStatuses,
    count: sumOfStatuses('targeted - gone_included - gone_left_out'),
  },
  // Whoever viewed also received, so that there is a row for each who received.
  views: { from: 'views', rowsOf: ofLatestStatuses, count: sumOfStatuses('delivered') },
  activity: { from: 'status_activity' },
  viewerTotals: { from: 'viewer_totals' },
  people: { from: 'people' },
  contacts: { from: 'contacts' },
  chats: { from: 'chats' },
  keys: { from: 'auth_keys' },
  sentMessages: { from: 'sent_messages' },
  devices: { from: 'recipient_devices' },
  pendingReceipts: { from: 'pending_receipts' },
  links: { from: 'tracked_links' },
  clicks: { from: 'click_activity' },
  clickMarks: { from: 'click_marks' },
  replies: { from: 'replies' },
  answers: { from: 'answers' },
};

const sampledRows = 100;

/** How much sessions have stored; it reads and never writes. */
export class StorageReportStore {
  /** By table; only migrations change them. */
  private readonly columns = new Map<string, string[]>();

  constructor(private readonly database: Database) {}

  /** Oldest session first. */
  async list(
    reach: Reach,
    { limit, after }: WantedPage<PlaceInTime>,
  ): Promise<{ sessions: StoredSession[]; total: number }> {
    const sessions = () => whereReached(this.database<SessionRow>('sessions'), reach);
    const page = sessions().orderBy(['created_at', 'session_id']).limit(limit);
    if (after) void page.whereRaw('(created_at, session_id) > (?, ?)', [after.at, after.id]);
    const rows = await page.select('session_id', 'name', 'created_at');
    const ids = rows.map(({ session_id }) => session_id);
    const stored = new Map<StorageKind, Map<string, Stored>>();
    for (const kind of storageKinds) stored.set(kind, await this.storedIn(places[kind], ids));
    const files = await this.filesOf(ids);
    const replyFiles = await this.replyFilesOf(ids);
    return {
      sessions: rows.map(({ session_id: sessionId, name, created_at: createdAt }) => {
        const kinds = Object.fromEntries(
          storageKinds.map((kind) => [kind, stored.get(kind)?.get(sessionId) ?? nothing]),
        ) as Record<StorageKind, Stored>;
        return {
          sessionId,
          sessionName: name,
          createdAt,
          database: { ...sumOf(Object.values(kinds)), kinds },
          uploads: files.get(sessionId) ?? nothing,
          replyFiles: replyFiles.get(sessionId) ?? nothing,
        };
      }),
      total: await countRows(sessions()),
    };
  }

  private async storedIn(place: Place, sessionIds: readonly string[]): Promise<Map<string, Stored>> {
    const { from: table, rowsOf = `${table}.session_id = sessions.session_id` } = place;
    const count = place.count ?? `(select count(*) from ${table} where ${rowsOf})`;
    const held = (await this.columnsOf(table)).map((name) => `coalesce(octet_length(cast(${name} as text)), 0)`);
    const sample = `select ${held.join(' + ')} as held from ${table} where ${rowsOf} limit ${String(sampledRows)}`;
    return this.ask(sessionIds, { rows: count, held: `(select avg(held) from (${sample}) as sample)` });
  }

  /** A file that is the session's and shown by it counts once. */
  private async filesOf(sessionIds: readonly string[]): Promise<Map<string, Stored>> {
    const theirs =
      'select filename from uploads where session_id = sessions.session_id union ' +
      'select filename from upload_uses where session_id = sessions.session_id';
    const of = (what: string): string => `(select ${what} from uploads where filename in (${theirs}))`;
    return this.ask(sessionIds, { rows: of('count(*)'), held: of('avg(bytes + coalesce(thumbnail_bytes, 0))') });
  }

  private replyFilesOf(sessionIds: readonly string[]): Promise<Map<string, Stored>> {
    const of = (what: string): string =>
      `(select ${what} from replies where session_id = sessions.session_id and file_state = 'kept')`;
    return this.ask(sessionIds, { rows: of('count(*)'), held: of('avg(bytes)') });
  }

  private async ask(
    sessionIds: readonly string[],
    { rows, held }: { rows: string; held: string },
  ): Promise<Map<string, Stored>> {
    const found: AnsweredRow[] = await this.database('sessions')
      .whereIn('session_id', sessionIds)
      .select('session_id', this.database.raw(`${rows} as row_count, ${held} as row_bytes`));
    return new Map(
      found.map((row) => {
        const count = Number(row.row_count ?? 0);
        return [row.session_id, { rows: count, bytes: Math.round(count * Number(row.row_bytes ?? 0)) }];
      }),
    );
  }

  private async columnsOf(table: string): Promise<string[]> {
    const known = this.columns.get(table);
    if (known) return known;
    const columns = Object.keys(await this.database(table).columnInfo());
    this.columns.set(table, columns);
    return columns;
  }
}

interface Stored {
  rows: number;
  bytes: number;
}

const nothing: Stored = { rows: 0, bytes: 0 };

function sumOf(kinds: readonly Stored[]): Stored {
  const sum = { rows: 0, bytes: 0 };
  for (const { rows, bytes } of kinds) {
    sum.rows += rows;
    sum.bytes += bytes;
  }
  return sum;
}
