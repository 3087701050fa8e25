import type { z } from 'zod';
import { timeZoneNamed } from '../../../server/contract/values/local-time.js';
import { nextFreeSlot } from '../../../server/contract/planning/plans.js';
import type { createScheduleBodySchema } from '../../../server/contract/planning/schedules.js';
import type { Draft } from './draft.js';
import { browserTimeZone } from '../lib/wall-time.js';
import { dayIn, wallTimeIn, weekdayCode } from '../lib/days.js';
import { comingTimes, repeatProblem, ruleOf, type Repeat } from './repeat.js';

export type NewSchedule = z.input<typeof createScheduleBodySchema>;

/** The time zone in which the times of a draft are meant. */
export function timeZoneOf({ timeZone }: Pick<Draft, 'timeZone'>): string {
  return timeZoneNamed(timeZone) ?? browserTimeZone();
}

/** What a request says about the time of a draft; nothing for now, and for one that comes again. */
export function timeOf(draft: Draft): { scheduledAt?: string; timeZone?: string } {
  if (draft.when === 'later') return { scheduledAt: draft.at, timeZone: timeZoneOf(draft) };
  return draft.when === 'slot' ? { scheduledAt: nextFreeSlot } : {};
}

/** Why the time of a draft cannot be taken yet; null when it can. */
export function timeProblemOf(draft: Draft): string | null {
  const nowWall = wallTimeIn(Date.now(), timeZoneOf(draft));
  if (draft.when === 'repeat') return repeatProblem(draft.repeat ?? newRepeat(timeZoneOf(draft)), nowWall);
  if (draft.when !== 'later') return null;
  if (draft.at === '') return 'Choose a date and a time.';
  return draft.at <= nowWall ? 'This time is over. Choose a later one.' : null;
}

/** What a repetition is before anything was chosen: each week on today's weekday, at nine. */
export function newRepeat(timeZone: string): Repeat {
  const today = dayIn(Date.now(), timeZone);
  return { every: 'week', days: [weekdayCode(today)], on: 'date', time: '09:00', from: today, until: '' };
}

/** When a schedule posts. It starts on the first day that its rule means: a start beside the rule would count as one more. */
export function scheduleTimeOf(repeat: Repeat, timeZone: string): Pick<NewSchedule, 'startsAt' | 'timeZone' | 'rule'> {
  const [first = `${repeat.from}T${repeat.time}`] = comingTimes(repeat, wallTimeIn(Date.now(), timeZone), 1);
  return { startsAt: first, timeZone, rule: ruleOf(repeat) };
}
