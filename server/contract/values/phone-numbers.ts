import { z } from 'zod';
import { isOfNoCountry, planOf, type NumberingPlan } from './numbering-plans.js';
import { quoted } from './quoted.js';
import { plainForm } from './written-digits.js';
import { writtenNumber } from './written-forms.js';

/** The digits of a number with its country code, or why what was written is none. */
export type ReadNumber = { digits: string; problem?: never } | { digits?: never; problem: string };

/** The longest that a person may write one number. */
export const maxWrittenLength = 100;
/** E.164: at most 15 digits, the country calling code among them. Fewer than 7 are a number of no country. */
const [fewestDigits, mostDigits] = [7, 15];
/**
 * So short, a number without a plus may be one that lacks its country code, so it has to be in a range that is known. With
 * a plus, or with more digits, it may also be in one that is newer than the metadata.
 */
const mayLackCode = 11;
/** Of a country code with an area, and of what follows, where a slash is between them. */
const [longestArea, shortestRest] = [7, 5];
const plainNumber = /^\+?[1-9]\d{6,14}$/;
/** A code, a trunk zero in brackets or none, and groups: no rule below has anything to say about them. */
const simplyDecorated = /^(?:\+|00)[1-9]\d{0,2} ?(?:\(0\d{0,4}\))?(?:[ -]?\d{1,14})(?:[ -]\d{1,6})*$/;
/** Groups that no rule below has anything to say about. */
const plainGroups = /^\+[1-9]\d{0,2}(?:[ -]\d{1,6})+$/;

/**
 * The one reader of phone numbers. Takes what people decorate numbers with: blanks, dashes, brackets, dots, digits of
 * every script, `+` or `00`, a trunk zero. Refuses what it would have to guess at: letters, decimals, formulas,
 * extensions, two numbers in one, a number without its country code; and what the country's numbering plan leaves no room for.
 */
export function readPhoneNumber(written: string): ReadNumber {
  if (plainNumber.test(written)) return checked(written, written.replace('+', ''), written.startsWith('+'));
  if (plainGroups.test(written)) return checked(written, digitsOf(written), true);
  if (written.length > maxWrittenLength)
    return { problem: `${named(written)} is too long to be a phone number. Give one number, with its country code.` };
  const text = unwrapped(plainForm(written));
  const reason = guessed(text);
  if (reason !== undefined) return { problem: `${named(written)} ${reason}` };
  const hasCode = /^(\+|00)/.test(text.replaceAll(/[ ()-]/g, ''));
  const number = text.replace(/^\+|^\(\+/, '').replace(/^([ (-]*)00(?=[ ()\-.]*[1-9])/, '$1');
  const [start, rest] = splitAtTrunkZero(number);
  if (rest !== undefined) return withTrunkZero(written, start, rest);
  return checked(written, digitsOf(number), hasCode);
}

/** Without what says that it is text: quotation marks, the apostrophe of a spreadsheet, `="…"`, `tel:`. */
function unwrapped(text: string): string {
  const inner = /^="([^"]*)"$/.exec(text)?.[1] ?? /^(?:tel:)(.*)$/i.exec(text)?.[1] ?? text;
  const quotes = /^(["'“”„‘’])(.*)(["'“”‘’])$/.exec(inner)?.[2] ?? inner.replace(/^['‘’](?=[+\d(])/, '');
  const number = withoutAreaSlash(quotes.trim().replace(/(?<=\d)[.,;]$/, ''));
  // A number column of a spreadsheet that was written as decimals: all its digits are there.
  return /^[1-9]\d{6,14}\.0+$/.test(number) ? number.slice(0, number.indexOf('.')) : number;
}

/**
 * `+43 664/1234567`: a slash behind an area, as in Germany and Austria, is decoration. It is not where what is before it may
 * be a number by itself, or what is behind it the last digits of a second one.
 */
function withoutAreaSlash(text: string): string {
  const [, before = '', last = ''] = /^((?:\+|00)[\d ()/-]+)\/ *([1-9][\d -]*)$/.exec(text) ?? [];
  const isArea = digitsOf(before).replace(/^00/, '').length <= longestArea && digitsOf(last).length >= shortestRest;
  return last !== '' && isArea ? `${before.replaceAll('/', ' ')} ${last}` : text;
}

/** Why a text cannot be read without guessing, or undefined. */
function guessed(text: string): string | undefined {
  if (!/\d/.test(text)) return 'has no digits. Give a number with its country code.';
  if (simplyDecorated.test(text)) return undefined;
  return (
    refusals.find(({ pattern }) => pattern.test(text))?.words ?? strange(text) ?? guessedDots(text) ?? unpaired(text)
  );
}

const refusals: readonly { pattern: RegExp; words: string }[] = [
  { pattern: /^[=@]/, words: 'is a formula. Give the number itself.' },
  {
    pattern: /^[+-]?\d+([.,]\d+)?e[+-]?\d+$/i,
    words:
      'is a number that a spreadsheet has shortened, and its last digits are lost. Format the column as text, and copy or export it again.',
  },
  {
    pattern: /^[*#][\d*#]+$/,
    words: 'is a code that a phone dials to its network, and nobody’s number. Give a number with its country code.',
  },
  {
    pattern: /\d[ .-]*(?:x|ext|extn|extension)[ .:]*\d+$|\d.*[#*;]/i,
    words: 'has an extension, which WhatsApp does not know. Leave it out.',
  },
  { pattern: /\p{L}/u, words: 'has letters in it. Give the digits alone, with the country code.' },
  // A row of seven digits is a number by itself; nobody writes one number with two of them.
  { pattern: /\d.*[/|&\n\r+]|\d{7,} +\d{7,}/, words: 'may be two numbers. Give each by itself.' },
  { pattern: /,/, words: 'has a comma in it, so it may be two numbers or a decimal. Give the digits without it.' },
  { pattern: /^-/, words: 'begins with a minus. Begin with + and the country code.' },
];

function strange(text: string): string | undefined {
  const [character] = /[^\d +().-]/u.exec(text) ?? [];
  return character && `has ${quoted(character)} in it. Give the digits alone, with the country code.`;
}

/** Dots between groups are decoration; a single one may be the point of a decimal, unless it is behind a country code. */
function guessedDots(text: string): string | undefined {
  const groups = text.split('.').map(digitsOf);
  const isDecoration = groups.length > 2 && groups.every((group) => group !== '') && (groups.at(-1)?.length ?? 0) > 1;
  if (groups.length === 1 || isDecoration || /^\+\d{1,3}\.\d{4,}$/.test(text)) return undefined;
  return 'may be a decimal number. Give the digits without the dot.';
}

function unpaired(text: string): string | undefined {
  const isPaired = /^[^()]*(?:\([^()]*\)[^()]*)*$/.test(text);
  return isPaired ? undefined : 'has a bracket without its other half. Leave it out.';
}

/** What stands before and behind a 0 in brackets; only the first where there is none. */
function splitAtTrunkZero(number: string): [string, string?] {
  const [, start, rest] = /^([^(]*)\(\s*0\s*\)(.*)$/.exec(number) ?? [];
  return start === undefined || rest === undefined ? [number] : [start, rest];
}

/**
 * `+44 (0)7911 …`: the 0 is dialled within the country only, and goes; except where the numbers themselves begin with one,
 * as landlines of Italy do. Behind anything but the country code it says nothing that is known.
 */
function withTrunkZero(written: string, start: string, rest: string): ReadNumber {
  const [code, national] = [digitsOf(start), digitsOf(rest)];
  const plan = planOf(`${code}${national}`);
  if (plan?.code !== code) {
    return { problem: `${named(written)} has a 0 in brackets that is not behind a country code. Leave it out.` };
  }
  const fitting = [national, `0${national}`].filter((each) => fits(plan, each));
  const known = fitting.length > 1 ? fitting.filter((each) => plan.isKnown(each)) : fitting;
  if (known.length > 1)
    return { problem: `${named(written)} may be read with and without its 0. Write one of the two.` };
  if (fitting.length === 0 && withoutTrunkZero(plan, national) !== undefined) {
    return { problem: `${named(written)} has a 0 in brackets, and another 0 behind it. Leave both out.` };
  }
  return checked(written, `${code}${known[0] ?? national}`, true);
}

/** The number behind a 0 that is dialled within the country only; undefined where there is none. */
function withoutTrunkZero(plan: NumberingPlan, national: string): string | undefined {
  const rest = national.startsWith('0') ? national.slice(1) : undefined;
  return rest !== undefined && fits(plan, rest) && plan.isKnown(rest) ? rest : undefined;
}

/** `hasCode`: it says by a plus or `00` that it begins with a country code. */
function checked(written: string, digits: string, hasCode: boolean): ReadNumber {
  if (digits.startsWith('0') || digits === '') {
    return { problem: `${named(written)} has no country code. Begin with + and the code, such as +49 for Germany.` };
  }
  if (digits.length > mostDigits) {
    return {
      problem: `${named(written)} has ${String(digits.length)} digits, and no phone number has more than 15. Look for digits too many, or for two numbers in one.`,
    };
  }
  if (digits.length < fewestDigits) {
    return {
      problem: `${named(written)} is too short: most numbers have 10 to 15 digits with their country code, and this has ${String(digits.length)}. Begin with + and the country code.`,
    };
  }
  const plan = planOf(digits);
  if (!plan) {
    if (isOfNoCountry(digits)) return { digits };
    return {
      problem: `${named(written)} begins with a country code that no country has. Begin with + and the code, such as +49 for Germany.`,
    };
  }
  const national = digits.slice(plan.code.length);
  if (!fits(plan, national)) {
    const withoutZero = withoutTrunkZero(plan, national);
    if (withoutZero !== undefined) return { digits: `${plan.code}${withoutZero}` };
    const remedy = hasCode
      ? ' Compare the digits with where the number comes from.'
      : ' If that is not its country, begin with + and the code of its own.';
    return { problem: `${named(written)} ${whyNot(plan, national)}${remedy}` };
  }
  if (!hasCode && digits.length <= mayLackCode && !plan.isKnown(national) && !isFormerForm(plan, national)) {
    return {
      problem: `${named(written)} seems to lack its country code: as a number of ${plan.country} (+${plan.code}) it is not known. Begin with + and the code.`,
    };
  }
  return { digits };
}

/** Known ranges, and what may be a mobile number of a range that is newer than the metadata. */
function fits(plan: NumberingPlan, national: string): boolean {
  return plan.isLikeMobile(national) || plan.isKnown(national) || isFormerForm(plan, national);
}

/**
 * What people and WhatsApp go on to write by a form that the plan has given up, of the countries in which one account may be
 * known by either (`lib/number-forms.ts`): Mexican mobiles with a 1 before them, mobiles of the Ivory Coast without the
 * digits of their network, and numbers of Benin without their 01.
 */
const formerForms: Readonly<Record<string, RegExp>> = {
  52: /^1[2-9]\d{9}$/,
  225: /^[04-9]\d{7}$/,
  229: /^[2-9]\d{7}$/,
};

function isFormerForm({ code }: NumberingPlan, national: string): boolean {
  return formerForms[code]?.test(national) === true;
}

function whyNot(plan: NumberingPlan, national: string): string {
  const { country, code, lengths, mobileLengths } = plan;
  const isMobile = plan.beginsLikeMobile(national) && !mobileLengths.includes(national.length);
  if (!isMobile && lengths.includes(national.length)) {
    return `cannot be: no number of ${country} (+${code}) begins like that.`;
  }
  const fitting = isMobile ? mobileLengths : lengths;
  const which = isMobile ? 'Numbers like this' : 'Numbers';
  return `is ${sizeOf(national, fitting)}. ${which} of ${country} (+${code}) have ${lengthsInWords(fitting)} digits after +${code}; this has ${String(national.length)}.`;
}

function sizeOf(national: string, lengths: readonly number[]): string {
  if (national.length < (lengths[0] ?? 0)) return 'too short';
  return national.length > (lengths.at(-1) ?? 0) ? 'too long' : 'too short or too long';
}

function lengthsInWords(lengths: readonly number[]): string {
  const [first = 0, last = 0] = [lengths[0], lengths.at(-1)];
  if (lengths.length > 2 && last - first === lengths.length - 1) return `${String(first)} to ${String(last)}`;
  const words = lengths.map(String);
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}

function named(written: string): string {
  return `The number ${quoted(written)}`;
}

function digitsOf(text: string): string {
  return text.replaceAll(/\D/g, '');
}

const description =
  'A phone number with its country code, in digits or as people write it: `+` or `00`, blanks, dashes and brackets are read.';

/** A phone number as somebody wrote it, kept as its digits with the country code. */
export const phoneNumberSchema = z
  .string()
  .max(maxWrittenLength, 'This is too long to be a phone number.')
  .transform((written, context) => {
    const { digits, problem } = readPhoneNumber(written);
    if (digits !== undefined) return digits;
    context.addIssue({ code: 'custom', message: problem });
    return z.NEVER;
  })
  .meta({ ...writtenNumber, description, example: '919812345678' });

/** Beyond these, one more sentence says how many there are. */
const toldProblems = 20;

/** Phone numbers, each kept once, in the order in which they were written first. One schema for all of them: there may be 50,000. */
export function phoneNumbersSchema(most: number, fewest = 0) {
  return z
    .array(
      z
        .string()
        .max(maxWrittenLength, 'This is too long to be a phone number.')
        .meta({ ...writtenNumber, description }),
    )
    .min(fewest, 'Name at least one number.')
    .max(most, `Give at most ${most.toLocaleString('en')} numbers at once.`)
    .transform((written, context) => {
      const numbers = new Set<string>();
      let problems = 0;
      for (const [index, one] of written.entries()) {
        const { digits, problem } = readPhoneNumber(one);
        if (digits !== undefined) numbers.add(digits);
        else {
          problems += 1;
          if (problems <= toldProblems) context.addIssue({ code: 'custom', message: problem, path: [index] });
        }
      }
      if (problems > toldProblems) {
        const more = (problems - toldProblems).toLocaleString('en');
        context.addIssue({ code: 'custom', message: `${more} more of these numbers cannot be read.` });
      }
      return [...numbers];
    })
    .meta({ example: ['919812345678', '+49 1512 3456789'] });
}

/** Numbers that stand in one text: one per line, or between commas, semicolons or tabs of any script. */
export function splitNumbers(text: string): string[] {
  return text
    .split(/[\n\r\t,;\u060c\u061b\u3001\uff0c\uff1b]+/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
