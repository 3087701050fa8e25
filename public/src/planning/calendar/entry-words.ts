import { statusTypeSchema } from '../../../../server/contract/statuses.js';
import { typeNames } from '../../post-look/shown-post.js';
import type { Tone } from '../../ui/tone.js';
import type { CalendarEntry } from '../../../../server/contract/planning/calendar.js';

/** Every state of an entry of the calendar in a word and tone. */
export const entryStateWords: Record<CalendarEntry['state'], { label: string; tone: Tone }> = {
  planned: { label: 'Repeats', tone: 'waiting' },
  scheduled: { label: 'Scheduled', tone: 'waiting' },
  queued: { label: 'Queued', tone: 'waiting' },
  sending: { label: 'Sending', tone: 'waiting' },
  sent: { label: 'Live', tone: 'good' },
  expired: { label: 'Posted', tone: 'quiet' },
  failed: { label: 'Failed', tone: 'bad' },
  missed: { label: 'Missed', tone: 'bad' },
};

/** An entry in a line: its words, or what it is where it has none. */
export function entryTitle({ text, type }: CalendarEntry): string {
  if (text !== '') return text;
  const known = statusTypeSchema.safeParse(type).data;
  return known === undefined ? 'Post' : typeNames[known];
}

export function entryKey({ statusId, scheduleId, at }: CalendarEntry): string {
  return statusId ?? `${scheduleId ?? ''} ${at}`;
}
