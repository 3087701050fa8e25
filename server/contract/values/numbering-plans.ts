import {
  getCountries,
  getCountryCallingCode,
  Metadata,
  parsePhoneNumberFromString,
  type CountryCode,
} from 'libphonenumber-js/core';
import data from 'libphonenumber-js/max/metadata';

/*
 * What the numbering plans of the world say, from the metadata of libphonenumber. The server has all of it; the build of
 * the dashboard puts the small set in its place, which knows lengths and first digits but not the ranges, so the server
 * has the last word.
 */

declare module 'libphonenumber-js/core' {
  // Documented in the library's METADATA.md, and missing in its types.
  interface NumberingPlan {
    nationalNumberPattern(): string;
    hasTypes(): boolean;
    type(name: string): { pattern(): string; possibleLengths(): number[] } | undefined;
  }
}

/** The plan behind one country calling code, of all countries that share it. */
export interface NumberingPlan {
  /** Digits of the country calling code. */
  code: string;
  /** In English, with its article. */
  country: string;
  /** How many digits a number has after the code, in order. */
  lengths: readonly number[];
  /** How many of them a mobile number has. */
  mobileLengths: readonly number[];
  /** Whether the number after the code is in a range that is known to be given out. New ranges are not. */
  isKnown: (national: string) => boolean;
  /** Whether it is in a range that is known to be given to mobile phones, or, where these are not told apart, to any. */
  isKnownMobile: (national: string) => boolean;
  /** Whether a mobile number may look like this: as many digits, and the first of them, as those that are known. */
  isLikeMobile: (national: string) => boolean;
  /** Whether mobile numbers that are known begin with the digit that this begins with. */
  beginsLikeMobile: (national: string) => boolean;
}

/** Where several countries share a code, the one whose name people know it by. */
const mainCountries: Readonly<Record<string, CountryCode>> = {
  1: 'US',
  7: 'RU',
  39: 'IT',
  44: 'GB',
  47: 'NO',
  61: 'AU',
  212: 'MA',
  262: 'RE',
  290: 'SH',
  358: 'FI',
  590: 'GP',
  599: 'CW',
};
/** The short numbers of North America that the metadata knows are dialled within an area only. */
const northAmerica = '1';
const numberTypes = [
  ...['FIXED_LINE', 'MOBILE', 'TOLL_FREE', 'PREMIUM_RATE', 'PERSONAL_NUMBER', 'VOICEMAIL', 'UAN', 'PAGER', 'VOIP'],
  'SHARED_COST',
];
/** Calling codes have one to three digits, and none is the beginning of another. */
const longestCode = 3;

const countriesByCode = new Map<string, CountryCode[]>();
for (const country of getCountries(data)) {
  const code = getCountryCallingCode(country, data);
  countriesByCode.set(code, [...(countriesByCode.get(code) ?? []), country]);
}
const plans = new Map<string, NumberingPlan>();
const countryNames = new Intl.DisplayNames(['en'], { type: 'region' });

/** The plan that a number with its country code belongs to, or undefined when no country has such a code. */
export function planOf(digits: string): NumberingPlan | undefined {
  for (let length = 1; length <= longestCode; length += 1) {
    const code = digits.slice(0, length);
    const known = plans.get(code);
    if (known) return known;
    const countries = countriesByCode.get(code);
    if (!countries) continue;
    const plan = readPlan(code, countries);
    plans.set(code, plan);
    return plan;
  }
  return undefined;
}

/** Whether a number with its country code is known to be of a mobile phone, or may be one where these are not told apart. */
export function isKnownMobile(digits: string): boolean {
  const plan = planOf(digits);
  return plan?.isKnownMobile(digits.slice(plan.code.length)) === true;
}

/** Whether this is a number of a network that belongs to no country, such as +881 or +883. */
export function isOfNoCountry(digits: string): boolean {
  const number = parsePhoneNumberFromString(`+${digits}`, data);
  return number?.country === undefined && number?.number === `+${digits}` && number.isValid();
}

function readPlan(code: string, countries: readonly CountryCode[]): NumberingPlan {
  const metadata = new Metadata(data);
  const lengths = new Set<number>();
  const [general, ranges, mobile]: string[][] = [[], [], []];
  const mobileLengths = new Set<number>();
  for (const country of countries) {
    metadata.selectNumberingPlan(country);
    const plan = metadata.numberingPlan;
    if (!plan) continue;
    for (const length of plan.possibleLengths()) lengths.add(length);
    const whole = plan.nationalNumberPattern();
    general?.push(whole);
    const types = plan.hasTypes() ? numberTypes.flatMap((name) => plan.type(name)?.pattern() || []) : [whole];
    ranges?.push(...types);
    // Where mobile numbers are not told from landlines, they are kept with the landlines.
    const ofMobiles = plan.hasTypes()
      ? [plan.type('MOBILE'), plan.type('FIXED_LINE')].find((type) => type?.pattern())
      : undefined;
    mobile?.push(ofMobiles?.pattern() ?? whole);
    for (const length of ofMobiles?.possibleLengths() ?? plan.possibleLengths()) mobileLengths.add(length);
  }
  const room = anyOf(general ?? []);
  const isMobile = anyOf(mobile ?? []);
  const known = anyOf(ranges ?? []);
  const inOrder = code === northAmerica ? [10] : sorted(lengths);
  const beginnings = new Map<string, boolean>();
  const mobilesBeginWith = (first: string, length: number): boolean => {
    const key = `${first}/${String(length)}`;
    const has = beginnings.get(key) ?? hasSome(isMobile, first, length);
    beginnings.set(key, has);
    return has;
  };
  const isOfTheirLength = ({ length }: string): boolean => inOrder.includes(length) && mobileLengths.has(length);
  return {
    code,
    country: nameOf(mainCountries[code] ?? countries[0] ?? 'US'),
    lengths: inOrder,
    mobileLengths: inOrder.filter((length) => mobileLengths.has(length)),
    isKnown: (national) => inOrder.includes(national.length) && known.test(national),
    isKnownMobile: (national) => inOrder.includes(national.length) && isMobile.test(national),
    isLikeMobile: (national) =>
      isOfTheirLength(national) && room.test(national) && mobilesBeginWith(national.charAt(0), national.length),
    beginsLikeMobile: (national) =>
      inOrder.some((length) => mobileLengths.has(length) && mobilesBeginWith(national.charAt(0), length)),
  };
}

/** Whether a range has numbers of this length that begin with this digit: told by the digits that follow it. */
function hasSome(range: RegExp, first: string, length: number): boolean {
  for (let next = 0; next < 1_000; next += 1) {
    const number = `${first}${String(next).padStart(3, '0')}234567890123`.slice(0, length);
    if (range.test(number)) return true;
  }
  return false;
}

function anyOf(patterns: readonly string[]): RegExp {
  return new RegExp(`^(?:${patterns.map((pattern) => `(?:${pattern})`).join('|')})$`);
}

function sorted(lengths: ReadonlySet<number>): number[] {
  return [...lengths].sort((a, b) => a - b);
}

function nameOf(country: CountryCode): string {
  const name = countryNames.of(country) ?? country;
  return /^(United|Netherlands|Philippines|Bahamas|Maldives|Comoros|Gambia)|Islands$|Republic$/.test(name)
    ? `the ${name}`
    : name;
}
