import { readFile } from 'node:fs/promises';
import {
  extendZodWithOpenApi,
  OpenApiGeneratorV31,
  OpenAPIRegistry,
  type RouteConfig,
  type ZodContentObject,
} from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { packageVersion } from '../../lib/package-version.js';
import { defineRoute, type Route } from '../define-route.js';
import { acceptableKey } from '../idempotency.js';
import { answersOf, registerAnswerParts } from './openapi-answers.js';
import { exampleWords } from './example-words.js';
import { maxPreferLength, maxWaitSeconds } from '../prefer-wait.js';
import { formFileField } from '../text-body.js';
import { exampleOf, kindsOf, named, type Described, type Schema } from './openapi-examples.js';

extendZodWithOpenApi(z);

const byKey = [{ apiKey: [] }, { bearer: [] }];
const aboutCookie =
  'Set by `POST /sign-in`, for browsers and for pages of this server alone: what changes something needs `Sec-Fetch-Site: same-origin` or ' +
  'the `Origin` of this server. The name has a prefix (`__Host-`, `__Secure-`) where TLS is in use, and the port where the address has one.';

export type OpenApiDocument = ReturnType<OpenApiGeneratorV31['generateDocument']>;

/** The OpenAPI 3.1 document of these routes, made from the same schemas that parse and check. */
export function openApiDocument(routes: readonly Route[]): OpenApiDocument {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'apiKey', { type: 'apiKey', in: 'header', name: 'x-api-key' });
  registry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  registry.registerComponent('securitySchemes', 'signIn', {
    type: 'apiKey',
    in: 'cookie',
    name: 'statuscast',
    description: aboutCookie,
  });
  registerAnswerParts(registry);
  for (const route of routes) registry.registerPath(pathOf(route));
  const document = new OpenApiGeneratorV31(registry.definitions, { sortComponents: 'alphabetically' }).generateDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Statuscast',
        version: packageVersion(),
        description:
          'Manage WhatsApp sessions, post statuses and see who viewed them. Send your key as `x-api-key` or `Authorization: Bearer`. ' +
          'Live events come over Socket.IO at the same address. `Prefer: wait` is honoured by the operations that name this header, and ' +
          'their answers then have `Preference-Applied`; everywhere else there is no outcome to wait for, and it is ignored.',
        license: { name: 'MIT AND GPL-3.0-only', identifier: 'MIT AND GPL-3.0-only' },
      },
      servers: [{ url: '/api' }],
      security: [...byKey, { signIn: [] }],
      tags: [...new Set(routes.map((route) => route.tag))].map((name) => ({ name })),
    },
  );
  allowNulls(document);
  addExamples(document);
  return document;
}

/**
 * Serves the document as it lies in the repository, where a test keeps it equal to {@link openApiDocument} of all routes: to make it anew
 * would hold every other request for a second.
 */
export function openApiRoute(file: string): Route {
  let document: string | undefined;
  return defineRoute({
    method: 'get',
    path: '/openapi.json',
    tag: 'Monitoring',
    summary: 'This description of the API, as OpenAPI 3.1',
    description: 'Made from the schemas that requests are checked by. `/docs` shows it to people.',
    access: { capability: 'read', on: 'visible' },
    response: { status: 200, raw: ['application/json'] },
    handler: async ({ reply }) => {
      reply.header('Cache-Control', 'private, no-cache');
      document ??= await readFile(file, 'utf8');
      return reply.raw('application/json; charset=utf-8', document);
    },
  });
}

function pathOf(route: Route): RouteConfig {
  return {
    method: route.method,
    path: route.path.replaceAll(/:(\w+)/g, '{$1}'),
    operationId: operationIdOf(route),
    tags: [route.tag],
    summary: route.summary,
    ...(route.description !== undefined && { description: route.description }),
    ...('public' in route.access && { security: [] }),
    ...(route.authenticatedBy === 'key' && { security: [...byKey] }),
    request: {
      ...(route.params instanceof z.ZodObject && { params: route.params }),
      ...(route.query instanceof z.ZodObject && { query: route.query }),
      ...headersOf(route),
      ...(route.body && {
        body: { required: needsBody(route, route.body), content: bodyContentOf(route, route.body) },
      }),
    },
    responses: answersOf(route),
  };
}

/** No body at all counts as an empty object, and some routes take that. */
function needsBody(route: Route, body: z.ZodType): boolean {
  return route.upload !== undefined || !body.safeParse({}).success;
}

function bodyContentOf(route: Route, body: z.ZodType): ZodContentObject {
  const file = z.string().meta({ format: 'binary', description: 'The file.' });
  if (!route.upload) {
    const json = { 'application/json': { schema: body } };
    if (!route.textBody) return json;
    const { bodyLimitBytes } = route;
    const text = bodyLimitBytes === undefined ? z.string() : z.string().max(bodyLimitBytes);
    const form = { 'multipart/form-data': { schema: z.object({ [formFileField]: file }) } };
    return {
      ...json,
      [route.textBody.type]: { schema: text.meta({ example: exampleWords[route.textBody.field] }) },
      ...form,
    };
  }
  return { 'multipart/form-data': { schema: z.object({ [route.upload.field]: file }).and(body) } };
}

function headersOf({ idempotent, waits }: Route): { headers?: z.ZodObject } {
  if (!idempotent && waits !== true) return {};
  return { headers: z.object({ ...(idempotent && idempotencyHeader), ...(waits === true && preferHeader) }) };
}

const idempotencyHeader = {
  'Idempotency-Key': z
    .string()
    .min(1)
    .max(255)
    .regex(acceptableKey)
    .optional()
    .meta({ description: 'Repeats with the same key and body get the first answer for 24 hours.' }),
};

const preferHeader = {
  Prefer: z
    .string()
    .max(maxPreferLength)
    .optional()
    .meta({
      description: `\`wait=30\` (RFC 7240): the answer waits so many seconds for the outcome, at most ${String(maxWaitSeconds)}. What else it says is ignored.`,
      example: 'wait=30',
    }),
};

/** Puts an example beside every body and every answer; a body of several kinds has one of each. */
function addExamples(document: OpenApiDocument): void {
  const described = document as Described;
  for (const operation of operationsOf(document)) {
    const body = operation.requestBody?.content ?? {};
    for (const content of Object.values(body)) Object.assign(content, examplesOfBody(described, content.schema));
    for (const [status, answer] of Object.entries(operation.responses)) {
      const content = status.startsWith('2') ? answer.content?.['application/json'] : undefined;
      if (content) Object.assign(content, { example: exampleOf(described, content.schema, { isWhole: true }) });
    }
  }
}

function examplesOfBody(document: Described, schema: Schema): object {
  const whole = schema.$ref === undefined ? schema : named(document, schema.$ref);
  const kinds = whole.example === undefined ? kindsOf(whole) : [];
  if (kinds.length === 0) return { example: exampleOf(document, schema, { isWhole: false }) };
  const examples = kinds.map((kind) => exampleOf(document, kind, { isWhole: false }));
  return { examples: Object.fromEntries(examples.map((value, index) => [nameOfKind(value, index), { value }])) };
}

function nameOfKind(example: unknown, index: number): string {
  const hasType = typeof example === 'object' && example !== null && 'type' in example;
  return hasType && typeof example.type === 'string' ? example.type : `kind${String(index + 1)}`;
}

interface Content {
  schema: Schema;
}
interface DescribedOperation {
  requestBody?: { content: Record<string, Content> };
  responses: Record<string, { content?: Record<string, Content> }>;
}

function operationsOf(document: OpenApiDocument): DescribedOperation[] {
  return Object.values(document.paths ?? {}).flatMap((methods) => Object.values(methods) as DescribedOperation[]);
}

/**
 * A schema with a name that may be null is written as both at once, the named thing and null, which nothing can be; it is
 * meant as one or the other.
 */
function allowNulls(part: unknown): void {
  if (typeof part !== 'object' || part === null) return;
  for (const inner of Object.values(part)) allowNulls(inner);
  const { allOf } = part as { allOf?: Schema[] };
  const isNull = (schema: Schema): boolean => Array.isArray(schema.type) && schema.type.includes('null');
  if (allOf?.length !== 2 || !allOf.some(isNull)) return;
  const rest = allOf.filter((schema) => !isNull(schema));
  Reflect.deleteProperty(part, 'allOf');
  Object.assign(part, { anyOf: [...rest, { type: 'null' }] });
}

/** `GET /sessions/:sessionId/qr` → `getSessionsBySessionIdQr`. */
function operationIdOf(route: Route): string {
  const words = route.path
    .replaceAll('.', '-')
    .replaceAll(':', 'by-')
    .split(/[/-]/)
    .filter((word) => word !== '');
  return route.method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
