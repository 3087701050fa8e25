import type { Chat } from '../contract/contacts.js';
import type { Database } from '../db/database.js';
import { insertRows, takeNew, whereAnyOf } from '../db/dialect.js';
import { countRows } from '../db/lists.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { WantedPage } from '../lib/page.js';
import type { PeopleScope } from '../people/person.js';
import { jidOf } from '../whatsapp/jid.js';

export interface ChatRecord {
  /** A person's id, or the JID of a group. */
  key: string;
  personId: string | null;
  name: string | null;
  unreadCount: number;
  /** Epoch milliseconds; 0 when it is not known. */
  lastMessageAt: number;
}

interface ChatRow {
  chat_key: string;
  person_id: string | null;
  name: string | null;
  unread_count: number;
  last_message_at: number;
  phone_number?: string | null;
  lid?: string | null;
  person_name?: string | null;
  verified_name?: string | null;
  push_name?: string | null;
}

export interface ChatPlace {
  lastMessageAt: number;
  key: string;
}

export class ChatsStore {
  constructor(private readonly database: Database) {}

  /** Those with the newest message first. */
  async list(
    sessionId: string,
    { limit, after }: WantedPage<ChatPlace>,
  ): Promise<{ rows: (ChatPlace & { chat: Chat })[]; total: number }> {
    const query = this.database('chats as c')
      .leftJoin('people as p', 'p.id', 'c.person_id')
      .where('c.session_id', sessionId)
      .select<ChatRow[]>('c.*', 'p.phone_number', 'p.lid', 'p.name as person_name', 'p.verified_name', 'p.push_name')
      .orderBy('c.last_message_at', 'desc')
      .orderBy('c.chat_key', 'desc')
      .limit(limit);
    if (after) void query.whereRaw('(c.last_message_at, c.chat_key) < (?, ?)', [after.lastMessageAt, after.key]);
    const rows = await query;
    return {
      rows: rows.map((row) => ({ chat: toChat(row), lastMessageAt: row.last_message_at, key: row.chat_key })),
      total: await this.count(sessionId),
    };
  }

  count(sessionId: string): Promise<number> {
    return countRows(this.database('chats').where({ session_id: sessionId }));
  }

  async find(tx: Tx, sessionId: string, keys: readonly string[]): Promise<Map<string, ChatRecord>> {
    const db = knexOf(tx);
    const query = db('chats').where({ session_id: sessionId }).select<ChatRow[]>();
    const rows = await whereAnyOf(db, query, 'chat_key', keys);
    return new Map(rows.map((row) => [row.chat_key, toRecord(row)]));
  }

  async save(tx: Tx, scope: PeopleScope, chats: readonly ChatRecord[]): Promise<void> {
    await insertRows(knexOf(tx), {
      table: 'chats',
      columns: [
        'session_id',
        'organization_id',
        'chat_key',
        'person_id',
        'name',
        'unread_count',
        'last_message_at',
      ] as const,
      rows: chats.map((chat) => ({
        session_id: scope.sessionId,
        organization_id: scope.organizationId,
        chat_key: chat.key,
        person_id: chat.personId,
        name: chat.name,
        unread_count: chat.unreadCount,
        last_message_at: chat.lastMessageAt,
      })),
      conflict: ['session_id', 'chat_key'],
      update: takeNew(['person_id', 'name', 'unread_count', 'last_message_at']),
    });
  }

  async delete(tx: Tx, sessionId: string, keys: readonly string[]): Promise<void> {
    const db = knexOf(tx);
    await whereAnyOf(db, db('chats').where({ session_id: sessionId }).delete(), 'chat_key', keys);
  }

  /** How many went. */
  forgetPerson(tx: Tx, personId: string): Promise<number> {
    return knexOf(tx)('chats').where({ person_id: personId }).delete();
  }

  async deleteAll(tx: Tx, sessionId: string): Promise<void> {
    await knexOf(tx)('chats').where({ session_id: sessionId }).delete();
  }
}

function toRecord(row: ChatRow): ChatRecord {
  return {
    key: row.chat_key,
    personId: row.person_id,
    name: row.name,
    unreadCount: row.unread_count,
    lastMessageAt: row.last_message_at,
  };
}

function toChat(row: ChatRow): Chat {
  const isGroup = row.person_id === null;
  const jid = isGroup ? row.chat_key : jidOf({ phoneNumber: row.phone_number ?? null, lid: row.lid ?? null });
  return {
    id: jid ?? row.chat_key,
    personId: row.person_id,
    name: row.person_name ?? row.verified_name ?? row.push_name ?? row.name,
    isGroup,
    unreadCount: row.unread_count,
    lastMessageAt: row.last_message_at === 0 ? null : new Date(row.last_message_at).toISOString(),
  };
}
