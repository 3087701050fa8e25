import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Success } from '../../server/contract/envelope.js';
import type { Status } from '../../server/contract/statuses.js';
import type { Viewer } from '../../server/contract/viewers.js';
import { launchChromium, withPage } from '../support/chromium.js';
import { eventually } from '../support/eventually.js';
import { makeTempDir } from '../support/temp-dir.js';

const dayMs = 24 * 60 * 60_000;
/** How late a post may be marked as gone from the phones. */
const expiryMs = 2 * 60_000;
/** Long enough for a build, should the sources be newer than dist/. */
const startTimeoutMs = 120_000;

interface RunningDemo {
  process: ChildProcess;
  output: () => string;
  /** The dashboard's address with its key. */
  dashboard: string;
  simulator: string;
}

async function startDemo(port: number, tempDir: string): Promise<RunningDemo> {
  const child = spawn(process.execPath, ['scripts/demo.mjs', '--port', String(port)], {
    env: { ...process.env, TMPDIR: tempDir, npm_lifecycle_event: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('The demo ended.')));
  const ready = eventually(() => assert.match(output, /Ctrl-C stops everything/), {
    timeoutMs: startTimeoutMs,
    what: 'the demo to be ready',
  });
  // Whichever comes second is of no interest: demos end, and one that ended is never ready.
  ready.catch(() => undefined);
  ended.catch(() => undefined);
  try {
    await Promise.race([ready, ended]);
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`The demo did not start. It said:\n${output}`, { cause: error });
  }
  return {
    process: child,
    output: () => output,
    dashboard: /Dashboard\s+(\S+)/.exec(output)?.[1] ?? '',
    simulator: /Simulator\s+(\S+)/.exec(output)?.[1] ?? '',
  };
}

/** The days before today are there, as if the account had been in use: opened over hours, never before they were posted. */
async function assertLivedPast(dashboard: string): Promise<void> {
  const { origin, hash } = new URL(dashboard);
  const get = async <T>(route: string): Promise<T> => {
    const answer = await fetch(`${origin}/api${route}`, { headers: { 'x-api-key': hash.replace('#key=', '') } });
    return ((await answer.json()) as Success<T>).data;
  };
  const since = new Date(Date.now() - 5 * dayMs).toISOString();
  const posts = await get<Status[]>(`/sessions/demo/statuses?from=${since}`);
  const past = posts.filter(({ sentAt }) => sentAt !== null && Date.parse(sentAt) < Date.now() - dayMs - expiryMs);
  assert.ok(past.length >= 2, `${String(past.length)} posts of days before`);
  for (const { id, state, createdAt, counts } of past) {
    assert.equal(state, 'expired');
    assert.ok(counts.viewed > 20 && counts.delivered === 40, JSON.stringify(counts));
    const viewers = await get<Viewer[]>(`/sessions/demo/statuses/${id}/viewers?only=viewed&limit=100`);
    const afterMs = viewers.map(({ viewedAt }) => Date.parse(viewedAt ?? '') - Date.parse(createdAt));
    // Receipts tell whole seconds.
    assert.ok(Math.min(...afterMs) > -1_000, 'nobody has seen it before it was there');
    assert.ok(Math.max(...afterMs) > 60 * 60_000, 'some have seen it hours later');
  }
  assert.ok(
    posts.some(({ state, scheduledAt }) => state === 'scheduled' && Date.parse(scheduledAt ?? '') > Date.now()),
  );
}

/** Resolves when nothing answers at this address any more. */
function gone(url: string): Promise<void> {
  return eventually(
    async () => {
      const answered = await fetch(new URL('/', url)).then(
        () => true,
        () => false,
      );
      assert.equal(answered, false);
    },
    { timeoutMs: 20_000, what: `the end of ${new URL(url).origin}` },
  );
}

describe('npm run demo', function () {
  this.timeout(startTimeoutMs + 120_000);

  it('shows viewers arriving in the dashboard without a reload, and Ctrl-C leaves nothing behind', async () => {
    const temp = await makeTempDir();
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const demo = await startDemo(port, temp.dir);
    const browser = await launchChromium();
    try {
      assert.match(demo.output(), new RegExp(`Port ${port} is taken; using \\d+ instead`));
      await assertLivedPast(demo.dashboard);

      await withPage(browser, 'demo', async (page, log) => {
        await page.goto(demo.dashboard);
        await page.getByText('Fresh croissants').first().click();
        const viewed = page.getByRole('listitem').filter({ hasText: 'Viewed' });
        await viewed.first().waitFor({ timeout: 60_000 });
        const before = await viewed.count();
        await viewed.nth(before).waitFor({ timeout: 60_000 });
        assert.equal(page.url().includes('key='), false, 'the key is out of the address');

        await page.getByRole('link', { name: 'New post' }).click();
        await page.getByRole('radio', { name: /^All contacts/ }).check({ force: true });
        await page.getByText('Goes to 40 people').waitFor();
        await page.getByRole('textbox', { name: 'Text' }).fill('The first post of a newcomer');
        await page.getByRole('button', { name: 'Post to 40 people' }).click();
        await page.getByText('WhatsApp has it').waitFor();
        assert.deepEqual(log.cspViolations, []);
      });
    } finally {
      await browser.close();
      const exited = once(demo.process, 'exit');
      demo.process.kill('SIGINT');
      const [code] = (await exited) as [number | null];
      taken.close();
      assert.equal(code, 0, demo.output());
    }
    assert.match(demo.output(), /Everything is stopped/);
    await gone(demo.dashboard);
    await gone(demo.simulator);
    assert.deepEqual(await readdir(temp.dir), []);
    await temp.remove();
  });
});
