import type { Knex } from 'knex';
import type { Database } from '../../db/database.js';
import { insertRows, whereAnyOf } from '../../db/dialect.js';
import { knexOf, type Tx } from '../../db/unit-of-work.js';
import { AppError } from '../../lib/app-error.js';
import type { Clock } from '../../lib/clock.js';
import { NoLongerOursError } from '../../lib/owner-process.js';
import type { AuthCipher } from './auth-cipher.js';
import { nextLoopTurn } from '../../lib/running/loop-turns.js';

/** Sealing one takes about 20 µs; a post brings hundreds in one go. */
const sealedPerTurn = 100;

/** Kinds of keys that are about other people. */
const kindsOfUsers = ['session', 'identity-key', 'sender-key', 'device-list', 'lid-mapping', 'tctoken'];
/** How these name a user, as patterns of LIKE, besides the user alone: devices, JIDs, and the way back from a LID. */
const namesOfUser = ['USER.%', 'USER~_1.%', 'USER@%', 'USER~_reverse', '%::USER::%', '%::USER~_1::%'];

/** One signal key; value null deletes it. */
export interface KeyChange {
  kind: string;
  id: string;
  value: string | null;
}

/** What changes together or not at all. `credentials` is left alone when absent. */
export interface AuthChanges {
  credentials?: string;
  keys: readonly KeyChange[];
}

/** Something is stored and cannot be read: changed, damaged or sealed with another key. Never a reason to start afresh. */
export class UnreadableCredentialsError extends AppError {
  constructor(options: { cause: unknown }) {
    super(
      'conflict',
      'The stored credentials of this account cannot be read with the key that the server has. Give it the key that ' +
        'sealed them (AUTH_ENCRYPTION_KEY, or auth.key in the data folder), or restore both from a backup. Without it, ' +
        'delete the session and link the account again.',
      options,
    );
  }
}

/** Credentials and signal keys of every session, sealed one by one. Values are text; their form is the caller's matter. */
export class AuthStore {
  constructor(
    private readonly db: Database,
    private readonly cipher: AuthCipher,
    private readonly clock: Clock,
    /** Whether this process may write for the session, for as long as the transaction lasts. */
    private readonly isOurs: (trx: Knex.Transaction, sessionId: string) => Promise<boolean> = () =>
      Promise.resolve(true),
  ) {}

  /** Undefined when the session has none. Rejects with {@link UnreadableCredentialsError}. */
  async findCredentials(sessionId: string): Promise<string | undefined> {
    const row: { value: string } | undefined = await this.db('auth_credentials')
      .where({ session_id: sessionId })
      .first('value');
    return row && this.open(row.value, sessionId, 'credentials');
  }

  /** The keys that exist, by id. Any number of ids is one query. Rejects with {@link UnreadableCredentialsError}. */
  async readKeys(sessionId: string, kind: string, ids: readonly string[]): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    if (ids.length === 0) return found;
    const query = this.db('auth_keys').where({ session_id: sessionId, kind });
    const rows: { id: string; value: string }[] = await whereAnyOf(this.db, query, 'id', ids).select('id', 'value');
    for (const row of rows) found.set(row.id, this.open(row.value, sessionId, `${kind}/${row.id}`));
    return found;
  }

  /** Writes everything in one transaction. Rejects, and nothing changed, when another process has the session by now. */
  async commit(sessionId: string, changes: AuthChanges): Promise<void> {
    const gone = new Map<string, string[]>();
    const rows: { session_id: string; kind: string; id: string; value: string }[] = [];
    for (const [index, { kind, id, value }] of changes.keys.entries()) {
      if (index > 0 && index % sealedPerTurn === 0) await nextLoopTurn();
      if (value === null) gone.set(kind, [...(gone.get(kind) ?? []), id]);
      else rows.push({ session_id: sessionId, kind, id, value: this.seal(value, sessionId, `${kind}/${id}`) });
    }
    await this.db.transaction(async (trx) => {
      await this.refuseElsewhere(trx, sessionId);
      if (changes.credentials !== undefined) await this.writeCredentials(trx, sessionId, changes.credentials);
      for (const [kind, ids] of gone) {
        await whereAnyOf(trx, trx('auth_keys').where({ session_id: sessionId, kind }), 'id', ids).delete();
      }
      if (rows.length === 0) return;
      await insertRows(trx, {
        table: 'auth_keys',
        columns: ['session_id', 'kind', 'id', 'value'],
        rows,
        conflict: ['session_id', 'kind', 'id'],
        update: { value: 'excluded.value' },
      });
    });
  }

  /** Deletes credentials and keys of a session. Rejects as {@link commit} does. */
  async wipe(sessionId: string): Promise<void> {
    await this.db.transaction(async (trx) => {
      const keys: number = await trx('auth_keys').where({ session_id: sessionId }).delete();
      const credentials: number = await trx('auth_credentials').where({ session_id: sessionId }).delete();
      // A session that is gone is nobody's, and has left nothing.
      if (keys + credentials > 0) await this.refuseElsewhere(trx, sessionId);
    });
  }

  /**
   * Deletes the keys of the devices of these users, and under which names they are known; all of it is made anew when it is
   * needed. How many there were.
   */
  async forgetUsers(tx: Tx, sessionId: string, users: readonly string[]): Promise<number> {
    let gone = 0;
    for (const user of users) {
      const keys = knexOf(tx)('auth_keys').where({ session_id: sessionId }).whereIn('kind', kindsOfUsers);
      gone += await keys
        .where((any) => {
          void any.where({ id: user });
          for (const pattern of namesOfUser)
            void any.orWhereRaw(`id like ? escape '~'`, [pattern.replace('USER', user)]);
        })
        .delete();
    }
    return gone;
  }

  private async refuseElsewhere(trx: Knex.Transaction, sessionId: string): Promise<void> {
    if (!(await this.isOurs(trx, sessionId))) throw new NoLongerOursError();
  }

  private async writeCredentials(trx: Knex, sessionId: string, credentials: string): Promise<void> {
    const value = this.seal(credentials, sessionId, 'credentials');
    await trx.raw(
      `insert into auth_credentials (session_id, organization_id, value, updated_at)
       select session_id, organization_id, cast(? as text), cast(? as bigint) from sessions where session_id = ?
       on conflict (session_id) do update set value = excluded.value, updated_at = excluded.updated_at`,
      [value, this.clock.now().getTime(), sessionId],
    );
  }

  private seal(value: string, sessionId: string, place: string): string {
    return this.cipher.seal(Buffer.from(value), `${sessionId}/${place}`).toString('base64');
  }

  private open(value: string, sessionId: string, place: string): string {
    try {
      return this.cipher.open(Buffer.from(value, 'base64'), `${sessionId}/${place}`).toString();
    } catch (cause) {
      throw new UnreadableCredentialsError({ cause });
    }
  }
}
