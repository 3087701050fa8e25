import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { timeZoneNamed } from './local-time.js';
import { quoted } from './quoted.js';
import { writtenTimeZone } from './written-forms.js';

/** In which zones clocks of this name hang. Most of them mean more than one, so none of them is taken as a name. */
const zonesByAbbreviation: Readonly<Record<string, readonly string[]>> = {
  ACST: ['Australia/Adelaide', 'Australia/Darwin'],
  ACT: ['America/Rio_Branco', 'Australia/Sydney'],
  AEST: ['Australia/Sydney', 'Australia/Brisbane'],
  AEDT: ['Australia/Sydney'],
  AKST: ['America/Anchorage'],
  ART: ['America/Argentina/Buenos_Aires'],
  AST: ['America/Halifax', 'Asia/Riyadh'],
  AWST: ['Australia/Perth'],
  BRT: ['America/Sao_Paulo'],
  BST: ['Europe/London', 'Asia/Dhaka'],
  CAT: ['Africa/Maputo'],
  CDT: ['America/Chicago'],
  CEST: ['Europe/Berlin'],
  CLT: ['America/Santiago'],
  COT: ['America/Bogota'],
  CST: ['America/Chicago', 'Asia/Shanghai', 'America/Mexico_City'],
  EAT: ['Africa/Nairobi'],
  ECT: ['America/Guayaquil'],
  EDT: ['America/New_York'],
  EEST: ['Europe/Athens'],
  ET: ['America/New_York'],
  GST: ['Asia/Dubai'],
  HKT: ['Asia/Hong_Kong'],
  ICT: ['Asia/Bangkok'],
  IRST: ['Asia/Tehran'],
  IST: ['Asia/Kolkata', 'Europe/Dublin', 'Asia/Jerusalem'],
  JST: ['Asia/Tokyo'],
  KST: ['Asia/Seoul'],
  MDT: ['America/Denver'],
  MSK: ['Europe/Moscow'],
  MYT: ['Asia/Kuala_Lumpur'],
  NPT: ['Asia/Kathmandu'],
  NST: ['America/St_Johns'],
  NZDT: ['Pacific/Auckland'],
  NZST: ['Pacific/Auckland'],
  PDT: ['America/Los_Angeles'],
  PET: ['America/Lima'],
  PHT: ['Asia/Manila'],
  PKT: ['Asia/Karachi'],
  PST: ['America/Los_Angeles', 'Asia/Manila'],
  PT: ['America/Los_Angeles'],
  SAST: ['Africa/Johannesburg'],
  SGT: ['Asia/Singapore'],
  SST: ['Pacific/Pago_Pago'],
  TRT: ['Europe/Istanbul'],
  WAT: ['Africa/Lagos'],
  WEST: ['Europe/Lisbon'],
  WIB: ['Asia/Jakarta'],
  WIT: ['Asia/Jayapura'],
  WITA: ['Asia/Makassar'],
};

/** Names that engines list under an older one. */
const newerNames = [
  ...['Asia/Kolkata', 'Asia/Kathmandu', 'Asia/Yangon', 'Asia/Ho_Chi_Minh', 'Europe/Kyiv', 'Pacific/Kanton'],
  ...['America/Argentina/Buenos_Aires', 'America/Nuuk', 'Africa/Asmara', 'Atlantic/Faroe', 'UTC'],
];
/** What a person means by a word that differs more from a name is anybody's guess. */
const fartherWords = 0.34;
const maxNear = 3;

/** A time zone, kept under the name by which the engine that works out times knows it. */
export const timeZoneSchema = z
  .string()
  .max(64, 'The name of a time zone has at most 64 characters.')
  .trim()
  .transform((written, context) => {
    // Pages show names without their underscores.
    const name = timeZoneNamed(written.replaceAll(' ', '_'));
    if (name !== undefined) return name;
    context.addIssue({ code: 'custom', message: unknownZone(written) });
    return z.NEVER;
  })
  .meta({
    ...writtenTimeZone,
    description: 'A name of the IANA time zone database, or an offset from UTC such as `+05:30`.',
    example: 'Asia/Kolkata',
  });

/** A time zone in an answer, under the name by which it is kept. */
export const knownTimeZoneSchema = z.string().meta({
  pattern: '^(?:[A-Za-z][A-Za-z0-9_+/-]*|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$',
  description: 'A name of the IANA time zone database, or an offset from UTC such as `+05:30`.',
});

/** Why this is no time zone, and which may have been meant. */
export function unknownZone(written: string): string {
  if (written.toLowerCase() === 'etc/unknown') {
    return `"Etc/Unknown" says that a device does not know its time zone. Give the zone that is meant, or UTC.`;
  }
  const near = zonesNear(written);
  const remedy =
    near.length === 0 ? 'Give one such as Europe/Berlin or Asia/Kolkata.' : `Did you mean ${orWords(near)}?`;
  return `There is no time zone ${quoted(written)}. ${remedy}`;
}

/** Names of zones that may be meant by a word that is none, at most three. */
export function zonesNear(written: string): readonly string[] {
  const offset = /^(?:UTC|GMT)?\s*([+-])(\d{1,2})(?::?([0-5]\d))?$/i.exec(written);
  if (offset) {
    const [, sign = '+', hours = '', minutes = '00'] = offset;
    return [`${sign}${hours.padStart(2, '0')}:${minutes}`].filter((name) => timeZoneNamed(name) !== undefined);
  }
  const abbreviated = zonesByAbbreviation[written.toUpperCase()];
  if (abbreviated) return abbreviated;
  const names = [...newerNames, ...Intl.supportedValuesOf('timeZone')];
  const word = wordOf(written);
  if (word.length < 3) return [];
  const cities = names.filter((name) => cityOf(name).startsWith(word)).slice(0, maxNear);
  if (cities.length > 0) return cities;
  const wholes = new Map(names.flatMap((name) => [[wordOf(name), name] as const, [cityOf(name), name] as const]));
  const nearest = closest(word, [...wholes.keys()]);
  const found = wholes.get(nearest);
  return found === undefined || distance(word, nearest) > word.length * fartherWords ? [] : [found];
}

function wordOf(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_]+/g, '_');
}

function cityOf(name: string): string {
  return wordOf(name.slice(name.lastIndexOf('/') + 1));
}

function orWords(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`;
}
