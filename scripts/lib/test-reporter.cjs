/*
 * Mocha's usual report, and the outcome in a file for the script that runs the tests: it prints the last line and
 * decides about the exit code, also when mocha itself falls over. CommonJS because mocha loads reporters that way.
 */
const { writeFileSync } = require('node:fs');
const path = require('node:path');
const { reporters, Runner } = require('mocha');

/** How long servers, sockets and child processes may live on after the last test. */
const endTimeoutMs = Number(process.env.TEST_END_TIMEOUT_MS ?? 10_000);
const lookEveryMs = 100;
/** Nothing left in so many looks in a row is the end; in one look it may be a pause between two steps of the end. */
const quietLooks = 3;
/** Files that take longer are listed at the end. */
const slowFileMs = 2_000;

/**
 * What still keeps this process alive. Timers do not count: Baileys leaves some behind, for up to a minute, for every
 * socket that is closed. Nor do the three pipes of standard input, output and error.
 */
function whatIsLeft() {
  const counted = process.getActiveResourcesInfo().filter((name) => !/^(Timeout|Immediate|TTYWrap)$/.test(name));
  let pipes = 3;
  return counted.filter((name) => name !== 'PipeWrap' || pipes-- <= 0);
}

/** @param {string | undefined} file @returns {string} the source, below the project, also of a test that was compiled */
function sourceOf(file) {
  return path.relative(process.cwd(), file ?? 'unknown').replace(/^dist[\\/](test[\\/].*)\.js$/, '$1.ts');
}

/** @param {Mocha.Test} test @returns {string} which it was, where it is and the beginning of what it says */
function inOneLine(test) {
  const file = sourceOf(test.file);
  const [reason = ''] = (test.err?.message ?? '').split('\n');
  return `${file}: ${test.fullTitle()}: ${reason.slice(0, 300)}`;
}

module.exports = class CountingReporter extends reporters.Spec {
  /** Milliseconds by file, hooks included. @type {Map<string, number>} */
  durations = new Map();

  /** @param {Mocha.Runner} runner @param {Mocha.MochaOptions} options */
  constructor(runner, options) {
    super(runner, options);
    this.watchFiles(runner);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      const { resultFile } = options.reporterOptions;
      this.tellSlowest();
      /** @param {string[]} left */
      const end = (left) => {
        const result = {
          passed: passes,
          failed: failures,
          skipped: pending,
          failures: this.failures.map(inOneLine),
          left,
        };
        writeFileSync(resultFile, JSON.stringify(result));
        process.exit(failures > 0 || left.length > 0 ? 1 : 0);
      };
      const deadline = performance.now() + endTimeoutMs;
      let quiet = 0;
      setInterval(() => {
        const left = whatIsLeft();
        quiet = left.length === 0 ? quiet + 1 : 0;
        if (quiet >= quietLooks || performance.now() > deadline) end(left);
      }, lookEveryMs);
    });
  }

  /** @param {Mocha.Runner} runner */
  watchFiles(runner) {
    /** @type {number} */
    let startedAt;
    runner.on(Runner.constants.EVENT_SUITE_BEGIN, (suite) => {
      if (suite.parent?.root === true) startedAt = performance.now();
    });
    runner.on(Runner.constants.EVENT_SUITE_END, (suite) => {
      if (suite.parent?.root !== true) return;
      const file = sourceOf(suite.file);
      this.durations.set(file, (this.durations.get(file) ?? 0) + performance.now() - startedAt);
    });
  }

  tellSlowest() {
    const slow = [...this.durations].filter(([, durationMs]) => durationMs > slowFileMs).sort((a, b) => b[1] - a[1]);
    if (slow.length === 0) return;
    console.log('  Files that took longest:');
    for (const [file, durationMs] of slow.slice(0, 15)) console.log(`    ${(durationMs / 1000).toFixed(1)} s  ${file}`);
    console.log();
  }
};
