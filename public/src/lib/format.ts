import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { sizeInWords } from '../../../server/contract/values/file-size.js';

const numberFormat = new Intl.NumberFormat();
const timeFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const timeWithSecondsFormat = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const dateTimeFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const relativeFormat = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'long' });

export function formatNumber(value: number): string {
  return numberFormat.format(value);
}

/** `part` of `whole` in whole per cent; null when there is nothing to compare with. */
export function percentOf(part: number, whole: number): number | null {
  return whole <= 0 ? null : Math.min(100, Math.round((part / whole) * 100));
}

export function formatDateTime(timestamp: string): string {
  return dateTimeFormat.format(new Date(timestamp));
}

/** The time of day, with the date in front when it was not today. */
export function formatMoment(timestamp: string, options: { seconds?: boolean } = {}): string {
  const date = new Date(timestamp);
  if (date.toDateString() !== new Date().toDateString()) return dateTimeFormat.format(date);
  return (options.seconds === true ? timeWithSecondsFormat : timeFormat).format(date);
}

/** "2 minutes ago". Never in the future: the clocks of server and browser may differ a little. */
export function formatAgo(timestamp: string, nowMs: number): string {
  const seconds = Math.round((nowMs - Date.parse(timestamp)) / 1000);
  if (seconds < 45) return 'just now';
  if (seconds < 3600) return relativeFormat.format(-Math.round(seconds / 60), 'minute');
  if (seconds < 36 * 3600) return relativeFormat.format(-Math.round(seconds / 3600), 'hour');
  return relativeFormat.format(-Math.round(seconds / 86_400), 'day');
}

/** "1:05" for 65 seconds; never below zero. */
export function formatCountdown(remainingMs: number): string {
  const seconds = Math.max(0, Math.ceil(remainingMs / 1000));
  return `${String(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, '0')}`;
}

const formattedNumbers = new Map<string, string>();
const formattedNumbersLimit = 5000;

/** "+49 1512 3456789" for the digits of a phone number. Parsing is slow beside rendering, so answers are kept. */
export function formatPhoneNumber(digits: string): string {
  const known = formattedNumbers.get(digits);
  if (known !== undefined) return known;
  if (formattedNumbers.size >= formattedNumbersLimit) formattedNumbers.clear();
  const text = parsePhoneNumberFromString(`+${digits}`)?.formatInternational() ?? `+${digits}`;
  formattedNumbers.set(digits, text);
  return text;
}

/** The one or two letters that stand for a person or an account. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const ends = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  const letters = ends.map((word) => firstCharacter(word ?? ''));
  return letters.join('').toUpperCase() || '?';
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
function firstCharacter(word: string): string {
  for (const { segment } of graphemes.segment(word)) return segment;
  return '';
}

/** "1.4 MB", with the digits of this browser's language. */
export function formatBytes(bytes: number): string {
  return sizeInWords(bytes, formatNumber);
}

/** "1 person", "1,240 people". */
export function peopleCount(count: number): string {
  return count === 1 ? '1 person' : `${formatNumber(count)} people`;
}
