import { deepEqual, equal, ok } from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Success } from '../../server/contract/envelope.js';
import type { Status } from '../../server/contract/statuses.js';
import { callApi, linkAccount } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { startTestServer, type SimulatorAddress, type TestServer } from '../support/test-server.js';
import type { CrowdAddress, CrowdMessage } from './companions.js';

const simulatorFile = fileURLToPath(new URL('../../simulator/main.ts', import.meta.url));
const crowdFile = fileURLToPath(new URL('./companions.ts', import.meta.url));
const maxRssBytes = 2 * 1024 ** 3;
const accounts = Number(process.env['SCALE_ACCOUNTS'] ?? 500);
const watched = Number(process.env['SCALE_WATCHED'] ?? 5_000);
const unwatched = Number(process.env['SCALE_UNWATCHED'] ?? 45_000);
const contacts = watched + unwatched;

interface Usage {
  rssBytes: number;
  cpuMs: number;
  longestPauseMs: number;
  people: number;
  accounts: number;
  connections: number;
}

/** The simulator, the plain clients and the server run in a process each, so that each one's costs are its own. */
describe(`a simulator with ${contacts} contacts and ${accounts} accounts`, function () {
  this.timeout(30 * 60_000);
  this.bail(true);
  let simulator: ChildProcess;
  let crowd: ChildProcess;
  let address: SimulatorAddress & { control: string };
  let server: TestServer;
  let audience: string[];
  let status: Status;

  before(async () => {
    simulator = fork(simulatorFile, ['--port', '0', '--log-level', 'warn'], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    ok(simulator.stdout);
    const [line] = (await once(createInterface(simulator.stdout), 'line')) as [string];
    address = JSON.parse(line) as typeof address;
    server = await startTestServer({
      simulator: address,
      env: { STATUS_CHUNK_SIZE: '1000', STATUS_CHUNK_PAUSE_MS: '0' },
    });
  });
  after(async () => {
    await server.stop();
    const gone = [crowd, simulator].map((child) => once(child, 'exit'));
    crowd.disconnect();
    simulator.kill('SIGTERM');
    await Promise.all(gone);
  });

  async function control<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
    const text = typeof body === 'string';
    const init = {
      method,
      ...(body === undefined
        ? {}
        : {
            headers: { 'content-type': text ? 'text/plain' : 'application/json' },
            body: text ? body : JSON.stringify(body),
          }),
    };
    const answer = await fetch(`${address.control}${path}`, init);
    ok(answer.ok, await answer.clone().text());
    return (await answer.json()) as T;
  }

  /** What this part of the run cost the simulator, apart from the clients and the server. */
  async function measured<T>(what: string, part: () => Promise<T>): Promise<T> {
    const before = await control<Usage>('GET', '/admin/usage');
    const startedAt = performance.now();
    const result = await part();
    const tookMs = performance.now() - startedAt;
    const usage = await control<Usage>('GET', '/admin/usage');
    console.log(
      `        ${what}: ${seconds(tookMs)}; simulator: ${seconds(usage.cpuMs - before.cpuMs)} of CPU, ` +
        `${Math.round(usage.rssBytes / 1024 ** 2)} MiB, longest pause ${usage.longestPauseMs} ms`,
    );
    ok(usage.rssBytes < maxRssBytes, `${usage.rssBytes} bytes`);
    return result;
  }

  async function nextOf(type: CrowdMessage['type']): Promise<number> {
    const [message] = (await once(crowd, 'message')) as [CrowdMessage];
    if (message.type === 'failed') throw new Error(message.reason);
    equal(message.type, type);
    return message.count;
  }

  async function untilCounted(name: 'included' | 'delivered' | 'viewed', count: number): Promise<Status> {
    return eventually(
      async () => {
        const path = `/sessions/acc1/statuses/${status.id}`;
        const { data } = await callApi<Success<Status>>(server, 'GET', path);
        ok(data.state !== 'failed', JSON.stringify(data.error));
        ok(data.counts[name] >= count, JSON.stringify(data.counts));
        return data;
      },
      { timeoutMs: 10 * 60_000, what: `${count} ${name}` },
    );
  }

  it('makes the contacts', async () => {
    await measured('contacts made', async () => {
      const made = await Promise.all([
        control<{ contacts: { phoneNumber: string }[] }>('POST', '/admin/contacts', { count: watched }),
        control<{ contacts: { phoneNumber: string }[] }>('POST', '/admin/contacts', {
          count: unwatched,
          watched: false,
        }),
      ]);
      audience = made.flatMap(({ contacts: some }) => some.map(({ phoneNumber }) => phoneNumber));
    });
    equal(audience.length, contacts);
  });

  it('has all accounts linked and online at once', async () => {
    await measured('accounts linked', async () => {
      crowd = fork(crowdFile, [JSON.stringify({ ...address, count: accounts } satisfies CrowdAddress)]);
      equal(await nextOf('online'), accounts);
    });
    await linkAccount(server, { scanQr: (qr) => control('POST', '/admin/mock-phone/scan-qr', qr) });
    const usage = await control<Usage>('GET', '/admin/usage');
    deepEqual([usage.connections, usage.accounts, usage.people], [accounts + 1, accounts + 1, contacts + accounts + 1]);
  });

  it('takes one status for everybody from a server, in parts under one id', async () => {
    status = await measured('status posted', async () => {
      const body = { type: 'text', content: 'To everybody', targetNumbers: audience };
      const path = '/sessions/acc1/send-status';
      const answer = await callApi<Success<Status>>(server, 'POST', path, { body, expected: 202 });
      status = answer.data;
      await untilCounted('included', contacts);
      await control('POST', '/admin/drain');
      return untilCounted('included', contacts);
    });
    equal(status.state, 'sent');
    equal(status.counts.included, contacts);
    deepEqual(await control('GET', '/admin/refusals'), { total: 0, refusals: [] });
  });

  it('lets those who are watched read it, and those who are not have it unread', async () => {
    const textOf = async (phoneNumber: string | undefined): Promise<string | null | undefined> => {
      const path = `/admin/contacts/${phoneNumber ?? ''}/statuses`;
      const { statuses } = await control<{ statuses: { text: string | null }[] }>('GET', path);
      equal(statuses.length, 1);
      return statuses[0]?.text;
    };
    for (let index = 0; index < watched; index += 25) equal(await textOf(audience[index]), 'To everybody');
    for (const index of [watched, contacts - 1]) equal(await textOf(audience[index]), null);
  });

  it('tells the server of every delivery', async () => {
    await untilCounted('delivered', contacts);
  });

  it('sends thousands of views at once, and the server has every one of them', async () => {
    const burst = Math.min(10_000, contacts);
    await measured(`${burst} views in a burst`, async () => {
      await control('POST', `/admin/statuses/${status.messageId}/views`, { curve: 'burst', count: burst });
      await untilCounted('viewed', burst);
    });
  });

  it('spreads the views of all others as in life, and the server has every one of them', async () => {
    await measured('all other views, by the natural curve over 30 s', async () => {
      await control('POST', `/admin/statuses/${status.messageId}/views`, { curve: 'natural', overMs: 30_000 });
      await untilCounted('viewed', contacts);
    });
  });

  it('has kept every other account online meanwhile', async () => {
    crowd.send('ask');
    equal(await nextOf('alive'), accounts);
    equal((await control<Usage>('GET', '/admin/usage')).connections, accounts + 1);
    const { user, system } = process.cpuUsage();
    console.log(`        the server, with this test: ${seconds((user + system) / 1000)} of CPU in all`);
  });
});

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
