import type { Tx } from '../db/unit-of-work.js';
import { AppError } from '../lib/app-error.js';
import { quotas, type Quota, type QuotaPlace } from './quota-limits.js';
import { countOf } from './quotas-store.js';

/**
 * Throws `conflict` when there are as many already. It holds others who want to add one to the same place until the transaction
 * ends: two together cannot pass the limit. `adding`: how many are about to be made.
 */
export async function requireQuota(tx: Tx, quota: Quota, place: QuotaPlace, adding = 1): Promise<void> {
  const { max, of, what, remedy } = quotas[quota];
  if ((await countOf(tx, quota, place)) + adding <= max) return;
  const number = max.toLocaleString('en');
  throw new AppError('conflict', `An ${of} has at most ${number} ${what}. ${remedy}`);
}
