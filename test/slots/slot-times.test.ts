import assert from 'node:assert/strict';
import type { PostingSlot } from '../../server/contract/planning/plans.js';
import { slotTimes } from '../../server/slots/slots.js';

describe('the coming posting slots', () => {
  const times = (slots: PostingSlot[], timeZone: string, after: string, days = 7) =>
    slotTimes(slots, timeZone, Date.parse(after), days).map((at) => new Date(at).toISOString());
  const monday: PostingSlot = { weekday: 'monday', time: '09:00' };
  const sunday: PostingSlot = { weekday: 'sunday', time: '23:30' };

  it('are in their order, each once, after this moment and until the last day has passed', () => {
    const slots: PostingSlot[] = [sunday, monday, { weekday: 'monday', time: '08:00' }, monday];
    assert.deepEqual(times(slots, 'UTC', '2026-03-02T08:00:00Z'), [
      '2026-03-02T09:00:00.000Z',
      '2026-03-08T23:30:00.000Z',
      '2026-03-09T08:00:00.000Z',
    ]);
    assert.deepEqual(times([monday], 'UTC', '2026-03-02T09:00:00Z', 14), [
      '2026-03-09T09:00:00.000Z',
      '2026-03-16T09:00:00.000Z',
    ]);
    assert.deepEqual(times([], 'UTC', '2026-03-02T09:00:00Z'), []);
  });

  it('are on the days of the clock on their wall', () => {
    // There it is Monday already, and Sunday still.
    assert.deepEqual(times([monday], 'Asia/Kolkata', '2026-03-01T19:00:00Z'), ['2026-03-02T03:30:00.000Z']);
    assert.deepEqual(times([sunday], 'America/New_York', '2026-03-02T04:00:00Z', 6), ['2026-03-02T04:30:00.000Z']);
  });

  it('keep their time of the day when the clocks change', () => {
    assert.deepEqual(times([monday], 'Europe/Berlin', '2026-03-22T12:00:00Z', 14), [
      '2026-03-23T08:00:00.000Z',
      '2026-03-30T07:00:00.000Z',
    ]);
  });

  it('of a day that was left out are on the next one', () => {
    const friday: PostingSlot = { weekday: 'friday', time: '12:00' };
    assert.deepEqual(times([friday], 'Pacific/Apia', '2011-12-30T10:30:00Z', 1), ['2011-12-30T22:00:00.000Z']);
  });
});
