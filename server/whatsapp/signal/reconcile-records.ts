import type { StoredSession, StoredSessionRecord } from './stored-session.js';

function lastReceivingChain(session: StoredSession): string | undefined {
  const key = session.currentRatchet.lastRemoteEphemeralKey;
  return session._chains[key] === undefined ? undefined : key;
}

/** One session that two writers have taken further from the same point. */
function reconcileSessions(stored: StoredSession, written: StoredSession): StoredSession {
  const turned = lastReceivingChain(stored);
  if (turned !== undefined && written._chains[turned] === undefined) {
    // Only `stored` knows the other side's latest key; what `written` has sent stays readable on the chain before it.
    return { ...stored, indexInfo: { ...stored.indexInfo, closed: written.indexInfo.closed } };
  }
  const sendingKey = written.currentRatchet.ephemeralKeyPair.pubKey;
  const before = stored._chains[sendingKey];
  const after = written._chains[sendingKey];
  if (!before || !after || before.chainKey.counter <= after.chainKey.counter) return written;
  return { ...written, _chains: { ...written._chains, [sendingKey]: { ...after, chainKey: before.chainKey } } };
}

/**
 * What to store when `written` is about to replace `stored`, though it may have been made from an older record.
 *
 * A post reads, advances and writes back thousands of records while Baileys does the same with the record of whoever is
 * just answering, and neither waits for the other. The later write must not take a sending chain back (its keys would be
 * used twice), nor undo a turn of the ratchet, nor lose a session that the other has begun.
 */
export function reconcileRecords(
  stored: StoredSessionRecord | null,
  written: StoredSessionRecord,
): StoredSessionRecord {
  if (stored === null || stored === written) return written;
  const sessions: Record<string, StoredSession> = {};
  for (const [baseKey, session] of Object.entries(written._sessions)) {
    const other = stored._sessions[baseKey];
    sessions[baseKey] = other === undefined ? session : reconcileSessions(other, session);
  }
  for (const [baseKey, session] of Object.entries(stored._sessions)) {
    // A closed one that is missing was dropped on purpose; an open one never is.
    if (session.indexInfo.closed === -1) sessions[baseKey] ??= session;
  }
  const open = Object.values(sessions).filter((session) => session.indexInfo.closed === -1);
  const newest = open.reduce<StoredSession | undefined>(
    (latest, session) => (latest && latest.indexInfo.created > session.indexInfo.created ? latest : session),
    undefined,
  );
  for (const session of open) {
    if (session === newest) continue;
    const { indexInfo } = session;
    sessions[indexInfo.baseKey] = {
      ...session,
      indexInfo: { ...indexInfo, closed: newest?.indexInfo.created ?? indexInfo.created },
    };
  }
  return { _sessions: sessions, version: 'v1' };
}
