import { unknownCursor } from '../lib/app-error.js';
import type { SessionRecord } from './session.js';

/** Where a page of sessions ended. */
export function encodeSessionCursor({ createdAt, sessionId }: Pick<SessionRecord, 'createdAt' | 'sessionId'>): string {
  return Buffer.from(`${String(createdAt.getTime())}/${sessionId}`).toString('base64url');
}

/** Throws `validation_error` for anything that {@link encodeSessionCursor} did not make. */
export function decodeSessionCursor(cursor: string): { createdAt: number; sessionId: string } {
  const [, createdAt, sessionId] =
    /^(\d{1,15})\/([\w-]{1,64})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (createdAt === undefined || sessionId === undefined) throw unknownCursor(cursor);
  return { createdAt: Number(createdAt), sessionId };
}
