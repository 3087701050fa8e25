import { readFileSync } from 'node:fs';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Erasure } from '../../server/contract/erasures.js';
import type { Database } from '../../server/db/database.js';
import { insertRows } from '../../server/db/dialect.js';
import { newId } from '../../server/lib/ids.js';
import { projectRoot } from '../../server/lib/project-root.js';

export const dayMs = 24 * 60 * 60_000;
const of = { session_id: 'acc1', organization_id: 'default' };
const [replies, files, events] = [700, 20, 300];

type Row = Readonly<Record<string, string | number | null>>;

async function insert(db: Database, table: string, rows: readonly Row[]): Promise<void> {
  await insertRows(db, { table, columns: Object.keys(rows[0] ?? {}), rows });
}

/** Posts of account `acc1` that are over. Their ids, which begin with the prefix. */
export async function insertPosts(db: Database, prefix: string, count: number, sentAt: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_value, at) => `${prefix}-${String(at).padStart(5, '0')}`);
  const post = { type: 'text', content: 'hi', style: '{}', state: 'expired', created_by: 'root', updated_at: 1 };
  const times = { created_at: sentAt, sent_at: sentAt };
  await insert(
    db,
    'statuses',
    ids.map((id) => ({ ...of, ...post, ...times, id, message_id: id })),
  );
  return ids;
}

export async function insertPeople(db: Database, prefix: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_value, at) => `${prefix}-${String(at)}`);
  const people = ids.map((id, at) => ({
    ...of,
    id,
    phone_number: `4915${String(prefix.codePointAt(0))}${String(1_000_000 + at)}`,
    created_at: 1,
    updated_at: 1,
  }));
  await insert(db, 'people', people);
  return ids;
}

/** Every one of these posts went to all of these people, who viewed it; it counts them. */
export async function insertViewed(db: Database, postIds: readonly string[], people: readonly string[]): Promise<void> {
  const pairs = postIds.flatMap((status_id) =>
    people.map((person_id, position) => ({ organization_id: 'default', status_id, person_id, position })),
  );
  const got = pairs.map((pair) => ({ ...pair, outcome: 'included', sent_at: 1 }));
  await insert(db, 'status_recipients', got);
  const times = { delivered_at: 1, viewed_at: 2, recorded_at: 1 };
  const viewed = pairs.map(({ position: _position, ...pair }) => ({ ...pair, ...times }));
  await insert(db, 'views', viewed);
  const added = ['targeted', 'included', 'delivered', 'viewed'];
  const more = Object.fromEntries(added.map((name) => [name, db.raw(`${name} + ${String(people.length)}`)]));
  for (let from = 0; from < postIds.length; from += 500) {
    await db('statuses')
      .whereIn('id', postIds.slice(from, from + 500))
      .update(more);
  }
}

export const countsOf = (db: Database): Promise<unknown[]> =>
  db('statuses').orderBy('id').select('id', 'targeted', 'included', 'left_out', 'delivered', 'viewed', 'replied');

export interface Known {
  id: string;
  number: string;
  lid: string;
}

export const replyFiles = (dir: string): string => path.join(dir, 'uploads', '.replies');

/**
 * Somebody of whom there is something in every place, also in the folder of a server that runs in `dir`. Returns what their erasure
 * has to say.
 */
export async function insertKnown(
  db: Database,
  dir: string,
  postIds: readonly string[],
  { id, number, lid }: Known,
): Promise<Erasure['went']> {
  await db('people').insert({ ...of, id, phone_number: number, lid, created_at: 1, updated_at: 1 });
  await insertViewed(db, postIds, [id]);
  await insertOfPhone(db, { id, number, lid });
  await insertReplies(db, dir, postIds[0] ?? '', { id, number, lid });
  await insertByName(db, { id, number, lid });
  return {
    accounts: 1,
    contacts: 1,
    chats: 1,
    statusPrivacy: 1,
    recipients: postIds.length,
    views: postIds.length,
    replies,
    sentMessages: replies,
    pendingReceipts: 2,
    lists: 1,
    tags: 1,
    devices: 1,
    keys: 2,
    events,
    keptAnswers: 0,
  };
}

async function insertOfPhone(db: Database, { id, number, lid }: Known): Promise<void> {
  const theirs = { ...of, person_id: id };
  const names = { sort_name: number, search_text: number };
  await db('contacts').insert({ ...theirs, ...names, is_saved: 1, in_chat: 0, updated_at: 1 });
  await db('chats').insert({ ...theirs, chat_key: number, name: number, unread_count: 0, last_message_at: 1 });
  await db('story_privacy_people').insert(theirs);
  await db('viewer_totals').insert({ ...theirs, viewed: 1 });
  const device = { session_id: 'acc1', server: 'lid', user_id: lid, device_ids: '0', listed_at: 1 };
  await db('recipient_devices').insert({ ...device, key_holders: '', refused: '', refused_until: 0 });
  for (const key of [`${lid}_1.0`, `${number}.0`]) {
    await db('auth_keys').insert({ session_id: 'acc1', kind: 'session', id: key, value: 'v' });
  }
}

/** Each with an answer that is kept for devices, and the first ones with files, of yesterday. */
async function insertReplies(db: Database, dir: string, postId: string, { id, number }: Known): Promise<void> {
  const ids = Array.from({ length: replies }, () => newId());
  const reply = { ...of, person_id: id, kind: 'image', text: number, file_state: 'kept', sent_at: 1 };
  const place = { status_id: postId, status_message_id: postId, received_at: Date.now() };
  await insert(
    db,
    'replies',
    ids.map((one) => ({ ...reply, ...place, id: one, message_id: one })),
  );
  const answer = { ...of, origin: 'api', state: 'sent', type: 'text', text: number, created_at: 1 };
  await insert(
    db,
    'answers',
    ids.map((one) => ({ ...answer, id: one, reply_id: one, message_id: `to ${one}` })),
  );
  const sent = { session_id: 'acc1', value: `sealed for ${number}`, expires_at: Date.now() + dayMs };
  await insert(
    db,
    'sent_messages',
    ids.map((one) => ({ ...sent, message_id: `to ${one}` })),
  );
  await mkdir(replyFiles(dir), { recursive: true });
  const yesterday = new Date(Date.now() - dayMs);
  for (const one of ids.slice(0, files)) {
    const file = path.join(replyFiles(dir), one);
    await writeFile(file, `a picture of ${number}`);
    await utimes(file, yesterday, yesterday);
  }
}

async function insertByName(db: Database, { number, lid }: Known): Promise<void> {
  const receipt = { ...of, message_id: 'M', kind: 'read', at: 1, created_at: Date.now() };
  await db('pending_receipts').insert({ ...receipt, id: newId(), phone_number: number });
  await db('pending_receipts').insert({ ...receipt, id: newId(), lid });
  const list = { organization_id: 'default', created_by: 'root', created_at: 1, updated_at: 1 };
  const listId = newId();
  await db('audiences').insert({ ...list, id: listId, name: listId });
  const member = { organization_id: 'default', phone_number: number };
  await db('audience_members').insert({ ...member, audience_id: listId, added_at: 1 });
  await db('person_tags').insert({ ...member, tag: 'vip' });
  const payload = JSON.stringify({ viewers: [{ number, lid: null, name: 'A name' }], counts: { viewed: 1 } });
  const event = { ...of, name: 'status-viewers-update', payload, created_at: Date.now() };
  await insert(
    db,
    'events',
    Array.from({ length: events }, () => ({ ...event, id: newId() })),
  );
}

/** Tables in which one of these names stands. */
export async function tablesWith(db: Database, names: readonly string[]): Promise<string[]> {
  const page = readFileSync(path.join(projectRoot(), 'docs', 'generated', 'schema.md'), 'utf8');
  const found: string[] = [];
  for (const [, table = ''] of page.matchAll(/^## (\w+)$/gm)) {
    const text = JSON.stringify(await db(table).select('*'));
    if (names.some((name) => text.includes(name))) found.push(table);
  }
  return found;
}
