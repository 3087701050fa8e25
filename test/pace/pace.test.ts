import assert from 'node:assert/strict';
import { safePace, type PaceSettings } from '../../server/contract/pace.js';
import { nextAllowedAt, openPace, waitingInWords, warmUpDayAt, type PostingHistory } from '../../server/pace/pace.js';
import { endOfQuietHours } from '../../server/pace/quiet-hours.js';

const now = Date.parse('2026-03-10T12:00:00Z');
const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

interface Row {
  title: string;
  settings: Partial<PaceSettings>;
  /** Milliseconds before now. */
  postsAgo?: number[];
  freshForMs?: number;
  pausedForMs?: number;
  /** Milliseconds after now. */
  wait: number;
  code?: string;
}

const rows: Row[] = [
  { title: 'an account without a past posts at once', settings: safePace, freshForMs: 30 * day, wait: 0 },
  { title: 'no limits, no waiting', settings: {}, postsAgo: [0, 0, 0, 1, 2], wait: 0 },
  {
    title: 'the gap counts from the last post',
    settings: { minGapSeconds: 20 },
    postsAgo: [5 * second, hour],
    wait: 15 * second,
    code: 'min_gap',
  },
  {
    title: 'posts of a time when the clock was ahead count for nothing',
    settings: { minGapSeconds: 20, ratePerHour: 1, dailyCap: 1 },
    postsAgo: [-1, -5 * second, -3 * hour, -400 * day],
    wait: 0,
  },
  { title: 'a gap that is over', settings: { minGapSeconds: 20 }, postsAgo: [20 * second], wait: 0 },
  { title: 'below the rate per minute', settings: { ratePerMin: 2 }, postsAgo: [10 * second], wait: 0 },
  {
    title: 'at the rate per minute',
    settings: { ratePerMin: 2 },
    postsAgo: [50 * second, 10 * second],
    wait: 10 * second,
    code: 'rate_per_min',
  },
  {
    title: 'the rate per hour outlasts the rate per minute',
    settings: { ratePerMin: 2, ratePerHour: 2 },
    postsAgo: [10 * second, 50 * second],
    wait: hour - 50 * second,
    code: 'rate_per_hour',
  },
  {
    title: 'the daily cap is any 24 hours',
    settings: { dailyCap: 2 },
    postsAgo: [hour, 23 * hour],
    wait: hour,
    code: 'daily_cap',
  },
  { title: 'posts from the day before do not count', settings: { dailyCap: 1 }, postsAgo: [day, 2 * day], wait: 0 },
  {
    title: 'a fresh session has five posts on its first day',
    settings: { warmUp: true },
    freshForMs: 10 * hour,
    postsAgo: [1, 2, 3, 4].map((n) => n * minute),
    wait: 0,
  },
  {
    title: 'the sixth waits for the second day',
    settings: { warmUp: true },
    freshForMs: 10 * hour,
    postsAgo: [1, 2, 3, 4, 5].map((n) => n * minute),
    wait: 14 * hour,
    code: 'warm_up',
  },
  {
    title: 'or until the first is a day old',
    settings: { warmUp: true },
    freshForMs: day + minute,
    postsAgo: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => n * 3 * hour - hour),
    wait: hour,
    code: 'warm_up',
  },
  {
    title: 'after a week the warm-up is over',
    settings: { warmUp: true },
    freshForMs: 7 * day,
    postsAgo: [1, 2, 3, 4, 5, 6].map((n) => n * minute),
    wait: 0,
  },
  { title: 'a pause holds everything', settings: {}, pausedForMs: 3 * hour, wait: 3 * hour, code: 'paused' },
  { title: 'a pause that is over holds nothing', settings: {}, pausedForMs: -1, wait: 0 },
  {
    title: 'quiet hours hold until their end',
    settings: { quietHours: { from: '11:30', to: '14:00', timeZone: 'UTC' } },
    wait: 2 * hour,
    code: 'quiet_hours',
  },
  { title: 'outside quiet hours', settings: { quietHours: { from: '22:00', to: '07:00', timeZone: 'UTC' } }, wait: 0 },
  {
    title: 'a gap that ends in quiet hours becomes their end',
    settings: { minGapSeconds: 3600, quietHours: { from: '12:30', to: '14:00', timeZone: 'UTC' } },
    postsAgo: [0],
    wait: 2 * hour,
    code: 'quiet_hours',
  },
];

describe('the pace of an account', () => {
  for (const row of rows) {
    it(row.title, () => {
      const history: PostingHistory = {
        postedAt: (row.postsAgo ?? []).map((ago) => now - ago),
        freshSince: now - (row.freshForMs ?? 365 * day),
        pausedUntil: row.pausedForMs === undefined ? null : now + row.pausedForMs,
      };
      const next = nextAllowedAt(history, { ...openPace, ...row.settings }, now);
      assert.deepEqual(next, { at: now + row.wait, code: row.code });
    });
  }

  it('scatters the gaps, and gives the same answer when it is asked again', () => {
    const settings = { ...openPace, minGapSeconds: 20, jitterSeconds: 20 };
    const gaps = Array.from({ length: 200 }, (_unused, index) => {
      const last = now + index * 37_511;
      const history = { postedAt: [last], freshSince: 0, pausedUntil: null };
      assert.deepEqual(nextAllowedAt(history, settings, last + 7), nextAllowedAt(history, settings, last + 7));
      return nextAllowedAt(history, settings, last).at - last;
    });
    assert.ok(gaps.every((gap) => gap >= 20_000 && gap < 40_000));
    for (const third of [0, 1, 2]) {
      const within = gaps.filter((gap) => Math.floor((gap - 20_000) / 6_667) === third).length;
      assert.ok(within > 30, `${String(within)} of 200 gaps in third ${String(third)}`);
    }
  });

  it('is what each answer says: at that time nothing stands in the way any more', () => {
    for (const row of rows) {
      const settings = { ...openPace, ...row.settings };
      const history: PostingHistory = {
        postedAt: (row.postsAgo ?? []).map((ago) => now - ago),
        freshSince: now - (row.freshForMs ?? 365 * day),
        pausedUntil: row.pausedForMs === undefined ? null : now + row.pausedForMs,
      };
      const { at } = nextAllowedAt(history, settings, now);
      assert.deepEqual(nextAllowedAt(history, settings, at), { at, code: undefined }, row.title);
    }
  });

  it('says in words what it waits for', () => {
    const paused = waitingInWords({ at: now, code: 'paused' }, 'WhatsApp says so.');
    assert.equal(paused?.message, 'Posting is paused until 2026-03-10 12:00 UTC, because WhatsApp says so.');
    assert.equal(waitingInWords({ at: now, code: undefined }, undefined), undefined);
  });

  it('counts the days of the warm-up from one', () => {
    const settings = { ...openPace, warmUp: true };
    assert.equal(warmUpDayAt(now + 3 * day, settings, now), 1, 'made while the clock was ahead');
    const days = [0, 1, 6, 7].map((age) => warmUpDayAt(now - age * day, settings, now));
    assert.deepEqual(days, [1, 2, 7, null]);
  });
});

describe('quiet hours', () => {
  const cases: [string, string, string | undefined][] = [
    ['Europe/Berlin', '2026-03-10T21:30:00Z', '2026-03-11T06:00:00.000Z'],
    ['Europe/Berlin', '2026-03-11T05:59:30Z', '2026-03-11T06:00:00.000Z'],
    ['Europe/Berlin', '2026-03-11T06:00:00Z', undefined],
    ['Asia/Kolkata', '2026-03-10T16:30:00Z', '2026-03-11T01:30:00.000Z'],
    // The nights in which clocks go forward and back.
    ['Europe/Berlin', '2026-03-28T22:00:00Z', '2026-03-29T05:00:00.000Z'],
    ['Europe/Berlin', '2026-10-24T21:00:00Z', '2026-10-25T06:00:00.000Z'],
  ];
  for (const [timeZone, at, end] of cases) {
    it(`end in ${timeZone} at ${end ?? 'no time'} for ${at}`, () => {
      const found = endOfQuietHours({ from: '22:00', to: '07:00', timeZone }, Date.parse(at));
      assert.equal(found === undefined ? undefined : new Date(found).toISOString(), end);
    });
  }

  it('of the day begin and end at their minute, and not a moment later', () => {
    const at = (time: string) => {
      const end = endOfQuietHours({ from: '11:30', to: '14:00', timeZone: 'UTC' }, Date.parse(`2026-03-10T${time}Z`));
      return end === undefined ? undefined : new Date(end).toISOString().slice(11, 19);
    };
    assert.deepEqual(
      ['11:29:59', '11:30:00', '13:59:59', '14:00:00'].map((time) => at(time)),
      [undefined, '14:00:00', '14:00:00', undefined],
    );
  });
});
