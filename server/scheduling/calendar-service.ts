import type { Principal } from '../access/principal.js';
import {
  maxCalendarDays,
  maxCalendarSchedules,
  type Calendar,
  type CalendarEntry,
  type CalendarQuery,
} from '../contract/planning/calendar.js';
import { momentOfEdge } from '../contract/values/edges.js';
import { localTimeAt } from '../contract/values/local-time.js';
import { validationError } from '../lib/app-error.js';
import { callerGone } from '../lib/caller-scope.js';
import { timeCursor } from '../lib/cursors.js';
import { Pages } from '../lib/page.js';
import { WaitingTurns } from '../lib/running/waiting-turns.js';
import { Slices } from '../lib/running/slices.js';
import { timestamp } from '../lib/timestamp.js';
import { mediaOf, type UploadRecord } from '../media/upload.js';
import { namedUpload } from '../media/named-upload.js';
import type { SessionsOfStatuses } from '../statuses/accepting-service.js';
import { entryOfSchedule, entryOfStatus, type DatelessEntry } from './calendar-entry.js';
import type { CalendarSpan, CalendarReportStore } from './calendar-report-store.js';
import { Occurrences } from './recurrence.js';
import type { ScheduleRecord, SchedulesStore } from './schedules-store.js';

export interface CalendarServiceParts {
  store: CalendarReportStore;
  schedules: Pick<SchedulesStore, 'listComing' | 'listByIds'>;
  sessions: SessionsOfStatuses;
  files: { load(filename: string): Promise<{ record: UploadRecord } | undefined> };
  /** Milliseconds of a steady clock, for the deadline. */
  nowMs?: () => number;
}

/** An entry with its place in the order: time, then id. */
interface Placed {
  at: number;
  id: string;
  entry: DatelessEntry;
}

const pages = new Pages(timeCursor);
const dayMs = 24 * 60 * 60_000;
/** For one look; what is not worked out by then is left out, and the answer says so. */
const longestMs = 5_000;
/** Of one caller, besides the look that goes on. */
const waitingOfOne = 2;
const looksAtOnce = 4;
/** So many rules are read in one turn of the event loop. */
const readAtOnce = 20;
/** Days are counted on the wall, where clocks change. */
const clockChangesMs = 3 * 60 * 60_000;

/** What is planned and what was posted, of all accounts, by its time. */
export class CalendarService {
  private readonly looks: WaitingTurns;

  constructor(private readonly parts: CalendarServiceParts) {
    this.looks = new WaitingTurns({
      atOnce: looksAtOnce,
      longAtOnce: looksAtOnce,
      ofOneAtOnce: 1,
      waiting: 50,
      waitingOfOne,
      longestWaitMs: 2 * longestMs,
      busy: 'The calendar is being worked out for this key already. Try again in a moment.',
      retryAfterSeconds: longestMs / 1000,
    });
  }

  /**
   * One at a time for each caller. Throws `not_found` for an account that is not to be seen, `validation_error` for a span that
   * makes no sense, `unavailable` when a caller asks for much more at the same time. Ends when the caller leaves.
   */
  read(principal: Principal, query: CalendarQuery): Promise<Calendar> {
    return this.looks.run(principal.id, false, callerGone(), () => this.look(principal, query));
  }

  private async look(principal: Principal, query: CalendarQuery): Promise<Calendar> {
    const { timeZone, limit, sessionId } = query;
    const [from, to] = [momentOfEdge(query.from, timeZone), momentOfEdge(query.to, timeZone)];
    if (to <= from) throw validationError('to', 'Give a time after `from`.');
    if (to - from > maxCalendarDays * dayMs + clockChangesMs) {
      throw validationError('to', `The calendar shows at most ${String(maxCalendarDays)} days at once.`);
    }
    if (sessionId !== undefined) await this.parts.sessions.get(principal, sessionId);
    const after = pages.placeOf(query.cursor);
    const span: CalendarSpan = {
      organizationId: principal.organizationId,
      sessionId: sessionId ?? principal.sessionId,
      from: Math.max(from, after?.at ?? from),
      to,
      after,
    };
    const { entries, isComplete } = await this.entriesOf(span, limit);
    const { items, nextCursor } = pages.cut(entries, query, (last) => last);
    return {
      from: timestamp(from),
      to: timestamp(to),
      timeZone,
      isComplete,
      entries: items.map(({ at, entry }): CalendarEntry => ({ ...entry, at: timestamp(at), ...onWall(at, timeZone) })),
      nextCursor,
    };
  }

  /** In order; more than `limit` when there are more. */
  private async entriesOf(span: CalendarSpan, limit: number): Promise<{ entries: Placed[]; isComplete: boolean }> {
    const { store, schedules } = this.parts;
    const statuses = await store.listStatuses(span, limit + 1);
    const empty = await store.listEmptyTimes(span, limit + 1);
    const coming = await schedules.listComing(span, maxCalendarSchedules + 1);
    // What comes after the last that can be shown need not be worked out.
    const ends = [statuses[limit]?.at, empty[limit]?.at].filter((at) => at !== undefined);
    const until = Math.min(span.to, ...ends.map((at) => at + 1));
    const { found: planned, isWhole } = await this.plannedOf(
      coming.slice(0, maxCalendarSchedules),
      { ...span, to: until },
      limit + 1,
    );
    const known = new Map(coming.map((schedule) => [schedule.id, schedule]));
    const missing = new Set(empty.map(({ scheduleId }) => scheduleId).filter((id) => !known.has(id)));
    for (const schedule of await schedules.listByIds([...missing])) known.set(schedule.id, schedule);
    const thumbnails = new Map<string, string | null>();
    const ofSchedule = async (
      { scheduleId, at }: { scheduleId: string; at: number },
      end: Pick<DatelessEntry, 'state' | 'error'>,
    ): Promise<Placed[]> => {
      const schedule = known.get(scheduleId);
      if (!schedule) return [];
      const thumbnailUrl = await this.thumbnailOf(schedule, thumbnails);
      return [{ at, id: scheduleId, entry: entryOfSchedule(schedule, at, { ...end, thumbnailUrl }) }];
    };
    const entries = statuses.map((status): Placed => ({ at: status.at, id: status.id, entry: entryOfStatus(status) }));
    for (const time of empty) {
      const error = { code: time.outcome, message: time.message ?? 'It was not posted.' };
      entries.push(...(await ofSchedule(time, { state: time.outcome, error })));
    }
    for (const time of planned) entries.push(...(await ofSchedule(time, { state: 'planned', error: null })));
    entries.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
    return { entries, isComplete: isWhole && coming.length <= maxCalendarSchedules };
  }

  /** The times to come, worked out day by day until there are enough; other work goes on meanwhile. */
  private async plannedOf(
    schedules: readonly ScheduleRecord[],
    { from, to, after }: CalendarSpan,
    enough: number,
  ): Promise<{ found: { scheduleId: string; at: number }[]; isWhole: boolean }> {
    const endsAt = this.now() + longestMs;
    const slices = new Slices();
    const settled = await this.parts.store.listSettledTimes(
      schedules.map(({ id }) => id),
      from,
      to,
    );
    const each: { id: string; nextAt: number; occurrences: Occurrences }[] = [];
    for (const schedule of schedules) {
      const { id, nextAt } = schedule;
      each.push({ id, nextAt: nextAt ?? to, occurrences: new Occurrences({ ...schedule, start: schedule.startsAt }) });
      if (each.length % readAtOnce === 0) await slices.next();
    }
    const found: { scheduleId: string; at: number }[] = [];
    let start = from;
    let lengthMs = dayMs;
    while (start < to && found.length < enough) {
      const before = Math.min(to, start + lengthMs);
      const counted = found.length;
      for (const { id, nextAt, occurrences } of each) {
        if (nextAt >= before) continue;
        if (this.now() > endsAt) return { found, isWhole: false };
        callerGone()?.throwIfAborted();
        const times = await occurrences.list({ after: Math.max(start, nextAt) - 1, before, limit: enough });
        for (const at of times) {
          const isBehind = after !== undefined && (at < after.at || (at === after.at && id <= after.id));
          if (!isBehind && !settled.has(`${id} ${String(at)}`)) found.push({ scheduleId: id, at });
        }
        await slices.next();
      }
      // Where little comes, more days at once are cheaper.
      if (found.length - counted < enough / 10) lengthMs = Math.min(lengthMs * 2, 8 * dayMs);
      start = before;
    }
    return { found, isWhole: true };
  }

  /** On a clock that nobody sets. */
  private now(): number {
    return (this.parts.nowMs ?? (() => performance.now()))();
  }

  private async thumbnailOf({ body }: ScheduleRecord, known: Map<string, string | null>): Promise<string | null> {
    const filename = namedUpload(body);
    if (filename === undefined) return null;
    if (!known.has(filename)) {
      const found = await this.parts.files.load(filename);
      known.set(filename, found ? mediaOf(found.record).thumbnailUrl : null);
    }
    return known.get(filename) ?? null;
  }
}

function onWall(at: number, timeZone: string): { day: string; time: string } {
  const local = localTimeAt(at, timeZone);
  return { day: local.slice(0, 10), time: local.slice(11, 16) };
}
