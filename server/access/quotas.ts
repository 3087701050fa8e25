import type { QuotaLimits } from '../config/quota-settings.js';
import type { Tx } from '../db/unit-of-work.js';
import { AppError } from '../lib/app-error.js';
import { quotaWords, type Quota, type QuotaPlace } from './quota-limits.js';
import { countOf } from './quotas-report-store.js';

/**
 * Limits of what an organization, an account or everybody may have. What asks for them holds others who add to the same place
 * until the transaction ends: two together cannot pass a limit, in whichever processes they are.
 */
export class Quotas {
  constructor(private readonly limits: QuotaLimits) {}

  /**
   * Throws `conflict` when there would be more than there may be, `rate_limited` where room comes by itself. `adding`: how many are
   * about to be made.
   */
  async require(tx: Tx, quota: Quota, place: QuotaPlace, adding = 1): Promise<void> {
    const max = this.limits[quota];
    if (max === Infinity || adding === 0) return;
    if ((await countOf(tx, quota, place)) + adding > max) throw tooMany(quota, max);
  }

  /** How many more there may be; for what comes without being asked for, so that nobody can be told to send less. */
  async room(tx: Tx, quota: Quota, place: QuotaPlace): Promise<number> {
    const max = this.limits[quota];
    return max === Infinity ? Infinity : Math.max(0, max - (await countOf(tx, quota, place)));
  }

  /** null while there may be more than so many. */
  wordsWhenFull(quota: Quota, count: number): string | null {
    const max = this.limits[quota];
    return count < max ? null : sentenceOf(quota, max);
  }

  limitOf(quota: Quota): number {
    return this.limits[quota];
  }

  /**
   * Does what adds `atMost` so many, of which some may be there already. Throws `conflict` when there are more than there may be
   * then. Who is beyond a limit that was lowered may still do what adds nobody.
   */
  async whileAdding<T>(tx: Tx, quota: Quota, place: QuotaPlace, atMost: number, add: () => Promise<T>): Promise<T> {
    const max = this.limits[quota];
    if (max === Infinity || atMost === 0) return add();
    const before = await countOf(tx, quota, place);
    const result = await add();
    if (before + atMost <= max) return result;
    const after = await countOf(tx, quota, place);
    if (after > max && after > before) throw tooMany(quota, max);
    return result;
  }

  /** The same for several limits. */
  whileAddingAll<T>(
    tx: Tx,
    adding: Partial<Record<Quota, number>>,
    place: QuotaPlace,
    add: () => Promise<T>,
  ): Promise<T> {
    const quotas = Object.keys(adding) as Quota[];
    return quotas.reduce((inner, quota) => () => this.whileAdding(tx, quota, place, adding[quota] ?? 0, inner), add)();
  }
}

function tooMany(quota: Quota, max: number): AppError {
  const { retryAfterSeconds } = quotaWords[quota];
  const sentence = sentenceOf(quota, max);
  return retryAfterSeconds === undefined
    ? new AppError('conflict', sentence)
    : new AppError('rate_limited', sentence, { retryAfterSeconds });
}

function sentenceOf(quota: Quota, max: number): string {
  const { holder, what, remedy } = quotaWords[quota];
  return `${holder} has at most ${max.toLocaleString('en')} ${what}. ${remedy}`;
}
