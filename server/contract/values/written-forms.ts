/*
 * What the document says of texts that are read more exactly than a pattern can: each pattern fits everything that its reader
 * takes, and refuses what can be told from the form alone. Written without flags, look-ahead and classes of Unicode, which not
 * every language of clients knows.
 */

const blanks = String.raw`\s*`;
const ofText = (inside: string): string => `^${blanks}${inside}${blanks}$`;

/** Something else than blanks. */
export const notBlank = String.raw`\S`;

/** Something to be seen: neither blanks and controls, nor what joins, directs or chooses the form of others, nor letters without a form. */
export const somethingSeen = String.raw`[^\s\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0]`;

/* ASCII that may stand beside the digits of a number; all else that may is beyond ASCII. */
const sign = String.raw`[\t-\r "'()+.=\[\]-]`;
const signOrSlash = String.raw`[\t-\r "'()+./=\[\]-]`;
const signOrDigit = String.raw`[\t-\r "'()+,./;=\[\]0-9-]`;
const signOrDigitOrOther = String.raw`(?:${signOrDigit}|[^\x00-\x7f])`;
const scheme = '(?:[Tt][Ee][Ll]:)?';
/** A slash behind the area, once `+` or `00` says where a number begins. */
const withSlash = String.raw`(?:\+|00)${sign}*[1-9](?:${signOrSlash}*[0-9]){6,15}${sign}*[,;]?`;
/** `00`, 7 to 15 digits and a trunk zero, the decimals of a number column or the end of an item. */
const inAscii = String.raw`${sign}*${scheme}${sign}*(?:(?:00${sign}*)?[1-9](?:${sign}*[0-9]){6,15}${sign}*(?:\.0+|[,;])?|${withSlash})${sign}*`;
const other = String.raw`[^\x00-\x7f]${signOrDigitOrOther}*`;
/** With such a character before the scheme or behind it. */
const beyondAscii = `${signOrDigit}*(?:${other}${scheme}${signOrDigitOrOther}*|${scheme}${signOrDigit}*${other})`;
/** As `readPhoneNumber` takes it. */
export const writtenNumber = { pattern: `^(?:${inAscii}|${beyondAscii})$`, minLength: 7 };

const month = '(?:0[1-9]|1[0-2])';
const dayOfMonth = '(?:0[1-9]|[12][0-9]|3[01])';
const week = '[Ww](?:0[1-9]|[1-4][0-9]|5[0-3])';
const dayOfYear = '(?:00[1-9]|0[1-9][0-9]|[12][0-9][0-9]|3[0-5][0-9]|36[0-6])';
const date = `[0-9]{4}(?:-${month}-${dayOfMonth}|${month}${dayOfMonth}|-${week}-[1-7]|${week}[1-7]|-?${dayOfYear})`;
const hour = '(?:[01][0-9]|2[0-4])';
const minute = '[0-5][0-9]';
const second = '(?:[0-5][0-9]|60)';
const clock = `${hour}(?::${minute}(?::${second})?|${minute}(?:${second})?)?(?:[.,][0-9]{1,18})?`;
const offset = String.raw`(?:[Zz]|[+ −-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)`;
const wall = String.raw`${date}[Tt ]\s*${clock}`;

/** A time of ISO 8601 in UTC or with an offset. */
export const writtenMoment = { pattern: ofText(`${wall}${offset}`) };
/** A time on the wall. */
export const writtenWallTime = { pattern: ofText(wall) };
/** A moment, or a time on the wall. */
export const writtenTime = `${wall}${offset}?`;
/** Either, or a day. */
export const writtenEdge = { pattern: ofText(`(?:${date}|${writtenTime})`) };
/** Either, or `word`. */
export const writtenTimeOr = (word: string) => ({ pattern: `^(?:${word}|${blanks}${writtenTime}${blanks})$` });
export const writtenTimeOfDay = { pattern: ofText(`[Tt]?${clock}`) };

/** A name of the IANA database, whose underscores may be blanks, or an offset. */
export const writtenTimeZone = {
  pattern: ofText(String.raw`(?:[A-Za-z][A-Za-z0-9_+/ -]*|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)`),
};

const channel = String.raw`[0-9]{1,3}(?:\.[0-9]+)?%?`;
const between = String.raw`(?:\s*,\s*|\s+)`;
const ofChannels = String.raw`[Rr][Gg][Bb]\(\s*${channel}${between}${channel}${between}${channel}\s*\)`;
/** `#RGB`, `#RRGGBB`, `rgb(…)` or a word. */
export const writtenColor = new RegExp(ofText(`(?:#[0-9A-Fa-f]{3}|#[0-9A-Fa-f]{6}|${ofChannels}|[A-Za-z]+)`));

const partOfRule = '[A-Za-z]+=[A-Za-z0-9,+-]+';
/** Parts of a repetition rule, with or without its name. */
export const writtenRule = new RegExp(ofText(`(?:[Rr][Rr][Uu][Ll][Ee]:)?${partOfRule}(?:;${partOfRule})*`));

/** 8 of WhatsApp's code letters, with blanks and dashes anywhere. */
export const writtenPairingCode = /^[\s-]*(?:[1-9A-HJ-NP-TV-Za-hj-np-tv-z][\s-]*){8}$/;

/** A whole http(s) address. */
export const writtenWebAddress = { pattern: String.raw`^\s*[Hh][Tt][Tt][Pp][Ss]?://\S` };

const controls = String.raw`\x00-\x1f\x7f-\x9f`;
/** Something else than blanks, and no control character. */
export const writtenUploadName = { pattern: String.raw`^[^${controls}]*[^\s${controls}][^${controls}]*$` };
/** The same without commas. */
export const writtenUploadTag = { pattern: String.raw`^[^,${controls}]*[^\s,${controls}][^,${controls}]*$` };
