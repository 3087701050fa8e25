import assert from 'node:assert/strict';
import { broadcastsThatNeverSucceed } from '../../bench/attacks/broadcasts.js';
import { SlowWeb } from '../../bench/attacks/slow-web.js';
import type { Bystander } from '../../bench/bystander.js';
import { ask, type Tenant } from '../../bench/tenant.js';
import type { Broadcast } from '../../server/contract/planning/broadcasts.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { attackBeside } from './attack-under-way.js';
import { settleBystander } from './bystander.js';
import { settle } from './tenants.js';

describe('broadcasts of one organization that never succeed', function () {
  this.timeout(200_000);
  const web = new SlowWeb();
  let simulator: TestSimulator;
  let server: TestServer;
  let bystander: Bystander;
  let attacker: Tenant;
  let neighbour: Tenant;
  before(async () => {
    await web.start();
    simulator = await startTestSimulator();
    const env = { OUTBOUND_ALLOW_PRIVATE: `127.0.0.1:${String(web.port)}` };
    server = await startTestServer({ simulator, env });
    attacker = await settle(server, simulator, 'attacker');
    neighbour = await settle(server, simulator, 'neighbour');
    bystander = await settleBystander(server, simulator);
  });
  after(async () => {
    bystander.leave();
    await server.stop();
    await simulator.stop();
    await web.stop();
  });

  it('hold up no broadcast of others, and are refused beyond their number', async () => {
    const targetNumbers = simulator.addContacts(2).map(({ phoneNumber }) => phoneNumber);
    const answers = await attackBeside(bystander, broadcastsThatNeverSucceed(web), attacker, async () => {
      const body = { type: 'text', content: 'To all of ours', targetNumbers, sessionIds: [neighbour.sessionId] };
      const { id } = await ask<Broadcast>(neighbour, 'POST', '/broadcasts', body);
      await eventually(
        async () => {
          const { states } = await ask<Broadcast>(neighbour, 'GET', `/broadcasts/${id}`);
          assert.deepEqual(states, { sent: 1 });
        },
        { what: 'the broadcast of the neighbour', timeoutMs: 60_000 },
      );
    });
    assert.deepEqual(Object.keys(answers).sort(), ['202', '409']);
    assert.equal(answers['202'], 100);
  });
});
