import assert from 'node:assert/strict';
import type { Bystander } from '../../bench/bystander.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { bystanderMeetsNoError, settleBystander } from './bystander.js';

describe('the bystander of an attack', () => {
  let simulator: TestSimulator;
  let server: TestServer;
  let bystander: Bystander;

  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
    bystander = await settleBystander(server, simulator);
  });
  after(async () => {
    bystander.leave();
    await server.stop();
    await simulator.stop();
  });

  it('reads, posts and connects anew while something goes on, and once more after it', async () => {
    const leastDone = (): number =>
      Math.min(bystander.readsMs.length, bystander.postsMs.length, bystander.handshakesMs.length);
    await bystanderMeetsNoError(bystander, () => eventually(() => leastDone() >= 2));
    assert.ok(leastDone() >= 3, `each was done ${String(leastDone())} times`);
  });

  it('says every error that it met', async () => {
    const { body } = await server.request.get('/api/keys').expect(200);
    const key = (body.data as { id: string; name: string }[]).find(({ name }) => name === 'bystander');
    await assert.rejects(
      bystanderMeetsNoError(bystander, async () => {
        await server.request.delete(`/api/keys/${key?.id ?? ''}`).expect(204);
      }),
      /what the bystander met/,
    );
    const met = bystander.errors.join('\n');
    for (const sentence of [/^reading: .*401/m, /^posting: .*401/m, /^connecting: /m, /^the live connection ended/m]) {
      assert.match(met, sentence);
    }
  });
});
