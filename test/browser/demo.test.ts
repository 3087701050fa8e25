import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { launchChromium, withPage } from '../support/chromium.js';
import { eventually } from '../support/eventually.js';
import { makeTempDir } from '../support/temp-dir.js';

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

      await withPage(browser, 'demo', async (page, log) => {
        await page.goto(demo.dashboard);
        await page.getByText('Fresh croissants').first().click();
        const viewed = page.getByRole('listitem').filter({ hasText: 'Viewed' });
        await viewed.first().waitFor({ timeout: 60_000 });
        const before = await viewed.count();
        await viewed.nth(before).waitFor({ timeout: 60_000 });
        assert.equal(page.url().includes('key='), false, 'the key is out of the address');
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

  it('takes its programs along when it is killed', async () => {
    const temp = await makeTempDir();
    const demo = await startDemo(0, temp.dir);
    demo.process.kill('SIGKILL');
    await gone(demo.dashboard);
    await gone(demo.simulator);
    await temp.remove();
  });
});
