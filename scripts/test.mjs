import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensurePrograms } from './lib/ensure-programs.mjs';
import { mochaArguments } from './lib/mocha-arguments.mjs';
import { prepare } from './lib/prepare.mjs';
import { inProject, readJson } from './lib/project.mjs';
import { run } from './lib/run.mjs';
import { bold, elapsed, say } from './lib/say.mjs';
import { partsOf } from './lib/test-parts.mjs';

const kind = process.argv.includes('--long') ? 'long' : process.argv.includes('--slow') ? 'slow' : 'quick';
const chosen = process.argv.slice(2).filter((argument) => !['--long', '--slow'].includes(argument));

const startedAt = performance.now();
await prepare();
const { chromium } = await ensurePrograms();
/** Files that were asked for, and the long tests, run from the sources. */
const isCompiled = chosen.length === 0 && kind !== 'long';
if (isCompiled) await (await import('./lib/compile-tests.mjs')).compileTests();

/** Just built; starts in half the time that the sources need. */
const serverProgram = inProject('dist', 'server', 'main.js');
const parts = chosen.length > 0 ? [{ specs: chosen, ignored: [] }] : partsOf(kind);
/** One more than there are processors, because tests also wait; where there is one only, it is busy enough. */
const partsAtOnce = os.availableParallelism() < 2 ? 1 : os.availableParallelism() + 1;

say(kind === 'quick' ? 'Running the tests: unit, HTTP, Socket.IO, wire and browser …' : `Running the ${kind} tests …`);
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
 * @param {import('./lib/test-parts.mjs').Part} part @param {{ quiet?: boolean }} [options] quiet keeps the output back
 */
async function runMocha(part, { quiet = false } = {}) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'statuscast-test-'));
  const resultFile = path.join(folder, 'result.json');
  const { code, output } = await run(
    process.execPath,
    mochaArguments(part, { isCompiled, isColored: quiet && process.stdout.isTTY === true, resultFile }),
    { env: { ...process.env, CHROMIUM_PATH: chromium, NODE_ENV: 'test', SERVER_PROGRAM: serverProgram }, quiet },
  );
  /** @type {{ passed: number, failed: number, skipped: number, failures: string[], left: string[] } | undefined} */
  const result = readJson(resultFile);
  rmSync(folder, { recursive: true, force: true });
  const nothing = { passed: 0, failed: 1, skipped: 0, fine: false };
  if (result === undefined) {
    const sentence = `The test run ended before it was complete (exit code ${code}).\n`;
    return said({ ...nothing, failures: [`${part.specs.join(', ')}: ${sentence.trim()}`] }, sentence);
  }
  if (result.passed + result.failed === 0) {
    const sentence = `There was no test in ${part.specs.join(', ')}.`;
    return said({ ...nothing, failures: [sentence] }, `${sentence}\n`);
  }
  if (result.left.length === 0) return said({ ...result, fine: code === 0 });
  const sentence = `The tests left something running, and that counts as a failure: ${countKinds(result.left)}.\n`;
  const failures = [...result.failures, `${part.specs.join(', ')}: ${sentence.trim()}`];
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
