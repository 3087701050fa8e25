import express, { type Request, type Response } from 'express';
import { AppError } from '../lib/app-error.js';
import { DeadlineError, withDeadline } from '../lib/deadline.js';

/** `limitBytes`: for a route that takes larger bodies than others. */
export type JsonReader = (request: Request, response: Response, limitBytes?: number) => Promise<unknown>;

/** The largest JSON body, a list of a hundred thousand numbers, comes in this time over a bad mobile line. */
const bodyTimeoutMs = 30_000;

/** Reads JSON bodies up to a size, within a time. No body at all, and `null`, count as an empty object. */
export function jsonReader(bodyLimitBytes: number, timeoutMs = bodyTimeoutMs): JsonReader {
  const parsers = new Map<number, ReturnType<typeof express.json>>();
  const parserFor = (limit: number): ReturnType<typeof express.json> => {
    const parser = parsers.get(limit) ?? express.json({ limit, strict: false, type: () => true });
    parsers.set(limit, parser);
    return parser;
  };
  return async (request, response, limitBytes = 0) => {
    const limit = Math.max(limitBytes, bodyLimitBytes);
    if (!hasBody(request)) return {};
    if (!request.is(['json', '+json'])) {
      throw new AppError('unsupported_media_type', 'Send the body as JSON, with "Content-Type: application/json".');
    }
    const parsed = new Promise<void>((resolve, reject) => {
      parserFor(limit)(request, response, (error?: unknown) => {
        if (error === undefined) resolve();
        else reject(error instanceof Error ? error : new Error('The body could not be read.'));
      });
    });
    await withDeadline(Promise.race([parsed, refuseWhenLarger(request, limit)]), timeoutMs, 'The body').catch(inWords);
    const body: unknown = request.body;
    return body ?? {};
  };
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
function refuseWhenLarger(request: Request, bodyLimitBytes: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    let sizeBytes = 0;
    request.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes <= bodyLimitBytes) return;
      reject(new AppError('payload_too_large', 'The body is larger than this server accepts.'));
    });
  });
}

function hasBody(request: Request): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}
