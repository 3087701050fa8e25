import { orInfinity, wholeNumber, type Values } from './kinds.js';

/** As many as somebody could want; 0 sets no limit. */
const limit = (usual: number, what: string) => wholeNumber(0, 1_000_000_000).default(usual).describe(what);

/** How many of each thing there may be. Everybody's together, of an organization, or of one account. */
export const quotaSettings = {
  MAX_ORGANIZATIONS: limit(10_000, 'How many organizations there may be. 0 sets no limit, here and in the next ones.'),
  MAX_ACCOUNTS: limit(1_000, 'How many accounts an organization may have.'),
  MAX_KEYS: limit(1_000, 'How many keys for all its accounts an organization may have; those that ended do not count.'),
  MAX_ACCOUNT_KEYS: limit(100, 'How many keys for it alone an account may have; those that ended do not count.'),
  MAX_LISTS: limit(1_000, 'How many lists an organization may have.'),
  MAX_LIST_PEOPLE: limit(1_000_000, 'How many people all lists of an organization may have together.'),
  MAX_TAGS: limit(1_000, 'How many tags an organization may have.'),
  MAX_TAGGED: limit(1_000_000, 'How many people all tags of an organization may have together.'),
  MAX_OPT_OUTS: limit(1_000_000, 'How many opt-outs an organization may keep.'),
  MAX_TEMPLATES: limit(1_000, 'How many templates an organization may have.'),
  MAX_DRAFTS: limit(500, 'How many drafts an organization may have.'),
  MAX_BROADCASTS: limit(100, 'How many broadcasts an organization may have that are not over.'),
  MAX_SCHEDULES: limit(50, 'How many schedules an account may have.'),
  MAX_CHANGED_TIMES: limit(500, 'How many of its times to come a schedule may have left out or moved.'),
  MAX_WAITING_POSTS: limit(2_000, 'How many posts of an account may be planned or wait in its queue.'),
  MAX_WAITING_RECIPIENTS: limit(5_000_000, 'How many recipients these may have together.'),
  MAX_PEOPLE: limit(1_000_000, 'How many people an account may know before posts to strangers are refused.'),
  MAX_CONTACTS: limit(200_000, 'How many contacts that its phone tells are kept of an account.'),
  MAX_CHATS: limit(200_000, 'How many chats that its phone tells are kept of an account.'),
  MAX_KEPT_ANSWERS: limit(100_000, 'How many requests with an Idempotency-Key an organization may make in a day.'),
};

/** How many there may be; Infinity where there is no limit. */
export interface QuotaLimits {
  organization: number;
  session: number;
  organizationKey: number;
  sessionKey: number;
  list: number;
  listMember: number;
  tag: number;
  tagged: number;
  optOut: number;
  template: number;
  draft: number;
  pendingBroadcast: number;
  schedule: number;
  changedTime: number;
  pendingStatus: number;
  pendingRecipient: number;
  person: number;
  contact: number;
  chat: number;
  keptAnswer: number;
}

export interface QuotaConfig {
  quotas: QuotaLimits;
}

export function quotaConfigOf(values: Values<typeof quotaSettings>): QuotaConfig {
  return {
    quotas: {
      organization: orInfinity(values.MAX_ORGANIZATIONS),
      session: orInfinity(values.MAX_ACCOUNTS),
      organizationKey: orInfinity(values.MAX_KEYS),
      sessionKey: orInfinity(values.MAX_ACCOUNT_KEYS),
      list: orInfinity(values.MAX_LISTS),
      listMember: orInfinity(values.MAX_LIST_PEOPLE),
      tag: orInfinity(values.MAX_TAGS),
      tagged: orInfinity(values.MAX_TAGGED),
      optOut: orInfinity(values.MAX_OPT_OUTS),
      template: orInfinity(values.MAX_TEMPLATES),
      draft: orInfinity(values.MAX_DRAFTS),
      pendingBroadcast: orInfinity(values.MAX_BROADCASTS),
      schedule: orInfinity(values.MAX_SCHEDULES),
      changedTime: orInfinity(values.MAX_CHANGED_TIMES),
      pendingStatus: orInfinity(values.MAX_WAITING_POSTS),
      pendingRecipient: orInfinity(values.MAX_WAITING_RECIPIENTS),
      person: orInfinity(values.MAX_PEOPLE),
      contact: orInfinity(values.MAX_CONTACTS),
      chat: orInfinity(values.MAX_CHATS),
      keptAnswer: orInfinity(values.MAX_KEPT_ANSWERS),
    },
  };
}
