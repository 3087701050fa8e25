import { z } from 'zod';
import { fieldsOf, isObject, schemaBelow, unwrapped } from './openapi/schema-fields.js';

/**
 * The value without what means nothing: `null` counts as absent wherever the schema gives it no meaning of its own, and so
 * does an empty text, list or object in a field that only objects of another kind have. Forms send all their fields. A field
 * that no kind has stays, to be refused by name.
 */
export function withoutNulls(schema: z.ZodType, value: unknown): unknown {
  if (Array.isArray(value)) {
    const element = schemaBelow(schema, value, '0');
    return element ? value.map((each) => withoutNulls(element, each)) : value;
  }
  if (!isObject(value)) return value;
  const fields = fieldsOf(schema, value);
  const kept = Object.entries(value).flatMap(([key, given]): [string, unknown][] => {
    const below = schemaBelow(schema, value, key);
    if (below === undefined) return fields?.ofOthers.has(key) === true && isEmpty(given) ? [] : [[key, given]];
    if (given === null && !takesNull(below)) return [];
    return [[key, withoutNulls(below, given)]];
  });
  return Object.fromEntries(kept);
}

function takesNull(schema: z.ZodType): boolean {
  const plain = unwrapped(schema);
  return plain instanceof z.ZodUnknown || schema.safeParse(null).success;
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === '') return true;
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}
