import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { tableWritersIn } from '../../scripts/lib/table-writers.mjs';
import type { App } from '../../server/app.js';
import { generatedFiles } from '../../server/generated-files.js';
import type { Route } from '../../server/http/define-route.js';
import { errorCodesOf } from '../../server/http/openapi/openapi-answers.js';
import { projectRoot } from '../../server/lib/project-root.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

interface Operation {
  operationId: string;
  summary: string;
  description?: string;
  tags: string[];
  responses: Record<string, { description: string; headers: Record<string, unknown> }>;
  parameters?: { name: string; in: string; schema: Schema }[];
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> };
}
interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  maxLength?: number;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

describe('the description of the API', () => {
  let server: TestServer;
  let routes: App['routes'];
  let document: Document;
  let served: string;
  before(async () => {
    server = await startTestServer();
    routes = server.app.routes;
    const answer = await server.request.get('/api/openapi.json').expect(200);
    document = answer.body as Document;
    served = answer.text;
  });
  after(() => server.stop());

  const nameOf = (route: Route): string => `${route.method.toUpperCase()} ${route.path}`;

  it('is served as it was made before, so that no request waits for it to be made', async () => {
    const made = await readFile(path.join(projectRoot(), 'docs', 'generated', 'openapi.json'), 'utf8');
    assert.equal(served, made);
  });

  it('is OpenAPI 3.1 and knows every route', () => {
    assert.equal(document.openapi, '3.1.0');
    const described = Object.entries(document.paths).flatMap(([address, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${address.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    );
    assert.deepEqual(described.sort(), routes.map(nameOf).sort());
  });

  it('gives every operation a summary, a description, a tag, an id of its own and its failures', () => {
    const ids = new Set<string>();
    for (const operation of Object.values(document.paths).flatMap((methods) => Object.values(methods))) {
      assert.match(operation.summary, /^[A-Z].*[^.]$/, operation.operationId);
      assert.match(operation.description ?? '', /^\S.*\.$/s, operation.operationId);
      assert.equal(operation.tags.length, 1);
      assert.ok(!ids.has(operation.operationId), operation.operationId);
      ids.add(operation.operationId);
      for (const status of ['429', '500']) assert.ok(operation.responses[status], operation.operationId);
    }
  });

  it('names every parameter that stands in a path', () => {
    for (const [address, methods] of Object.entries(document.paths)) {
      const inPath = [...address.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      for (const operation of Object.values(methods)) {
        const named = (operation.parameters ?? [])
          .filter((parameter) => parameter.in === 'path')
          .map(({ name }) => name);
        assert.deepEqual(named.sort(), inPath.sort(), operation.operationId);
      }
    }
  });

  it('has only bodies that refuse unknown fields', () => {
    for (const route of routes) {
      if (!route.body) continue;
      for (const kind of kindsOf(route.body)) {
        const parsed = route.body.safeParse({ ...kind, 'no-such-field': 1 });
        const codes = parsed.success ? [] : parsed.error.issues.map((issue) => issue.code);
        assert.ok(codes.includes('unrecognized_keys'), `${nameOf(route)} ${JSON.stringify(kind)}`);
      }
    }
  });

  /** What chooses between the shapes that a body may have. */
  function kindsOf(body: z.ZodType): object[] {
    if (!(body instanceof z.ZodDiscriminatedUnion)) return [{}];
    return (body.options as z.ZodObject<{ type: z.ZodLiteral }>[]).map(({ shape }) => ({ type: shape.type.value }));
  }

  it('requires a body where the server does, and not where none counts as an empty one', () => {
    const isRequired = (method: string, address: string) => document.paths[address]?.[method]?.requestBody?.required;
    assert.equal(isRequired('post', '/sessions/{sessionId}/send-status'), true);
    assert.equal(isRequired('post', '/upload-image'), true);
    assert.equal(isRequired('post', '/sessions/{sessionId}/statuses/{statusId}/repost'), false);
    assert.equal(isRequired('post', '/sessions/{sessionId}/start'), undefined);
  });

  it('says of every text that may be sent how long it may be', () => {
    const unbounded: string[] = [];
    for (const [address, methods] of Object.entries(document.paths)) {
      for (const [method, { parameters = [], requestBody }] of Object.entries(methods)) {
        const name = `${method} ${address}`;
        for (const one of parameters) collect(one.schema, `${name} ${one.name}`, new Set());
        for (const { schema } of Object.values(requestBody?.content ?? {})) collect(schema, name, new Set());
      }
    }
    assert.deepEqual(unbounded, []);

    function collect(schema: Schema, at: string, seen: Set<string>): void {
      if (schema.$ref !== undefined) {
        const named = schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1);
        if (!seen.has(named)) collect(document.components.schemas[named] ?? {}, named, new Set([...seen, named]));
        return;
      }
      const isText = [schema.type].flat().includes('string') && schema.enum === undefined && schema.format !== 'binary';
      if (isText && schema.maxLength === undefined) unbounded.push(at);
      for (const [key, part] of Object.entries(schema.properties ?? {})) collect(part, `${at}.${key}`, seen);
      const { items, additionalProperties, anyOf = [], oneOf = [], allOf = [] } = schema;
      const parts = [...anyOf, ...oneOf, ...allOf, items, additionalProperties];
      for (const part of parts) if (typeof part === 'object') collect(part, at, seen);
    }
  });

  it('says of a named thing that may be missing that it is null, not both at once', async () => {
    const account = (await server.request.get('/api/openapi.json')).body.components.schemas.BroadcastAccount.properties;
    assert.deepEqual(account.status, { anyOf: [{ $ref: '#/components/schemas/StatusState' }, { type: 'null' }] });
    assert.deepEqual(account.counts, { anyOf: [{ $ref: '#/components/schemas/StatusCounts' }, { type: 'null' }] });
  });

  it('says in which headers the place of what was made, the waiting time and the way to a key stand', () => {
    const answers = document.paths['/sessions']?.['post']?.responses ?? {};
    assert.ok(answers['201']?.headers['Location']);
    assert.ok(answers['429']?.headers['Retry-After']);
    assert.ok(answers['401']?.headers['WWW-Authenticate']);
    assert.ok(answers['201']?.headers['Preference-Applied']);
  });

  it('says of every route with a key that it may be refused', () => {
    for (const route of routes) {
      if ('public' in route.access) continue;
      assert.ok(errorCodesOf(route).includes('unauthorized'), nameOf(route));
    }
  });

  it('is current in the repository; `npm run generate` writes it', async () => {
    for (const [name, text] of await generatedFiles(tableWritersIn(path.join(projectRoot(), 'server')))) {
      const kept = await readFile(path.join(projectRoot(), name), 'utf8');
      assert.ok(kept === text, `${name} is out of date: run "npm run generate"`);
    }
  });
});
