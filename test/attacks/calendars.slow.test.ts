import assert from 'node:assert/strict';
import { calendars } from '../../bench/attacks/calendars.js';
import type { Bystander } from '../../bench/bystander.js';
import type { Tenant } from '../../bench/tenant.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { attackBeside } from './attack-under-way.js';
import { settleBystander } from './bystander.js';
import { settle } from './tenants.js';

describe('calendars full of the densest schedules, asked for by many at once', function () {
  this.timeout(200_000);
  let simulator: TestSimulator;
  let server: TestServer;
  let bystander: Bystander;
  let attacker: Tenant;
  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
    attacker = await settle(server, simulator, 'attacker');
    bystander = await settleBystander(server, simulator);
  });
  after(async () => {
    bystander.leave();
    await server.stop();
    await simulator.stop();
  });

  it('are worked out one at a time, and hold nobody else up', async () => {
    const answers = await attackBeside(bystander, calendars, attacker);
    assert.deepEqual(Object.keys(answers).sort(), ['200', '503']);
  });
});
