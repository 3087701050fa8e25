import assert from 'node:assert/strict';
import { z } from 'zod';
import { defineRoute } from '../../server/http/define-route.js';

const text = { tag: 'Things', summary: 'A thing' } as const;
const response = { status: 200, data: z.object({ a: z.number() }) } as const;

/** The compiler is the one that tests here: each directive fails the type check when its line compiles. */
describe('the type of a route', () => {
  it('demands to know who may call it', () => {
    // @ts-expect-error without `access` nobody has said who may
    const route = defineRoute({ method: 'get', path: '/a', ...text, response, handler: () => ({ a: 1 }) });
    assert.equal(route.path, '/a');
  });

  it('demands a session in the path of what is on a session', () => {
    const access = { capability: 'read', on: 'session' } as const;
    // @ts-expect-error there is no :sessionId in the path
    const route = defineRoute({ method: 'get', path: '/a', ...text, access, response, handler: () => ({ a: 1 }) });
    assert.equal(route.path, '/a');
  });

  it('knows what the handler is given and must give', () => {
    const access = { capability: 'read', on: 'visible' } as const;
    const route = defineRoute({
      method: 'post',
      path: '/a',
      ...text,
      access,
      body: z.strictObject({ n: z.number() }),
      response,
      handler: ({ body, query }) => {
        const nothing: undefined = query;
        // @ts-expect-error the body has no such field
        const missing: unknown = body.m;
        return { a: body.n + (missing === nothing ? 0 : 1) };
      },
    });
    // @ts-expect-error the answer is an object with a number
    defineRoute({ method: 'get', path: '/b', ...text, access, response, handler: () => ({ a: 'x' }) });
    assert.equal(route.method, 'post');
  });

  it('knows that a public route has no principal', () => {
    const route = defineRoute({
      method: 'get',
      path: '/a',
      ...text,
      access: { public: true },
      response,
      handler: ({ principal }) => {
        const nobody: undefined = principal;
        return { a: String(nobody).length };
      },
    });
    assert.deepEqual(route.access, { public: true });
  });
});
