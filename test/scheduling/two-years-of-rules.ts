import assert from 'node:assert/strict';
import { instantOf } from '../../server/contract/values/local-time.js';
import { Occurrences } from '../../server/scheduling/recurrence.js';
import { SlowCalendar } from './slow-calendar.js';

const from = Date.parse('2026-01-01T00:00:00Z');
const to = Date.parse('2028-01-01T00:00:00Z');
const weekday = { SU: 0, MO: 1, TU: 2, WE: 3, TH: 4, FR: 5, SA: 6 };

/** Compares rules of all kinds with every minute of two years, looked at one after the other. */
export async function assertByTheWall(timeZone: string): Promise<void> {
  const calendar = new SlowCalendar(timeZone, from, to);
  const times = async (rule: string, start: string) => {
    const occurrences = new Occurrences({ start, timeZone, rule });
    return occurrences.list({ after: from - 1, before: to, limit: 20_000 });
  };
  const expect = async (rule: string, start: string, expected: number[]): Promise<void> => {
    assert.ok(expected.length > 0);
    assert.deepEqual(
      await times(rule, start),
      expected.filter((at) => at < to),
      `${rule} from ${start}`,
    );
  };
  await expect(
    'FREQ=DAILY',
    '2025-12-20T02:30',
    calendar.times(['02:30'], () => true),
  );
  await expect(
    'FREQ=DAILY;BYHOUR=2,3;BYMINUTE=0,15,45',
    '2025-12-20T02:00',
    calendar.times(['02:00', '02:15', '02:45', '03:00', '03:15', '03:45'], () => true),
  );
  await expect(
    'FREQ=WEEKLY;BYDAY=SU,WE',
    '2025-12-20T02:30',
    calendar.times(['02:30'], (day) => day.weekday === weekday.SU || day.weekday === weekday.WE),
  );
  // Every other Monday from 5 January 2026 on.
  const mondays = (day: { weekday: number }): boolean => day.weekday === weekday.MO;
  const all = calendar.times(['18:45'], mondays).filter((at) => at >= instantOf('2026-01-05T18:45', timeZone));
  await expect(
    'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO',
    '2026-01-05T18:45',
    all.filter((_, index) => index % 2 === 0),
  );
  await expect(
    'FREQ=MONTHLY;BYMONTHDAY=31',
    '2025-12-31T12:00',
    calendar.times(['12:00'], (day) => day.day === 31),
  );
  await expect(
    'FREQ=MONTHLY;BYDAY=-1SU',
    '2025-11-30T02:45',
    calendar.times(['02:45'], (day) => day.weekday === weekday.SU && day.fromEnd <= 7),
  );
  await expect(
    'FREQ=YEARLY;BYMONTH=3,10;BYDAY=SU',
    '2025-03-02T02:30',
    calendar.times(['02:30'], (day) => (day.month === 3 || day.month === 10) && day.weekday === weekday.SU),
  );
}
