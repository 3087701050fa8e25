import assert from 'node:assert/strict';
import { z } from 'zod';
import { grownFrom, type Keep, keepNothing, type Kept, Tx } from '../../server/db/unit-of-work.js';
import { defineRoute, type WasKept } from '../../server/http/define-route.js';

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

  it('demands of an idempotent one that its answer was kept in the transaction that makes it true', () => {
    const make = async <K>(keep: Keep<{ a: number }, K> = keepNothing): Promise<Kept<{ a: number }, K>> =>
      keep(new Tx(), { a: 1 });
    const access = { capability: 'send', on: 'visible' } as const;
    const kept = { method: 'post', path: '/a', ...text, access, response, idempotent: true } as const;
    const route = defineRoute({ ...kept, handler: ({ keep }) => make(keep) });
    defineRoute({
      ...kept,
      handler: async ({ keep }) => grownFrom<{ a: number }, WasKept>(await make(keep), { a: 2 }),
    });
    // @ts-expect-error what makes it was not given what keeps its answer
    defineRoute({ ...kept, handler: () => make() });
    // @ts-expect-error nor here, whatever else the handler is given
    defineRoute({ ...kept, handler: ({ principal: _principal }) => make() });
    // @ts-expect-error nor here, where it is waited for
    defineRoute({ ...kept, handler: async () => grownFrom<{ a: number }, WasKept>(await make(), { a: 2 }) });
    // @ts-expect-error nothing keeps this one
    defineRoute({ ...kept, handler: () => ({ a: 1 }) });
    const other = { ...kept, idempotent: false } as const;
    // @ts-expect-error a route without keys has nothing to keep answers with
    defineRoute({ ...other, handler: ({ keep }) => make(keep) });
    assert.deepEqual([route.idempotent, defineRoute({ ...other, handler: () => make() }).idempotent], [true, false]);
  });

  it('demands of what makes something that it keeps the answer that it gives', () => {
    // @ts-expect-error it keeps nothing
    const forgetful = <K>(_keep: Keep<number, K>): Promise<Kept<number, K>> => Promise.resolve(1);
    assert.equal(typeof forgetful, 'function');
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
