import { Quotas } from '../../server/access/quotas.js';
import type { QuotaLimits } from '../../server/config/quota-settings.js';
import { loadConfig } from '../../server/config.js';

/** The limits that hold where nothing else is set. */
export const usualQuotas: Readonly<QuotaLimits> = loadConfig({ API_KEY: 'only-for-the-quotas' }).quotas;

/** These limits, and the usual ones for what is not named. */
export function quotasWith(limits: Partial<QuotaLimits> = {}): Quotas {
  return new Quotas({ ...usualQuotas, ...limits });
}
