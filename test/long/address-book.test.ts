import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import type { Contact, ContactsSummary } from '../../server/contract/contacts.js';
import type { PageMeta, Success } from '../../server/contract/envelope.js';
import { callApi, linkAccount } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { startTestServer, type SimulatorAddress, type TestServer } from '../support/test-server.js';

const size = 50_000;
const phoneNumber = '4915112345678';

describe('an address book of 50,000', function () {
  this.timeout(15 * 60_000);
  let simulator: ChildProcess;
  let address: SimulatorAddress & { control: string };
  let server: TestServer;

  before(async () => {
    // In a process of its own, so that the event loop measured here is the server's.
    simulator = spawn(process.execPath, ['--import', 'tsx', 'simulator/main.ts', '--port', '0'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    assert.ok(simulator.stdout);
    const [line] = (await once(createInterface(simulator.stdout), 'line')) as [string];
    address = JSON.parse(line) as typeof address;
    server = await startTestServer({ simulator: address });
  });
  after(async () => {
    await server.stop();
    const gone = once(simulator, 'exit');
    simulator.kill('SIGTERM');
    await gone;
  });

  async function control<T>(path: string, body: unknown): Promise<T> {
    const text = typeof body === 'string';
    const answer = await fetch(`${address.control}${path}`, {
      method: 'POST',
      headers: { 'content-type': text ? 'text/plain' : 'application/json' },
      body: text ? body : JSON.stringify(body),
    });
    assert.ok(answer.ok, await answer.clone().text());
    return (await answer.json()) as T;
  }

  it('is complete after linking, and is paged and searched without gaps', async () => {
    await control('/admin/accounts', { phoneNumber, name: 'Shop' });
    for (let made = 0; made < size; made += 10_000) await control('/admin/contacts', { count: 10_000 });
    await control(`/admin/accounts/${phoneNumber}/address-book`, { all: true, chats: 2_000 });
    const delay = monitorEventLoopDelay({ resolution: 5 });
    const linkedAt = performance.now();
    await linkAccount(server, {
      scanQr: (qr) => control(`/admin/mock-phone/scan-qr?phoneNumber=${phoneNumber}`, qr),
    });
    delay.enable();
    await eventually(
      async () => {
        const { data } = await callApi<Success<ContactsSummary>>(server, 'GET', '/sessions/acc1/contacts/summary');
        assert.deepEqual([data.saved, data.syncedAt !== null], [size, true]);
      },
      { timeoutMs: 10 * 60_000, what: 'all contacts' },
    );
    delay.disable();
    const tookMs = performance.now() - linkedAt;

    const seen = new Set<string>();
    const pageMs: number[] = [];
    let last = '';
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const startedAt = performance.now();
      const page: { data: Contact[]; meta: PageMeta } = await callApi(
        server,
        'GET',
        `/sessions/acc1/contacts?limit=500${query}`,
      );
      pageMs.push(performance.now() - startedAt);
      for (const { personId } of page.data) seen.add(personId);
      last = page.data.at(-1)?.number ?? '';
      assert.equal(page.meta.total, size);
      cursor = page.meta.nextCursor;
    }
    assert.equal(seen.size, size);
    const startedAt = performance.now();
    const found = await callApi<{ data: Contact[] }>(server, 'GET', `/sessions/acc1/contacts?search=${last}`);
    const searchMs = performance.now() - startedAt;
    assert.deepEqual(
      found.data.map(({ number }) => number),
      [last],
    );
    pageMs.sort((one, other) => one - other);
    console.log(
      `        told in ${tookMs.toFixed(0)} ms; event loop p99 ${(delay.percentile(99) / 1e6).toFixed(0)} ms, ` +
        `longest ${(delay.max / 1e6).toFixed(0)} ms; page of 500: median ${(pageMs[pageMs.length >> 1] ?? 0).toFixed(0)} ms, ` +
        `slowest ${(pageMs.at(-1) ?? 0).toFixed(0)} ms; search ${searchMs.toFixed(0)} ms`,
    );
  });
});
