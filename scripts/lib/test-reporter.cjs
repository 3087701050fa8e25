/*
 * Mocha's usual report, and the counts in a file for the script that runs the tests: it prints the last line and
 * decides about the exit code, also when mocha itself falls over. CommonJS because mocha loads reporters that way.
 */
const { writeFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

module.exports = class CountingReporter extends reporters.Spec {
  /** @param {Mocha.Runner} runner @param {Mocha.MochaOptions} options */
  constructor(runner, options) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      const { resultFile } = options.reporterOptions;
      writeFileSync(resultFile, JSON.stringify({ passed: passes, failed: failures, skipped: pending }));
    });
  }
};
