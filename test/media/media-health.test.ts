import assert from 'node:assert/strict';
import { AppError } from '../../server/lib/app-error.js';
import { mediaHealth } from '../../server/media/media-health.js';
import type { Tasks } from '../../server/media-worker/protocol.js';

const facts = () => ({ workers: 1, working: 0, failures: 0, waiting: 2 });
const healthOf = (engine: () => Promise<Tasks['engine']['output']>) => mediaHealth({ engine, facts })();

describe('the health of media', () => {
  it('is good when an engine answers', async () => {
    const health = await healthOf(() => Promise.resolve({ available: true, engine: 'embedded', version: '8.0' }));
    assert.deepEqual(health, {
      status: 'ok',
      message: null,
      details: { engine: 'embedded', ffmpeg: '8.0', ...facts() },
    });
  });

  it('says that the machine is busy when no worker has started yet, and does not wait for it', async () => {
    const health = await healthOf(() => new Promise(() => undefined));
    assert.equal(health.status, 'degraded');
    assert.match(health.message ?? '', /so busy that no media worker has started yet/);
    assert.equal(health.details['waiting'], 2);
  });

  it('says why nothing can be prepared', async () => {
    const none = await healthOf(() => Promise.resolve({ available: false, reason: 'There is none.' }));
    const refused = await healthOf(() => Promise.reject(new AppError('unavailable', 'Too many wait.')));
    assert.match(none.message ?? '', /cannot be prepared. There is none. Pictures/);
    assert.match(refused.message ?? '', /cannot be prepared. Too many wait. Pictures/);
    await assert.rejects(
      healthOf(() => Promise.reject(new TypeError('a fault'))),
      /a fault/,
    );
  });
});
