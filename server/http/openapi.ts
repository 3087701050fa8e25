import {
  extendZodWithOpenApi,
  OpenApiGeneratorV31,
  OpenAPIRegistry,
  type RouteConfig,
  type ZodContentObject,
} from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { failureSchema, type ErrorCode } from '../contract/errors.js';
import { defineRoute, type Route } from './define-route.js';
import { httpStatusOf } from './error-table.js';
import { envelopeSchemaOf } from './send-answer.js';

extendZodWithOpenApi(z);

export type OpenApiDocument = ReturnType<OpenApiGeneratorV31['generateDocument']>;

/** The OpenAPI 3.1 document of these routes, made from the same schemas that parse and check. */
export function openApiDocument(routes: readonly Route[]): OpenApiDocument {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'apiKey', { type: 'apiKey', in: 'header', name: 'x-api-key' });
  registry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  for (const route of routes) registry.registerPath(pathOf(route));
  return new OpenApiGeneratorV31(registry.definitions, { sortComponents: 'alphabetically' }).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Statuscast',
      version: '1',
      description:
        'Post WhatsApp statuses and see who viewed them. Send your key as `x-api-key` or `Authorization: Bearer`. ' +
        'Live events come over Socket.IO at the same address.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/api' }],
    security: [{ apiKey: [] }, { bearer: [] }],
    tags: [...new Set(routes.map((route) => route.tag))].map((name) => ({ name })),
  });
}

/** Serves the document of `routes` and of itself. */
export function openApiRoute(routes: readonly Route[]): Route {
  let document: string | undefined;
  const route: Route = defineRoute({
    method: 'get',
    path: '/openapi.json',
    tag: 'Monitoring',
    summary: 'This description of the API, as OpenAPI 3.1',
    access: { capability: 'read', on: 'visible' },
    response: { status: 200, raw: ['application/json'] },
    handler: ({ reply }) => {
      reply.header('Cache-Control', 'private, no-cache');
      document ??= JSON.stringify(openApiDocument([...routes, route]));
      return reply.raw('application/json; charset=utf-8', document);
    },
  });
  return route;
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
    request: {
      ...(route.params instanceof z.ZodObject && { params: route.params }),
      ...(route.query instanceof z.ZodObject && { query: route.query }),
      ...(route.idempotent === true && { headers: idempotencyHeader }),
      ...(route.body && {
        body: { required: needsBody(route, route.body), content: bodyContentOf(route, route.body) },
      }),
    },
    responses: { ...successOf(route), ...failuresOf(route) },
  };
}

/** No body at all counts as an empty object, and some routes take that. */
function needsBody(route: Route, body: z.ZodType): boolean {
  return route.upload !== undefined || !body.safeParse({}).success;
}

function bodyContentOf(route: Route, body: z.ZodType): ZodContentObject {
  if (!route.upload) return { 'application/json': { schema: body } };
  const file = z.string().meta({ format: 'binary', description: 'The file.' });
  return { 'multipart/form-data': { schema: z.object({ [route.upload.field]: file }).and(body) } };
}

const idempotencyHeader = z.object({
  'Idempotency-Key': z
    .string()
    .max(255)
    .optional()
    .meta({ description: 'Repeats with the same key and body get the first answer for 24 hours.' }),
});

function successOf(route: Route): RouteConfig['responses'] {
  const { response } = route;
  const content: ZodContentObject = {};
  const schema = envelopeSchemaOf(response);
  if (schema) content['application/json'] = { schema };
  const others = 'raw' in response ? response.raw : 'alsoAs' in response ? (response.alsoAs ?? []) : [];
  for (const type of others) content[type] = { schema: type === 'application/json' ? z.looseObject({}) : z.string() };
  const described = { description: response.status === 204 ? 'Done.' : 'Success.' };
  return { [response.status]: response.status === 204 ? described : { ...described, content } };
}

/** The codes a caller of this route may meet. */
export function errorCodesOf(route: Route): ErrorCode[] {
  const codes = new Set<ErrorCode>(['rate_limited', 'internal_error', ...(route.errors ?? [])]);
  if (!('public' in route.access)) codes.add('unauthorized').add('forbidden');
  if ('on' in route.access && route.access.on === 'session') codes.add('not_found');
  if (route.params ?? route.query ?? route.body) codes.add('validation_error');
  if (route.body) codes.add('payload_too_large').add('unsupported_media_type');
  if (route.idempotent === true) codes.add('conflict');
  return [...codes].sort();
}

function failuresOf(route: Route): RouteConfig['responses'] {
  const codesByStatus = new Map<number, ErrorCode[]>();
  for (const code of errorCodesOf(route)) {
    codesByStatus.set(httpStatusOf(code), [...(codesByStatus.get(httpStatusOf(code)) ?? []), code]);
  }
  const statuses = [...codesByStatus].sort(([a], [b]) => a - b);
  return Object.fromEntries(
    statuses.map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\``).join(', '),
        content: { 'application/json': { schema: failureSchema } },
      },
    ]),
  );
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
