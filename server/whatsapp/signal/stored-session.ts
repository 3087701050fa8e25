/**
 * Sessions with one device in the form in which libsignal 6 (`SessionRecord.serialize`) puts them to rest and Baileys'
 * key store holds them under the kind `session`. Keys are base64 text. Values are never changed in place: the store may
 * hand out the same object twice.
 */
export interface StoredSessionRecord {
  /** By the base64 of the base key, oldest first. */
  readonly _sessions: Readonly<Record<string, StoredSession>>;
  readonly version: 'v1';
}

export interface StoredSession {
  readonly registrationId: number;
  readonly currentRatchet: {
    readonly ephemeralKeyPair: { readonly pubKey: string; readonly privKey: string };
    readonly lastRemoteEphemeralKey: string;
    readonly previousCounter: number;
    readonly rootKey: string;
  };
  readonly indexInfo: {
    readonly baseKey: string;
    /** 1: we began the session; 2: the other side did. */
    readonly baseKeyType: 1 | 2;
    /** Epoch milliseconds, -1 while the session is open. */
    readonly closed: number;
    readonly used: number;
    readonly created: number;
    readonly remoteIdentityKey: string;
  };
  /** By the base64 of the ratchet key. */
  readonly _chains: Readonly<Record<string, StoredChain>>;
  /** Present until the other side has answered: every message repeats what it needs to begin the session. */
  readonly pendingPreKey?: { readonly signedKeyId: number; readonly baseKey: string; readonly preKeyId?: number };
}

export interface StoredChain {
  readonly chainKey: { readonly counter: number; readonly key?: string };
  /** 1: sending; 2: receiving. */
  readonly chainType: 1 | 2;
  readonly messageKeys: Readonly<Record<string, string>>;
}

/** Closed sessions are kept for messages still under way; libsignal keeps 40, two kilobytes each, for every device. */
const maxClosedSessions = 3;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isSession(value: unknown): boolean {
  return (
    isObject(value) &&
    isObject(value.currentRatchet) &&
    isObject(value.currentRatchet.ephemeralKeyPair) &&
    isObject(value.indexInfo) &&
    typeof value.indexInfo.baseKey === 'string' &&
    typeof value.indexInfo.remoteIdentityKey === 'string' &&
    typeof value.indexInfo.closed === 'number' &&
    isObject(value._chains)
  );
}

function isRecord(value: unknown): value is StoredSessionRecord {
  return (
    isObject(value) &&
    value.version === 'v1' &&
    isObject(value._sessions) &&
    Object.values(value._sessions).every(isSession)
  );
}

/** What a key store gave for the kind `session`, as a record; null when it is absent, damaged or of an unknown form. */
export function asStoredRecord(value: unknown): StoredSessionRecord | null {
  return isRecord(value) ? value : null;
}

/** The session that messages are sent on, as libsignal picks it; undefined when there is none. */
export function findOpenSession(record: StoredSessionRecord): StoredSession | undefined {
  for (const session of Object.values(record._sessions)) {
    if (session.indexInfo.closed === -1) return session;
  }
  return undefined;
}

/** The record with `session` in the place of the one that has its base key, or added as the newest. */
export function withSession(record: StoredSessionRecord | null, session: StoredSession): StoredSessionRecord {
  return { _sessions: { ...record?._sessions, [session.indexInfo.baseKey]: session }, version: 'v1' };
}

/** The record with `session` as the open one: open sessions are closed, and of the closed ones the three latest stay. */
export function withNewSession(
  record: StoredSessionRecord | null,
  session: StoredSession,
  now: number,
): StoredSessionRecord {
  const closed = Object.entries(record?._sessions ?? {}).map(([baseKey, old]): [string, StoredSession] => [
    baseKey,
    old.indexInfo.closed === -1 ? { ...old, indexInfo: { ...old.indexInfo, closed: now } } : old,
  ]);
  const kept = closed.toSorted(([, a], [, b]) => a.indexInfo.closed - b.indexInfo.closed).slice(-maxClosedSessions);
  return withSession({ _sessions: Object.fromEntries(kept), version: 'v1' }, session);
}
