import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { instantOf, localTimeAt, timeZoneNamed } from '../../server/contract/values/local-time.js';
import { timeZoneSchema, zonesNear } from '../../server/contract/values/time-zone.js';

const at = Date.parse('2026-07-01T12:00:00Z');
/** The names and links of the IANA database, release 2025b. */
const ianaNames = readFileSync(new URL('time-zone-names.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');

function problemOf(written: string): string {
  return timeZoneSchema.safeParse(written).error?.issues[0]?.message ?? `${written} was taken`;
}

function intlKnows(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

describe('time zones', () => {
  it('are taken by every name of the IANA list, old and new, and by every name that a browser says', () => {
    // A Node that is older than the list does not know its newest names, to anybody.
    const names = [...ianaNames.filter(intlKnows), ...Intl.supportedValuesOf('timeZone')];
    assert.ok(names.length > 1_000);
    for (const name of names) {
      const zone = timeZoneSchema.parse(name);
      // What is taken can be worked out.
      assert.equal(instantOf(localTimeAt(at, zone), zone), at, name);
    }
  });

  it('are known however they are written, and kept under one name', () => {
    const written = {
      'europe/berlin': 'Europe/Berlin',
      ' America/New York ': 'America/New_York',
      utc: 'UTC',
      '+0530': '+05:30',
      '-03': '-03:00',
      'Asia/Calcutta': 'Asia/Calcutta',
    };
    for (const [name, zone] of Object.entries(written)) assert.equal(timeZoneSchema.parse(name), zone);
  });

  const refused: Record<string, RegExp> = {
    IST: /no time zone "IST".*Asia\/Kolkata, Europe\/Dublin or Asia\/Jerusalem\?/,
    pst: /America\/Los_Angeles or Asia\/Manila\?/,
    CST: /America\/Chicago, Asia\/Shanghai or America\/Mexico_City\?/,
    BST: /Europe\/London or Asia\/Dhaka\?/,
    JST: /Asia\/Tokyo\?/,
    Berlin: /Did you mean Europe\/Berlin\?/,
    'Europe/Berln': /Did you mean Europe\/Berlin\?/,
    kolkata: /Did you mean Asia\/Kolkata\?/,
    'GMT+5': /Did you mean \+05:00\?/,
    'UTC-3:30': /Did you mean -03:30\?/,
    'Etc/Unknown': /a device does not know its time zone.*UTC/,
    'Mars/Olympus': /no time zone "Mars\/Olympus"\. Give one such as/,
    'Europe/Berlin\u200e': /no time zone "Europe\/Berlin<U\+200E>"/,
    '+25:00': /no time zone/,
    '': /no time zone/,
  };
  for (const [name, words] of Object.entries(refused)) {
    it(`are refused as ${JSON.stringify(name)}, in words that say which may be meant`, () => {
      assert.match(problemOf(name), words);
    });
  }

  it('that are proposed are all ones that can be taken', () => {
    const abbreviations =
      'ACST ACT AEST AEDT AKST ART AST AWST BRT BST CAT CDT CEST CLT COT CST EAT ECT EDT EEST ET GST';
    const more = 'HKT ICT IRST IST JST KST MDT MSK MYT NPT NST NZDT NZST PDT PET PHT PKT PST PT SAST SGT SST TRT WAT';
    for (const abbreviation of `${abbreviations} ${more} WEST WIB WIT WITA Kathmandu Kyiv Yangon Nuuk`.split(' ')) {
      const near = zonesNear(abbreviation);
      assert.ok(near.length > 0, abbreviation);
      for (const name of near) assert.notEqual(timeZoneNamed(name), undefined, name);
    }
  });

  it('show the wall to the second, also on the day on which the clocks change', () => {
    const inBerlin = (time: string) => localTimeAt(Date.parse(time), 'Europe/Berlin');
    assert.equal(inBerlin('2026-03-29T00:59:59Z'), '2026-03-29T01:59:59');
    assert.equal(inBerlin('2026-03-29T01:00:00Z'), '2026-03-29T03:00:00');
    assert.equal(inBerlin('2026-03-28T23:30:00Z'), '2026-03-29T00:30:00');
    assert.equal(localTimeAt(at, '+05:30'), '2026-07-01T17:30:00');
  });
});
