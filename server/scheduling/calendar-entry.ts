import type { CalendarEntry } from '../contract/planning/calendar.js';
import type { StatusType } from '../contract/statuses.js';
import { fillVariables } from '../contract/planning/template-text.js';
import { valuesOf } from '../statuses/variables.js';
import type { StatusAtTime } from './calendar-report-store.js';
import type { ScheduleRecord } from './schedules-store.js';

/** An entry without its time on a wall. */
export type DatelessEntry = Omit<CalendarEntry, 'at' | 'day' | 'time'>;

const shownCharacters = 140;
/** A reader's character may be many units long. */
const segmentedUnits = 400;
const segmenter = new Intl.Segmenter();

/** A status in the calendar. Taken back ones have no place there. */
export function entryOfStatus(status: StatusAtTime): DatelessEntry {
  const { id, sessionId, type, content, caption, style, media, state, error } = status;
  const isMissed = state === 'failed' && error?.code === 'missed';
  return {
    sessionId,
    type,
    text: shortTextOf(type, content, caption),
    error,
    statusId: id,
    scheduleId: status.scheduleId,
    broadcastId: status.broadcastId,
    seriesId: status.seriesId,
    thumbnailUrl: media?.thumbnailUrl ?? null,
    backgroundColor: style.backgroundColor ?? null,
    state: isMissed ? 'missed' : state === 'canceled' || state === 'deleted' ? 'failed' : state,
  };
}

/** One time of a schedule, of which there is no status. */
export function entryOfSchedule(
  { id, sessionId, body, timeZone }: ScheduleRecord,
  at: number,
  more: Pick<DatelessEntry, 'state' | 'error' | 'thumbnailUrl'>,
): DatelessEntry {
  const { variables, type, content } = body;
  const text = shortTextOf(type, content, ('caption' in body ? body.caption : null) ?? null);
  // What only the account knows stays as it was written.
  const session = { sessionName: '{{account}}', ownNumber: '{{number}}' };
  return {
    sessionId,
    type,
    ...more,
    statusId: null,
    scheduleId: id,
    broadcastId: null,
    seriesId: null,
    text: variables ? fillVariables(text, valuesOf({ variables, session, at, timeZone })) : text,
    backgroundColor: ('style' in body ? body.style?.backgroundColor : null) ?? null,
  };
}

function shortTextOf(type: StatusType, content: string, caption: string | null): string {
  const text = type === 'text' ? content : (caption ?? (type === 'url' ? content : ''));
  if (text.length <= shownCharacters) return text.trim();
  const characters = Array.from(segmenter.segment(text.slice(0, segmentedUnits)), ({ segment }) => segment);
  if (text.length <= segmentedUnits && characters.length <= shownCharacters) return text.trim();
  // The last one may be only the beginning of a character.
  return `${characters.slice(0, Math.min(shownCharacters, characters.length) - 1).join('')}…`;
}
