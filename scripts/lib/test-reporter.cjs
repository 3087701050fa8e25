/*
 * Mocha's usual report, and the counts in a file for the script that runs the tests: it prints the last line and
 * decides about the exit code, also when mocha itself falls over. CommonJS because mocha loads reporters that way.
 */
const { writeFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

const { EVENT_RUN_END } = Runner.constants;

module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      const { resultFile } = options.reporterOption;
      writeFileSync(resultFile, JSON.stringify({ passed: passes, failed: failures, skipped: pending }));
    });
  }
};
