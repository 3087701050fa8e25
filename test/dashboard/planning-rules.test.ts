import assert from 'node:assert/strict';
import { Occurrences } from '../../server/scheduling/recurrence.js';
import { localTimeAt } from '../../server/contract/values/local-time.js';
import { addDays, addMonths, dayIn, monthWeeks, wallTimeIn, weekOf } from '../../public/src/lib/days.js';
import { comingTimes, repeatOf, repeatProblem, ruleOf, type Repeat } from '../../public/src/draft/repeat.js';
import { wordsOfRule } from '../../public/src/draft/repeat-words.js';

const daily: Repeat = { every: 'day', days: [], on: 'date', time: '09:00', from: '2026-11-24', until: '' };

describe('Days of the calendar', () => {
  it('are whole weeks from Monday to Sunday, also where clocks change', () => {
    assert.deepEqual(weekOf('2026-03-29'), [
      ...['2026-03-23', '2026-03-24', '2026-03-25', '2026-03-26', '2026-03-27', '2026-03-28', '2026-03-29'],
    ]);
    for (const month of ['2026-03-15', '2026-10-31', '2027-02-01', '2028-02-29']) {
      const days = monthWeeks(month).flat();
      assert.equal(days.length % 7, 0);
      days.slice(1).forEach((day, index) => {
        assert.equal(day, addDays(days[index] ?? '', 1));
      });
      assert.ok(
        days.includes(`${month.slice(0, 7)}-01`) && days.includes(addDays(addMonths(`${month.slice(0, 7)}-01`, 1), -1)),
      );
    }
    assert.equal(monthWeeks('2027-02-10').length, 4);
    assert.equal(monthWeeks('2026-08-10').length, 6);
  });

  it('stay in the month when the next one is shorter', () => {
    assert.deepEqual(
      [addMonths('2026-01-31', 1), addMonths('2026-12-31', 2), addMonths('2027-03-31', -1)],
      [...['2026-02-28', '2027-02-28', '2027-02-28']],
    );
  });

  it('begin at midnight of the zone, on both sides of a change of clocks', () => {
    assert.equal(dayIn('2026-10-24T22:30:00Z', 'Europe/Berlin'), '2026-10-25');
    assert.equal(dayIn('2026-10-25T22:30:00Z', 'Europe/Berlin'), '2026-10-25');
    assert.equal(dayIn('2026-10-25T23:00:00Z', 'Europe/Berlin'), '2026-10-26');
    assert.equal(wallTimeIn('2026-03-29T01:00:00Z', 'Europe/Berlin'), '2026-03-29T03:00');
    assert.equal(wallTimeIn('2026-12-31T18:30:00Z', 'Asia/Kolkata'), '2027-01-01T00:00');
  });
});

describe('A repetition in words', () => {
  const choices: [repeat: Repeat, rule: string, words: string][] = [
    [daily, 'FREQ=DAILY', 'Every day at 09:00'],
    [{ ...daily, every: 'weekday' }, 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', 'Every weekday at 09:00'],
    [{ ...daily, every: 'week', days: ['TH', 'MO'] }, 'FREQ=WEEKLY;BYDAY=MO,TH', 'Every Monday and Thursday at 09:00'],
    [{ ...daily, every: 'month' }, 'FREQ=MONTHLY;BYMONTHDAY=24', 'Every month on the 24th at 09:00'],
    [
      { ...daily, every: 'month', on: 'last-day' },
      'FREQ=MONTHLY;BYMONTHDAY=-1',
      'Every month on its last day at 09:00',
    ],
    [
      { ...daily, every: 'month', on: 'weekday' },
      'FREQ=MONTHLY;BYDAY=4TU',
      'Every month on the fourth Tuesday at 09:00',
    ],
    [
      { ...daily, every: 'month', on: 'weekday', from: '2026-10-30' },
      'FREQ=MONTHLY;BYDAY=-1FR',
      'Every month on the last Friday at 09:00',
    ],
    [{ ...daily, until: '2026-12-24' }, 'FREQ=DAILY;UNTIL=20261224', 'Every day at 09:00, until Dec 24, 2026'],
  ];

  it('is the rule that the server works out, and the other way round', async () => {
    for (const [repeat, rule, words] of choices) {
      assert.equal(ruleOf(repeat), rule);
      const startsAt = `${repeat.from}T${repeat.time}`;
      assert.equal(wordsOfRule(rule, startsAt), words);
      const found = repeatOf(rule, startsAt);
      assert.equal(found === undefined ? found : ruleOf(found), rule);
      const first = comingTimes(repeat, '2026-11-20T12:00', 1)[0] ?? '';
      const occurrences = new Occurrences({ start: first, timeZone: 'UTC', rule });
      const after = Date.parse('2026-11-20T12:00Z');
      const times = await occurrences.list({ after, before: after + 500 * 86_400_000, limit: 14 });
      const expected = times.map((at) => localTimeAt(at, 'UTC').slice(0, 16));
      assert.deepEqual(comingTimes(repeat, '2026-11-20T12:00', 14), expected, rule);
    }
  });

  it('knows rules that were written elsewhere, and shows those it has no words for', () => {
    assert.equal(repeatOf('FREQ=WEEKLY', '2026-11-24T09:00')?.days.join(), 'TU');
    assert.equal(repeatOf('FREQ=WEEKLY;INTERVAL=2;BYDAY=MO', '2026-11-23T09:00'), undefined);
    assert.equal(
      wordsOfRule('FREQ=WEEKLY;INTERVAL=2;BYDAY=MO', '2026-11-23T09:00'),
      'Every 2 weeks on Monday at 09:00',
    );
    assert.equal(wordsOfRule('FREQ=DAILY;COUNT=10', '2026-11-23T09:00'), 'Every day at 09:00, 10 times');
    assert.equal(wordsOfRule('FREQ=DAILY;BYHOUR=9,18', '2026-11-23T09:00'), 'By the rule FREQ=DAILY;BYHOUR=9,18');
  });

  it('says what is missing before it can be taken', () => {
    const now = '2026-11-21T10:00';
    assert.equal(repeatProblem(daily, now), null);
    assert.equal(repeatProblem({ ...daily, every: 'week' }, now), 'Choose at least one weekday.');
    assert.equal(repeatProblem({ ...daily, until: '2026-11-23' }, now), 'It ends before it starts.');
    assert.equal(
      repeatProblem({ ...daily, from: '2026-11-01', until: '2026-11-21' }, now),
      'By this choice it never goes out.',
    );
    assert.deepEqual(comingTimes({ ...daily, from: '2026-11-01' }, now, 2), ['2026-11-22T09:00', '2026-11-23T09:00']);
  });
});
