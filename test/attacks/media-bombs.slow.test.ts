import assert from 'node:assert/strict';
import sharp from 'sharp';
import { mediaBombs } from '../../bench/attacks/pictures.js';
import type { Bystander } from '../../bench/bystander.js';
import type { Tenant } from '../../bench/tenant.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { attackBeside } from './attack-under-way.js';
import { settleBystander } from './bystander.js';
import { settle } from './tenants.js';

describe('pictures of one organization that unpack to gigabytes', function () {
  this.timeout(200_000);
  let simulator: TestSimulator;
  let server: TestServer;
  let bystander: Bystander;
  let attacker: Tenant;
  let neighbour: Tenant;
  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
    attacker = await settle(server, simulator, 'attacker');
    neighbour = await settle(server, simulator, 'neighbour');
    bystander = await settleBystander(server, simulator);
  });
  after(async () => {
    bystander.leave();
    await server.stop();
    await simulator.stop();
  });

  it('hold nobody else up, who uploads a picture meanwhile', async () => {
    const picture = await sharp({ create: { width: 40, height: 30, channels: 3, background: '#1F6F5C' } })
      .png()
      .toBuffer();
    const answers = await attackBeside(bystander, mediaBombs(), attacker, async () => {
      const body = new FormData();
      body.set('image', new Blob([new Uint8Array(picture)]), 'sun.png');
      const headers = { 'x-api-key': neighbour.apiKey };
      const answer = await fetch(`${neighbour.url}/api/upload-image`, { method: 'POST', headers, body });
      assert.equal(answer.status, 201, await answer.text());
    });
    for (const status of Object.keys(answers)) assert.ok(['201', '413', '503'].includes(status), status);
  });
});
