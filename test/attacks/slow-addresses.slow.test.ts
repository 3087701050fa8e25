import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import type { Bystander } from '../../bench/bystander.js';
import { HostileServer } from '../support/hostile-server.js';
import { linkAccount } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { bystanderMeetsNoError, settleBystander } from './bystander.js';

/** More than may be read, and more than may wait for it. */
const many = 60;

describe('web addresses of one organization that do not answer', () => {
  const web = new HostileServer();
  let simulator: TestSimulator;
  let server: TestServer;
  let bystander: Bystander;

  before(async () => {
    await web.start();
    simulator = await startTestSimulator();
    const env = { OUTBOUND_ALLOW_PRIVATE: `127.0.0.1:${String(web.port)}` };
    server = await startTestServer({ simulator, env });
    await linkAccount(server, simulator);
    bystander = await settleBystander(server, simulator);
  });
  after(async () => {
    bystander.leave();
    await server.stop();
    await simulator.stop();
    await web.stop();
  });

  it('take its own places only, and are no verdict on what it wanted to post', async () => {
    const at = (path: string): string => `http://127.0.0.1:${String(web.port)}${path}`;
    const held = new Set<ServerResponse>();
    let mostHeld = 0;
    let isReleased = false;
    web.on('/slow', (_request, response) => {
      if (isReleased) {
        response.writeHead(503).end();
        return;
      }
      held.add(response);
      mostHeld = Math.max(mostHeld, held.size);
      response.on('close', () => held.delete(response));
    });
    web.on('/page', (_request, response) => response.setHeader('content-type', 'text/html').end('<title>Sun</title>'));

    await bystanderMeetsNoError(bystander, async () => {
      let answered = 0;
      const attacks = Array.from({ length: many }, async () => {
        const body = { type: 'image', content: at('/slow') };
        const answer = await server.request.post('/api/sessions/acc1/send-status').send(body);
        answered += 1;
        return answer;
      });
      // All places are taken, and all places to wait in.
      await eventually(() => held.size > 0 && answered > 0, { what: 'the places of one to be taken' });
      await bystander.post({ type: 'url', content: at('/page') });
      assert.ok(web.paths.includes('/page'), 'its page was not read');
      isReleased = true;
      for (const response of held) response.writeHead(503).end();
      for (const { status, headers, body } of await Promise.all(attacks)) {
        assert.deepEqual([status, body.code], [503, 'unavailable'], JSON.stringify(body));
        assert.match(String(headers['retry-after']), /^\d+$/);
      }
    });
    assert.ok(mostHeld <= 4, `${String(mostHeld)} were read at the same time`);
  });
});
