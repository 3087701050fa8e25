import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Bystander } from '../../bench/bystander.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { bystanderMeetsNoError, settleBystander } from './bystander.js';

const attackers = 500;

describe('refused requests whose bodies never come', function () {
  this.timeout(90_000);
  let simulator: TestSimulator;
  let server: TestServer;
  let bystander: Bystander;
  const sockets: Socket[] = [];
  let trickle: NodeJS.Timeout;
  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
    bystander = await settleBystander(server, simulator);
    // A byte now and then, as somebody sends who wants to look alive.
    trickle = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write('x');
    }, 500);
  });
  after(async () => {
    clearInterval(trickle);
    for (const socket of sockets) socket.destroy();
    bystander.leave();
    await server.stop();
    await simulator.stop();
  });

  const begin = async (path: string): Promise<void> => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.on('error', () => undefined).resume();
    sockets.push(socket);
    await once(socket, 'connect');
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n`,
    );
  };

  it('hold no connection beyond their answer, and nobody else up', async () => {
    const paths = ['/api/sessions', '/api/upload-video', '/api/nothing'];
    await bystanderMeetsNoError(bystander, async () => {
      await Promise.all(Array.from({ length: attackers }, (_, nth) => begin(paths[nth % paths.length] ?? '')));
      await eventually(
        () => {
          const open = sockets.filter(({ closed }) => !closed).length;
          assert.equal(open, 0, 'connections that are open');
        },
        { timeoutMs: 30_000, what: 'the end of the connections' },
      );
    });
  });
});
