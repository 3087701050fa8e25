import { mkdtempSync, rmSync, watch } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureChromium } from './lib/ensure-chromium.mjs';
import { prepare } from './lib/prepare.mjs';
import { inProject, readJson } from './lib/project.mjs';
import { binOf, run } from './lib/run.mjs';
import { bold, elapsed, say } from './lib/say.mjs';

/** How long mocha may live on after its last test: longer means that a test left something running. */
const endTimeoutMs = 20_000;

const long = process.argv.includes('--long');
const chosen = process.argv.slice(2).filter((argument) => argument !== '--long');

const startedAt = performance.now();
await prepare();
const chromium = await ensureChromium();

const folder = mkdtempSync(path.join(os.tmpdir(), 'statuscast-test-'));
const resultFile = path.join(folder, 'result.json');
const specs = chosen.length > 0 ? chosen : [long ? 'test/long/**/*.test.ts' : 'test/**/*.test.ts'];
const leftOut = long ? [] : ['--ignore', 'test/long/**'];

say(long ? 'Running the long tests …' : 'Running the tests: unit, HTTP, Socket.IO, wire and browser …');
const abort = new AbortController();
let leaky = false;
let endTimer;
const watcher = watch(folder, () => {
  endTimer ??= setTimeout(() => {
    leaky = true;
    abort.abort();
  }, endTimeoutMs);
});

const mocha = await run(
  process.execPath,
  [
    binOf('mocha'),
    '--reporter',
    inProject('scripts', 'lib', 'test-reporter.cjs'),
    '--reporter-option',
    `resultFile=${resultFile}`,
    '--forbid-only',
    ...leftOut,
    ...specs,
  ],
  { env: { ...process.env, CHROMIUM_PATH: chromium, NODE_ENV: 'test' }, signal: abort.signal },
);
watcher.close();
clearTimeout(endTimer);
const result = readJson(resultFile);
rmSync(folder, { recursive: true, force: true });

if (result === undefined) {
  say(`The test run ended before it was complete (exit code ${mocha.code}).`);
  say(bold('0 passed, 1 failed'));
  process.exit(1);
}
const failed = result.failed + (leaky ? 1 : 0);
if (leaky) say('A test left something running: mocha had to be ended. That counts as a failure.');
if (result.skipped > 0) say(`${result.skipped} skipped`);
say(`The tests took ${elapsed(startedAt)}.`);
say(bold(`${result.passed} passed, ${failed} failed`));
process.exitCode = failed > 0 || mocha.code !== 0 || result.passed === 0 ? 1 : 0;
