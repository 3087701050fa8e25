import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import { instantOf, localTimeAt, offsetMsAt, type LocalTime } from '../contract/values/local-time.js';
import { Slices } from '../lib/running/slices.js';

/** Something that comes again: when it starts, on which wall the clock hangs, and by which rule of RFC 5545. */
export interface Recurrence {
  start: LocalTime;
  timeZone: string;
  rule: string;
}

/** No change of clocks is longer. */
const longestClockChangeMs = 3 * 60 * 60_000;
/** Bounds what one look for the next time may cost, also for rules that never come true. */
const maxPeriods = 400;
const maxCandidates = 20_000;
const bounds = { maxIterations: maxPeriods, maxCandidateEvaluations: maxCandidates, strict: true, cache: false };
/** So many times, more or less, and so much of the wall, are worked out in one turn. */
const timesPerTurn = 50;
const longestWindowHours = 8 * 24;
const lookedUpPerTurn = 20;
/** More than can be moved past others by a change of clocks. */
const moreThanMoves = 200;
/** Years have four digits, in rules and in answers. */
const year10000 = Date.UTC(10_000, 0, 1);

/**
 * The times of a recurrence. The rule is worked out on the wall, where no clock is ever changed, and each time is then
 * looked up in its zone ({@link instantOf}): what falls into a gap moves forward, what comes twice runs once, and two
 * that fall together are one.
 */
export class Occurrences {
  private readonly rule: RRuleTemporal;
  private readonly window: { hours: number };

  /** Throws a RangeError, in words for a person, for a rule that cannot be worked out. */
  constructor(private readonly recurrence: Recurrence) {
    try {
      const rule = new RRuleTemporal({
        rruleString: `RRULE:${byTheYear(withLocalUntil(recurrence))}`,
        dtstart: onWall(recurrence.start),
        ...bounds,
      });
      this.rule = endedByTime(rule, recurrence);
      this.window = { hours: windowHours(rule) };
    } catch (error) {
      throw new RangeError('The repetition rule does not make sense.', { cause: error });
    }
  }

  /** The first time after `at`, or undefined when there is none, or none that can be found with bearable effort. */
  nextAfter(at: number): number | undefined {
    const { timeZone } = this.recurrence;
    let wall: Temporal.ZonedDateTime | undefined = this.wallBefore(at);
    let best: number | undefined;
    let bestWall = '';
    for (;;) {
      wall = this.nextOnWall(wall);
      if (!wall) return best;
      const local = localOf(wall);
      const instant = instantOf(local, timeZone);
      if (instant >= year10000) return best;
      if (instant > at && (best === undefined || instant < best)) {
        best = instant;
        bestWall = localTimeAt(best, timeZone);
      }
      // A time that was moved forward may have passed others; from here on nothing comes before it any more.
      if (best !== undefined && local >= bestWall) return best;
    }
  }

  /** Times after `after` and before `before`, at most `limit`; other work goes on meanwhile. */
  async list({ after, limit, ...wanted }: { after: number; before: number; limit: number }): Promise<number[]> {
    const { timeZone } = this.recurrence;
    const before = Math.min(wanted.before, year10000);
    const times = new Set<number>();
    const slices = new Slices();
    // Nothing that is on the wall later than this comes before the end any more.
    const last = before + 3 * longestClockChangeMs;
    let wall = this.nextOnWall(this.wallBefore(after));
    while (wall && times.size < limit + moreThanMoves) {
      const whole = wall.add(this.window);
      const end = instantOf(localOf(whole), timeZone) > last ? onWall(localTimeAt(last, timeZone)) : whole;
      for (const [index, next] of this.betweenOnWall(wall, end).entries()) {
        if (index % lookedUpPerTurn === lookedUpPerTurn - 1) await slices.next();
        const at = instantOf(localOf(next), timeZone);
        if (at > after) times.add(at);
      }
      if (instantOf(localOf(end), timeZone) > before + longestClockChangeMs) break;
      await slices.next();
      wall = this.nextOnWall(end);
    }
    return [...times]
      .sort((a, b) => a - b)
      .filter((at) => at < before)
      .slice(0, limit);
  }

  /** From where on the wall times can come after `at`: back behind a change of the clocks that was just now. */
  private wallBefore(at: number): Temporal.ZonedDateTime {
    const { timeZone } = this.recurrence;
    const earlier = at - longestClockChangeMs;
    return onWall(localTimeAt(offsetMsAt(earlier, timeZone) === offsetMsAt(at, timeZone) ? at : earlier, timeZone));
  }

  private betweenOnWall(from: Temporal.ZonedDateTime, to: Temporal.ZonedDateTime): Temporal.ZonedDateTime[] {
    try {
      return this.rule.between(from, to, true);
    } catch {
      return [];
    }
  }

  private nextOnWall(after: Temporal.ZonedDateTime): Temporal.ZonedDateTime | undefined {
    try {
      return this.rule.next(after) ?? undefined;
    } catch {
      // Its limits of effort: as good as never.
      return undefined;
    }
  }
}

/**
 * FREQ=DAILY with days of the month names the same days as FREQ=YEARLY does, and those may be years apart: the engine looks
 * at so many periods for the next one, and so many days are little more than one year.
 */
function byTheYear(rule: string): string {
  const isEveryDay = /\bFREQ=DAILY\b/.test(rule) && !/\bINTERVAL=(?!1(?:;|$))/.test(rule);
  const isSame = isEveryDay && /\bBYMONTHDAY=/.test(rule) && !/\bBYSETPOS=/.test(rule);
  return isSame ? rule.replace('FREQ=DAILY', 'FREQ=YEARLY') : rule;
}

/** A stretch of the wall with not many more times than one turn may work out. */
function windowHours(rule: RRuleTemporal): number {
  const { freq, byHour, byMinute } = rule.options();
  const hoursADay = byHour?.length ?? (freq === 'HOURLY' ? 24 : 1);
  const timesADay = hoursADay * (byMinute?.length ?? 1);
  return Math.max(1, Math.min(longestWindowHours, Math.floor((24 * timesPerTurn) / timesADay)));
}

/** The last of the times of rules with COUNT, by rule and start: finding it may take a fifth of a second. */
const lastTimes = new Map<string, Temporal.ZonedDateTime>();
const rememberedRules = 1_000;

/**
 * A rule with COUNT is worked out from its start for every question, and its times would end where the effort of one look
 * does. The same rule with the last of its times, as UNTIL, is entered anywhere. As it was where even that one is not found.
 */
function endedByTime(rule: RRuleTemporal, { start, rule: written }: Recurrence): RRuleTemporal {
  const { count, ...withoutCount } = rule.options();
  if (count === undefined) return rule;
  const key = `${start} ${written}`;
  const until = lastTimes.get(key) ?? lastTime(rule, count);
  if (until === undefined) return rule;
  if (lastTimes.size >= rememberedRules) lastTimes.clear();
  lastTimes.set(key, until);
  return new RRuleTemporal({ ...withoutCount, ...bounds, until });
}

function lastTime(rule: RRuleTemporal, count: number): Temporal.ZonedDateTime | undefined {
  try {
    const times = rule.with({ maxIterations: maxCandidates }).all();
    return times.length < count ? undefined : times.at(-1);
  } catch {
    return undefined;
  }
}

function onWall(local: LocalTime): Temporal.ZonedDateTime {
  return Temporal.PlainDateTime.from(local).toZonedDateTime('UTC');
}

function localOf(wall: Temporal.ZonedDateTime): LocalTime {
  return wall.toPlainDateTime().toString({ smallestUnit: 'second' });
}

/** UNTIL is a time in UTC, or one on the wall; worked out on the wall it has to be the latter. A bare date counts to its end. */
function withLocalUntil({ rule, timeZone }: Recurrence): string {
  return rule.replace(/UNTIL=(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?/, (...groups: string[]) => {
    const [, year = '', month = '', day = '', hour = '23', minute = '59', second = '59', zulu = ''] = groups.map(
      (group: string | undefined) => group,
    );
    const time = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
    const onTheWall = zulu === 'Z' ? localTimeAt(Date.parse(`${time}Z`), timeZone) : time;
    // The last hours of 9999, by which people mean for ever, are in a year of five digits elsewhere.
    const local = /^\d/.test(onTheWall) ? onTheWall : time;
    return `UNTIL=${local.replaceAll(/[-:]/g, '')}Z`;
  });
}
