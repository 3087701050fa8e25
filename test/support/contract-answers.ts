import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import addFormats from 'ajv-formats';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Plugin, Response } from 'superagent';
import type { Test } from 'supertest';
import { projectRoot } from '../../server/lib/project-root.js';

type Json = null | boolean | number | string | Json[] | JsonObject;
interface JsonObject {
  [name: string]: Json | undefined;
}
interface Content {
  schema: JsonObject;
  example?: Json;
  examples?: Record<string, { value?: Json }>;
}
interface Operation {
  responses: Record<string, { content?: Record<string, Content> }>;
  requestBody?: { content: Record<string, Content> };
}
/** The published OpenAPI document, as far as tests read it. */
export interface ContractDocument {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonObject>; examples: Record<string, { value?: Json }> };
}

/** What an answer was, as far as the document speaks of it. */
export interface SeenAnswer {
  method: string;
  /** Below the server, with or without a query. */
  address: string;
  status: number;
  contentType: string | undefined;
  /** Parsed, where it is JSON. */
  body: unknown;
}

/** Refused before any operation was found, or because of how it was asked for. */
const ofNoOperation = new Set([404, 405, 408, 431]);

/** The document as it is in the repository, where a test keeps it current. */
export function documentInRepository(): ContractDocument {
  const file = path.join(projectRoot(), 'docs', 'generated', 'openapi.json');
  return JSON.parse(readFileSync(file, 'utf8')) as ContractDocument;
}

/**
 * The published OpenAPI document as a measure of answers. Each schema is compiled when the first answer needs it.
 */
export class ContractAnswers {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: false });
  private readonly validators = new Map<string, ValidateFunction>();
  private readonly operations: { matches: RegExp; address: string; methods: Record<string, Operation> }[];

  constructor() {
    const document = documentInRepository();
    this.operations = Object.entries(document.paths)
      .map(([address, methods]) => ({ matches: addressPattern(address), address, methods }))
      // What is named in full goes before what a parameter would take as well.
      .sort((a, b) => a.address.split('{').length - b.address.split('{').length);
    addFormats.default(this.ajv);
    closeAnswers(document);
    for (const [name, schema] of Object.entries(document.components.schemas)) this.ajv.addSchema(schema, name);
  }

  /** Throws an assertion error that says how the answer differs from what the document promises. */
  check(answer: SeenAnswer): void {
    const [pathname = ''] = answer.address.split('?');
    const found = this.operations.find(({ matches }) => matches.test(pathname));
    const method = answer.method.toLowerCase();
    const operation = found?.methods[method];
    // Routes that only a test has are not described.
    if (!found || !operation) return;
    const name = `${answer.method} ${pathname} → ${String(answer.status)}`;
    const described = operation.responses[String(answer.status)];
    if (described === undefined) {
      if (ofNoOperation.has(answer.status)) return;
      assert.fail(`${name}: the document names no such answer, only ${Object.keys(operation.responses).join(', ')}`);
    }
    const type = answer.contentType?.split(';')[0]?.trim();
    if (described.content === undefined) return;
    assert.ok(
      type !== undefined && Object.keys(described.content).some((known) => isOfType(type, known)),
      `${name}: the document does not know the media type ${String(type)}`,
    );
    if (type !== 'application/json') return;
    const validate = this.validatorOf(described.content[type]?.schema ?? {});
    if (validate(answer.body)) return;
    const problem = this.ajv.errorsText(validate.errors, { dataVar: 'answer' });
    const extra = (validate.errors ?? []).map((error) => JSON.stringify(error.params)).join(' ');
    assert.fail(`${name}: ${problem} ${extra}`);
  }

  private validatorOf(schema: JsonObject): ValidateFunction {
    const text = JSON.stringify(schema);
    const known = this.validators.get(text);
    if (known) return known;
    const validator = this.ajv.compile(schema);
    this.validators.set(text, validator);
    return validator;
  }
}

let shared: ContractAnswers | undefined;

/** For every request of an agent: the answer has to be what the document says. */
export const answersAsDescribed: Plugin = (request) => {
  const test = request as Test;
  test.expect((response: Response) => {
    const { pathname } = new URL(test.url);
    if (!pathname.startsWith('/api/') || test.method === 'HEAD' || test.method === 'OPTIONS') return;
    shared ??= new ContractAnswers();
    shared.check({
      method: test.method,
      address: pathname.slice('/api'.length),
      status: response.status,
      contentType: response.headers['content-type'],
      body: response.body,
    });
  });
};

function addressPattern(address: string): RegExp {
  const parts = address.split(/\{\w+\}/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('[^/]+')}$`);
}

function isOfType(type: string, known: string): boolean {
  return known === type || known === '*/*' || (known.endsWith('/*') && type.startsWith(known.slice(0, -1)));
}

/**
 * Closes every object in an answer: a field that is not described is one that a generated client never shows. In the
 * published document objects of answers stay open, so that a newer server may add to them. References become names.
 */
function closeAnswers(document: ContractDocument): void {
  const { schemas } = document.components;
  for (const schema of Object.values(schemas)) closeWithin(schema);
  for (const { responses } of Object.values(document.paths).flatMap((methods) => Object.values(methods))) {
    for (const { content } of Object.values(responses)) {
      for (const { schema } of Object.values(content ?? {})) closeWhole(schema);
    }
  }

  function closeWhole(schema: JsonObject): void {
    if (isPlainObject(schema)) schema['unevaluatedProperties'] = false;
    closeWithin(schema);
  }

  /** Closes what the schema's parts hold; the schema itself may be one half of an `allOf`. */
  function closeWithin(schema: JsonObject): void {
    if (typeof schema['$ref'] === 'string') schema['$ref'] = nameIn(schema['$ref']);
    const { properties, items, additionalProperties } = schema;
    const parts = [items, additionalProperties, ...Object.values(isObject(properties) ? properties : {})];
    for (const part of parts) if (isObject(part)) closeWhole(part);
    for (const part of [...listOf(schema['anyOf']), ...listOf(schema['oneOf'])]) closeWhole(part);
    for (const part of listOf(schema['allOf'])) closeWithin(part);
  }

  /** Whether it describes an object by its fields, directly, by name or put together. */
  function isPlainObject(schema: JsonObject): boolean {
    if (schema['additionalProperties'] !== undefined) return false;
    if (isObject(schema['properties'])) return true;
    const { $ref } = schema;
    const named = typeof $ref === 'string' ? schemas[nameIn($ref)] : undefined;
    return (named !== undefined && isPlainObject(named)) || listOf(schema['allOf']).some(isPlainObject);
  }
}

/** The last part of a reference, which is the name. */
function nameIn(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
