import { createHash } from 'node:crypto';
import { organizationOf, type Principal } from '../access/principal.js';
import type { Quotas } from '../access/quotas.js';
import { type Keep, keepNothing, type Tx, type UnitOfWork } from '../db/unit-of-work.js';
import { AppError, validationError } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { beginOwnerProcess, endOwnerProcess, hasEnded } from '../lib/owner-process.js';
import type { Sealer } from '../lib/sealer.js';
import { withoutPerson } from '../lib/without-person.js';
import type { ParsedRequest, Route } from './define-route.js';
import type { Claim, IdempotencyStore, KeptAnswer, NewClaim } from './idempotency-store.js';

const keptForMs = 24 * 60 * 60_000;
/**
 * A request that ran this long without an answer died with its process, wherever that was; its key is free again. Longer than
 * the minute that a request may wait for the outcome of a post, or its repeat would post a second time.
 */
const abandonedAfterMs = 2 * 60_000;
/** Opening one takes some microseconds: this bounds how long they hold the event loop. */
const answersAtOnce = 200;
/** Visible ASCII. */
export const acceptableKey = /^[\x21-\x7e]{1,255}$/;

export interface IdempotencyParts {
  store: IdempotencyStore;
  unitOfWork: UnitOfWork;
  quotas: Quotas;
  clock: Clock;
  /** Answers may hold a key that is shown once and stored nowhere else. */
  sealer: Sealer;
}

/** `Idempotency-Key`: repeats of a request get the first answer instead of a second effect. */
export class Idempotency {
  /** Keys whose first request was answered by a process that has certainly ended are free at once. */
  private readonly me = beginOwnerProcess('');

  constructor(private readonly parts: IdempotencyParts) {}

  /**
   * Runs `answerNow` once per caller, route and key. A repeat within 24 hours gets the kept answer; with another body, or
   * while the first one still runs, it is a conflict. A failure is not kept: the caller may try again with the same key.
   * `answerNow` may keep what it will answer in a transaction of its own; from then on that stands, whatever happens.
   */
  async once(
    principal: Principal,
    route: Route,
    key: string | undefined,
    parsed: Pick<ParsedRequest, 'params' | 'body'>,
    answerNow: (keep: Keep<unknown>) => Promise<unknown>,
  ): Promise<unknown> {
    if (key === undefined) return answerNow(keepNothing);
    if (!acceptableKey.test(key)) {
      throw validationError('Idempotency-Key', 'An idempotency key has 1 to 255 visible ASCII characters.');
    }
    const scope = `${principal.id} ${route.method} ${route.path} ${JSON.stringify(parsed.params ?? {})}`;
    const bodyHash = hashOf(JSON.stringify(parsed.body ?? null));
    const claimed = await this.claim({ scope, key, bodyHash, organizationId: organizationOf(principal) });
    if (typeof claimed === 'string') return JSON.parse(claimed) as unknown;
    const { store, sealer } = this.parts;
    const seal = (answer: unknown): string => sealer.seal(JSON.stringify(answer ?? null));
    const state = { isKept: false };
    try {
      const answer = await answerNow(async (tx, early) => {
        if (!(await store.keep(claimed, seal(early), tx))) {
          throw new AppError('conflict', 'Another request took this idempotency key over. Ask with it again.');
        }
        tx.afterCommit(() => {
          state.isKept = true;
        });
        return early;
      });
      await store.keep(claimed, seal(answer));
      return answer;
    } catch (error) {
      if (!state.isKept) await store.release(claimed);
      throw error;
    }
  }

  /** Nothing is answered any more. */
  stop(): void {
    endOwnerProcess(this.me);
  }

  /** Takes somebody out of the answers that are kept of an organization. */
  async forgetPerson(
    organizationId: string,
    names: ReadonlySet<string>,
    told: { went(tx: Tx, answers: number): Promise<void>; isWanted(): boolean },
  ): Promise<void> {
    const { store, sealer, unitOfWork } = this.parts;
    for (let after: { scope: string; key: string } | undefined, more = true; more && told.isWanted();) {
      const page = await store.page(organizationId, after, answersAtOnce);
      for (const { scope, key, response_body: sealed, created_at } of page) {
        const text = sealer.open(sealed ?? '');
        if (text === undefined || ![...names].some((name) => text.includes(name))) continue;
        const { rest, isChanged } = withoutPerson(JSON.parse(text), names);
        if (!isChanged) continue;
        const claim = { scope, key, at: new Date(created_at) };
        await unitOfWork.run(async (tx) => {
          if (await store.keep(claim, sealer.seal(JSON.stringify(rest)), tx)) await told.went(tx, 1);
        });
      }
      after = page.at(-1);
      more = page.length === answersAtOnce;
    }
  }

  /** Forgets at most so many keys whose time is over. How many there were. */
  forgetOld(atMost: number): Promise<number> {
    return this.parts.store.deleteBefore(this.parts.clock.now().getTime() - keptForMs, atMost);
  }

  /** The kept answer, or the claim of this request, which is the one to give it. */
  private async claim(wanted: Omit<NewClaim, 'at' | 'holder'>): Promise<string | Claim> {
    const { store, clock, sealer } = this.parts;
    const claim = { ...wanted, at: clock.now(), holder: this.me };
    const kept = await this.take(claim);
    if (!kept) return claim;
    if (this.isFree(kept, claim.at)) {
      await store.release({ ...claim, at: kept.createdAt });
      return this.claim(wanted);
    }
    if (kept.bodyHash !== wanted.bodyHash) {
      throw new AppError('conflict', 'This idempotency key was used with another body. Use a new one.');
    }
    if (kept.response === null) {
      throw new AppError('conflict', 'The first request with this idempotency key still runs. Ask again in a moment.');
    }
    const opened = sealer.open(kept.response);
    if (opened === undefined)
      throw new AppError('conflict', 'The answer to this idempotency key can no longer be read.');
    return opened;
  }

  /** What is kept under the key; undefined when it is this request's. Room is needed for a first request, never for a repeat. */
  private async take(claim: NewClaim): Promise<KeptAnswer | undefined> {
    const { store, unitOfWork, quotas } = this.parts;
    try {
      return await unitOfWork.run(async (tx) => {
        await quotas.require(tx, 'keptAnswer', { organizationId: claim.organizationId });
        return store.claim(tx, claim);
      });
    } catch (error) {
      const kept = error instanceof AppError ? await store.find(claim) : undefined;
      if (kept) return kept;
      throw error;
    }
  }

  private isFree({ createdAt, response, holder }: KeptAnswer, now: Date): boolean {
    const ageMs = now.getTime() - createdAt.getTime();
    if (response !== null) return ageMs > keptForMs;
    // What seems to begin much later than now was begun while the clock was wrong. Its request keeps no answer any more.
    return Math.abs(ageMs) > abandonedAfterMs || (holder !== null && hasEnded(this.me, holder));
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
