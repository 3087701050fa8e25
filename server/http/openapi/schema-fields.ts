import { z } from 'zod';

type Shape = Readonly<Record<string, z.ZodType>>;

/** The fields that an object may have by its schema, seen together with the object. */
export interface FieldsOfSchema {
  own: Shape;
  /** What an object of another kind would have, by field: the kinds, as they are named in the discriminator. */
  ofOthers: ReadonlyMap<string, readonly string[]>;
  /** The kind of this object: `type` and `text`. */
  kind: { field: string; value: string } | undefined;
}

/** The fields of an object schema; undefined for what is no object, or whose kind the value does not tell. */
export function fieldsOf(schema: z.ZodType, value: unknown): FieldsOfSchema | undefined {
  const plain = unwrapped(schema);
  if (plain instanceof z.ZodObject) return { own: plain.shape, ofOthers: new Map(), kind: undefined };
  if (!(plain instanceof z.ZodDiscriminatedUnion) || !isObject(value)) return undefined;
  const field = plain.def.discriminator;
  const kinds = kindsOf(plain);
  const kind = value[field];
  const own = typeof kind === 'string' ? kinds.get(kind) : undefined;
  if (own === undefined || typeof kind !== 'string') return undefined;
  const ofOthers = new Map<string, string[]>();
  for (const [name, shape] of kinds) {
    for (const key of Object.keys(shape)) {
      if (!Object.hasOwn(own, key)) ofOthers.set(key, [...(ofOthers.get(key) ?? []), name]);
    }
  }
  return { own, ofOthers, kind: { field, value: kind } };
}

/** The schema of a field, or of every element of a list or a record. */
export function schemaBelow(schema: z.ZodType, value: unknown, key: string): z.ZodType | undefined {
  const plain = unwrapped(schema);
  if (plain instanceof z.ZodArray) return plain.element as z.ZodType;
  if (plain instanceof z.ZodRecord) return plain.valueType as z.ZodType;
  const fields = fieldsOf(plain, value);
  return fields && Object.hasOwn(fields.own, key) ? fields.own[key] : undefined;
}

/** The values of the discriminator, as they may be given. */
export function kindNamesOf(schema: z.ZodType): string[] {
  const plain = unwrapped(schema);
  return plain instanceof z.ZodDiscriminatedUnion ? [...kindsOf(plain).keys()] : [];
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is given, beneath defaults, transformations and the like. */
export function unwrapped(schema: z.ZodType): z.ZodType {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodReadonly
  ) {
    return unwrapped(schema.def.innerType as z.ZodType);
  }
  return schema instanceof z.ZodPipe ? unwrapped(schema.def.in as z.ZodType) : schema;
}

function kindsOf(union: z.ZodDiscriminatedUnion): ReadonlyMap<string, Shape> {
  const kinds = new Map<string, Shape>();
  for (const option of union.options) {
    const plain = unwrapped(option as z.ZodType);
    if (!(plain instanceof z.ZodObject)) continue;
    const shape = plain.shape as Shape;
    const kind = shape[union.def.discriminator];
    if (kind instanceof z.ZodLiteral) for (const value of kind.values) kinds.set(String(value), shape);
  }
  return kinds;
}
