import fc from 'fast-check';
import { type Json, type RequestDocument, type Schema, resolved } from './json.js';

/** Stands for something that the server has; see `KnownThings`. */
export function knownMark(kind: string, index: number): string {
  return `<known:${kind}:${String(index)}>`;
}

/** What fields mean whose names say it. */
const kindOfField: Readonly<Record<string, string>> = {
  sessionId: 'sessionId',
  sessionIds: 'sessionId',
  listId: 'audienceId',
  listIds: 'audienceId',
  statusId: 'statusId',
  scheduleId: 'scheduleId',
  seriesId: 'seriesId',
  broadcastId: 'broadcastId',
  templateId: 'templateId',
  draftId: 'draftId',
  keyId: 'keyId',
  organizationId: 'organizationId',
  filename: 'filename',
  resumableId: 'resumableId',
  cursor: 'cursor',
};

/** Texts that mean something where the schema can only say that it is a text. */
const fitting: readonly { names: RegExp; texts: readonly string[] }[] = [
  {
    names: /^(phone|phoneNumber|targetNumbers|numbers)$/,
    texts: [
      knownMark('number', 0),
      knownMark('number', 1),
      '919812345678',
      '+49 1512 3456789',
      '+44 (0)7911 123456',
      '5531987654321',
      '5215512345678',
    ],
  },
  {
    names: /^(scheduledAt|startsAt|from|to|at|moveTo|expiresAt)$/,
    texts: ['2027-12-24T18:00:00Z', '2027-03-28T02:30', '2027-12-24', 'next-free-slot', '2020-01-01T00:00:00Z'],
  },
  { names: /^timeZone$/, texts: ['Europe/Berlin', 'Asia/Kolkata', 'UTC', 'America/Santiago'] },
  { names: /^rule$/, texts: ['FREQ=DAILY', 'FREQ=WEEKLY;BYDAY=MO,TH;COUNT=5', 'FREQ=MONTHLY;BYMONTHDAY=31'] },
  { names: /^time$/, texts: ['09:30', '23:59', '00:00'] },
  { names: /Color$/, texts: ['#1F6F5C', 'rebeccapurple', 'rgb(31, 111, 92)'] },
  {
    names: /^csv$/,
    texts: ['phone,name,tags\n919812345678,Asha,vip|berlin\nx,y', 'Mobile Number;Name\r\n"0049 1512 3456789";"A;B"'],
  },
  {
    names: /^(content|url)$/,
    texts: ['https://example.invalid/a', 'Fresh bread until noon', 'Hello {{name}} {{date}}'],
  },
];

const deepest = 8;

/** Values that fit the schema as far as it says; those that stand for known things among them. */
export function valuesOf(document: RequestDocument, schema: Schema, name = '', level = 0): fc.Arbitrary<Json> {
  const given = resolved(document, schema);
  const own = { level, name, of: (part: Schema, below = name) => valuesOf(document, part, below, level + 1) };
  const made = generated(given, own);
  if (given.example === undefined) return made;
  return fc.oneof({ weight: 2, arbitrary: made }, { weight: 1, arbitrary: fc.constant(given.example) });
}

interface Place {
  level: number;
  name: string;
  of: (part: Schema, name?: string) => fc.Arbitrary<Json>;
}

function generated(schema: Schema, place: Place): fc.Arbitrary<Json> {
  if (place.level > deepest) return fc.constant(null);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return fc.oneof(...choices.map((choice) => place.of(choice)));
  if (schema.allOf) {
    return fc.tuple(...schema.allOf.map((part) => place.of(part))).map((parts) => Object.assign({}, ...parts) as Json);
  }
  const types = [schema.type ?? []].flat();
  return types.length === 0 ? fc.constant(null) : fc.oneof(...types.map((type) => ofType(type, schema, place)));
}

function ofType(type: string, schema: Schema, place: Place): fc.Arbitrary<Json> {
  switch (type) {
    case 'string':
      return texts(schema, place.name);
    case 'integer':
      return numbers(schema).map(Math.round);
    case 'number':
      return numbers(schema);
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(schema.items ? place.of(schema.items) : fc.constant(null), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 4, (schema.minItems ?? 0) + 4),
      });
    case 'object':
      return objects(schema, place);
    default:
      return fc.constant(null);
  }
}

function objects({ properties = {}, required = [], additionalProperties }: Schema, place: Place): fc.Arbitrary<Json> {
  const fields = Object.entries(properties).map(([name, part]) => [name, place.of(part, name)] as const);
  const known = fc.record(Object.fromEntries(fields), { requiredKeys: required, noNullPrototype: true });
  if (typeof additionalProperties !== 'object') return known;
  const others = fc.dictionary(fc.string({ maxLength: 8 }), place.of(additionalProperties, ''), { maxKeys: 3 });
  return fc.tuple(others, known).map(([more, own]) => ({ ...more, ...own }));
}

function numbers({ minimum = -5, maximum = minimum + 1_000 }: Schema): fc.Arbitrary<number> {
  return fc.oneof(fc.constantFrom(minimum, maximum), fc.integer({ min: Math.ceil(minimum), max: Math.floor(maximum) }));
}

function texts(schema: Schema, name: string): fc.Arbitrary<string> {
  const kind = schema.pattern?.startsWith(String.raw`^\d{9,11}-`) === true ? 'filename' : kindOfField[name];
  const said = fitting.filter(({ names }) => names.test(name)).flatMap(({ texts }) => texts);
  const plain = schema.pattern !== undefined ? matching(schema.pattern) : words(schema);
  const meant = [
    ...(kind === undefined
      ? []
      : [{ weight: 4, arbitrary: fc.nat({ max: 9 }).map((index) => knownMark(kind, index)) }]),
    ...(said.length === 0 ? [] : [{ weight: 4, arbitrary: fc.constantFrom(...said) }]),
  ];
  return fc.oneof({ weight: 1, arbitrary: plain }, ...meant);
}

const drawn = new Map<string, fc.Arbitrary<string>>();

/** Made once for each pattern: that takes a while, and many fields have the same. */
function matching(pattern: string): fc.Arbitrary<string> {
  // fast-check looks for what a negated class takes among ASCII only, and for ever where nothing of that is taken.
  const drawable = pattern.replaceAll(String.raw`[^\x00-\x7f]`, String.raw`[\u0080-\uffff]`);
  const made = drawn.get(pattern) ?? fc.stringMatching(new RegExp(drawable));
  drawn.set(pattern, made);
  return made;
}

function words({ minLength = 0, maxLength = 60 }: Schema): fc.Arbitrary<string> {
  return fc.string({ unit: 'grapheme-ascii', minLength, maxLength: Math.min(maxLength, minLength + 60) });
}
