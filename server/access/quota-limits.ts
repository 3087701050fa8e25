import type { QuotaLimits } from '../config/quota-settings.js';

export type Quota = keyof QuotaLimits;

/** Whose limit it is, what it counts, and what to do at its end. */
export interface QuotaWords {
  holder: 'A server' | 'An organization' | 'An account' | 'A schedule';
  what: string;
  remedy: string;
  /** When to try again, where room comes by itself. Elsewhere somebody has to make it. */
  retryAfterSeconds?: number;
}

const deleteSome = 'Delete some first.';
const notKept = 'Those beyond are left out.';

/** What may be said of each limit (docs/limits.md). Nobody's use is to be another one's outage. */
export const quotaWords: Readonly<Record<Quota, QuotaWords>> = {
  organization: { holder: 'A server', what: 'organizations', remedy: 'Delete those that are not used.' },
  session: { holder: 'An organization', what: 'accounts', remedy: 'Delete those that are not used.' },
  organizationKey: {
    holder: 'An organization',
    what: 'keys for all its accounts',
    remedy: 'Revoke those that are not used.',
  },
  sessionKey: { holder: 'An account', what: 'keys for it alone', remedy: 'Revoke those that are not used.' },
  list: { holder: 'An organization', what: 'lists', remedy: deleteSome },
  listMember: {
    holder: 'An organization',
    what: 'people on all its lists together',
    remedy: 'Remove some, or delete lists that are not used.',
  },
  tag: { holder: 'An organization', what: 'tags', remedy: 'Take some from everybody first.' },
  tagged: {
    holder: 'An organization',
    what: 'people with tags, each counted once for every tag',
    remedy: 'Take tags that are not used from everybody first.',
  },
  optOut: {
    holder: 'An organization',
    what: 'opt-outs',
    remedy: 'One for the whole organization takes the place of those for single accounts; delete these.',
  },
  template: { holder: 'An organization', what: 'templates', remedy: deleteSome },
  draft: { holder: 'An organization', what: 'drafts', remedy: deleteSome },
  pendingBroadcast: {
    holder: 'An organization',
    what: 'broadcasts that are not over',
    remedy: 'Wait until some are over, or cancel them.',
  },
  schedule: { holder: 'An account', what: 'schedules', remedy: deleteSome },
  changedTime: {
    holder: 'A schedule',
    what: 'times to come that were left out or moved',
    remedy: 'Change its rule instead, or wait until some are over.',
  },
  pendingStatus: {
    holder: 'An account',
    what: 'posts that are planned or wait in its queue',
    remedy: 'Wait until some have gone out, or cancel them.',
  },
  pendingRecipient: {
    holder: 'An account',
    what: 'recipients of posts that are planned or wait in its queue',
    remedy: 'Wait until some have gone out, cancel some, or let a schedule make them when their time comes.',
  },
  person: {
    holder: 'An account',
    what: 'people whom it knows',
    remedy: 'Post to those, or from another account.',
  },
  contact: { holder: 'An account', what: 'contacts that its phone tells', remedy: notKept },
  chat: { holder: 'An account', what: 'chats that its phone tells', remedy: notKept },
  keptAnswer: {
    holder: 'An organization',
    what: 'requests with an Idempotency-Key in a day',
    remedy: 'Wait until those before are a day old, or send this one without it.',
    retryAfterSeconds: 60 * 60,
  },
};

/** Where something is about to be added. */
export interface QuotaPlace {
  organizationId: string;
  /** For what accounts have. */
  sessionId?: string | null;
  /** For what schedules have. */
  scheduleId?: string;
  /** Now, in epoch milliseconds, for what ends by itself. */
  at?: number;
}
