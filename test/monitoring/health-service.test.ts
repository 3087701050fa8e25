import assert from 'node:assert/strict';
import { mock } from 'node:test';
import type { PartHealth } from '../../server/contract/monitoring.js';
import { DatabaseTrouble } from '../../server/lib/database-trouble.js';
import { createLogger } from '../../server/lib/logger.js';
import { databaseHealth } from '../../server/monitoring/database-health.js';
import { HealthService } from '../../server/lib/health-service.js';

const part = (status: PartHealth['status']): PartHealth => ({ status, message: null, details: { seen: status } });

describe('the health of a server', () => {
  let lines: { msg: string; part: string }[];
  let health: HealthService;

  beforeEach(() => {
    lines = [];
    const logger = createLogger({ logLevel: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) });
    health = new HealthService({ version: '1.2.3', node: 'main', logger });
  });

  it('is that of its worst part, whichever comes first, and good without any', async () => {
    assert.equal((await health.check()).status, 'ok');
    const cases: [PartHealth['status'][], PartHealth['status']][] = [
      [['ok', 'ok', 'ok'], 'ok'],
      [['ok', 'degraded', 'ok'], 'degraded'],
      [['degraded', 'failed', 'ok'], 'failed'],
      [['failed', 'ok', 'degraded'], 'failed'],
    ];
    for (const [states, worst] of cases) {
      for (const [index, status] of states.entries())
        health.register(`part ${String(index)}`, async () => part(status));
      const { status, parts, version, node } = await health.check();
      assert.deepEqual([status, version, node], [worst, '1.2.3', 'main'], states.join());
      assert.deepEqual(parts, Object.fromEntries(states.map((state, index) => [`part ${String(index)}`, part(state)])));
    }
    assert.deepEqual(lines, []);
  });

  it('is told also while a check fails or never ends, and the log says it once until it goes well again', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      let isWell = false;
      health.register('good', async () => part('ok'));
      health.register('broken', async () => {
        if (isWell) return part('ok');
        throw new Error('a secret of the inside');
      });
      health.register('silent', () => (isWell ? Promise.resolve(part('ok')) : new Promise(() => undefined)));
      const look = async () => {
        const checking = health.check();
        mock.timers.tick(3_000);
        return checking;
      };
      const bad = { status: 'failed', message: 'It does not answer.', details: {} };
      for (let time = 0; time < 3; time += 1) {
        const { status, parts } = await look();
        assert.deepEqual([status, parts], ['failed', { good: part('ok'), broken: bad, silent: bad }]);
      }
      assert.deepEqual(lines.map((line) => line.part).sort(), ['broken', 'silent']);
      isWell = true;
      assert.equal((await look()).status, 'ok');
      isWell = false;
      await look();
      assert.equal(lines.length, 4);
    } finally {
      mock.timers.reset();
    }
  });

  it('is failed without its database, in the words of the trouble', async () => {
    const well = databaseHealth({ engine: 'sqlite', look: async () => ({ trouble: undefined, latencyMs: 2 }) });
    assert.deepEqual(await well(), { status: 'ok', message: null, details: { engine: 'sqlite', latencyMs: 2 } });
    const trouble = new DatabaseTrouble('full', 'The disk is full.', 'Make room on it.');
    const ill = databaseHealth({ engine: 'sqlite', look: async () => ({ trouble, latencyMs: null }) });
    assert.deepEqual(await ill(), {
      status: 'failed',
      message: 'The disk is full. Make room on it.',
      details: { engine: 'sqlite', latencyMs: null, trouble: 'full' },
    });
  });
});
