import { createHash, createHmac, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { capabilitySchema } from '../contract/access.js';
import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import { AppError } from '../lib/app-error.js';
import { Batcher } from '../lib/running/batcher.js';
import type { Clock } from '../lib/clock.js';
import { newId } from '../lib/ids.js';
import type { Logger } from '../lib/logger.js';
import type { Secret } from '../lib/secret.js';
import type { ApiKeys } from './api-keys-service.js';
import { rootPrincipal, type Principal, type SignInOfPrincipal } from './principal.js';
import type { SignInRecord, SignInsStore } from './sign-ins-store.js';

export interface SignInsParts {
  store: SignInsStore;
  apiKeys: Pick<ApiKeys, 'findPrincipalById'>;
  unitOfWork: UnitOfWork;
  clock: Clock;
  logger: Logger;
  rootKey: Secret;
  /** Whether people may come with login tokens. */
  takesPeople: boolean;
  /** Told after the commit that these open nothing any more. */
  onEnded: (signInIds: readonly string[]) => void;
}

export interface MadeSignIn {
  /** For the cookie, this once. */
  token: string;
  signIn: SignInOfPrincipal;
}

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;
/** How long a sign-in lasts without use, and how long in any case. */
const untilClosed = { idleMs: 12 * hourMs, longestMs: 7 * dayMs };
const remembered = { idleMs: 14 * dayMs, longestMs: 90 * dayMs };
/** Browsers of one key, or of one person; the oldest ends when there is one more. */
const maxPerOwner = 50;
/** A use is written down when the last one is at least so long ago. */
const useEveryMs = 5 * 60_000;
const useDelayMs = 5_000;

const personSchema = z.object({
  id: z.string(),
  organizationId: z.string(),
  capabilities: z.array(capabilitySchema),
  name: z.string(),
});

/** Who is signed in to the dashboard. The database knows them, so that every process does, also after a restart. */
export class SignIns {
  private readonly uses: Batcher<{ id: string; idleUntil: Date }>;

  constructor(private readonly parts: SignInsParts) {
    this.uses = new Batcher({
      name: 'The record of sign-ins',
      flush: async (uses) => {
        const latest = new Map(uses.map(({ id, idleUntil }) => [id, idleUntil]));
        await parts.unitOfWork.run(async (tx) => {
          for (const [id, idleUntil] of latest) await parts.store.use(tx, id, idleUntil);
        });
      },
      maxDelayMs: useDelayMs,
      maxItems: 1_000,
      maxPending: 10_000,
    });
  }

  /**
   * Signs in whoever the principal is. What the browser was signed in with before (`replaced`, tokens) ends. It lasts no longer
   * than the key, or the login, that it was made with.
   */
  async begin(principal: Principal, remember: boolean, replaced: readonly string[]): Promise<MadeSignIn> {
    const { clock, onEnded, store, unitOfWork } = this.parts;
    const now = clock.now();
    const { idleMs, longestMs } = remember ? remembered : untilClosed;
    const longest = new Date(now.getTime() + longestMs);
    const expiresAt = principal.expiresAt !== null && principal.expiresAt < longest ? principal.expiresAt : longest;
    const token = randomBytes(32).toString('base64url');
    const record: SignInRecord = {
      id: newId(),
      hash: principal.kind === 'root' ? this.rootHashOf(token) : hashOf(token),
      owner: principal.id,
      keyId: principal.keyId,
      organizationId: principal.organizationId,
      person: principal.kind === 'user' ? personOf(principal) : null,
      createdAt: now,
      expiresAt,
      idleMs,
      idleUntil: new Date(now.getTime() + idleMs),
    };
    await unitOfWork.run(async (tx) => {
      const ended = await store.deleteByHashes(tx, this.hashesOf(replaced));
      await store.insert(tx, record);
      ended.push(...(await store.deleteBeyond(tx, principal.id, maxPerOwner)));
      tx.afterCommit(() => onEnded(ended));
    });
    return { token, signIn: { id: record.id, createdAt: now, endsAt: expiresAt } };
  }

  /** Who the first of these tokens that opens something stands for. Throws `unauthorized` when none does. */
  async authenticate(tokens: readonly string[]): Promise<Principal> {
    const now = this.parts.clock.now();
    const records = await this.parts.store.listByHashes(this.hashesOf(tokens), now);
    const inOrder = tokens.flatMap((token) =>
      records.filter(({ hash }) => hash === hashOf(token) || hash === this.rootHashOf(token)),
    );
    for (const record of inOrder) {
      const principal = await this.principalOf(record);
      if (!principal) continue;
      this.recordUse(record, now);
      return { ...principal, signIn: { id: record.id, createdAt: record.createdAt, endsAt: record.expiresAt } };
    }
    throw new AppError('unauthorized', 'You were signed out. Sign in again.');
  }

  /** Ends the sign-in of the request, or everywhere all that the same key or person has. */
  async end(principal: Principal, everywhere: boolean): Promise<void> {
    const { store, unitOfWork } = this.parts;
    const { signIn } = principal;
    await unitOfWork.run(async (tx) => {
      if (everywhere) this.tell(tx, await store.deleteOf(tx, principal.id));
      else if (signIn) this.tell(tx, await store.delete(tx, signIn.id));
    });
  }

  /** Those of these that have ended, by whichever process. */
  async listEnded(signInIds: readonly string[]): Promise<string[]> {
    if (signInIds.length === 0) return [];
    const alive = new Set(await this.parts.store.listAliveIds(signInIds, this.parts.clock.now()));
    return signInIds.filter((id) => !alive.has(id));
  }

  /** Forgets those that have ended. */
  prune(): Promise<number> {
    return this.parts.store.deleteEnded(this.parts.clock.now());
  }

  /** Writes the uses that wait. */
  drain(): Promise<void> {
    return this.uses.drain();
  }

  stop(): Promise<void> {
    return this.uses.stop();
  }

  private tell(tx: Tx, ended: readonly string[]): void {
    tx.afterCommit(() => this.parts.onEnded(ended));
  }

  private async principalOf({ owner, keyId, person, expiresAt }: SignInRecord): Promise<Principal | undefined> {
    if (keyId !== null) return this.parts.apiKeys.findPrincipalById(keyId);
    if (person === null) return owner === rootPrincipal.id ? rootPrincipal : undefined;
    if (!this.parts.takesPeople) return undefined;
    const { capabilities, ...known } = personSchema.parse(JSON.parse(person));
    return {
      ...known,
      capabilities: new Set(capabilities),
      kind: 'user',
      sessionId: null,
      keyId: null,
      expiresAt,
      signIn: null,
    };
  }

  private recordUse({ id, idleMs, idleUntil }: SignInRecord, now: Date): void {
    const next = new Date(now.getTime() + idleMs);
    // Also one that would last longer than it may: it was used while the clock was ahead.
    if (Math.abs(next.getTime() - idleUntil.getTime()) < useEveryMs) return;
    this.uses.add({ id, idleUntil: next }).catch((error: unknown) => {
      this.parts.logger.warn({ err: error, signInId: id }, 'the use of a sign-in was not recorded');
    });
  }

  private hashesOf(tokens: readonly string[]): string[] {
    return tokens.flatMap((token) => [hashOf(token), this.rootHashOf(token)]);
  }

  /** Of a sign-in made with API_KEY: under another key it is not found. */
  private rootHashOf(token: string): string {
    return createHmac('sha256', this.parts.rootKey.reveal()).update(token).digest('hex');
  }
}

/** A slow hash is not needed: the token is 256 random bits, which nobody can guess. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function personOf({ id, organizationId, capabilities, name }: Principal): string {
  return JSON.stringify({ id, organizationId, capabilities: [...capabilities], name });
}
