import { nextFreeSlot, type PlanFields } from '../contract/planning/plans.js';
import { quoted } from '../contract/values/quoted.js';
import { type AppError, validationError } from '../lib/app-error.js';
import { instantOf } from '../contract/values/local-time.js';

/** A time a little past counts as now: clocks differ, and people take their time. */
const graceMs = 5 * 60_000;
const furthestMs = 2 * 366 * 24 * 60 * 60_000;
const hasOffset = /(Z|[+-]\d{2}:\d{2})$/;

/**
 * When a request wants its status to go out, in epoch milliseconds; undefined for at once, and for the next free slot, which
 * is found when it is taken. Throws `validation_error` for a time on the wall without a wall, one that is over, and one that
 * is too far away.
 */
export function plannedTime({ scheduledAt, timeZone }: PlanFields, now: number): number | undefined {
  if (scheduledAt === undefined || scheduledAt === nextFreeSlot) return undefined;
  if (!hasOffset.test(scheduledAt) && timeZone === undefined) {
    throw validationError('timeZone', 'Say in which time zone, such as Europe/Berlin, or give scheduledAt in UTC.');
  }
  const at = hasOffset.test(scheduledAt) ? Date.parse(scheduledAt) : instantOf(scheduledAt, timeZone ?? 'UTC');
  const refused = (why: string): AppError =>
    validationError('scheduledAt', `scheduledAt: ${quoted(scheduledAt)} ${why}`);
  if (at < now - graceMs) throw refused('is over. Give a time to come, or leave it out to post now.');
  if (at > now + furthestMs) throw refused('is more than two years away. Give an earlier time.');
  return at;
}
