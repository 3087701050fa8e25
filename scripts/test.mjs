import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureChromium } from './lib/ensure-chromium.mjs';
import { prepare } from './lib/prepare.mjs';
import { inProject, readJson } from './lib/project.mjs';
import { run } from './lib/run.mjs';
import { bold, elapsed, say } from './lib/say.mjs';

const long = process.argv.includes('--long');
const chosen = process.argv.slice(2).filter((argument) => argument !== '--long');

const startedAt = performance.now();
await prepare();
const chromium = await ensureChromium();

/**
 * The server puts faster and stricter curve operations beneath Baileys, for its whole process. Tests with plain Baileys,
 * and those that compare the two, therefore run in a process without a server, and before anything is replaced.
 */
const plainBaileys = ['test/simulator*/**/*.test.ts', 'test/whatsapp-signal/**/*.test.ts'];
const longTests = 'test/long/**';

/** @type {{ specs: string[], ignored: string[] }[]} */
let parts = [
  { specs: plainBaileys, ignored: [] },
  { specs: ['test/**/*.test.ts'], ignored: [...plainBaileys, longTests] },
];
if (long) parts = [{ specs: [`${longTests}/*.test.ts`], ignored: [] }];
if (chosen.length > 0) parts = [{ specs: chosen, ignored: [] }];

say(long ? 'Running the long tests …' : 'Running the tests: unit, HTTP, Socket.IO, wire and browser …');
const total = { passed: 0, failed: 0, skipped: 0 };
let fine = true;
for (const part of parts) {
  const outcome = await runMocha(part);
  total.passed += outcome.passed;
  total.failed += outcome.failed;
  total.skipped += outcome.skipped;
  fine &&= outcome.fine;
}
if (total.skipped > 0) say(`${total.skipped} skipped`);
say(`The tests took ${elapsed(startedAt)}.`);
say(bold(`${total.passed} passed, ${total.failed} failed`));
process.exitCode = fine && total.failed === 0 && total.passed > 0 ? 0 : 1;

/**
 * Runs mocha in a process of its own. A run that ends before it is complete, and one that leaves something running,
 * count as a failure.
 * @param {{ specs: string[], ignored: string[] }} part
 */
async function runMocha({ specs, ignored }) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'statuscast-test-'));
  const resultFile = path.join(folder, 'result.json');
  const { code } = await run(
    process.execPath,
    [
      // Not mocha's command: it would start a second Node, which lives on when the first is killed.
      '--import',
      'tsx',
      inProject('node_modules', 'mocha', 'lib', 'cli', 'cli.js'),
      '--reporter',
      inProject('scripts', 'lib', 'test-reporter.cjs'),
      '--reporter-option',
      `resultFile=${resultFile}`,
      '--forbid-only',
      ...ignored.flatMap((pattern) => ['--ignore', pattern]),
      ...specs,
    ],
    { env: { ...process.env, CHROMIUM_PATH: chromium, NODE_ENV: 'test' } },
  );
  /** @type {{ passed: number, failed: number, skipped: number, left: string[] } | undefined} */
  const result = readJson(resultFile);
  rmSync(folder, { recursive: true, force: true });
  if (result === undefined) {
    say(`The test run ended before it was complete (exit code ${code}).`);
    return { passed: 0, failed: 1, skipped: 0, fine: false };
  }
  if (result.left.length === 0) return { ...result, fine: code === 0 };
  say(`The tests left something running, and that counts as a failure: ${result.left.join(', ')}.`);
  return { ...result, failed: result.failed + 1, fine: false };
}
