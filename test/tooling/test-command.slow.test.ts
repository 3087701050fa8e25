import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cp, readdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeTempDir } from '../support/temp-dir.js';

async function runTests(
  args: string[],
  { env = {}, cwd = process.cwd() }: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['scripts/test.mjs', ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, output };
}

describe('npm test', function () {
  this.timeout(120_000);

  it('ends with the counts, and fails when a test fails', async () => {
    const { dir, remove } = await makeTempDir();
    const file = path.join(dir, 'one-of-each.test.ts');
    await writeFile(file, "it('works', () => undefined);\nit('fails', () => { throw new Error('on purpose'); });\n");
    const { code, output } = await runTests([file]);
    await remove();
    const lines = output.trimEnd().split('\n');
    assert.equal(lines.at(-1), '1 passed, 1 failed');
    assert.match(lines.at(-3) ?? '', /^Failed: .*one-of-each\.test\.ts: fails: on purpose$/);
    assert.equal(code, 1);
  });

  it('fails when a test leaves a server running', async () => {
    const { dir, remove } = await makeTempDir();
    const file = path.join(dir, 'leaves-a-server.test.ts');
    await writeFile(file, "it('works', async () => { (await import('node:http')).createServer().listen(0); });\n");
    const { code, output } = await runTests([file], { env: { TEST_END_TIMEOUT_MS: '500' } });
    await remove();
    // A file may be on its way to the disk at that moment, too.
    assert.match(output, /left something running, and that counts as a failure: .*\b1 TCPServerWrap/);
    assert.match(output, /^Failed: .*leaves-a-server\.test\.ts: The tests left something running/m);
    assert.equal(output.trimEnd().split('\n').at(-1), '1 passed, 1 failed');
    assert.equal(code, 1);
  });

  it('fails when no test was found', async () => {
    const { code, output } = await runTests(['test/nowhere/**/*.test.ts']);
    assert.equal(output.trimEnd().split('\n').at(-1), '0 passed, 1 failed');
    assert.equal(code, 1);
  });

  it('runs the tests where node_modules is a symbolic link', async () => {
    const { dir, remove } = await makeTempDir();
    // Everything else is linked as well, so that there is nothing to build.
    for (const name of await readdir('.')) {
      if (name === 'scripts') await cp(name, path.join(dir, name), { recursive: true });
      else await symlink(path.resolve(name), path.join(dir, name));
    }
    const file = path.join(dir, 'one.test.ts');
    await writeFile(file, "it('works', () => undefined);\n");
    const { code, output } = await runTests([file], { cwd: dir });
    await remove();
    assert.equal(output.trimEnd().split('\n').at(-1), '1 passed, 0 failed', output);
    assert.equal(code, 0);
  });

  it('says what to do when there is no Chromium, instead of leaving tests out', async () => {
    const { code, output } = await runTests(['test/bench/report.test.ts'], {
      env: { CHROMIUM_PATH: '/nowhere/chromium' },
    });
    assert.match(output, /CHROMIUM_PATH names \/nowhere\/chromium, and that is not a program that can be run/);
    assert.equal(code, 1);
  });

  it('says what to do for each program that it can neither find nor install', async () => {
    const { dir, remove } = await makeTempDir();
    await writeFile(path.join(dir, 'apt-get'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    await writeFile(path.join(dir, 'chromium'), '', { mode: 0o755 });
    const { code, output } = await runTests(['test/bench/report.test.ts'], {
      env: { PATH: dir, CHROMIUM_PATH: path.join(dir, 'chromium') },
    });
    await remove();
    assert.match(output, /which use curl, and it was not found\. Debian: apt install curl\.\n/);
    assert.match(output, /with bash, and it was not found/);
    assert.equal(code, 1);
  });
});
