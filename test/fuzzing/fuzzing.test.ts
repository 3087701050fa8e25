import assert from 'node:assert/strict';
import { seedOfRun } from '../support/random-from.js';
import { fuzz, readEverything } from './fuzz.js';
import { FuzzWorld } from './fuzz-world.js';

/** The same each time, and others each time. */
const seeds = [1, seedOfRun()];
const requests = 400;
const withinMs = 3_000;

describe('requests made from the published document, right ones and wrong ones', function () {
  this.timeout(180_000);
  let world: FuzzWorld;
  before(async () => {
    world = await FuzzWorld.start('sqlite', { files: false });
  });
  after(() => world.stop());

  for (const seed of seeds) {
    it(`are answered as the document says (seed ${String(seed)})`, async () => {
      const { faults } = await fuzz(world, { seed, requests, withinMs });
      assert.deepEqual([...faults], []);
    });
  }

  it('leave nothing that cannot be read', async () => {
    await readEverything(world);
  });
});
