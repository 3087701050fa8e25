import {
  maxRatePerHour,
  maxRatePerMin,
  warmUpCaps,
  type PaceSettings,
  type WaitingCode,
  type WaitingReason,
  type waitsOfPosting,
} from '../contract/pace.js';
import { endOfQuietHours } from './quiet-hours.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** How far back a history has to go for {@link nextAllowedAt}. */
export const historyMs = dayMs;

/** As fast as the account can. */
export const openPace: PaceSettings = {
  ratePerMin: maxRatePerMin,
  ratePerHour: maxRatePerHour,
  minGapSeconds: 0,
  jitterSeconds: 0,
  dailyCap: null,
  quietHours: null,
  warmUp: false,
};

/** What an account has posted. Epoch milliseconds. */
export interface PostingHistory {
  /** When posts of the last 24 hours were begun, in any order. */
  postedAt: readonly number[];
  /** When the session was made. */
  freshSince: number;
  /** Posting stands still until then, whatever else would be allowed. */
  pausedUntil: number | null;
}

export interface NextAllowed {
  /** Epoch milliseconds; `now` when nothing stands in the way. */
  at: number;
  /** What it is waited for longest, or undefined when a post may go out now. */
  code: Exclude<WaitingCode, (typeof waitsOfPosting)[number]> | undefined;
}

/** When the account may post next, by everything that limits it, and which limit that is. */
export function nextAllowedAt(history: PostingHistory, settings: PaceSettings, now: number): NextAllowed {
  const newestFirst = history.postedAt
    // What is later than now was written while the clock was wrong.
    .filter((at) => at > now - historyMs && at <= now)
    .sort((a, b) => b - a);
  const cap = warmUpCapAt(history.freshSince, settings, now);
  const waits: [NonNullable<NextAllowed['code']>, number | undefined][] = [
    ['paused', history.pausedUntil ?? undefined],
    ['min_gap', afterGap(newestFirst[0], settings)],
    ['rate_per_min', afterWindow(newestFirst, settings.ratePerMin, minuteMs)],
    ['rate_per_hour', afterWindow(newestFirst, settings.ratePerHour, hourMs)],
    ['daily_cap', afterWindow(newestFirst, settings.dailyCap, dayMs)],
    // The next step of the warm-up may allow it before the window of 24 hours has moved on.
    ['warm_up', cap && earlier(afterWindow(newestFirst, cap.posts, dayMs), cap.endsAt)],
  ];
  let next: NextAllowed = { at: now, code: undefined };
  for (const [code, at] of waits) if (at !== undefined && at > next.at) next = { at, code };
  const morning = settings.quietHours === null ? undefined : endOfQuietHours(settings.quietHours, next.at);
  return morning === undefined ? next : { at: morning, code: 'quiet_hours' };
}

/** Day 1, 2, … of the warm-up, or null when it is over or not wanted. */
export function warmUpDayAt(freshSince: number, settings: PaceSettings, now: number): number | null {
  if (!settings.warmUp) return null;
  const day = Math.floor(Math.max(0, now - freshSince) / dayMs) + 1;
  return day > warmUpCaps.length ? null : day;
}

function warmUpCapAt(
  freshSince: number,
  settings: PaceSettings,
  now: number,
): { posts: number; endsAt: number } | undefined {
  const day = warmUpDayAt(freshSince, settings, now);
  const posts = day === null ? undefined : warmUpCaps[day - 1];
  return day === null || posts === undefined ? undefined : { posts, endsAt: freshSince + day * dayMs };
}

function afterGap(last: number | undefined, { minGapSeconds, jitterSeconds }: PaceSettings): number | undefined {
  if (last === undefined) return undefined;
  return last + minGapSeconds * 1000 + Math.floor(jitterSeconds * 1000 * scatter(last));
}

function afterWindow(newestFirst: readonly number[], limit: number | null, windowMs: number): number | undefined {
  const oldestThatCounts = limit === null ? undefined : newestFirst[limit - 1];
  return oldestThatCounts === undefined ? undefined : oldestThatCounts + windowMs;
}

function earlier(one: number | undefined, other: number): number | undefined {
  return one === undefined ? undefined : Math.min(one, other);
}

/** A number from 0 to 1 that looks random but belongs to this moment: asking again gives the same answer. */
function scatter(seed: number): number {
  let mixed = Math.imul(seed % 0x7fff_ffff, 0x9e37_79b1) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85eb_ca77) >>> 0;
  return ((mixed ^ (mixed >>> 13)) >>> 0) / 0x1_0000_0000;
}

/** A wait in words. `pauseMessage` says why posting is paused. */
export function waitingInWords(next: NextAllowed, pauseMessage: string | undefined): WaitingReason | undefined {
  if (next.code === undefined) return undefined;
  const until = `${new Date(next.at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return { code: next.code, message: wordsFor(next.code, until, pauseMessage ?? 'it was too much') };
}

function wordsFor(code: NonNullable<NextAllowed['code']>, until: string, pauseMessage: string): string {
  switch (code) {
    case 'paused':
      return `Posting is paused until ${until}, because ${pauseMessage}`;
    case 'min_gap':
      return 'This account posted a moment ago; the next post waits for the gap between posts.';
    case 'rate_per_min':
      return 'This account has posted as often in a minute as it may; the next post follows shortly.';
    case 'rate_per_hour':
      return `This account has posted as often in an hour as it may; the next post goes out at ${until}.`;
    case 'daily_cap':
      return `This account has posted as often in 24 hours as it may; the next post goes out at ${until}.`;
    case 'warm_up':
      return `This session is new and starts with few posts a day; the next post goes out at ${until}.`;
    case 'quiet_hours':
      return `Quiet hours: the post goes out at ${until}.`;
  }
}
