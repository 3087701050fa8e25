import type { AnalyticsQuery } from '../contract/analytics/analytics.js';
import type { StatusType } from '../contract/statuses.js';

/** Whose posts; null does not narrow it. */
export interface Accounts {
  organizationId: string | null;
  sessionId: string | null;
  /** Only these of them. */
  sessionIds?: readonly string[] | undefined;
}

/** Whose posts, and which of them. */
export interface Posts extends Accounts {
  type?: StatusType | undefined;
  broadcastId?: string | undefined;
  seriesId?: string | undefined;
  scheduleId?: string | undefined;
  templateId?: string | undefined;
}

export function postsOf(accounts: Accounts, query: AnalyticsQuery): Posts {
  return { ...accounts, ...narrowingOf(query) };
}

/** Whether only some posts of the accounts are meant. */
export function isNarrowed(query: AnalyticsQuery): boolean {
  return Object.values(narrowingOf(query)).some((given) => given !== undefined);
}

function narrowingOf({ type, broadcastId, seriesId, scheduleId, templateId }: AnalyticsQuery) {
  return { type, broadcastId, seriesId, scheduleId, templateId };
}
