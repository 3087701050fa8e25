import { createHmac } from 'node:crypto';

/** A link of a post whose clicks are counted. */
export interface TrackedLink {
  code: string;
  target: string;
  statusId: string;
  sessionId: string;
  organizationId: string;
}

/** A link that was opened. `visitor`, a network and a browser, is never written down. */
export interface Click extends Pick<TrackedLink, 'code' | 'statusId' | 'organizationId'> {
  /** Epoch milliseconds. */
  at: number;
  visitor: string;
}

/** Stands for a visitor, for one day: the salt of that day is destroyed with it. */
export interface Mark {
  /** What is visited: a link, by its code, or a status, by its id. */
  scope: string;
  mark: string;
}

/** What a quarter of an hour brought for one link. `visitors` are new on the link, `clicked` on all links of its status. */
export interface LinkActivity {
  code: string;
  /** Counted from 1970, in UTC. */
  quarter: number;
  clicks: number;
  visitors: number;
  clicked: number;
}

const quarterMs = 15 * 60_000;
const dayMs = 24 * 60 * 60_000;

/** Days in UTC since 1970. */
export function dayOf(at: number): number {
  return Math.floor(at / dayMs);
}

export function markOf(salt: string, visitor: string): string {
  return createHmac('sha256', salt).update(visitor).digest('base64url').slice(0, 22);
}

/** The marks that clicks on links of one status leave, each once, in an order in which two processes cannot wait for each other. */
export function marksOf(statusId: string, clicks: readonly (Click & { mark: string })[]): Mark[] {
  const marks = new Map<string, Mark>();
  for (const { code, mark } of clicks) {
    for (const scope of [code, statusId]) marks.set(`${scope} ${mark}`, { scope, mark });
  }
  return [...marks.keys()].sort().flatMap((key) => marks.get(key) ?? []);
}

/** Clicks on links of one status by link and quarter of an hour. A visitor who is new counts with the first of their clicks. */
export function activityOf(
  statusId: string,
  clicks: readonly (Click & { mark: string })[],
  newMarks: readonly Mark[],
): LinkActivity[] {
  const fresh = new Set(newMarks.map(({ scope, mark }) => `${scope} ${mark}`));
  const activity = new Map<string, LinkActivity>();
  for (const { code, at, mark } of clicks) {
    const quarter = Math.floor(at / quarterMs);
    const key = `${code} ${String(quarter)}`;
    const counted = activity.get(key) ?? { code, quarter, clicks: 0, visitors: 0, clicked: 0 };
    counted.clicks += 1;
    counted.visitors += Number(fresh.delete(`${code} ${mark}`));
    counted.clicked += Number(fresh.delete(`${statusId} ${mark}`));
    activity.set(key, counted);
  }
  return [...activity.values()].sort((a, b) => a.quarter - b.quarter || (a.code < b.code ? -1 : 1));
}
