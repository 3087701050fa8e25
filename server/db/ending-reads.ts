import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '../lib/app-error.js';
import { callerGone, CallerLeft } from '../lib/caller-scope.js';

/** Longer than anything that is meant to be read takes; shorter than a person waits. */
export const defaultReadDeadlineMs = 60_000;
const tryAgainSeconds = 60;

/** Asks the database to end what runs on one connection. What has not begun there yet goes on. */
export type EndStatement = () => Promise<void>;

const readingMethods = new Set<unknown>(['select', 'first', 'pluck']);

/** Whether knex' query builder made it to read. Raw SQL is not looked into. */
export function isReadStatement(statement: unknown): boolean {
  return (
    typeof statement === 'object' && statement !== null && 'method' in statement && readingMethods.has(statement.method)
  );
}

/**
 * Runs a read that ends in the database when its caller leaves ({@link CallerLeft}) or it takes too long (`unavailable`). It
 * settles only after the last wish to end it was heard, so that the connection can be given to somebody else: the wish is about
 * the connection, and not about the statement.
 */
export async function endingRead<T>(run: () => Promise<T>, end: EndStatement, deadlineMs: number): Promise<T> {
  const gone = callerGone();
  if (gone?.aborted === true) throw new CallerLeft();
  const over = new AbortController();
  let reason: Error | undefined;
  let ending: Promise<void> | undefined;
  const stop = (why: Error): void => {
    reason ??= why;
    ending ??= endUntil(end, over.signal);
  };
  const onGone = (): void => stop(new CallerLeft());
  const timer = setTimeout(() => stop(tookTooLong(deadlineMs)), deadlineMs);
  gone?.addEventListener('abort', onGone);
  try {
    return await run();
  } catch (error) {
    throw reason ?? error;
  } finally {
    clearTimeout(timer);
    gone?.removeEventListener('abort', onGone);
    over.abort();
    await ending;
  }
}

const askAgainAfterMs = 100;

/** Again and again, since a statement may still be on its way to the database. */
async function endUntil(end: EndStatement, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await end();
    await pause(askAgainAfterMs, undefined, { signal: over }).catch(() => undefined);
  }
}

function tookTooLong(deadlineMs: number): AppError {
  const limit = `${String(deadlineMs / 1000)} s`;
  const sentence = `The database did not have the answer within ${limit}. Ask for less at a time, or try again later.`;
  return new AppError('unavailable', sentence, { retryAfterSeconds: tryAgainSeconds });
}

/** What pg's client has of the other side. */
export interface PostgresBackend {
  host: string;
  port: number;
  processID: number;
  secretKey: number;
}

const cancelRequestCode = 80_877_102;
const cancelTimeoutMs = 2_000;

/**
 * The protocol's own way to cancel: a connection that says which backend is meant, with the secret that only its owner was told.
 * A pooler understands it as well, and nobody else's statement can be meant. PostgreSQL closes that connection once it is done.
 */
export function cancelStatement({ host, port, processID, secretKey }: PostgresBackend): Promise<void> {
  const request = Buffer.alloc(16);
  for (const [index, word] of [request.length, cancelRequestCode, processID, secretKey].entries()) {
    request.writeInt32BE(word, index * 4);
  }
  return new Promise((resolve) => {
    const socket = connect(host.startsWith('/') ? { path: `${host}/.s.PGSQL.${String(port)}` } : { host, port });
    socket.setTimeout(cancelTimeoutMs, () => socket.destroy());
    // Where the request cannot be brought, the statement goes on, and is asked to end once more.
    socket.on('error', () => undefined);
    socket.on('connect', () => socket.write(request));
    socket.on('close', () => resolve());
    socket.resume();
  });
}
