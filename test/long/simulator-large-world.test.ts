import { equal, ok } from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../simulator/main.ts', import.meta.url));

/** Runs in its own process, as benchmarks do, so that its memory is its own. */
describe('a large world in a simulator of its own', () => {
  let child: ChildProcess;
  let control: string;

  before(async () => {
    child = fork(main, ['--port', '0', '--log-level', 'error'], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    ok(child.stdout);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    ({ control } = JSON.parse(line.toString()) as { control: string });
  });
  after(async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
  });

  async function ask(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const headers = { 'content-type': 'application/json' };
    const request = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
    const response = await fetch(`${control}${path}`, request);
    equal(response.status, 200);
    return (await response.json()) as Record<string, unknown>;
  }

  it('holds 50,000 contacts and 500 accounts in far less than 2 GiB', async () => {
    await ask('GET', '/admin/usage');
    await ask('POST', '/admin/contacts', { count: 50_000 });
    for (let account = 0; account < 500; account++) await ask('POST', '/admin/accounts', {});
    const usage = await ask('GET', '/admin/usage');
    equal(usage['people'], 50_500);
    equal(usage['accounts'], 500);
    ok(Number(usage['rssBytes']) < 512 * 1024 * 1024, `${String(usage['rssBytes'])} bytes`);
  }).timeout(60_000);

  it('writes 50,000 saved contacts into one address book without keeping others waiting', async () => {
    const { accounts } = (await ask('GET', '/admin/accounts')) as { accounts: { phoneNumber: string }[] };
    const phoneNumber = accounts[0]?.phoneNumber ?? '';
    const filled = ask('POST', `/admin/accounts/${phoneNumber}/address-book`, { all: true, chats: 50_000 });
    let answers = 0;
    let done = false;
    void filled.finally(() => (done = true));
    while (!done) {
      await ask('GET', '/admin/healthz');
      answers += 1;
    }
    equal((await filled)['saved'], 50_499);
    ok(answers > 2, String(answers));
  }).timeout(120_000);
});
