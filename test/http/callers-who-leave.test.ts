import assert from 'node:assert/strict';
import { z } from 'zod';
import { defineRoute } from '../../server/http/define-route.js';
import { callerGone, CallerLeft } from '../../server/lib/caller-scope.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

/** Answers only when whoever asked is known to have left; says whether anybody would be. */
function waitingRoutes() {
  let begun: (signal: AbortSignal | undefined) => void = () => undefined;
  let ended: () => void = () => undefined;
  const isBegun = (): Promise<AbortSignal | undefined> => new Promise((resolve) => (begun = resolve));
  const isEnded = (): Promise<void> => new Promise((resolve) => (ended = resolve));
  const wait = (): Promise<never> =>
    new Promise((_resolve, reject) => {
      const signal = callerGone();
      const leave = (): void => {
        reject(new CallerLeft());
        ended();
      };
      signal?.addEventListener('abort', leave);
      if (signal === undefined) leave();
      begun(signal);
    });
  const common = { tag: 'Waiting', access: { capability: 'read', on: 'visible' } } as const;
  const list = defineRoute({
    ...common,
    method: 'get',
    path: '/waiting',
    summary: 'A list',
    handler: wait,
    response: { status: 200, page: z.string() },
  });
  const change = defineRoute({
    ...common,
    method: 'post',
    path: '/waiting',
    summary: 'A change',
    handler: wait,
    response: { status: 200, data: z.string() },
  });
  const preview = defineRoute({
    ...common,
    method: 'post',
    path: '/waiting/preview',
    summary: 'A preview',
    handler: wait,
    endsWithCaller: true,
    response: { status: 200, data: z.string() },
  });
  return { routes: [list, change, preview], isBegun, isEnded };
}

describe('a caller who leaves', () => {
  let server: TestServer;
  const { routes, isBegun, isEnded } = waitingRoutes();
  before(async () => {
    server = await startTestServer({ replace: { extraRoutes: routes } });
  });
  after(() => server.stop());

  const ask = (method: string, path: string, signal: AbortSignal): Promise<unknown> =>
    fetch(`${server.url}/api${path}`, { method, headers: { 'x-api-key': server.apiKey }, signal }).catch(
      () => undefined,
    );

  for (const [method, path, what] of [
    ['GET', '/waiting', 'a list'],
    ['POST', '/waiting/preview', 'what says so'],
  ] as const) {
    it(`ends the reading of ${what}`, async () => {
      const caller = new AbortController();
      const [begun, ended] = [isBegun(), isEnded()];
      const answer = ask(method, path, caller.signal);
      assert.equal((await begun)?.aborted, false);
      caller.abort();
      await ended;
      await answer;
    });
  }

  it('ends nothing of a change', async () => {
    const begun = isBegun();
    const answer = ask('POST', '/waiting', new AbortController().signal);
    assert.equal(await begun, undefined);
    await answer;
  });

  it('is who previews, totals and analytics are for', async () => {
    const ending = server.app.routes.filter((route) => route.endsWithCaller === true).map(({ path }) => path);
    assert.deepEqual(ending.sort(), [
      '/analytics',
      '/analytics/comparison',
      '/analytics/reach',
      '/calendar',
      '/people/:phoneNumber/export',
      '/replies/unread',
      '/sessions/:sessionId/analytics',
      '/sessions/:sessionId/analytics/reach',
      '/sessions/:sessionId/audience-preview',
      '/sessions/:sessionId/replies/unread',
      '/sessions/:sessionId/statuses/:statusId/analytics',
      '/stats',
      '/storage/organization',
      '/waiting/preview',
    ]);
  });
});
