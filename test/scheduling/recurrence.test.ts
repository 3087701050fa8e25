import assert from 'node:assert/strict';
import { recurrenceRuleSchema } from '../../server/contract/values/recurrence-rule.js';
import { localTimeAt } from '../../server/contract/values/local-time.js';
import { Occurrences } from '../../server/scheduling/recurrence.js';
import { assertByTheWall } from './two-years-of-rules.js';

describe('what comes again', () => {
  it('comes in Europe/Berlin when the clock on the wall says so, for two years', () =>
    assertByTheWall('Europe/Berlin'));

  it('moves forward out of a gap, runs once where an hour comes twice, and never twice at one time', async () => {
    const berlin = (rule: string, start: string, after: string, limit: number) =>
      new Occurrences({ start, timeZone: 'Europe/Berlin', rule })
        .list({ after: Date.parse(after), before: Infinity, limit })
        .then((times) => times.map((at) => new Date(at).toISOString().slice(0, 16)));
    assert.deepEqual(await berlin('FREQ=DAILY', '2026-03-01T02:30', '2026-03-27T12:00Z', 3), [
      '2026-03-28T01:30',
      '2026-03-29T01:30',
      '2026-03-30T00:30',
    ]);
    assert.deepEqual(await berlin('FREQ=DAILY', '2026-03-01T02:30', '2026-10-24T12:00Z', 2), [
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
    assert.deepEqual(await berlin('FREQ=HOURLY', '2026-03-01T00:30', '2026-03-28T23:45Z', 3), [
      '2026-03-29T00:30',
      '2026-03-29T01:30',
      '2026-03-29T02:30',
    ]);
  });

  it('ends with COUNT and UNTIL, in whichever way the latter is written', async () => {
    const count = async (rule: string) =>
      (
        await new Occurrences({ start: '2026-01-05T09:00', timeZone: 'Asia/Kolkata', rule }).list({
          after: 0,
          before: Infinity,
          limit: 50,
        })
      ).length;
    assert.equal(await count('FREQ=DAILY;COUNT=5'), 5);
    assert.equal(await count('FREQ=DAILY;UNTIL=20260109T033000Z'), 5, '9:00 in Kolkata is 3:30 in UTC');
    assert.equal(await count('FREQ=DAILY;UNTIL=20260109T032959Z'), 4);
    assert.equal(await count('FREQ=DAILY;UNTIL=20260109T090000'), 5);
    assert.equal(await count('FREQ=DAILY;UNTIL=20260109'), 5);
  });

  for (const [rule, last] of [
    ['FREQ=DAILY;COUNT=1000', '2028-09-26T09:00'],
    ['FREQ=HOURLY;COUNT=1000', '2026-02-12T00:00'],
    ['FREQ=WEEKLY;COUNT=1000', '2045-02-23T09:00'],
    ['FREQ=DAILY;BYMONTHDAY=1;COUNT=24', '2027-12-01T09:00'],
    ['FREQ=WEEKLY;BYMONTH=1;BYDAY=TH;COUNT=100', '2048-01-09T09:00'],
  ] as const) {
    it(`comes as often as COUNT says, however far away the last time is: ${rule}`, async () => {
      const occurrences = new Occurrences({ start: '2026-01-01T09:00', timeZone: 'UTC', rule });
      const count = Number(/COUNT=(\d+)/.exec(rule)?.[1]);
      const times = await occurrences.list({ after: 0, before: Infinity, limit: 2_000 });
      assert.equal(times.length, count);
      const end = times.at(-1) ?? 0;
      assert.equal(localTimeAt(end, 'UTC').slice(0, 16), last);
      assert.equal(occurrences.nextAfter(end - 1), end);
      assert.equal(occurrences.nextAfter(end), undefined);
    });
  }

  for (const [rule, isMeant] of [
    ['FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29', (month, date) => month === 2 && date === 29],
    ['FREQ=DAILY;BYMONTHDAY=13;BYDAY=FR;BYMONTH=2', (month, date, day) => month === 2 && date === 13 && day === 5],
    ['FREQ=DAILY;INTERVAL=1;BYMONTHDAY=29,31;BYDAY=SU', (_, date, day) => (date === 29 || date === 31) && day === 0],
  ] as readonly [string, (month: number, date: number, day: number) => boolean][]) {
    it(`comes again after years in which it does not: ${rule}`, () => {
      const expected: number[] = [];
      for (let at = Date.UTC(2026, 0, 1, 9); at < Date.UTC(2062, 0, 1); at += 86_400_000) {
        const day = new Date(at);
        if (isMeant(day.getUTCMonth() + 1, day.getUTCDate(), day.getUTCDay())) expected.push(at);
      }
      const occurrences = new Occurrences({ start: '2026-01-01T09:00', timeZone: 'UTC', rule });
      let last = 0;
      for (const at of expected) {
        assert.equal(occurrences.nextAfter(last), at);
        last = at;
      }
    });
  }

  for (const timeZone of ['Asia/Tokyo', 'Pacific/Kiritimati', 'America/New_York']) {
    it(`goes on until the end of 9999, and no further, in ${timeZone}`, () => {
      const next = (start: string, rule: string, at: string) =>
        new Occurrences({ start, timeZone, rule }).nextAfter(Date.parse(at));
      const endless = next('2026-12-01T09:00', 'FREQ=DAILY;UNTIL=99991231T235959Z', '2026-12-02T00:00Z');
      assert.equal(localTimeAt(endless ?? 0, timeZone).slice(10), 'T09:00:00');
      assert.equal(next('2026-12-01T09:00', 'FREQ=DAILY;UNTIL=00000101T000000Z', '2026-12-02T00:00Z'), undefined);
      const last = next('9999-12-30T09:00', 'FREQ=DAILY', '9999-12-29T00:00Z');
      assert.equal(localTimeAt(last ?? 0, timeZone), '9999-12-30T09:00:00');
      assert.equal(next('9999-12-30T09:00', 'FREQ=DAILY;INTERVAL=3', '9999-12-30T20:00Z'), undefined);
      assert.equal(next('1600-02-29T12:00', 'FREQ=YEARLY;INTERVAL=999', '9592-03-01T00:00Z'), undefined);
    });
  }

  for (const [timeZone, wall, rule, from, expected] of [
    // Moved out of the gap, it comes after times that are later on the wall: at 03:10 it is still to come at 03:30.
    ['Europe/Berlin', '02:30', 'FREQ=DAILY', '2026-03-29T01:10Z', '2026-03-29T01:30Z'],
    ['Antarctica/Troll', '02:30', 'FREQ=DAILY', '2026-03-28T12:00Z', '2026-03-29T02:30Z'],
    ['Antarctica/Troll', '02:30', 'FREQ=DAILY', '2026-10-25T00:30Z', '2026-10-26T02:30Z'],
    // In the past: what Morocco will do changes with the version of the time zone data.
    ['Africa/Casablanca', '02:30', 'FREQ=DAILY', '2025-02-22T12:00Z', '2025-02-23T01:30Z'],
    ['Europe/Dublin', '01:30', 'FREQ=DAILY', '2026-03-28T12:00Z', '2026-03-29T01:30Z'],
    ['Pacific/Apia', '10:00', 'FREQ=DAILY', '2011-12-30T20:00Z', '2011-12-31T20:00Z'],
    ['America/Havana', '00:15', 'FREQ=DAILY', '2026-03-07T12:00Z', '2026-03-08T05:15Z'],
    ['Etc/GMT+12', '01:30', 'FREQ=DAILY', '2026-11-29T23:00Z', '2026-11-30T13:30Z'],
    ['UTC', '09:00', 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29', '2026-11-29T23:00Z', '2028-02-29T09:00Z'],
    ['UTC', '09:00', 'FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1', '2027-02-01T00:00Z', '2027-02-28T09:00Z'],
    ['UTC', '09:00', 'FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO', '2027-01-01T00:00Z', '2032-12-27T09:00Z'],
  ] as const) {
    it(`${rule} at ${wall} in ${timeZone} comes after ${from} at ${expected}`, () => {
      const next = new Occurrences({ start: `2010-01-01T${wall}`, timeZone, rule }).nextAfter(Date.parse(from));
      assert.equal(next, Date.parse(expected));
    });
  }

  it('gives up on rules that never come true', () => {
    for (const rule of [
      'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
      'FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30',
      'FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1',
    ]) {
      assert.equal(
        new Occurrences({ start: '2026-01-05T09:00', timeZone: 'Asia/Kolkata', rule }).nextAfter(0),
        undefined,
      );
    }
  });
});

describe('repetition rules', () => {
  it('are accepted as RFC 5545 writes them, hourly at the most', () => {
    for (const rule of [
      'FREQ=DAILY',
      'RRULE:FREQ=MONTHLY;BYDAY=MO,-1FR',
      'FREQ=YEARLY;BYDAY=20MO,-52TU',
      'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1',
      'FREQ=DAILY;UNTIL=20280229T235959Z',
      'freq=monthly;bymonthday=-1;count=12',
      'FREQ=HOURLY;INTERVAL=6',
      'FREQ=HOURLY;BYMINUTE=0,15,30,45,45,0',
    ]) {
      assert.ok(recurrenceRuleSchema.safeParse(rule).success, rule);
    }
    assert.equal(recurrenceRuleSchema.parse(' rrule:freq=daily '), 'FREQ=DAILY');
  });

  it('are refused with a word on what is wrong', () => {
    const wrong: [string, RegExp][] = [
      ['', /not a part/],
      ['FREQ=SECONDLY', /FREQ must be one of/],
      ['FREQ=MINUTELY', /FREQ must be one of/],
      ['FREQ=HOURLY;BYMINUTE=0,10,20,30,40', /at most 4 times an hour, and BYMINUTE names 5 minutes/],
      [`FREQ=YEARLY;BYMINUTE=${Array.from({ length: 60 }, (_, minute) => minute).join(',')}`, /names 60 minutes/],
      ['BYDAY=MO', /FREQ must be one of/],
      ['FREQ=DAILY;BYHOUR=24', /BYHOUR cannot be "24"/],
      ['FREQ=DAILY;INTERVAL=0', /INTERVAL/],
      ['FREQ=DAILY;COUNT=100000', /COUNT/],
      ['FREQ=DAILY;BYMONTHDAY=0', /BYMONTHDAY/],
      ['FREQ=DAILY;FREQ=DAILY', /twice/],
      ['FREQ=DAILY;BYSECOND=1', /not a part/],
      ['FREQ=DAILY;COUNT=2;UNTIL=20260101', /either COUNT or UNTIL/],
      ['FREQ=DAILY\nEXDATE:20260106T023000Z', /FREQ must be/],
      ['FREQ=WEEKLY;BYDAY=XX', /BYDAY/],
      ['FREQ=DAILY;UNTIL=20270229', /UNTIL cannot be "20270229"/],
      ['FREQ=DAILY;UNTIL=20270101T250000Z', /UNTIL/],
      ['FREQ=WEEKLY;BYDAY=TU,2MO', /BYDAY=2MO counts within a month/],
      ['FREQ=YEARLY;BYWEEKNO=5;BYDAY=2MO', /BYDAY=2MO counts/],
      ['FREQ=YEARLY;BYDAY=53MO', /"53MO": most years cannot have as many. -1MO is the last one/],
      ['FREQ=YEARLY;BYMONTH=2;BYDAY=-6FR', /"-6FR": a month cannot have as many. -1FR/],
      ['FREQ=MONTHLY;BYWEEKNO=5', /BYWEEKNO cannot stand with FREQ=MONTHLY, only with YEARLY/],
      ['FREQ=WEEKLY;BYMONTHDAY=3', /BYMONTHDAY cannot stand with FREQ=WEEKLY/],
      ['FREQ=MONTHLY;BYSETPOS=-1', /BYSETPOS chooses among/],
    ];
    for (const [rule, sentence] of wrong) {
      assert.match(recurrenceRuleSchema.safeParse(rule).error?.issues[0]?.message ?? 'accepted', sentence, rule);
    }
  });
});
