import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { queryObjects } from 'node:v8';
import { scanQr, startSimulatorProcess, type SimulatorProcess } from '../../bench/simulator-process.js';
import { BaileysConnection } from '../../server/whatsapp/connection/baileys-connection.js';
import { callApi, linkAccount, waitUntilConnected } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

const restarts = 200;
/** What comes and goes by itself: timers of idle connections, of the test's own requests. */
const scatter = 20;

const timer = setTimeout(() => undefined, 0);
clearTimeout(timer);
const kinds = {
  storages: AsyncLocalStorage,
  connections: BaileysConnection,
  emitters: EventEmitter,
  timers: timer.constructor as new () => unknown,
  aborts: AbortSignal,
  maps: Map,
  sets: Set,
};

/** What this process holds on to, after its garbage was collected. */
function held(): Record<string, number> {
  const objects = Object.entries(kinds).map(([name, kind]) => [name, queryObjects(kind, { format: 'count' })] as const);
  const listeners = process.eventNames().map((name) => [`on ${String(name)}`, process.listenerCount(name)] as const);
  return Object.fromEntries<number>([...objects, ...listeners]);
}

/** The simulator has a process of its own: it remembers every login, and is not what is counted here. */
describe(`an account that is restarted ${String(restarts)} times`, function () {
  this.timeout(5 * 60_000);
  let simulator: SimulatorProcess;
  let server: TestServer;
  before(async () => {
    simulator = await startSimulatorProcess();
    server = await startTestServer({ simulator });
    const scan = async (qr: string) => ({ phoneNumber: await scanQr(simulator.control, qr), lid: null });
    await linkAccount(server, { scanQr: scan });
  });
  after(async () => {
    await server.stop();
    await simulator.stop();
  });

  const restart = async (times: number): Promise<void> => {
    for (let time = 0; time < times; time += 1) {
      await callApi(server, 'POST', '/sessions/acc1/restart');
      await waitUntilConnected(server, 'acc1');
    }
    await server.app.drain();
  };

  it('leaves nothing of its former connections behind', async () => {
    await restart(10);
    const before = held();
    // Counting holds the process for seconds: connections that were idle meanwhile end under the next request.
    await eventually(() => callApi(server, 'GET', '/me'), { what: 'an answer' });
    await restart(restarts);
    await eventually(
      () => {
        const now = held();
        for (const [name, count] of Object.entries(now)) {
          const grown = count - (before[name] ?? 0);
          assert.ok(grown <= scatter, `${name}: ${String(grown)} more after ${String(restarts)} restarts`);
        }
        assert.equal(now['storages'], before['storages'], 'each storage slows down every promise of the process');
      },
      { timeoutMs: 60_000, what: 'the end of what the connections held' },
    );
  });
});
