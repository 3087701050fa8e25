import express, { type Request, type Response } from 'express';
import { AppError } from '../lib/app-error.js';
import { formFileField, textFormOf, type TextBodySpec } from './text-body.js';
import { DeadlineError, withDeadline } from '../lib/deadline.js';

/** What a route takes beyond JSON bodies of the usual size. */
export interface BodyWishes {
  bodyLimitBytes?: number;
  textBody?: TextBodySpec;
}
export type BodyReader = (request: Request, response: Response, wishes?: BodyWishes) => Promise<unknown>;

/** The largest JSON body, a list of a hundred thousand numbers, comes in this time over a bad mobile line. */
const bodyTimeoutMs = 30_000;

/**
 * Reads JSON bodies, and texts where a route takes them, up to a size, within a time. No body at all, and `null`, count as an
 * empty object.
 */
export function bodyReader(usualLimitBytes: number, timeoutMs = bodyTimeoutMs): BodyReader {
  const parsers = new Map<number, ReturnType<typeof express.json>>();
  const parserFor = (limit: number): ReturnType<typeof express.json> => {
    const parser = parsers.get(limit) ?? express.json({ limit, strict: false, type: () => true });
    parsers.set(limit, parser);
    return parser;
  };
  return async (request, response, { bodyLimitBytes = 0, textBody } = {}) => {
    const limit = Math.max(bodyLimitBytes, usualLimitBytes);
    if (!hasBody(request)) return {};
    const form = textBody && textFormOf(request, textBody);
    if (!form && !request.is(['json', '+json'])) throw unsupported(textBody);
    const parse = form ? form.parserFor(limit) : parserFor(limit);
    const parsed = new Promise<void>((resolve, reject) => {
      parse(request, response, (error?: unknown) => {
        if (error === undefined) resolve();
        else reject(error instanceof Error ? error : new Error('The body could not be read.'));
      });
    });
    await withDeadline(Promise.race([parsed, refuseWhenLarger(request, limit)]), timeoutMs, 'The body').catch(inWords);
    const body: unknown = form ? form.given(request) : request.body;
    return body ?? {};
  };
}

function unsupported(textBody: TextBodySpec | undefined): AppError {
  const json = 'Send the body as JSON, with "Content-Type: application/json"';
  const file = textBody && `, or the file itself, as "${textBody.type}" or in the field "${formFileField}" of a form`;
  return new AppError('unsupported_media_type', `${json}${file ?? ''}.`);
}

function inWords(error: unknown): never {
  if (!(error instanceof DeadlineError)) throw error;
  const seconds = String(error.timeoutMs / 1000);
  throw new AppError('validation_error', `The body did not come within ${seconds} seconds. Send the request again.`);
}

/**
 * Rejects as soon as more has come than may come. The parser alone would answer only after the caller has sent everything,
 * which one who means harm never does.
 */
function refuseWhenLarger(request: Request, limitBytes: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    let sizeBytes = 0;
    request.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes <= limitBytes) return;
      reject(bodyTooLarge(limitBytes));
    });
  });
}

/** For a body of more than so many bytes. */
export function bodyTooLarge(limitBytes: number): AppError {
  const most = `${String(Math.floor(limitBytes / 1024))} KB`;
  return new AppError(
    'payload_too_large',
    `The body is larger than the ${most} that are accepted here. Send less at once.`,
  );
}

function hasBody(request: Request): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}
