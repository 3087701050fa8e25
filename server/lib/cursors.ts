import { z } from 'zod';
import { whyNotText } from '../contract/values/texts.js';

/** How a list writes down where a page ended. Readers of the API keep such texts, so a form that is in use stays. */
export interface CursorForm<Place> {
  write(place: Place): string;
  /** Undefined for what `write` did not make. */
  read(cursor: string): Place | undefined;
}

/** A place in a list that is ordered by time, in epoch milliseconds, and then id. */
export interface PlaceInTime {
  at: number;
  id: string;
}

/** For lists that are ordered by one text: the text itself. */
export function textCursor(pattern: RegExp): CursorForm<string> {
  return { write: (text) => text, read: (cursor) => (pattern.test(cursor) ? cursor : undefined) };
}

/** For lists that are ordered by ids that the server makes. */
export const idCursor = textCursor(/^[0-9A-Z]{26}$/);

export const timeCursor: CursorForm<PlaceInTime> = {
  write: ({ at, id }) => encoded(`${String(at)}/${id}`),
  read: (cursor) => {
    const [, at, id] = /^(\d{1,15})\/([\w-]{1,64})$/.exec(decoded(cursor)) ?? [];
    return at === undefined || id === undefined ? undefined : { at: Number(at), id };
  },
};

/** For lists that are ordered by several values: all of them, in the order in which the shape names them. */
export function valuesCursor<Shape extends z.ZodRawShape>(shape: Shape): CursorForm<z.output<z.ZodObject<Shape>>> {
  const names = Object.keys(shape);
  const schema = z.object(shape);
  return {
    write: (place) => encoded(JSON.stringify(names.map((name) => (place as Record<string, unknown>)[name]))),
    read: (cursor) => {
      const values = parseJson(decoded(cursor));
      if (!Array.isArray(values) || values.length !== names.length) return undefined;
      const place = Object.fromEntries(names.map((name, index): [string, unknown] => [name, values[index]]));
      return schema.safeParse(place).data;
    },
  };
}

/** A text among the values of a cursor, such as a database can be asked for. */
export function cursorText(maxLength: number) {
  return z
    .string()
    .max(maxLength)
    .refine((text) => whyNotText(text) === undefined);
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function decoded(cursor: string): string {
  return Buffer.from(cursor, 'base64url').toString();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
