import assert from 'node:assert/strict';
import { fuzz, readEverything } from '../fuzzing/fuzz.js';
import { FuzzWorld } from '../fuzzing/fuzz-world.js';
import type { TestEngine } from '../support/databases.js';
import { seedOfRun } from '../support/random-from.js';

/** Of all engines together. */
const requests = Number(process.env['REQUESTS'] ?? 100_000);
const engines: readonly TestEngine[] = ['sqlite', 'postgres'];
const seed = seedOfRun();

describe(`${requests.toLocaleString('en')} requests made from the published document (seed ${String(seed)})`, function () {
  this.timeout(6 * 60 * 60_000);

  for (const engine of engines) {
    it(`are answered as the document says, and leave nothing that cannot be read, on ${engine}`, async () => {
      const world = await FuzzWorld.start(engine);
      try {
        const began = performance.now();
        const run = await fuzz(world, { seed, requests: Math.round(requests / engines.length) });
        const seconds = Math.round((performance.now() - began) / 1_000);
        const answers = [...run.statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
        const { ms, operation } = run.slowest;
        console.log(
          `      ${run.requests} requests in ${seconds} s; ${answers.join(', ')}; the slowest ${Math.round(ms)} ms (${operation})`,
        );
        assert.deepEqual([...run.faults], []);
        await readEverything(world);
      } finally {
        await world.stop();
      }
    });
  }
});
