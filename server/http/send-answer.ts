import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { z } from 'zod';
import { pageOf, successOf, type Page, type PageMeta } from '../contract/envelope.js';
import { AppError, notFound } from '../lib/app-error.js';
import { CallerLeft } from '../lib/caller-scope.js';
import { FileAnswer, RawAnswer, type ResponseSpec } from './define-route.js';

/** What goes over the wire for a JSON answer; undefined where there is no body. */
export function envelopeOf(spec: ResponseSpec, answer: unknown): unknown {
  if ('data' in spec) return { success: true, data: answer };
  if ('page' in spec) {
    const page = answer as Page<unknown>;
    return { success: true, data: page.items, meta: metaOf(page) };
  }
  return undefined;
}

function metaOf({ total, nextCursor, peopleForgottenAt }: Page<unknown>): PageMeta {
  return peopleForgottenAt === undefined ? { total, nextCursor } : { total, nextCursor, peopleForgottenAt };
}

/** The schema of that envelope. */
export function envelopeSchemaOf(spec: ResponseSpec): z.ZodType | undefined {
  if ('data' in spec) return successOf(spec.data);
  if ('page' in spec) return pageOf(spec.page);
  return undefined;
}

/** Throws when the answer is not what the route says it gives: a bug to be found by tests, not by callers. */
export function checkAnswer(spec: ResponseSpec, answer: unknown): void {
  const schema = envelopeSchemaOf(spec);
  if (!schema || answer instanceof RawAnswer || answer instanceof FileAnswer) return;
  const onTheWire: unknown = JSON.parse(JSON.stringify(envelopeOf(spec, answer)));
  const parsed = schema.safeParse(onTheWire);
  if (!parsed.success)
    throw new Error(`The answer does not fit the schema of its route: ${z.prettifyError(parsed.error)}`);
}

export async function sendAnswer(response: Response, spec: ResponseSpec, answer: unknown): Promise<void> {
  if (answer instanceof FileAnswer) {
    await sendFile(response, answer);
    return;
  }
  response.status(spec.status);
  if (answer instanceof RawAnswer) {
    response.setHeader('content-type', answer.contentType);
    if (answer.body instanceof Readable) {
      // A pipeline alone adds six, and Node warns of more than ten.
      response.setMaxListeners(20);
      await pipeline(answer.body, response).catch((error: unknown) => {
        throw isPrematureClose(error) ? new CallerLeft() : error;
      });
    } else response.send(answer.body);
    return;
  }
  const envelope = envelopeOf(spec, answer);
  if (envelope === undefined) response.end();
  else response.json(envelope);
}

/** As a pipeline fails when the connection ends before its answer. */
function isPrematureClose(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

/** Answers conditions and ranges as well. A caller that goes away is no failure. */
function sendFile(response: Response, { contentType, path }: FileAnswer): Promise<void> {
  response.setHeader('content-type', contentType);
  // Whatever is in the file: in this origin it is shown, never run.
  response.setHeader('content-security-policy', "default-src 'none'; sandbox");
  response.setHeader('cache-control', 'private, no-cache');
  return new Promise((resolve, reject) => {
    response.sendFile(
      path,
      { dotfiles: 'allow', cacheControl: false },
      (error: (Error & { status?: number; headers?: Record<string, string> }) | undefined) => {
        if (error === undefined || response.headersSent) resolve();
        else if (error.status === 404) reject(notFound('The file'));
        else if (error.status === 416) {
          // What is asked for lies beyond the end; the header says where that is.
          const contentRange = error.headers?.['Content-Range'];
          if (contentRange !== undefined) response.setHeader('content-range', contentRange);
          reject(
            new AppError('range_not_satisfiable', 'The file has no such range; Content-Range says how long it is.'),
          );
        } else reject(error);
      },
    );
  });
}
