import { z } from 'zod';
import { pageOf, successOf } from '../../../server/contract/envelope.js';
import type { Page } from '../../../server/contract/envelope.js';
import { failureSchema } from '../../../server/contract/errors.js';
import type { ErrorCode } from '../../../server/contract/errors.js';
import { inFrontOf } from './in-front-of.js';
import { addressOf } from './server-address.js';
import { signInEnded } from './sign-in-state.js';

/** A request that did not work. `message` is a sentence for a person; `fields` names what to correct. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode;
  readonly fields: Record<string, string>;

  constructor(code: ErrorCode, message: string, fields: Record<string, string> = {}) {
    super(message);
    this.code = code;
    this.fields = fields;
  }
}

/** The sentence to show for anything that was thrown. */
export function sentenceOf(error: unknown): string {
  return error instanceof ApiError ? error.message : 'Something unexpected happened. Try again in a moment.';
}

interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  /** Sent as it is instead of `body`: the server knows how to read its letters. */
  csvFile?: Blob;
  /** To sign in with. */
  key?: string;
  signal?: AbortSignal;
  /** The same word on a repeat makes the server answer as it did the first time. */
  idempotencyKey?: string;
  /** How long the server may wait with its answer for something to happen; less than a request may take. */
  waitSeconds?: number;
}

const requestTimeoutMs = 30_000;
const fieldsSchema = z.record(z.string(), z.string());
export const unreachable = 'The server does not answer. Check that it is running and that you are online.';

/** One request, for which the browser sends the cookie of the sign-in; resolves to the parsed body, null for an empty one. Rejects with ApiError only. */
async function call(path: string, options: Call): Promise<unknown> {
  const url = new URL(addressOf(`/api${path}`));
  for (const [name, value] of Object.entries(options.query ?? {})) {
    if (value !== undefined && value !== '') url.searchParams.set(name, String(value));
  }
  const headers: Record<string, string> = {};
  if (options.key !== undefined) headers['x-api-key'] = options.key;
  if (options.body !== undefined) headers['content-type'] = 'application/json';
  if (options.csvFile !== undefined) headers['content-type'] = 'text/csv';
  if (options.idempotencyKey !== undefined) headers['idempotency-key'] = options.idempotencyKey;
  if (options.waitSeconds !== undefined) headers['prefer'] = `wait=${String(options.waitSeconds)}`;
  const timeout = AbortSignal.timeout(requestTimeoutMs);
  let response: Response;
  try {
    response = await fetch(url, {
      method: options.method ?? 'GET',
      headers,
      signal: options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]),
      body: options.csvFile ?? (options.body === undefined ? null : JSON.stringify(options.body)),
    });
  } catch {
    throw new ApiError('unavailable', unreachable);
  }
  if (response.status === 204) return null;
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body;
  throw failureOf(body, response.status);
}

/** The error for a body that the server answered with a failing status. A 401 means that the sign-in has ended. */
export function failureOf(body: unknown, status: number): ApiError {
  const failure = failureSchema.safeParse(body);
  if (status === 401) signInEnded();
  if (!failure.success) return new ApiError('unavailable', inFrontOf(status) ?? unreachable);
  const fields = fieldsSchema.safeParse(failure.data.details?.['fields']);
  return new ApiError(failure.data.code, failure.data.error, fields.success ? fields.data : {});
}

/** What a text says, null when it is no JSON. */
export function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new ApiError('internal_error', 'The server answered in a way this page does not know. Reload the page.');
}

/** One object out of its envelope, checked against the published schema. */
export async function requestOne<T>(schema: z.ZodType<T>, path: string, options: Call = {}): Promise<T> {
  const body = await call(path, options);
  return parsed(successOf(schema), body).data;
}

/** One page of a list, checked against the published schema. */
export async function requestPage<T>(item: z.ZodType<T>, path: string, options: Call = {}): Promise<Page<T>> {
  const { data, meta } = parsed(pageOf(item), await call(path, options));
  return { items: data, total: meta.total, nextCursor: meta.nextCursor };
}

/** A request whose answer is not needed. */
export async function requestDone(path: string, options: Call): Promise<void> {
  await call(path, options);
}

/** The bytes behind an address of the API. */
export async function requestBlob(url: string, signal: AbortSignal): Promise<Blob> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]);
  const response = await fetch(addressOf(url), { signal: limited });
  if (!response.ok) throw failureOf(await response.json().catch(() => null), response.status);
  return response.blob();
}

/** A word that is used once, also where the page is not served over HTTPS. */
export function newIdempotencyKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
