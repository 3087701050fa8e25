import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { z } from 'zod';
import { calendarQuerySchema } from '../../server/contract/planning/calendar.js';
import { listUploadsQuerySchema, patchUploadBodySchema } from '../../server/contract/media.js';
import { momentSchema, timeOfDaySchema } from '../../server/contract/values/moments.js';
import { nameSchema } from '../../server/contract/values/names.js';
import { phoneNumberSchema } from '../../server/contract/values/phone-numbers.js';
import { plannedTimeSchema } from '../../server/contract/planning/plans.js';
import { recurrenceRuleSchema } from '../../server/contract/values/recurrence-rule.js';
import { createScheduleBodySchema } from '../../server/contract/planning/schedules.js';
import { requestPairingCodeBodySchema } from '../../server/contract/sessions.js';
import { colorSchema } from '../../server/contract/statuses.js';
import { timeZoneSchema } from '../../server/contract/values/time-zone.js';
import { documentInRepository } from '../support/contract-answers.js';

/** How the document says that a text is written, by where it says so. */
interface Said {
  pattern?: string;
  minLength?: number;
  maxLength?: number;
}

const { schemas } = documentInRepository().components;
function field(schema: string, ...names: string[]): Said {
  let at: unknown = schemas[schema];
  for (const name of ['properties', ...names]) at = (at as Record<string, unknown>)[name];
  return at as Said;
}
function parameter(path: string, name: string): Said {
  const { parameters = [] } = documentInRepository().paths[path]?.['get'] as {
    parameters?: { name: string; schema: Said }[];
  };
  return parameters.find((one) => one.name === name)?.schema ?? {};
}

const isAllowed = (text: string, { pattern = '', minLength = 0, maxLength = Infinity }: Said): boolean =>
  new RegExp(pattern, 'u').test(text) && [...text].length >= minLength && [...text].length <= maxLength;

const digits = (count: number) => fc.nat({ max: 10 ** count - 1 }).map((number) => String(number).padStart(count, '0'));
const piecesOf = (...pieces: string[]) =>
  fc.array(fc.constantFrom(...pieces), { maxLength: 24 }).map((chosen) => chosen.join(''));

const forms: readonly {
  what: string;
  said: Said;
  schema: z.ZodType;
  /** Texts of which many are taken. */
  written: fc.Arbitrary<string>;
  taken: readonly string[];
  /** Of which the form alone tells that they are none. */
  refused: readonly string[];
}[] = [
  {
    what: 'a phone number',
    said: field('PutPhoneNumberBody', 'phoneNumber'),
    schema: phoneNumberSchema,
    written: fc
      .tuple(
        piecesOf(' ', '+', '(', '00', '\u200e', 'tel:', '="', "'", '“', '\t'),
        fc.constantFrom('4915123456789', '919812345678', '393331234567', '٩١٩٨١٢٣٤٥٦٧٨', '2250701234567'),
        fc.nat({ max: 9 }),
        piecesOf(' ', '-', '(0)', '–', '.', ')', '\u00a0'),
        piecesOf(' ', '"', '.0', '00', '”', '\n'),
      )
      .map(([before, number, at, between, after]) => before + number.slice(0, at) + between + number.slice(at) + after),
    taken: [
      '+44 (0)7911 123456',
      '0044 (0) 7911 123456',
      '６２８１２３４５６７８９０',
      '6281234567890.000',
      '+290 23456',
      'TEL:+919812345678',
      '\u200etel:4915123456789',
    ],
    refused: [
      '',
      '123456',
      'a4915123456789',
      '4915123456789x12',
      '49151/23456789',
      '015123456789',
      '1234567890123456789',
      '=SUM(A1)',
      '9.19812E+11',
    ],
  },
  {
    what: 'a moment',
    said: parameter('/statuses', 'from'),
    schema: momentSchema,
    written: fc
      .tuple(
        piecesOf('2026', '-', '12', '24', 'W', '52', '7', '358'),
        piecesOf('T', ' ', '18', ':', '24', '60', '.5', 'Z', '+05', '30', '−'),
      )
      .map((parts) => parts.join('')),
    taken: [
      '2026-12-24T18:00:00Z',
      '20261224T1800+0530',
      '2026-W52-4 18:00:00.25−03',
      '2026-358T24:00z',
      ' 2026-12-24T18Z ',
    ],
    refused: [
      '2026-12-24',
      '2026-12-24T18:00',
      '2026-13-24T18:00Z',
      '2026-12-32T18:00Z',
      '2026-12-24T25:00Z',
      '2026-12-24T18:60Z',
      'tomorrow',
      '2026-12-24T18:00+24:00',
    ],
  },
  {
    what: 'a planned time',
    said: field('RepostStatusBody', 'scheduledAt'),
    schema: plannedTimeSchema,
    written: piecesOf('2026', '-', '12', '24', 'T', '18', ':', '00', 'Z', 'next-free-slot', ' '),
    taken: ['next-free-slot', '2026-12-24T18:00', '2026-12-24 18:00+05:30'],
    refused: ['next', '2026-12-24', '24.12.2026 18:00'],
  },
  {
    what: 'a time on the wall',
    said: field('CreateScheduleBody', 'startsAt'),
    schema: createScheduleBodySchema.shape.startsAt,
    written: piecesOf('2026', '-', '12', '24', 'T', '18', ':', '00'),
    taken: ['2026-12-24T18:00', '20261224T18'],
    refused: ['2026-12-24T18:00Z', '2026-12-24T18:00+01:00', '2026-00-24T18:00'],
  },
  {
    what: 'an edge of the calendar',
    said: parameter('/calendar', 'from'),
    schema: calendarQuerySchema.shape.from,
    written: piecesOf('2026', '-', '12', '24', 'T', '18', ':', '00', 'Z'),
    taken: ['2026-12-24', '20261224', '2026-W52-4', '2026-12-24T18:00', '2026-12-24T18:00Z'],
    refused: ['2026-12', '2026-12-40', 'today'],
  },
  {
    what: 'a time of the day',
    said: field('QuietHours', 'from'),
    schema: timeOfDaySchema,
    written: piecesOf('T', '18', '24', ':', '00', '30', '.0', ' '),
    taken: ['22:00', '2200', 'T22', '24:00', '22:00:00.000'],
    refused: ['25:00', '10:60', '9:00', '22:00Z', 'noon'],
  },
  {
    what: 'a time zone',
    said: field('QuietHours', 'timeZone'),
    schema: timeZoneSchema,
    written: fc.oneof(
      fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
      piecesOf('+', '-', '05', ':', '30', 'UTC', ' '),
    ),
    taken: ['Europe/Berlin', 'America/Argentina/Buenos Aires', 'etc/gmt+5', '+05:30', 'UTC', 'America/Port-au-Prince'],
    refused: ['', 'Europe/Berlin!', '+5:30', '05:30', '+25:00', 'Ελλάδα'],
  },
  {
    what: 'a colour',
    said: field('StatusStyle', 'backgroundColor'),
    schema: colorSchema,
    written: fc.oneof(piecesOf('#', 'fff', 'A1', '9', ' '), piecesOf('rgb(', '31', ',', ' ', '99.5%', ')', '255')),
    taken: ['#1F6F5C', '#abc', 'rgb(31, 111, 92)', 'RGB( 12% 40%  8% )', ' RebeccaPurple '],
    refused: ['#12', '#12345', '#GGGGGG', 'rgb(1,2)', 'rgba(1,2,3,0.5)', 'hsl(120 50% 50%)', 'blac\u212a', '1F6F5C'],
  },
  {
    what: 'a repetition rule',
    said: field('CreateScheduleBody', 'rule'),
    schema: recurrenceRuleSchema,
    written: piecesOf(
      'FREQ=DAILY',
      'RRULE:',
      ';',
      'COUNT=5',
      'BYDAY=MO,-1TH',
      'UNTIL=20271224T180000Z',
      ' ',
      'interval=2',
    ),
    taken: ['FREQ=DAILY', ' rrule:freq=weekly;byday=mo,th ', 'FREQ=MONTHLY;BYMONTHDAY=-1'],
    refused: ['', 'daily', 'FREQ=DAILY;', 'FREQ=DAILY=2', 'FREQ DAILY', 'FREQ=DAILY;BYſETPOS=1'],
  },
  {
    what: 'a pairing code of one’s own',
    said: field('RequestPairingCodeBody', 'customCode'),
    schema: requestPairingCodeBodySchema.shape.customCode,
    written: piecesOf('BREA', 'd777', '-', ' ', '1', 'x'),
    taken: ['BREAD777', 'brea-d777', ' BREA D777'],
    refused: ['BREAD77', 'BREAD7777', 'BREAD000', 'BREAD77ſ', 'BREAD77I'],
  },
  {
    what: 'a name',
    said: field('PatchSessionBody', 'sessionName'),
    schema: nameSchema(100, 'Give a name.'),
    written: piecesOf(' ', '\t', 'Shop', '\u00a0', '\u200b', '\ufe0f', 'x'.repeat(50)),
    taken: ['x', ` ${'x'.repeat(98)} `, '\u200eשלום', '❤\ufe0f', 'می\u200cخواهم'],
    refused: ['', '  ', '\t\u00a0', ` ${'x'.repeat(100)}`, '\u200b\u200e\u2060', '\ufe0f', '\u3164', '\u2800 \u00ad'],
  },
  {
    what: 'the name of a file in the library',
    said: field('PatchUploadBody', 'name'),
    schema: patchUploadBodySchema.shape.name,
    written: piecesOf(' ', '\t', '\u0085', 'Bread', '😀', '\u200b'),
    taken: ['Bread', ' Fresh bread, sliced '],
    refused: ['', ' ', 'a\tb', 'a\u0085', 'x'.repeat(201)],
  },
  {
    what: 'a tag of such a file',
    said: field('PatchUploadBody', 'tags', 'items'),
    schema: listUploadsQuerySchema.shape.tag,
    written: piecesOf(' ', ',', '\t', 'Bread', '😀', '\u200b'),
    taken: ['bread', ' fresh bread '],
    refused: ['', ' ', 'a,b', 'a\nb'],
  },
];

/** What is made of the text fits what the document says of answers. */
function assertKept(text: string, form: { schema: z.ZodType; said: Said } | undefined): void {
  const read = form?.schema.safeParse(text);
  assert.ok(read?.success, `${text} is not taken`);
  assert.ok(isAllowed(String(read.data), form?.said ?? {}), `${String(read.data)} is not allowed`);
}

describe('what the document says of how a text is written', () => {
  for (const { what, said, schema, written, taken, refused } of forms) {
    it(`fits whatever is taken as ${what}, and refuses what cannot be one`, () => {
      for (const text of taken) {
        assert.ok(schema.safeParse(text).success, `${text} is not taken`);
        assert.ok(isAllowed(text, said), `${text} is not allowed`);
      }
      for (const text of refused) {
        assert.ok(!schema.safeParse(text).success, `${text} is taken`);
        assert.ok(!isAllowed(text, said), `${text} is allowed`);
      }
      const isTold = (text: string): boolean => isAllowed(text, said) || !schema.safeParse(text).success;
      fc.assert(fc.property(written, isTold), { numRuns: 200 });
      fc.assert(fc.property(fc.oneof(fc.string(), digits(9)), isTold), { numRuns: 50 });
    });
  }

  it('says in answers how a time zone and a time on the wall are kept, whichever way they were written', () => {
    const kept = [
      { schema: timeZoneSchema, said: field('Schedule', 'timeZone'), isNone: ['', 'Europe/Berlin Ort', '+05', '5'] },
      {
        schema: createScheduleBodySchema.shape.startsAt,
        said: field('Schedule', 'startsAt'),
        isNone: ['2026-12-24', '2026-12-24T18:00Z', '2026-12-24T18:00:00.5', '24.12.2026 18:00'],
      },
    ];
    const [zone, wall] = kept;
    const written = [...Intl.supportedValuesOf('timeZone'), 'utc', '+0530', 'america/port-au-prince'];
    for (const text of written) assertKept(text, zone);
    for (const text of ['2026-12-24T18:00', '20261224 1800', '2026-W52-4T24', '2026-358T18:00:07.25']) {
      assertKept(text, wall);
    }
    for (const { said, isNone } of kept)
      assert.deepEqual(
        isNone.filter((text) => isAllowed(text, said)),
        [],
      );
  });

  it('has no pattern with flags, which JSON Schema does not know', () => {
    const patterns = new Set<string>();
    JSON.stringify(documentInRepository(), (key, value: unknown) => {
      if (key === 'pattern' && typeof value === 'string') patterns.add(value);
      return value;
    });
    assert.ok(patterns.size > 10);
    assert.deepEqual(
      [...patterns].filter((pattern) => /\$\/\w*$/.test(pattern) || !new RegExp(pattern, 'u')),
      [],
    );
  });
});
