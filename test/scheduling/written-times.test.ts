import assert from 'node:assert/strict';
import fc from 'fast-check';
import { momentSchema, readTime, readTimeOfDay } from '../../server/contract/values/moments.js';
import { plannedTimeSchema } from '../../server/contract/planning/plans.js';

const moment = (written: string) => momentSchema.safeParse(written).data;
const problem = (written: string) => momentSchema.safeParse(written).error?.issues[0]?.message ?? 'taken';

describe('times as ISO 8601 writes them', () => {
  const same = [
    ...['2026-12-24T18:00:00.000Z', '2026-12-24T18:00Z', '2026-12-24T18Z', '2026-12-24t18:00z', '2026-12-24 18:00Z'],
    ...['20261224T180000Z', '20261224T1800Z', '2026-12-24T23:30+05:30', '2026-12-24T23:30+0530', '2026-12-24T23+05'],
    ...['2026-12-24T13:00-05:00', '2026-12-24T13:00\u221205:00', '20261224T233000+0530', '2026-W52-4T18:00Z'],
    ...['2026W524T1800Z', '2026-358T18:00Z', '2026358T18Z', '2026-12-24T18:00:00,000Z'],
    // An address makes a blank of a plus.
    ...['2026-12-24T23:30 05:30', '2026-12-24T23:30 0530', ' 2026-12-24T18:00Z '],
  ];
  for (const written of same) {
    it(`are read as one moment: ${written}`, () => {
      assert.equal(moment(written), '2026-12-24T18:00:00.000Z');
    });
  }

  it('may have decimals of hours, minutes and seconds, end a day at 24:00, and have a leap second', () => {
    assert.equal(moment('2026-12-24T17.5Z'), '2026-12-24T17:30:00.000Z');
    assert.equal(moment('2026-12-24T17:30,25Z'), '2026-12-24T17:30:15.000Z');
    assert.equal(moment('2026-12-24T17:30:00.2999Z'), '2026-12-24T17:30:00.299Z');
    assert.equal(moment('2026-12-31T24:00Z'), '2027-01-01T00:00:00.000Z');
    assert.equal(moment('2016-12-31T23:59:60Z'), '2016-12-31T23:59:59.000Z');
    assert.equal(moment('9999-12-31T23:59:59Z'), '9999-12-31T23:59:59.000Z');
  });

  const refused: Record<string, RegExp> = {
    '2026-02-30T10:00Z': /"2026-02-30T10:00Z" is a day, an hour or an offset that does not exist\. Give one such as/,
    '2027-W53-1T10:00Z': /does not exist/,
    '2027-366T10:00Z': /does not exist/,
    '2026-12-24T24:01Z': /does not exist/,
    '2026-12-24T18:60Z': /does not exist/,
    '2026-12-24T18:00+24:00': /does not exist/,
    '2026-12-24T18:00': /does not say on whose clock: add Z for UTC/,
    '24.12.2026 18:00': /is not a time as ISO 8601 writes it/,
    '2026-1224T18:00Z': /is not a time/,
    tomorrow: /"tomorrow" is not a time/,
    '2026-12-24T18:00:00.000Z\u0000': /<U\+0000>/,
    '9999-12-31T23:59:59-05:00': /does not exist/,
    '-271821-04-20T00:00Z': /is not a time/,
  };
  for (const [written, words] of Object.entries(refused)) {
    it(`are refused in words: ${JSON.stringify(written)}`, () => {
      assert.match(problem(written), words);
    });
  }

  it('mean the same in every form, for any moment and any offset', () => {
    const moments = fc.date({ min: new Date('0100-01-01'), max: new Date('9998-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(moments, fc.integer({ min: -23 * 60, max: 23 * 60 }), fc.boolean(), (date, ahead, isBasic) => {
        const local = new Date(date.getTime() + ahead * 60_000).toISOString().slice(0, -1);
        const size = `${String(Math.floor(Math.abs(ahead) / 60)).padStart(2, '0')}:${String(Math.abs(ahead) % 60).padStart(2, '0')}`;
        const extended = `${local}${ahead < 0 ? '-' : '+'}${size}`;
        const basic = `${local.replaceAll(/[-:]/g, '')}${ahead < 0 ? '-' : '+'}${size.replace(':', '')}`;
        assert.equal(moment(isBasic ? basic : extended), date.toISOString());
      }),
    );
  });

  it('on the wall stay there, and next-free-slot stays a word', () => {
    assert.equal(plannedTimeSchema.parse('20261224T1800'), '2026-12-24T18:00');
    assert.equal(plannedTimeSchema.parse('2026-12-24T18:00:30'), '2026-12-24T18:00:30');
    assert.equal(plannedTimeSchema.parse('2026-12-24T18:00+0530'), '2026-12-24T12:30:00.000Z');
    assert.equal(plannedTimeSchema.parse('next-free-slot'), 'next-free-slot');
    assert.equal(readTime('2026-12-24'), undefined);
  });

  it('of the day are read with or without their colon', () => {
    for (const written of ['22:00', '2200', 'T22:00', '22:00:00', '22', ' 22:00 ']) {
      assert.equal(readTimeOfDay(written), '22:00', written);
    }
    assert.equal(readTimeOfDay('24:00'), '00:00');
    for (const written of ['22:60', '25:00', '22:00:30', '22:00Z', '10 pm', '']) {
      assert.equal(readTimeOfDay(written), undefined, written);
    }
  });
});
