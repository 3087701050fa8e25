import type { Database } from '../../db/database.js';
import { insertRows, takeNew, whereAnyOf } from '../../db/dialect.js';
import { knexOf, type Tx } from '../../db/unit-of-work.js';

/** What is known of one user's devices. Device ids are those of the JID: 0 is the phone. */
export interface KnownDevices {
  user: string;
  /** Undefined when WhatsApp has to be asked, because it never was or too long ago. */
  deviceIds: readonly number[] | undefined;
  /** Devices that hold the sender key with this id. */
  keyId: number | null;
  keyHolders: readonly number[];
  /** Devices whose keys were refused, and until when they are not asked for again (epoch milliseconds). */
  refused: readonly number[];
  refusedUntil: number;
}

interface Row {
  session_id: string;
  server: string;
  user_id: string;
  device_ids: string | null;
  listed_at: number;
  key_id: number | null;
  key_holders: string;
  refused: string;
  refused_until: number;
}

const columns = [
  'session_id',
  'server',
  'user_id',
  'device_ids',
  'listed_at',
  'key_id',
  'key_holders',
  'refused',
  'refused_until',
] as const;

type KnownRow = Omit<Row, 'session_id' | 'server'>;
/** What {@link fromRow} reads. */
const knownColumns = [
  'user_id',
  'device_ids',
  'listed_at',
  'key_id',
  'key_holders',
  'refused',
  'refused_until',
] as const;

/**
 * Notifications of WhatsApp keep lists current, also those it held back while the account was offline, and an ack with
 * another participant hash says that one is out of date. This bounds what both may miss.
 */
const listLifeMs = 7 * 24 * 60 * 60 * 1000;

/** Devices whose keys were refused or false are not asked for again for this long. */
export const refusedForMs = 6 * 60 * 60 * 1000;
/** The clocks of several machines differ by no more; what is later than that was written while a clock was wrong. */
const clocksDifferMs = 5 * 60 * 1000;

/** What the publisher remembers of recipients, so that a repeated post asks WhatsApp for nothing. By session and server. */
export class RecipientDevicesStore {
  constructor(private readonly database: Database) {}

  /** Of the users that something is known of. `now` decides what is out of date. */
  async find(
    sessionId: string,
    server: string,
    users: readonly string[],
    now: number,
  ): Promise<Map<string, KnownDevices>> {
    const query = this.database<Row>('recipient_devices').select(...knownColumns);
    query.where('session_id', sessionId).where('server', server);
    const rows = (await whereAnyOf(this.database, query, 'user_id', users)) as KnownRow[];
    return new Map(rows.map((row) => [row.user_id, fromRow(row, now)]));
  }

  /** Replaces what is known of these users. `listed` names those whose device list has just come from WhatsApp. */
  async save(
    sessionId: string,
    server: string,
    known: readonly KnownDevices[],
    listed: ReadonlySet<string>,
    now: number,
  ): Promise<void> {
    const rowOf = (one: KnownDevices) => ({
      session_id: sessionId,
      server,
      user_id: one.user,
      device_ids: one.deviceIds?.join(',') ?? null,
      listed_at: now,
      key_id: one.keyId,
      key_holders: one.keyHolders.join(','),
      refused: one.refused.join(','),
      refused_until: one.refusedUntil,
    });
    const insert = { table: 'recipient_devices', columns, conflict: ['session_id', 'server', 'user_id'] };
    const changes = takeNew(['key_id', 'key_holders', 'refused', 'refused_until']);
    const isListed = (one: KnownDevices): boolean => listed.has(one.user);
    await insertRows(this.database, {
      ...insert,
      rows: known.filter(isListed).map(rowOf),
      update: { ...changes, ...takeNew(['device_ids', 'listed_at']) },
    });
    const others = known.filter((one) => !isListed(one));
    await insertRows(this.database, { ...insert, rows: others.map(rowOf), update: changes });
  }

  /** Whether anybody of this server holds the sender key. */
  async isHeld(sessionId: string, server: string, keyId: number): Promise<boolean> {
    const held = this.database('recipient_devices').where({ session_id: sessionId, server, key_id: keyId });
    return (await held.first('user_id')) !== undefined;
  }

  /** Whether anybody but these users holds the sender key. */
  async isHeldBeyond(sessionId: string, server: string, keyId: number, users: readonly string[]): Promise<boolean> {
    const other: unknown = await this.database('recipient_devices')
      .where({ session_id: sessionId, server, key_id: keyId })
      .whereNot((query) => void whereAnyOf(this.database, query, 'user_id', users))
      .first('user_id');
    return other !== undefined;
  }

  /** WhatsApp is asked for the devices of these users with the next post. */
  async expireLists(sessionId: string, server: string, users: readonly string[]): Promise<void> {
    const query = this.database('recipient_devices').where({ session_id: sessionId, server });
    await whereAnyOf(this.database, query, 'user_id', users).update({ listed_at: 0 });
  }

  /**
   * These users have other devices, or other keys, than they had: WhatsApp is asked for them with the next post. With other
   * keys they are given the sender key again. That they were given it once stays known: without them a post needs a new one.
   */
  async outdate(sessionId: string, users: readonly string[], what: 'devices' | 'keys'): Promise<void> {
    const query = this.database('recipient_devices').where({ session_id: sessionId });
    const change = what === 'keys' ? { key_holders: '', refused: '', refused_until: 0 } : {};
    await whereAnyOf(this.database, query, 'user_id', users).update({ listed_at: 0, ...change });
  }

  /**
   * Forgets everything about these users, on either server, but that somebody holds a sender key: without that, what they could
   * read with it would not be told from what they should. How many there were.
   */
  async forgetForGood(tx: Tx, sessionId: string, users: readonly string[]): Promise<number> {
    const db = knexOf(tx);
    const theirs = () =>
      whereAnyOf(db, db<Row>('recipient_devices').where({ session_id: sessionId }), 'user_id', users);
    const rows: Pick<Row, 'server' | 'key_id'>[] = await theirs().select('server', 'key_id');
    await theirs().delete();
    const held = new Map(
      rows.flatMap(({ server, key_id }) =>
        key_id === null ? [] : [[`${server} ${String(key_id)}`, { server, key_id }]],
      ),
    );
    await insertRows(db, {
      table: 'recipient_devices',
      columns,
      rows: [...held.values()].map(({ server, key_id }) => ({
        session_id: sessionId,
        server,
        // No user of WhatsApp: they are digits.
        user_id: `somebody with ${String(key_id)}`,
        device_ids: null,
        listed_at: 0,
        key_id,
        key_holders: '',
        refused: '',
        refused_until: 0,
      })),
      conflict: ['session_id', 'server', 'user_id'],
    });
    return rows.length;
  }

  /** Forgets everything about these users, on either server. */
  async forget(sessionId: string, users: readonly string[]): Promise<void> {
    const query = this.database('recipient_devices').where({ session_id: sessionId });
    await whereAnyOf(this.database, query, 'user_id', users).delete();
  }
}

// Most people have a phone and nothing else; with 50,000 of them, a list each is work for the garbage collector.
const none: readonly number[] = [];
const onlyPhone: readonly number[] = [0];

function numbersIn(text: string): readonly number[] {
  if (text === '') return none;
  return text === '0' ? onlyPhone : text.split(',').map(Number);
}

function fromRow(row: KnownRow, now: number): KnownDevices {
  const isCurrent = row.device_ids !== null && Math.abs(now - row.listed_at) < listLifeMs;
  return {
    user: row.user_id,
    deviceIds: isCurrent ? numbersIn(row.device_ids ?? '') : undefined,
    keyId: row.key_id,
    keyHolders: numbersIn(row.key_holders),
    refused:
      row.refused_until > now && row.refused_until <= now + refusedForMs + clocksDifferMs
        ? numbersIn(row.refused)
        : none,
    refusedUntil: row.refused_until,
  };
}
