import { KeyCache } from '../credentials/key-cache.js';

interface Entry {
  value: unknown;
  storedAtMs: number;
}

/** Notifications of WhatsApp keep lists current while the account is connected; this bounds what they may miss. */
const maxAgeMs = 60 * 60 * 1000;
const maxUsers = 20_000;

/**
 * Which devices a person has, by the user part of the JID, in the place of Baileys' own cache: that one has no limit, and
 * goes by the clock. Posts go by `RecipientDevicesStore`.
 */
export class DeviceCache {
  private readonly lists = new KeyCache<Entry>(maxUsers);

  constructor(
    /** Milliseconds that only grow. */
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  get<T>(user: string): T | undefined {
    const entry = this.lists.get(user);
    return entry && this.nowMs() - entry.storedAtMs < maxAgeMs ? (entry.value as T) : undefined;
  }

  set<T>(user: string, value: T): boolean {
    this.lists.set(user, { value, storedAtMs: this.nowMs() });
    return true;
  }

  del(user: string): boolean {
    this.lists.set(user, null);
    return true;
  }

  flushAll(): void {
    this.lists.clear();
  }
}
