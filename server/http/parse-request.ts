import { z } from 'zod';
import { quoted } from '../contract/values/quoted.js';
import { composed, whyNotText } from '../contract/values/texts.js';
import { AppError, validationError } from '../lib/app-error.js';
import { issueInWords } from './issue-in-words.js';
import { dotted, placeAtStart } from './place-in-words.js';
import { schemaBelow } from './openapi/schema-fields.js';
import { type Place, unknownFieldInWords } from './unknown-field.js';
import { withoutNulls } from './without-nulls.js';

/** The longest given value that a sentence repeats. */
const longestShown = 80;
const noName = 'Nothing can have this name, which many programs take for something else. Choose another one.';
const nothing = z.strictObject({});

/** The body by its schema, where `null` means absent. Throws `validation_error` that names every field with a sentence. */
export function parseBody(schema: z.ZodType | undefined, value: unknown): unknown {
  requireTexts(value, 'body');
  return schema && parseWith(schema, withoutNulls(schema, value), 'body');
}

/** The query by its schema. A parameter that the route does not know is refused, as an unknown field of a body is. */
export function parseQuery(schema: z.ZodType | undefined, value: unknown): unknown {
  requireTexts(value, 'query');
  const strict = schema instanceof z.ZodObject ? schema.strict() : schema;
  const parsed = parseWith(strict ?? nothing, value, 'query');
  return schema && parsed;
}

/** The parameters of the path. */
export function parseParams(schema: z.ZodType | undefined, value: unknown): unknown {
  requireTexts(value, 'path');
  return schema && parseWith(schema, value, 'path');
}

/**
 * Every text and every name of a field, at any depth, is one that can be kept, and is made what it is kept as. Throws
 * `validation_error` that names where it stands. `__proto__` is dropped by what parses and copies objects, without a word.
 */
function requireTexts(given: unknown, place: Place): void {
  if (typeof given === 'string') requireText(given, { step: place });
  // A loop, not a recursion: bodies may be nested as deeply as they are long.
  const waiting: { value: unknown; at: Spot | undefined }[] = [{ value: given, at: undefined }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value, at } = next;
    if (typeof value !== 'object' || value === null) continue;
    const isList = Array.isArray(value);
    for (const [key, below] of Object.entries(value)) {
      const problem = whyNotText(key);
      if (problem !== undefined) throw validationError(place, `${place}: The name ${quoted(key)} ${problem}`);
      const spot = { step: isList ? Number(key) : key, within: at };
      if (key === '__proto__') throw validationError(dotted(pathOf(spot)), `${placeAtStart(pathOf(spot))}: ${noName}`);
      if (typeof below === 'object') waiting.push({ value: below, at: spot });
      if (typeof below !== 'string') continue;
      requireText(below, spot);
      const kept = composed(below);
      if (kept !== below) Reflect.set(value, key, kept);
    }
  }
}

/** Where a value stands, from the inside out: nothing is written down of all those that are in order. */
interface Spot {
  step: PropertyKey;
  within?: Spot | undefined;
}

function pathOf(at: Spot): PropertyKey[] {
  const path: PropertyKey[] = [];
  for (let spot: Spot | undefined = at; spot; spot = spot.within) path.push(spot.step);
  return path.reverse();
}

function requireText(text: string, at: Spot): void {
  const problem = whyNotText(text);
  if (problem === undefined) return;
  const path = pathOf(at);
  throw validationError(dotted(path), `${placeAtStart(path)}: ${quoted(text)} ${problem}`);
}

function parseWith(schema: z.ZodType, value: unknown, place: Place): unknown {
  const parsed = schema.safeParse(value, { error: issueInWords, reportInput: true });
  if (parsed.success) return parsed.data;
  const fields = new Map<string, string>();
  let first: string | undefined;
  const add = (steps: readonly PropertyKey[], sentence: string): void => {
    const path = steps.length === 0 ? [place] : steps;
    const name = dotted(path);
    if (!fields.has(name)) fields.set(name, sentence);
    first ??= `${placeAtStart(path)}: ${sentence}`;
  };
  for (const issue of parsed.error.issues) {
    if (issue.code === 'unrecognized_keys') {
      const { schema: at, value: given } = descend(schema, value, issue.path);
      for (const key of issue.keys) {
        add([...issue.path, key], at ? unknownFieldInWords(key, at, given, place) : 'There is no such field.');
      }
    } else {
      if (isLooserThanAnother(issue, parsed.error.issues)) continue;
      // What is read as a number, and the field that tells kinds apart, stand in the request as they were written.
      const written = descend(schema, value, issue.path).value;
      const isRead = typeof issue.input === 'number' && String(issue.input) !== String(written);
      const given = isRead || typeof issue.input === 'object' ? written : issue.input;
      if (place === 'query' && Array.isArray(written)) {
        add(issue.path, `This is given ${String(written.length)} times. Give it once.`);
      } else add(issue.path, issue.message + givenInWords(given, issue.message));
    }
  }
  throw new AppError('validation_error', first ?? 'The request is not valid.', {
    details: { fields: Object.fromEntries(fields) },
  });
}

/** Whether it is about the largest number that counts exactly, and a lower limit is exceeded as well. */
function isLooserThanAnother(issue: z.core.$ZodIssue, issues: readonly z.core.$ZodIssue[]): boolean {
  if (issue.code !== 'too_big' || issue.maximum !== Number.MAX_SAFE_INTEGER) return false;
  const at = dotted(issue.path);
  return issues.some((other) => other !== issue && other.code === 'too_big' && dotted(other.path) === at);
}

/** What was given, where the sentence does not say it yet and it is short enough to be read. */
function givenInWords(input: unknown, message: string): string {
  if (typeof input !== 'string' && typeof input !== 'number' && typeof input !== 'boolean') return '';
  const shown = JSON.stringify(input);
  return shown.length > longestShown || message.includes(String(input) === '' ? '""' : String(input))
    ? ''
    : ` Given was ${shown}.`;
}

/** The part of the schema, and of the value, that a path leads to. */
function descend(
  schema: z.ZodType,
  value: unknown,
  path: readonly PropertyKey[],
): { schema: z.ZodType | undefined; value: unknown } {
  let at: z.ZodType | undefined = schema;
  let given = value;
  for (const step of path) {
    const key = String(step);
    at = at && schemaBelow(at, given, key);
    given = typeof given === 'object' && given !== null ? (given as Record<string, unknown>)[key] : undefined;
  }
  return { schema: at, value: given };
}
