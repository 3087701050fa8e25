import type { Clock } from '../lib/clock.js';
import { hashOfKey, looksLikeKey, stateOfKey, type ApiKey } from './api-key.js';
import type { ApiKeysStore } from './api-keys-store.js';

/** A limit that belongs to one key, wherever its requests come from. */
export interface KeyRateLimit {
  keyId: string;
  max: number;
}

interface Loaded {
  atMs: number;
  byHash: Promise<ReadonlyMap<string, ApiKey>>;
}

/** How late another process may notice that a limit was changed. */
const loadedForMs = 5_000;

/**
 * Which keys have a limit of their own. Asked before a key is checked, for every request of anybody: all of the few such
 * keys are held in memory and read again now and then, so that a flood of made-up keys costs no query each.
 */
export class KeyRateLimits {
  private loaded: Loaded | undefined;

  constructor(
    private readonly store: Pick<ApiKeysStore, 'listWithRateLimit'>,
    private readonly clock: Clock,
    /** Milliseconds that only grow. */
    private readonly nowMs = (): number => performance.now(),
  ) {}

  /** Undefined for whatever is no active key with a limit of its own. */
  async find(key: string | undefined): Promise<KeyRateLimit | undefined> {
    if (key === undefined || !looksLikeKey(key)) return undefined;
    const found = (await this.current()).get(hashOfKey(key));
    return found && this.limitOf(found);
  }

  /** The same for a key whose id is known. */
  async findById(keyId: string): Promise<KeyRateLimit | undefined> {
    const found = [...(await this.current()).values()].find(({ id }) => id === keyId);
    return found && this.limitOf(found);
  }

  /** After a key changed. */
  forget(): void {
    this.loaded = undefined;
  }

  private limitOf(key: ApiKey): KeyRateLimit | undefined {
    if (key.rateLimitMax === null || stateOfKey(key, this.clock.now()) !== 'active') return undefined;
    return { keyId: key.id, max: key.rateLimitMax };
  }

  private current(): Loaded['byHash'] {
    const nowMs = this.nowMs();
    if (!this.loaded || nowMs - this.loaded.atMs > loadedForMs) {
      const loaded = { atMs: nowMs, byHash: this.load() };
      this.loaded = loaded;
      loaded.byHash.catch(() => {
        if (this.loaded === loaded) this.loaded = undefined;
      });
    }
    return this.loaded.byHash;
  }

  private async load(): Promise<ReadonlyMap<string, ApiKey>> {
    return new Map((await this.store.listWithRateLimit()).map((key) => [key.hash, key]));
  }
}
