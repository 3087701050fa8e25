/**
 * How many of each thing there may be, so that nobody's use is another one's outage (docs/limits.md). What an organization may
 * have, or one account.
 */
export const quotas = {
  session: { max: 1_000, of: 'organization', what: 'accounts', remedy: 'Delete those that are not used.' },
  list: { max: 1_000, of: 'organization', what: 'lists', remedy: 'Delete some first.' },
  template: { max: 1_000, of: 'organization', what: 'templates', remedy: 'Delete some first.' },
  pendingBroadcast: {
    ...{ max: 100, of: 'organization', what: 'broadcasts that are not over' },
    remedy: 'Wait until some are over, or cancel them.',
  },
  schedule: { max: 50, of: 'account', what: 'schedules', remedy: 'Delete some first.' },
  pendingStatus: {
    ...{ max: 2_000, of: 'account', what: 'posts that are planned or wait in its queue' },
    remedy: 'Wait until some have gone out, or cancel them.',
  },
} as const;

export type Quota = keyof typeof quotas;

/** Where something is about to be added. */
export interface QuotaPlace {
  organizationId: string;
  /** For what accounts have. */
  sessionId?: string;
}
