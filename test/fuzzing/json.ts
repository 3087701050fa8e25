import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../server/lib/project-root.js';

/** What JSON can say. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [name: string]: Json;
}

/** A JSON Schema of the published document, as far as it says what a request may hold. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  pattern?: string;
  example?: Json;
  enum?: Json[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: Schema | boolean;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
}

export interface Content {
  schema: Schema;
  example?: Json;
  examples?: Record<string, { value?: Json }>;
}

export interface Operation {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Content> };
}

/** The published OpenAPI document, as far as requests are made of it. */
export interface RequestDocument {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

/** The schema itself, or the one that a reference names. */
export function resolved(document: RequestDocument, schema: Schema): Schema {
  const { $ref } = schema;
  if ($ref === undefined) return schema;
  const named = document.components.schemas[$ref.slice($ref.lastIndexOf('/') + 1)];
  if (!named) throw new Error(`The document has no ${$ref}.`);
  return resolved(document, named);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** As it is in the repository, where a test keeps it current. */
export function requestDocument(): RequestDocument {
  const file = path.join(projectRoot(), 'docs', 'generated', 'openapi.json');
  return JSON.parse(readFileSync(file, 'utf8')) as RequestDocument;
}
