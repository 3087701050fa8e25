import { exampleWords } from './example-words.js';

/** A JSON Schema of the document, as far as its examples need it. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  example?: unknown;
  default?: unknown;
  enum?: unknown[];
  minimum?: number;
  minItems?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
}

export interface Described {
  components?: { schemas?: Record<string, Schema> };
}

interface Options {
  /** With every field, as an answer has them. Without: the required ones, and those whose schema shows an example. */
  isWhole: boolean;
}

/**
 * An example of what a schema describes, made of the examples of its parts. A text without one takes that of its name; throws
 * for a name that has none either, so that no part of the API stays without.
 */
export function exampleOf(document: Described, schema: Schema, options: Options, name = ''): unknown {
  if (schema.example !== undefined) return schema.example;
  if (schema.enum) return schema.enum[0];
  if (schema.default !== undefined) return schema.default;
  if (schema.$ref !== undefined) return exampleOf(document, named(document, schema.$ref), options, name);
  if (schema.allOf) {
    const parts = schema.allOf.map((part) => exampleOf(document, part, options, name));
    return parts.every(isRecord) ? Object.assign({}, ...parts) : parts[0];
  }
  const [kind] = kindsOf(schema);
  if (kind) return exampleOf(document, kind, options, name);
  switch (typeOf(schema)) {
    case 'object':
      return exampleObject(document, schema, options);
    case 'array':
      return exampleList(document, schema, options, name);
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 0, 3);
    case 'string':
      return exampleText(schema, name);
    default:
      return null;
  }
}

/** The shapes that it may have; empty for one with a single shape. */
export function kindsOf(schema: Schema): readonly Schema[] {
  return schema.oneOf ?? schema.anyOf ?? [];
}

/** The schema that a reference of the document leads to. */
export function named(document: Described, ref: string): Schema {
  const found = document.components?.schemas?.[ref.slice('#/components/schemas/'.length)];
  if (!found) throw new Error(`The document has no ${ref}.`);
  return found;
}

function exampleObject(document: Described, schema: Schema, options: Options): Record<string, unknown> {
  const { properties = {}, required = [] } = schema;
  const isShown = (name: string, part: Schema): boolean =>
    options.isWhole || required.includes(name) || part.example !== undefined;
  const shown = Object.entries(properties).filter(([name, part]) => isShown(name, part));
  return Object.fromEntries(shown.map(([name, part]) => [name, exampleOf(document, part, options, name)]));
}

function exampleList(document: Described, { items, minItems = 1 }: Schema, options: Options, name: string): unknown[] {
  const length = Math.max(minItems, 1);
  return items ? Array.from({ length }, () => exampleOf(document, items, options, name)) : [];
}

function exampleText({ format }: Schema, name: string): string {
  if (format === 'binary') return 'the bytes of the file';
  const word = exampleWords[name];
  if (word === undefined) throw new Error(`The API has no example of "${name}": give its schema one.`);
  return word;
}

function typeOf({ type, properties }: Schema): string | undefined {
  if (type === undefined) return properties ? 'object' : undefined;
  return typeof type === 'string' ? type : type.find((one) => one !== 'null');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
