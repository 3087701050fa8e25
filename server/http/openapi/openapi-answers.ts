import type { OpenAPIRegistry, RouteConfig, ZodContentObject } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { errorCodes, failureSchema, type ErrorCode } from '../../contract/errors.js';
import type { Route } from '../define-route.js';
import { httpStatusOf } from '../error-table.js';
import { exampleWords } from './example-words.js';
import { envelopeSchemaOf } from '../send-answer.js';

type Answers = RouteConfig['responses'];

const text = { type: 'string' } as const;
const count = { type: 'integer' } as const;
const headers = {
  'X-Request-Id': {
    schema: text,
    description: 'The id of this request in the log of the server; yours, when you sent one.',
  },
  'RateLimit-Limit': { schema: count, description: 'How many requests you may make in a window.' },
  'RateLimit-Remaining': { schema: count, description: 'How many are left in this one.' },
  'RateLimit-Reset': { schema: count, description: 'In how many seconds the next window begins.' },
  'Retry-After': { schema: count, description: 'After how many seconds to try again.' },
  'WWW-Authenticate': { schema: text, description: 'How to bring a key (RFC 6750).' },
  Location: { schema: text, description: 'Where what was made, or is being made, can be read.' },
  'Preference-Applied': {
    schema: text,
    description: 'How long the answer was to wait at most, where `Prefer` asked for it.',
  },
  ETag: { schema: text, description: 'Send it back as `If-None-Match`; the answer is 304 while nothing has changed.' },
};
type HeaderName = keyof typeof headers;

/** A sentence as a caller may meet it. */
const sentences: Readonly<Record<ErrorCode, string>> = {
  validation_error: 'content: Give the text of the status.',
  unauthorized: 'This API key is not valid.',
  forbidden: 'This key lacks the capability "manage".',
  not_found: 'There is no such session.',
  method_not_allowed: 'PUT is not possible here; use GET, HEAD, POST.',
  conflict: 'There is a session with this id already.',
  not_connected: 'The session is not connected. Start it, or link the account.',
  payload_too_large: 'The body is larger than this server accepts.',
  unsupported_media_type: 'Send the body as JSON, with "Content-Type: application/json".',
  range_not_satisfiable: 'The file has no such range; Content-Range says how long it is.',
  headers_too_large: 'The headers of the request are too large.',
  request_timeout: 'The request did not come in time.',
  empty_audience: 'Nobody would get this: the audience is empty.',
  rate_limited: 'Too many requests. Try again in 60 seconds.',
  whatsapp_error: 'WhatsApp did not answer. Try again in a moment.',
  unavailable: 'This cannot be done now. Try again in a moment.',
  internal_error: 'Something went wrong here. The log has the details under the request id.',
};

/** What all answers have in common: headers, and an example of each failure. */
export function registerAnswerParts(registry: OpenAPIRegistry): void {
  for (const [name, header] of Object.entries(headers)) registry.registerComponent('headers', name, header);
  for (const code of errorCodes) {
    const value = { success: false, error: sentences[code], code, requestId: exampleWords['requestId'] };
    registry.registerComponent('examples', code, { value });
  }
}

/** Every answer that a caller of this route may meet. */
export function answersOf(route: Route): Answers {
  return { ...successOf(route), ...failuresOf(route) };
}

function successOf(route: Route): Answers {
  const { response } = route;
  const content: ZodContentObject = {};
  const schema = envelopeSchemaOf(response);
  if (schema) content['application/json'] = { schema };
  const others = 'raw' in response ? response.raw : 'alsoAs' in response ? (response.alsoAs ?? []) : [];
  for (const type of others) content[type] = { schema: type === 'application/json' ? z.looseObject({}) : z.string() };
  const canBeAskedAgain = route.method === 'get';
  const own: HeaderName[] = [...allowance];
  if (route.location) own.push('Location');
  if (route.waits === true) own.push('Preference-Applied');
  if (canBeAskedAgain) own.push('ETag');
  // Files are served with ranges (RFC 9110, 15.3.7).
  const isFile = 'raw' in response && response.raw.some((type) => /^(image|video|audio)\//.test(type));
  const described = { description: response.status === 204 ? 'Done.' : 'Success.', headers: headersOf(own) };
  return {
    [response.status]: response.status === 204 ? described : { ...described, content },
    ...(isFile && {
      206: { description: 'The part that the header "Range" names.', headers: headersOf(own), content },
    }),
    ...(canBeAskedAgain && { 304: { description: 'What you have is current.', headers: headersOf(['ETag']) } }),
  };
}

/** The codes a caller of this route may meet. */
export function errorCodesOf(route: Route): ErrorCode[] {
  // Every route refuses query parameters that it does not know.
  const always = ['validation_error', 'rate_limited', 'internal_error', 'unavailable'] as const;
  const codes = new Set<ErrorCode>([...always, ...(route.errors ?? [])]);
  if (!('public' in route.access)) codes.add('unauthorized').add('forbidden');
  if ('on' in route.access && route.access.on === 'session') codes.add('not_found');
  if (route.body) codes.add('payload_too_large').add('unsupported_media_type');
  if (route.idempotent) codes.add('conflict');
  return [...codes].sort();
}

function failuresOf(route: Route): Answers {
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
        headers: headersOf(ownHeadersOf(status)),
        content: {
          'application/json': {
            schema: failureSchema,
            examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
          },
        },
      },
    ]),
  );
}

const allowance: readonly HeaderName[] = ['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'];

function ownHeadersOf(status: number): readonly HeaderName[] {
  if (status === 401) return ['WWW-Authenticate'];
  if (status === 429) return ['Retry-After', ...allowance];
  return status === 503 ? ['Retry-After'] : [];
}

function headersOf(own: readonly HeaderName[]): Record<string, { $ref: string }> {
  return Object.fromEntries([...own, 'X-Request-Id'].map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
