import { BufferJSON, initAuthCreds, proto } from '@whiskeysockets/baileys';
import type { AuthenticationCreds, SignalDataSet, SignalDataTypeMap, SignalKeyStore } from '@whiskeysockets/baileys';
import { type AuthStore, type KeyChange, UnreadableCredentialsError } from './auth-store.js';
import type { KeyCache } from './key-cache.js';
import { nextLoopTurn } from '../../lib/running/loop-turns.js';
import { reconcileRecords } from '../signal/reconcile-records.js';
import { asStoredRecord, type StoredSessionRecord } from '../signal/stored-session.js';

/** Baileys calls a session bytes; what it hands out is the record that libsignal makes of it. */
type SignalValue = SignalDataTypeMap[keyof SignalDataTypeMap] | StoredSessionRecord;
export type SignalKeyCache = KeyCache<SignalValue>;

/** What one connection knows of its account, in the shape that Baileys works on. */
export interface AuthState {
  readonly creds: AuthenticationCreds;
  readonly keys: SignalKeyStore;
  /** Resolves when the present credentials are safe. */
  saveCredentials(): Promise<void>;
  /** Waits for what is under way and refuses everything later: the next connection owns the rows. */
  close(): Promise<void>;
}

function encode(value: unknown): string {
  return JSON.stringify(value, BufferJSON.replacer);
}

function decode<T>(text: string): T {
  return JSON.parse(text, BufferJSON.reviver) as T;
}

/** Kinds that Baileys wants back as more than plain data. */
const revivers: { [K in keyof SignalDataTypeMap]?: (value: SignalDataTypeMap[K]) => SignalDataTypeMap[K] } = {
  'app-state-sync-key': (value) => proto.Message.AppStateSyncKeyData.fromObject(value),
};

function decodeKey<K extends keyof SignalDataTypeMap>(kind: K, text: string): SignalDataTypeMap[K] {
  const value = decode<SignalDataTypeMap[K]>(text);
  const revive = revivers[kind];
  return revive === undefined ? value : revive(value);
}

/** Linked means that the phone has signed this device. `me` alone is set as soon as a pairing code is asked for. */
export function isLinkedCredentials(creds: AuthenticationCreds): boolean {
  return creds.me !== undefined && creds.account !== undefined;
}

/** The stored credentials; undefined when there are none. Rejects with {@link UnreadableCredentialsError}. */
export async function findCredentials(store: AuthStore, sessionId: string): Promise<AuthenticationCreds | undefined> {
  const text = await store.findCredentials(sessionId);
  if (text === undefined) return undefined;
  try {
    const creds = decode<AuthenticationCreds>(text);
    if (creds.noiseKey.private.length === 32 && creds.signedIdentityKey.private.length === 32) return creds;
    throw new Error('The identity keys are incomplete.');
  } catch (cause) {
    throw new UnreadableCredentialsError({ cause });
  }
}

/**
 * Credentials and keys of a session for one connection. What an abandoned attempt to link left behind is deleted first:
 * with it the next attempt would try to log in and never show a code.
 *
 * Every commit of Baileys is one transaction, written in the order of the calls, and carries the credentials along when
 * they have changed, so that a counter is never behind the keys it counts. Rejects with {@link UnreadableCredentialsError}.
 */
export async function openAuthState(store: AuthStore, cache: SignalKeyCache, sessionId: string): Promise<AuthState> {
  const stored = await findCredentials(store, sessionId);
  if (stored !== undefined && !isLinkedCredentials(stored)) await store.wipe(sessionId);
  const creds = stored !== undefined && isLinkedCredentials(stored) ? stored : initAuthCreds();
  return new StoredAuthState(store, cache, sessionId, creds);
}

/** A session takes about 50 µs to be put into words; a post brings hundreds in one go. */
const encodedPerTurn = 100;

let opened = 0;

class StoredAuthState implements AuthState {
  readonly keys: SignalKeyStore;
  private readonly cachePrefix: string;
  private tail: Promise<unknown> = Promise.resolve();
  private readonly reads = new Set<Promise<unknown>>();
  private credentialsChanged = false;
  private isClosed = false;

  constructor(
    private readonly store: AuthStore,
    private readonly cache: SignalKeyCache,
    private readonly sessionId: string,
    readonly creds: AuthenticationCreds,
  ) {
    // A number of its own per opening: what an earlier connection cached can never be read by this one.
    opened += 1;
    this.cachePrefix = String(opened);
    this.keys = { get: (kind, ids) => this.readKeys(kind, ids), set: this.writeKeys.bind(this) };
  }

  saveCredentials(): Promise<void> {
    this.credentialsChanged = true;
    return this.enqueue(async () => {
      // A commit of keys that stood before us in the queue may have taken the change along.
      if (this.credentialsChanged) await this.commit([]);
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.allSettled([this.tail, ...this.reads]);
  }

  private async readKeys<K extends keyof SignalDataTypeMap>(
    kind: K,
    ids: string[],
    duringWrite = false,
  ): Promise<Record<string, SignalDataTypeMap[K]>> {
    const found: Record<string, SignalDataTypeMap[K]> = {};
    const missing: string[] = [];
    for (const id of ids) {
      const cached = this.cache.get(this.cacheKey(kind, id));
      if (cached === undefined) missing.push(id);
      else if (cached !== null) found[id] = cached as SignalDataTypeMap[K];
    }
    if (missing.length === 0) return found;
    if (this.isClosed && !duringWrite) throw closedError();
    const stored = await this.readStored(kind, missing);
    for (const id of missing) {
      const key = this.cacheKey(kind, id);
      const text = stored.get(id);
      let value = this.cache.get(key) as SignalDataTypeMap[K] | null | undefined;
      // Set while we were reading: that is newer than what we read.
      if (value === undefined) {
        value = text === undefined ? null : decodeKey(kind, text);
        this.cache.set(key, value);
      }
      if (value !== null) found[id] = value;
    }
    return found;
  }

  private async readStored(kind: string, ids: string[]): Promise<Map<string, string>> {
    const reading = this.store.readKeys(this.sessionId, kind, ids);
    this.reads.add(reading);
    try {
      return await reading;
    } finally {
      this.reads.delete(reading);
    }
  }

  private writeKeys(data: SignalDataSet): Promise<void> {
    return this.enqueue(async () => {
      const changes: KeyChange[] = [];
      const values = new Map<string, SignalValue | null>();
      const records = await this.reconcileSessions(data.session ?? {});
      for (const [kind, entries] of Object.entries(data)) {
        for (const [id, given] of Object.entries<SignalValue | null | undefined>(entries)) {
          if (changes.length % encodedPerTurn === encodedPerTurn - 1) await nextLoopTurn();
          const value = (kind === 'session' ? records.get(id) : undefined) ?? given ?? null;
          changes.push({ kind, id, value: value === null ? null : encode(value) });
          values.set(this.cacheKey(kind, id), value);
        }
      }
      await this.commit(changes);
      for (const [key, value] of values) this.cache.set(key, value);
    });
  }

  /**
   * What to store of these sessions, so that none goes back to what its writer had read when another has taken it
   * further since. Runs with the queue to itself: what is stored does not change before the commit. Those in an unknown
   * form, and those to be deleted, are not in the answer: they are stored as they are.
   */
  private async reconcileSessions(
    written: NonNullable<SignalDataSet['session']>,
  ): Promise<Map<string, StoredSessionRecord>> {
    const reconciled = new Map<string, StoredSessionRecord>();
    const ids = Object.keys(written);
    if (ids.length === 0) return reconciled;
    const stored = await this.readKeys('session', ids, true);
    for (const id of ids) {
      const record = asStoredRecord(written[id]);
      if (record) reconciled.set(id, reconcileRecords(asStoredRecord(stored[id]), record));
    }
    return reconciled;
  }

  private async commit(keys: KeyChange[]): Promise<void> {
    const withCredentials = this.credentialsChanged;
    this.credentialsChanged = false;
    try {
      await this.store.commit(this.sessionId, {
        keys,
        ...(withCredentials ? { credentials: encode(this.creds) } : {}),
      });
    } catch (error) {
      this.credentialsChanged ||= withCredentials;
      throw error;
    }
  }

  private enqueue(work: () => Promise<void>): Promise<void> {
    if (this.isClosed) return Promise.reject(closedError());
    const done = this.tail.then(work);
    this.tail = done.catch(() => undefined);
    return done;
  }

  private cacheKey(kind: string, id: string): string {
    return `${this.cachePrefix}/${kind}/${id}`;
  }
}

function closedError(): Error {
  return new Error('This connection no longer owns the keys of the session.');
}
