import assert from 'node:assert/strict';
import { Occurrences } from '../../server/scheduling/recurrence.js';
import { SlowCalendar } from '../scheduling/slow-calendar.js';

const timeZones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Santiago', 'Asia/Kolkata'];
const from = Date.parse('2026-01-01T00:00:00Z');
const to = Date.parse('2028-01-01T00:00:00Z');
const twoDigits = (number: number): string => String(number).padStart(2, '0');
const everyHour = Array.from({ length: 24 }, (_, hour) => `${twoDigits(hour)}:15`);

describe('hours and days over two years', function () {
  this.timeout(120_000);
  for (const timeZone of timeZones) {
    it(`come in ${timeZone} when the clock on the wall says so`, async () => {
      const calendar = new SlowCalendar(timeZone, from, to);
      const times = (rule: string, start: string): Promise<number[]> =>
        new Occurrences({ start, timeZone, rule }).list({ after: from - 1, before: to, limit: 20_000 });
      const hours = calendar.times(everyHour, () => true);
      assert.ok(hours.length > 17_000);
      assert.deepEqual(
        await times('FREQ=HOURLY', '2025-12-20T00:15'),
        hours.filter((at) => at < to),
      );
      for (const clock of ['23:45', '00:00', '00:30', '01:45', '02:00', '02:15', '03:00']) {
        const days = calendar.times([clock], () => true).filter((at) => at < to);
        assert.deepEqual(await times('FREQ=DAILY', `2025-12-20T${clock}`), days, clock);
      }
    });
  }
});
