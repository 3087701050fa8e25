import { capabilities } from '../contract/access.js';
import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import { Batcher } from '../lib/running/batcher.js';
import type { Clock } from '../lib/clock.js';
import { newId } from '../lib/ids.js';
import type { Logger } from '../lib/logger.js';
import { hashOfKey, looksLikeKey, newKeyText, prefixOfKey, stateOfKey, type ApiKey } from './api-key.js';
import type { ApiKeysStore } from './api-keys-store.js';
import type { Principal } from './principal.js';

export interface KeyedSession {
  sessionId: string;
  organizationId: string;
  name: string;
  createdBy: string;
}

interface Use {
  keyId: string;
  at: Date;
}

/** Uses are written this late at most: `lastUsedAt` is for people, and not worth a write per request. */
const useDelayMs = 5_000;
/** Keys that ended stay in the list this long, for whoever asks what they were. */
const endedKeptForMs = 90 * 24 * 60 * 60_000;

/** Makes the key of a new session and knows whom a key stands for. */
export class ApiKeys {
  private readonly uses: Batcher<Use>;

  constructor(
    private readonly store: ApiKeysStore,
    private readonly units: UnitOfWork,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.uses = new Batcher<Use>({
      name: 'The record of key uses',
      flush: (uses) => this.writeUses(uses),
      maxDelayMs: useDelayMs,
      maxItems: 1_000,
      maxPending: 10_000,
    });
  }

  /** The key that may read, send and run this one session. It is returned this once and stored only as a hash. */
  async createForSession(tx: Tx, session: KeyedSession): Promise<string> {
    const key = newKeyText('session');
    await this.store.insert(tx, {
      id: newId(),
      organizationId: session.organizationId,
      sessionId: session.sessionId,
      kind: 'session',
      name: session.name,
      hash: hashOfKey(key),
      prefix: prefixOfKey(key),
      capabilities,
      rateLimitMax: null,
      createdBy: session.createdBy,
      createdAt: this.clock.now(),
      expiresAt: null,
      revokedAt: null,
      lastUsedAt: null,
    });
    return key;
  }

  /** Undefined for a key that does not exist, was revoked or has expired. */
  async findPrincipal(key: string): Promise<Principal | undefined> {
    return this.principalOf(looksLikeKey(key) ? await this.store.findByHash(hashOfKey(key)) : undefined);
  }

  /** The same for a key that was checked before, and may have ended since. */
  async findPrincipalById(keyId: string): Promise<Principal | undefined> {
    return this.principalOf(await this.store.find(keyId));
  }

  /** Those of these keys that were revoked, have expired or are gone, by whichever process. */
  async listEnded(keyIds: readonly string[]): Promise<string[]> {
    if (keyIds.length === 0) return [];
    const active = new Set(await this.store.listActiveIds(keyIds, this.clock.now()));
    return keyIds.filter((keyId) => !active.has(keyId));
  }

  /** Forgets keys that ended long ago. */
  prune(): Promise<number> {
    return this.store.deleteEndedBefore(new Date(this.clock.now().getTime() - endedKeptForMs));
  }

  /** Writes the uses that wait. */
  drain(): Promise<void> {
    return this.uses.drain();
  }

  stop(): Promise<void> {
    return this.uses.stop();
  }

  private principalOf(found: ApiKey | undefined): Principal | undefined {
    const now = this.clock.now();
    if (!found || stateOfKey(found, now) !== 'active') return undefined;
    this.recordUse(found, now);
    return {
      id: `key:${found.id}`,
      kind: found.kind,
      organizationId: found.organizationId,
      sessionId: found.sessionId,
      capabilities: new Set(found.capabilities),
      name: found.name,
      keyId: found.id,
      expiresAt: found.expiresAt,
      signIn: null,
    };
  }

  private recordUse(key: ApiKey, at: Date): void {
    this.uses.add({ keyId: key.id, at }).catch((error: unknown) => {
      this.logger.warn({ err: error, keyId: key.id }, 'the use of a key was not recorded');
    });
  }

  private async writeUses(uses: readonly Use[]): Promise<void> {
    const latest = new Map(uses.map((use) => [use.keyId, use.at]));
    await this.units.run(async (tx) => {
      for (const [keyId, at] of latest) await this.store.recordUse(tx, keyId, at);
    });
  }
}
