import assert from 'node:assert/strict';
import { z } from 'zod';
import type { App } from '../../server/app.js';
import { exampleOf } from '../../server/http/openapi/openapi-examples.js';
import { ContractAnswers, documentInRepository } from '../support/contract-answers.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

describe('the examples of the API', () => {
  const document = documentInRepository();
  const answers = new ContractAnswers();
  let server: TestServer;
  let routes: App['routes'];
  before(async () => {
    server = await startTestServer();
    routes = server.app.routes;
  });
  after(() => server.stop());

  it('show every body that a request may have, and the server takes each of them', () => {
    let shown = 0;
    const problems: string[] = [];
    for (const route of routes) {
      if (!route.body) continue;
      const content = document.paths[describedPath(route.path)]?.[route.method]?.requestBody?.content ?? {};
      for (const [type, { example, examples }] of Object.entries(content)) {
        const bodies = examples ? Object.values(examples).map(({ value }) => value) : [example];
        for (const body of bodies) {
          const { textBody } = route;
          const whole = textBody && type !== 'application/json' ? { [textBody.field]: textOf(body) } : body;
          const given = route.upload ? withoutFile(whole, route.upload.field) : whole;
          const parsed = route.body.safeParse(given);
          if (!parsed.success)
            problems.push(`${route.method} ${route.path} ${JSON.stringify(given)}: ${z.prettifyError(parsed.error)}`);
          shown += 1;
        }
      }
    }
    assert.deepEqual(problems, []);
    assert.ok(shown >= routes.filter(({ body }) => body).length);
  });

  it('show every answer in JSON, as its schema says', () => {
    for (const [address, methods] of Object.entries(document.paths)) {
      for (const [method, { responses }] of Object.entries(methods)) {
        for (const [status, { content }] of Object.entries(responses)) {
          const shown = content?.['application/json'];
          if (!shown) continue;
          const examples = shown.examples
            ? Object.keys(shown.examples).map((name) => document.components.examples[name]?.value)
            : [shown.example];
          for (const body of examples) {
            assert.ok(body !== undefined, `${method} ${address} ${status}`);
            const contentType = 'application/json';
            answers.check({ method: method.toUpperCase(), address, status: Number(status), contentType, body });
          }
        }
      }
    }
  });

  it('cannot be left out: a field whose name says nothing needs an example of its own', () => {
    const schema = { type: 'object', properties: { nickname: { type: 'string' } }, required: ['nickname'] };
    assert.throws(() => exampleOf({}, schema, { isWhole: false }), /no example of "nickname"/);
  });

  function describedPath(path: string): string {
    return path.replaceAll(/:(\w+)/g, '{$1}');
  }

  /** The text of a file, which is the body or stands in a form. */
  function textOf(body: unknown): unknown {
    return typeof body === 'object' && body !== null && 'file' in body ? body.file : body;
  }

  function withoutFile(body: unknown, field: string): object {
    return Object.fromEntries(Object.entries(body as object).filter(([name]) => name !== field));
  }
});
