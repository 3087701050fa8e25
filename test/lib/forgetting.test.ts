import assert from 'node:assert/strict';
import { HealthService } from '../../server/lib/health-service.js';
import { ClockJumps } from '../../server/lib/running/clock-jumps.js';
import { Forgetting, olderThan, type ForgetSome } from '../../server/lib/running/forgetting.js';
import { createLogger } from '../../server/lib/logger.js';

const now = new Date('2026-07-01T12:00:00Z');
const clock = { now: () => now };
const logger = createLogger({ logLevel: 'silent' });

describe('forgetting what is out of date', () => {
  function forgetting(works: Record<string, ForgetSome>) {
    const health = new HealthService({ version: '0', node: 'one', logger });
    const of = { works, clock, logger, health, jumps: new ClockJumps(clock, () => 0) };
    return { health, forgetting: new Forgetting({ ...of, atOnce: 10, pauseMs: 0 }) };
  }

  it('goes on in steps until one finds less than it may take, and says how much went', async () => {
    const found = [10, 10, 3, 99];
    const asked: number[] = [];
    const { forgetting: all, health } = forgetting({
      events: (atMost) => {
        asked.push(atMost);
        return Promise.resolve(found.shift() ?? 0);
      },
      keys: () => Promise.reject(new Error('not today')),
    });
    await all.runOnce();
    assert.deepEqual(asked, [10, 10, 10]);
    assert.deepEqual((await health.check()).parts['forgetting']?.details, {
      'events: forgotten': 23,
      'events: last run': now.toISOString(),
      'keys: forgotten': 0,
      'keys: last run': null,
    });
  });

  it('ends in the middle when the server does', async () => {
    let steps = 0;
    const { forgetting: all } = forgetting({
      events: async () => {
        steps += 1;
        if (steps === 2) await all.stop();
        return 10;
      },
    });
    await all.runOnce();
    assert.equal(steps, 2);
  });

  it('asks for what is older than a setting says, and for nothing where that is for ever', async () => {
    const asked: number[][] = [];
    const old = olderThan(clock);
    const forget = (...which: number[]): Promise<number> => {
      asked.push(which);
      return Promise.resolve(1);
    };
    assert.equal(await old(1_000, forget)(5), 1);
    assert.equal(await old(Infinity, forget)(5), 0);
    assert.deepEqual(asked, [[now.getTime() - 1_000, 5]]);
  });
});
