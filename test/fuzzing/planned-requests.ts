import fc from 'fast-check';
import { type Content, isObject, type Json, type Operation, type Parameter, type RequestDocument } from './json.js';
import { nastyBodies, nastyText } from './nasty-values.js';
import { knownMark, valuesOf } from './schema-values.js';
import { spoilt } from './spoilt.js';

/** A request before what it names is looked up; see `wireOf`. */
export interface PlannedRequest {
  operation: string;
  method: string;
  /** With `{name}` for parameters. */
  address: string;
  parameters: Record<string, string>;
  query: [name: string, value: string][];
  headers: Record<string, string>;
  body: PlannedBody;
}

export type PlannedBody =
  | { kind: 'none' }
  | { kind: 'json'; value: Json }
  | { kind: 'raw'; bytes: string | Buffer }
  | { kind: 'form'; fields: [name: string, value: string][]; file: FormFile | undefined };

export interface FormFile {
  field: string;
  name: string;
  type: string;
  /** Which of the files that the run has, or bytes. */
  content: 'picture' | Buffer;
}

/** Operations whose every call costs a connection, and that are tried less often. */
const dear = /^post (\/sessions|\/upload-\w+)$/;

/** Requests for every operation of the document: right ones, and those in which one thing is wrong. */
export function plannedRequests(document: RequestDocument): fc.Arbitrary<PlannedRequest> {
  const all = Object.entries(document.paths).flatMap(([address, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      weight: dear.test(`${method} ${address}`) ? 1 : 4,
      arbitrary: requestsOf(document, method, address, operation),
    })),
  );
  return fc.oneof(...all);
}

/** Each body that the document shows, sent to what is there: what requests are about is made anew by these. */
export function exampleRequests(document: RequestDocument): PlannedRequest[] {
  return Object.entries(document.paths).flatMap(([address, { post }]) => {
    const [type, content] = Object.entries(post?.requestBody?.content ?? {})[0] ?? [];
    if (!content || address === '/sessions') return [];
    const file: FormFile = { field: 'image', name: 'a.jpg', type: 'image/jpeg', content: 'picture' };
    return examplesOf(content).map((value): PlannedRequest => ({
      operation: `post ${address}`,
      method: 'POST',
      address,
      parameters: Object.fromEntries((post?.parameters ?? []).map(({ name }) => [name, knownMark(name, 0)])),
      query: [],
      headers: {},
      body: type === 'application/json' ? { kind: 'json', value } : { kind: 'form', fields: [], file },
    }));
  });
}

function requestsOf(
  document: RequestDocument,
  method: string,
  address: string,
  operation: Operation,
): fc.Arbitrary<PlannedRequest> {
  const parameters = operation.parameters ?? [];
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  return fc.record({
    operation: fc.constant(`${method} ${address}`),
    method: fc.constant(method.toUpperCase()),
    address: fc.constant(address),
    parameters: fc.record(Object.fromEntries(inPath.map((one) => [one.name, parameterIn(document, one)]))),
    query: queryOf(document, inQuery),
    headers: headersOf(),
    body: bodyOf(document, operation),
  });
}

/** Mostly something that is there: behind a 404 nothing is tried. */
function parameterIn(document: RequestDocument, { name, schema }: Parameter): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 18, arbitrary: fc.nat({ max: 9 }).map((index) => knownMark(name, index)) },
    { weight: 1, arbitrary: valuesOf(document, schema, name).map(asText) },
    { weight: 1, arbitrary: nastyText },
  );
}

function queryOf(document: RequestDocument, parameters: readonly Parameter[]): fc.Arbitrary<[string, string][]> {
  const given = parameters.map(({ name, schema }) =>
    fc.oneof(
      { weight: 5, arbitrary: fc.constant<[string, string][]>([]) },
      {
        weight: 4,
        arbitrary: valuesOf(document, schema, name).map((value): [string, string][] => [[name, asText(value)]]),
      },
      { weight: 2, arbitrary: nastyText.map((text): [string, string][] => [[name, text]]) },
    ),
  );
  const names = fc.oneof(fc.constantFrom('limit', 'cursor', '__proto__', 'constructor', 'a[b]'), nastyText);
  const stranger = fc.tuple(names, nastyText).map((pair): [string, string][] => [pair]);
  const strangers = fc.oneof(
    { weight: 19, arbitrary: fc.constant<[string, string][]>([]) },
    { weight: 1, arbitrary: stranger },
  );
  return fc.tuple(...given, strangers).map((parts) => parts.flat());
}

const texts = (...all: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...all);

/** Each of them seldom. */
const odd: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'x-api-key': texts('', 'wrong', 'wask_0', 'k'.repeat(3_000), '\u00e4'),
  authorization: texts('Bearer', 'Bearer x', 'Basic eDp5', 'Bearer a.b.c', 'bearer  '),
  'idempotency-key': texts('k1', 'k2', 'k3', 'a b', '', 'k'.repeat(300), '\u00e4'),
  prefer: texts('wait=0', 'wait=1', 'wait=x', 'respond-async, wait=1; x', '="'),
  accept: texts('image/png', 'text/csv', 'text/html', '*/*;q=0', ','),
  'accept-encoding': texts('gzip', 'br', 'identity;q=0', '*;q=0'),
  'if-none-match': texts('*', '"x"', 'W/"x", "y"', '"'),
  range: texts('bytes=0-3', 'bytes=9-1', 'bytes=-5', 'bytes=99999999999-', 'bytes=0-0,2-2', 'items=1'),
  'content-type': texts(
    'text/plain',
    'application/json; charset=klingon',
    'application/json;',
    'multipart/form-data',
    '/',
  ),
  'content-encoding': texts('gzip', 'br', 'zip'),
  'x-request-id': texts('mine', 'x'.repeat(400), '\u00e4'),
  'x-http-method-override': texts('DELETE'),
  'x-forwarded-for': texts('1.2.3.4', 'x'),
  origin: texts('null', 'https://example.invalid'),
};

function headersOf(): fc.Arbitrary<Record<string, string>> {
  const one = fc
    .constantFrom(...Object.keys(odd))
    .chain((name) => (odd[name] ?? texts('')).map((value) => ({ [name]: value })));
  return fc.oneof({ weight: 4, arbitrary: fc.constant<Record<string, string>>({}) }, { weight: 1, arbitrary: one });
}

function bodyOf(document: RequestDocument, { requestBody }: Operation): fc.Arbitrary<PlannedBody> {
  const none = fc.constant<PlannedBody>({ kind: 'none' });
  const raw = fc.constantFrom(...nastyBodies).map((bytes): PlannedBody => ({ kind: 'raw', bytes }));
  const [type, content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  if (!content) return fc.oneof({ weight: 19, arbitrary: none }, { weight: 1, arbitrary: raw });
  const fitting = fc.oneof(valuesOf(document, content.schema), fc.constantFrom(...examplesOf(content)));
  const values = fc.oneof(fitting, fitting.chain(spoilt));
  const right =
    type === 'multipart/form-data'
      ? values.chain(formOf)
      : values.map((value): PlannedBody => ({ kind: 'json', value }));
  return fc.oneof({ weight: 18, arbitrary: right }, { weight: 1, arbitrary: raw }, { weight: 1, arbitrary: none });
}

export function examplesOf({ example, examples }: Content): Json[] {
  const all = [example, ...Object.values(examples ?? {}).map(({ value }) => value)].filter(
    (each) => each !== undefined,
  );
  return all.length === 0 ? [{}] : all;
}

/** A form with these fields; where the example shows the file there is one, or something that should be one. */
function formOf(value: Json): fc.Arbitrary<PlannedBody> {
  const all = isObject(value) ? Object.entries(value) : [];
  const isFile = (name: string): boolean => /^(image|video|audio)$/.test(name);
  const fields = all.filter(([name]) => !isFile(name)).map(([name, part]): [string, string] => [name, asText(part)]);
  const field = all.map(([name]) => name).find(isFile) ?? 'file';
  const files = fc.record({
    field: fc.oneof({ weight: 9, arbitrary: fc.constant(field) }, { weight: 1, arbitrary: nastyText }),
    name: fc.oneof(fc.constant('a.jpg'), nastyText),
    type: texts('image/jpeg', 'video/mp4', 'application/x-msdownload', ''),
    content: fc.oneof(
      fc.constant<'picture'>('picture'),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    ),
  });
  return fc
    .oneof({ weight: 9, arbitrary: files }, { weight: 1, arbitrary: fc.constant(undefined) })
    .map((file): PlannedBody => ({ kind: 'form', fields, file }));
}

function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
