import assert from 'node:assert/strict';
import type { PlanFields } from '../../server/contract/planning/plans.js';
import { plannedTime } from '../../server/statuses/planned-time.js';

const now = Date.parse('2026-03-02T08:00:00Z');

describe('the time that a request names', () => {
  for (const [what, plan, expected] of [
    ['none', {}, undefined],
    ['the next free slot', { scheduledAt: 'next-free-slot', timeZone: 'Europe/Berlin' }, undefined],
    ['a moment', { scheduledAt: '2026-03-02T09:00:00Z' }, '2026-03-02T09:00:00Z'],
    [
      'a moment, whatever the clock',
      { scheduledAt: '2026-03-02T09:00:00Z', timeZone: 'Asia/Kolkata' },
      '2026-03-02T09:00:00Z',
    ],
    ['a moment with an offset', { scheduledAt: '2026-03-02T09:00:00-05:30' }, '2026-03-02T14:30:00Z'],
    ['a time on the wall', { scheduledAt: '2026-03-02T18:00', timeZone: 'Asia/Kolkata' }, '2026-03-02T12:30:00Z'],
    ['five minutes ago', { scheduledAt: '2026-03-02T07:55:00Z' }, '2026-03-02T07:55:00Z'],
    ['two years from now', { scheduledAt: '2028-03-03T08:00:00Z' }, '2028-03-03T08:00:00Z'],
  ] as [string, PlanFields, string | undefined][]) {
    it(`is that: ${what}`, () => {
      assert.equal(plannedTime(plan, now), expected && Date.parse(expected));
    });
  }

  for (const [what, plan, field, words] of [
    ['over', { scheduledAt: '2026-03-02T07:54:59Z' }, 'scheduledAt', /is over/],
    ['too far away', { scheduledAt: '2028-03-03T08:00:01Z' }, 'scheduledAt', /more than two years/],
    ['on no clock', { scheduledAt: '2026-03-02T18:00' }, 'timeZone', /in which time zone/],
    ['over on the wall', { scheduledAt: '2026-03-02T13:00', timeZone: 'Asia/Kolkata' }, 'scheduledAt', /is over/],
  ] as [string, PlanFields, string, RegExp][]) {
    it(`is refused where it is ${what}`, () => {
      assert.throws(
        () => plannedTime(plan, now),
        (error: { code: string; details: { fields: Record<string, string> } }) => {
          assert.equal(error.code, 'validation_error');
          assert.match(error.details.fields[field] ?? '', words);
          return true;
        },
      );
    });
  }
});
