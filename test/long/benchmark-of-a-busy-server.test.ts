import assert from 'node:assert/strict';
import { busyScenario } from '../../bench/scenarios/busy.js';
import { startSimulatorProcess, type SimulatorProcess } from '../../bench/simulator-process.js';

describe('the benchmark of a busy server', function () {
  this.timeout(60_000);
  let simulator: SimulatorProcess;

  before(async () => {
    simulator = await startSimulatorProcess();
  });
  after(() => simulator.stop());

  it('measures answers while idle and while several accounts post', async () => {
    const results = await busyScenario.run({
      simulator,
      contactCounts: [10],
      deviceCounts: [1],
      plainUpTo: 1,
      accountCount: 2,
      rounds: 1,
      views: 1,
      profileFolder: undefined,
      progress: () => undefined,
    });
    assert.deepEqual(
      results.map((result) => result.case),
      ['idle', 'first posts', 'repeat posts'].map((name) => `2 accounts × 10 contacts, ${name}`),
    );
    for (const { answers, cpuMs, longestBlockMs } of results) {
      assert.ok(answers !== undefined && answers.count > 0);
      assert.ok(0 < answers.p50Ms && answers.p50Ms <= answers.p99Ms && answers.p99Ms <= answers.maxMs);
      assert.ok(cpuMs > 0 && longestBlockMs > 0);
    }
    const [idle, first, repeat] = results;
    assert.equal(idle?.posts, undefined);
    for (const posted of [first, repeat]) {
      assert.ok(posted?.posts !== undefined && posted.posts.quickestMs <= posted.posts.slowestMs);
      assert.ok(posted.posts.slowestMs <= posted.wallMs);
    }
    assert.deepEqual(await simulator.refusals(), []);
  });
});
