import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensurePrograms } from './lib/ensure-programs.mjs';
import { prepare } from './lib/prepare.mjs';
import { inProject, readJson } from './lib/project.mjs';
import { run } from './lib/run.mjs';
import { bold, elapsed, say } from './lib/say.mjs';

const long = process.argv.includes('--long');
const chosen = process.argv.slice(2).filter((argument) => argument !== '--long');

const startedAt = performance.now();
await prepare();
const { chromium } = await ensurePrograms();

/**
 * The server puts faster and stricter curve operations beneath Baileys, for its whole process. Tests with plain Baileys,
 * and those that compare the two, therefore run in a process without a server, and before anything is replaced.
 */
const plainBaileys = ['test/simulator*/**/*.test.ts', 'test/whatsapp-signal/**/*.test.ts'];
const longTests = 'test/long/**';
/** Just built; starts in half the time that the sources need. */
const serverProgram = inProject('dist', 'server', 'main.js');

/** These start programs and browsers and wait for them. */
const withBrowsers = ['test/{browser,dashboard}/**/*.test.ts'];
const withPrograms = ['test/{config,media,ownership,tooling}/**/*.test.ts'];
const connections = ['test/{sessions,whatsapp}/**/*.test.ts'];
const posts = ['test/{scheduling,statuses}/**/*.test.ts'];

/** The longest first: it is shown as it runs. @type {{ specs: string[], ignored: string[] }[]} */
let parts = [
  {
    specs: ['test/**/*.test.ts'],
    ignored: [...plainBaileys, ...withBrowsers, ...withPrograms, ...connections, ...posts, longTests],
  },
  { specs: withBrowsers, ignored: [] },
  { specs: withPrograms, ignored: [] },
  { specs: posts, ignored: [] },
  { specs: plainBaileys, ignored: [] },
  { specs: connections, ignored: [] },
];
/** One more than there are processors, because tests also wait; where there is one only, it is busy enough. */
const partsAtOnce = os.availableParallelism() < 2 ? 1 : os.availableParallelism() + 1;

if (long) parts = [{ specs: [`${longTests}/*.test.ts`], ignored: [] }];
if (chosen.length > 0) parts = [{ specs: chosen, ignored: [] }];

say(long ? 'Running the long tests …' : 'Running the tests: unit, HTTP, Socket.IO, wire and browser …');
const total = { passed: 0, failed: 0, skipped: 0 };
let fine = true;
/** @type {string[]} */
const failures = [];
for (const outcome of await runParts()) {
  total.passed += outcome.passed;
  total.failed += outcome.failed;
  total.skipped += outcome.skipped;
  fine &&= outcome.fine;
  failures.push(...outcome.failures);
}
// Once more at the end: a log that is cut keeps its last lines.
for (const failure of failures) say(`Failed: ${failure}`);
if (total.skipped > 0) say(`${total.skipped} skipped`);
say(`The tests took ${elapsed(startedAt)}.`);
say(bold(`${total.passed} passed, ${total.failed} failed`));
process.exitCode = fine && total.failed === 0 && total.passed > 0 ? 0 : 1;

/** Some parts at a time; what the others say comes after the first. */
async function runParts() {
  const waiting = [...parts.entries()];
  /** @type {Awaited<ReturnType<typeof runMocha>>[]} */
  const outcomes = [];
  /** @type {string[]} */
  const durations = [];
  const runner = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, part] = next;
      const beganAt = performance.now();
      outcomes[index] = await runMocha(part, { quiet: index > 0 });
      durations[index] = `${elapsed(beganAt)} for ${part.specs.join(', ')}`;
    }
  };
  await Promise.all(Array.from({ length: partsAtOnce }, runner));
  for (const { output } of outcomes) process.stdout.write(output);
  for (const duration of durations) say(duration);
  return outcomes;
}

/**
 * Runs mocha in a process of its own. A run that ends before it is complete, and one that leaves something running,
 * count as a failure.
 * @param {{ specs: string[], ignored: string[] }} part @param {{ quiet?: boolean }} [options] quiet keeps the output back
 */
async function runMocha({ specs, ignored }, { quiet = false } = {}) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'statuscast-test-'));
  const resultFile = path.join(folder, 'result.json');
  const { code, output } = await run(
    process.execPath,
    [
      // Tests leave much behind soon; with room for it the collector runs less often.
      '--max-semi-space-size=64',
      // Not mocha's command: it would start a second Node, which lives on when the first is killed.
      '--import',
      'tsx',
      // It does nothing when it is started through a symbolic link, which node_modules may be.
      realpathSync(inProject('node_modules', 'mocha', 'lib', 'cli', 'cli.js')),
      '--reporter',
      inProject('scripts', 'lib', 'test-reporter.cjs'),
      '--reporter-option',
      `resultFile=${resultFile}`,
      '--forbid-only',
      ...(quiet && process.stdout.isTTY ? ['--color'] : []),
      ...ignored.flatMap((pattern) => ['--ignore', pattern]),
      ...specs,
    ],
    { env: { ...process.env, CHROMIUM_PATH: chromium, NODE_ENV: 'test', SERVER_PROGRAM: serverProgram }, quiet },
  );
  /** @type {{ passed: number, failed: number, skipped: number, failures: string[], left: string[] } | undefined} */
  const result = readJson(resultFile);
  rmSync(folder, { recursive: true, force: true });
  const nothing = { passed: 0, failed: 1, skipped: 0, fine: false };
  if (result === undefined) {
    const sentence = `The test run ended before it was complete (exit code ${code}).\n`;
    return said({ ...nothing, failures: [`${specs.join(', ')}: ${sentence.trim()}`] }, sentence);
  }
  if (result.passed + result.failed === 0) {
    const sentence = `There was no test in ${specs.join(', ')}.`;
    return said({ ...nothing, failures: [sentence] }, `${sentence}\n`);
  }
  if (result.left.length === 0) return said({ ...result, fine: code === 0 });
  const sentence = `The tests left something running, and that counts as a failure: ${countKinds(result.left)}.\n`;
  const failures = [...result.failures, `${specs.join(', ')}: ${sentence.trim()}`];
  return said({ ...result, failed: result.failed + 1, fine: false, failures }, sentence);

  /** @template T @param {T} outcome */
  function said(outcome, sentence = '') {
    if (!quiet) process.stdout.write(sentence);
    return { ...outcome, output: quiet ? output + sentence : '' };
  }
}

/** @param {string[]} kinds @returns {string} each once, with how often it was there */
function countKinds(kinds) {
  return [...new Set(kinds)].map((kind) => `${kinds.filter((other) => other === kind).length} ${kind}`).join(', ');
}
