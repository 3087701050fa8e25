import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { io, type Socket } from 'socket.io-client';
import { askOverAndOver } from '../../bench/attacks/attack.js';
import type { Bystander } from '../../bench/bystander.js';
import { inTurns } from '../../bench/in-turns.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { bystanderMeetsNoError, settleBystander } from './bystander.js';

const attacker = '203.0.113.1';
/** More than all who are connected may be. */
const handshakes = 2_100;
/** Each that is refused waits for its answer. */
const atATime = 700;

describe('handshakes of live connections that never say who they are', function () {
  this.timeout(90_000);
  let simulator: TestSimulator;
  let server: TestServer;
  let bystander: Bystander;
  const agent = new Agent({ keepAlive: true, maxSockets: atATime });
  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator, env: { TRUST_PROXY: '1' } });
    bystander = await settleBystander(server, simulator);
  });
  after(async () => {
    bystander.leave();
    agent.destroy();
    await server.stop();
    await simulator.stop();
  });

  const handshake = (headers: Record<string, string> = {}): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const options = { agent, headers: { 'x-forwarded-for': attacker, ...headers } };
      request(`${server.url}/socket.io/?EIO=4&transport=polling`, options, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      })
        .on('error', reject)
        .end();
    });
  const attack = async (): Promise<number> => {
    let taken = 0;
    await inTurns(handshakes, atATime, async () => {
      if ((await handshake()).status === 200) taken += 1;
    });
    return taken;
  };

  it('take no place of anybody else', async () => {
    const taken = await bystanderMeetsNoError(bystander, attack);
    assert.ok(taken < handshakes / 2, `${String(taken)} were let in`);
  });

  it('are refused in words, and whoever sends its key along comes in from the same network', async () => {
    const over = new AbortController();
    const flood = askOverAndOver(150, over.signal, async () => String((await handshake()).status));
    await eventually(async () => {
      const refused = await handshake();
      assert.equal(refused.status, 403);
      assert.match(refused.text, /Too many connections from this network have not said yet who they are\. Try again/);
      assert.equal((await handshake({ 'x-api-key': 'wrong' })).status, 403);
    });
    const socket: Socket = io(server.url, {
      extraHeaders: { 'x-forwarded-for': attacker, 'x-api-key': server.apiKey },
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
    });
    try {
      await new Promise((resolve, reject) => socket.once('connect', () => resolve(true)).once('connect_error', reject));
    } finally {
      socket.disconnect();
      over.abort();
    }
    await flood;
  });
});
