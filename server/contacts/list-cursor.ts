import { z } from 'zod';
import { whyNotText } from '../contract/values/texts.js';
import { unknownCursor } from '../lib/app-error.js';

const textSchema = z.string().refine((text) => whyNotText(text) === undefined);
const contactSchema = z.tuple([textSchema.max(600), textSchema.max(64)]);
const chatSchema = z.tuple([z.int(), textSchema.max(200)]);

/** Where a page ended: the values that the list is sorted by. */
export function encodeCursor(parts: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** Throws `validation_error` for anything that {@link encodeCursor} did not make for contacts. */
export function decodeContactCursor(cursor: string): { sortName: string; personId: string } {
  const [sortName, personId] = parsed(contactSchema, cursor);
  return { sortName, personId };
}

/** Throws `validation_error` for anything that {@link encodeCursor} did not make for chats. */
export function decodeChatCursor(cursor: string): { lastMessageAt: number; key: string } {
  const [lastMessageAt, key] = parsed(chatSchema, cursor);
  return { lastMessageAt, key };
}

function parsed<S extends z.ZodType>(schema: S, cursor: string): z.output<S> {
  const result = schema.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString()));
  if (!result.success) throw unknownCursor(cursor);
  return result.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
