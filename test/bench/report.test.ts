import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { median, percentile, startMeter } from '../../bench/measure.js';
import { jsonLines, table } from '../../bench/report.js';
import type { Result } from '../../bench/scenario.js';

function result(subject: Result['subject'], wallMs: number): Result {
  const measurement = { wallMs, cpuMs: wallMs / 2, longestBlockMs: wallMs / 4, peakMemoryMb: wallMs };
  return { scenario: 'post', subject, case: 'first post, 100 contacts', ...measurement, rounds: [measurement] };
}

describe('the report of a benchmark', () => {
  it('takes the middle value, and the mean of two middle ones', () => {
    assert.equal(median([9, 1, 5]), 5);
    assert.equal(median([4, 1, 3, 2]), 2.5);
    assert.throws(() => median([]));
  });

  it('takes the value that a share of the others does not exceed', () => {
    const values = Array.from({ length: 100 }, (_value, index) => 100 - index);
    assert.deepEqual(
      [0.5, 0.9, 0.95, 0.99, 1].map((share) => percentile(values, share)),
      [50, 90, 95, 99, 100],
    );
    assert.equal(percentile([7], 0.5), 7);
    assert.throws(() => percentile([], 0.5));
  });

  it('shows how long answers took where a client asked', () => {
    const answers = { count: 60, p50Ms: 5, p90Ms: 9, p95Ms: 11, p99Ms: 21, maxMs: 34 };
    const busy = { ...result('Statuscast', 100), answers, posts: { quickestMs: 70, slowestMs: 90 } };
    const lines = table([{ ...result('Statuscast', 8), case: 'idle', answers }, busy]).split('\n');
    assert.match(lines[0]!, /p50 ms\s+p90 ms\s+p95 ms\s+p99 ms\s+max ms\s+quickest post ms\s+slowest post ms$/);
    assert.match(lines[2]!, /100\s+60\s+5\s+9\s+11\s+21\s+34\s+70\s+90$/);
  });

  it('shows what receipts cost, and nothing where a time was not measured', () => {
    const receipts = { perSecond: 3000, cpuUsEach: 120 };
    const live = { ...result('Statuscast', 8), case: 'live', receipts: { ...receipts, p50Ms: 150, p99Ms: 270 } };
    const lines = table([live, { ...result('Statuscast', 9), case: 'offline', receipts }]).split('\n');
    assert.match(lines[0]!, /receipts\/s\s+µs CPU each\s+wire to socket p50 ms\s+p99 ms$/);
    assert.match(lines[1]!, /3000\s+120\s+150\s+270$/);
    assert.match(lines[2]!, /3000\s+120\s*$/);
  });

  it('shows both sides and the ratio between them', () => {
    const lines = table([result('plain Baileys', 400), result('Statuscast', 100)]).split('\n');
    assert.match(lines[1]!, /plain Baileys\s+400\s+200\s+100\s+400$/);
    assert.match(lines[2]!, /Statuscast\s+100\s+50\s+25\s+100$/);
    assert.match(lines[3]!, /ratio\s+0\.25\s+0\.25\s+0\.25\s+0\.25$/);
  });

  it('writes one JSON object per line', () => {
    const lines = jsonLines([result('plain Baileys', 400.123), result('Statuscast', 100)])
      .trimEnd()
      .split('\n');
    const first = JSON.parse(lines[0]!) as Result;
    assert.equal(lines.length, 2);
    assert.equal(first.wallMs, 400.1);
    assert.equal(first.subject, 'plain Baileys');
    assert.equal(first.rounds.length, 1);
  });

  it('notices when the event loop is held', async () => {
    const meter = startMeter();
    await wait(20);
    const before = process.cpuUsage();
    const from = performance.now();
    // What other threads use counts as the process' time, and what others have of the machine does not.
    while (process.cpuUsage(before).user < 60_000 || performance.now() < from + 65);
    const measurement = await meter.stop();
    assert.ok(measurement.longestBlockMs >= 50, `longest block ${measurement.longestBlockMs}`);
    assert.ok(measurement.cpuMs >= 40, `CPU ${measurement.cpuMs}`);
    assert.ok(measurement.wallMs >= 80, `wall ${measurement.wallMs}`);
  });
});
