import assert from 'node:assert/strict';
import express from 'express';
import supertest from 'supertest';
import { limitRequests } from '../../server/http/rate-limit.js';
import { ClockJumps } from '../../server/lib/running/clock-jumps.js';
import { CountingWindows } from '../../server/lib/running/counting-windows.js';
import { DeviceCache } from '../../server/whatsapp/publishing/device-cache.js';
import { NumberDirectory, type NumberDirectoryParts } from '../../server/whatsapp/address-book/number-directory.js';
import { SocketHealth, defaultStuckLimits } from '../../server/whatsapp/connection/socket-health.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** Put forward and right again, and the other way round. */
const jumps = [6 * hourMs, -6 * hourMs] as const;

for (const jumpMs of jumps) {
  describe(`a clock that jumps by ${String(jumpMs / hourMs)} hours and is put right`, () => {
    const realNow = Date.now;
    let steadyMs: number;
    let aheadMs: number;
    const nowMs = (): number => steadyMs;
    beforeEach(() => {
      [steadyMs, aheadMs] = [1_000_000, 0];
      Date.now = () => realNow() + aheadMs;
    });
    afterEach(() => {
      Date.now = realNow;
    });

    it('shuts a caller out for no longer than the window, and for as long', async () => {
      const { handler } = limitRequests({
        max: 2,
        dashboardMax: 2,
        windowMs: minuteMs,
        nowMs,
        ownLimitOf: () => Promise.resolve(undefined),
        callerOf: () => Promise.resolve(undefined),
      });
      const app = express();
      app.use(handler, (_request, response) => void response.json({}));
      app.use(
        ((_error, _request, response, _next) => void response.status(429).json({})) as express.ErrorRequestHandler,
      );
      const request = supertest(app);
      aheadMs = jumpMs;
      await request.get('/').expect(200);
      await request.get('/').expect(200);
      const refused = await request.get('/').expect(429);
      const reset = Number(refused.headers['ratelimit-reset']);
      assert.ok(reset > 0 && reset <= 60, String(reset));
      aheadMs = 0;
      steadyMs += minuteMs - 1;
      await request.get('/').expect(429);
      steadyMs += 1;
      await request.get('/').expect(200);
    });

    it('makes no socket look stuck that is well, nor one well that is stuck', () => {
      const health = new SocketHealth({ now: () => new Date(Date.now()) }, defaultStuckLimits, nowMs);
      aheadMs = jumpMs;
      assert.equal(health.stuckReason(), undefined);
      health.onStanza({ tag: 'iq', attrs: {} });
      aheadMs = 0;
      assert.equal(health.stuckReason(), undefined);
      steadyMs += defaultStuckLimits.silenceMs;
      assert.match(health.stuckReason() ?? '', /nothing comes/);
    });

    it('keeps what is remembered of devices for an hour', () => {
      const devices = new DeviceCache(nowMs);
      aheadMs = jumpMs;
      devices.set('1', ['a']);
      aheadMs = 0;
      steadyMs += hourMs - 1;
      assert.deepEqual(devices.get('1'), ['a']);
      steadyMs += 1;
      assert.equal(devices.get('1'), undefined);
    });

    it('has numbers that WhatsApp does not know asked for again after ten minutes', async () => {
      let asked = 0;
      const contact = { tag: 'contact', attrs: { type: 'out' } };
      const list = { tag: 'list', attrs: {}, content: [{ tag: 'user', attrs: {}, content: [contact] }] };
      const socket = {
        ws: { isOpen: true },
        generateMessageTag: () => 'tag',
        query: () => {
          asked += 1;
          return Promise.resolve({ tag: 'iq', attrs: {}, content: [{ tag: 'usync', attrs: {}, content: [list] }] });
        },
      };
      const auth = { keys: { get: () => Promise.resolve({}), set: () => Promise.resolve() } };
      const parts: object = { socket, auth, nowMs };
      const numbers = new NumberDirectory(parts as NumberDirectoryParts);
      aheadMs = jumpMs;
      await numbers.find(['491700000001']);
      aheadMs = 0;
      steadyMs += 10 * minuteMs - 1;
      assert.equal((await numbers.find(['491700000001'])).get('491700000001')?.exists, false);
      assert.equal(asked, 1);
      steadyMs += 1;
      await numbers.find(['491700000001']);
      assert.equal(asked, 2);
    });
  });
}

describe('what is forgotten because of its age', () => {
  let [steadyMs, aheadMs] = [0, 0];
  let forgotten = 0;
  const clock = { now: () => new Date(Date.UTC(2026, 0, 1) + steadyMs + aheadMs) };
  const begin = (): (() => Promise<number>) => {
    [steadyMs, aheadMs, forgotten] = [0, 0, 0];
    const jumps = new ClockJumps(clock, () => steadyMs);
    const { prune } = jumps.holding({ prune: () => Promise.resolve(void (forgotten += 1)) });
    return async () => {
      const before = forgotten;
      await prune?.();
      return forgotten - before;
    };
  };

  it('stays while the clock is ahead of what it was, and goes once it is put right', async () => {
    const prune = begin();
    assert.equal(await prune(), 1);
    aheadMs = 6 * hourMs;
    for (let hour = 0; hour < 6; hour += 1) {
      assert.equal(await prune(), 0, 'it seems six hours older than it is');
      steadyMs += hourMs;
    }
    aheadMs = 0;
    assert.equal(await prune(), 1);
  });

  it('goes a day after a clock was put forward that stays so, and at once when it was put back', async () => {
    const prune = begin();
    aheadMs = 6 * hourMs;
    for (; steadyMs < dayMs; steadyMs += hourMs) assert.equal(await prune(), 0);
    assert.equal(await prune(), 1);
    aheadMs = 0;
    assert.equal(await prune(), 1);
  });

  it('goes although the clock is put right little by little', async () => {
    const prune = begin();
    for (let hour = 0; hour < 48; hour += 1) {
      steadyMs += hourMs;
      aheadMs += 100;
      assert.equal(await prune(), 1);
    }
  });
});

describe('counting in windows', () => {
  it('forgets whoever began first when there are too many, and takes back what is to count for nothing', () => {
    let now = 0;
    const windows = new CountingWindows(1_000, 2, () => now);
    windows.count('a');
    windows.count('b');
    assert.deepEqual(windows.count('a'), { count: 2, leftMs: 1_000 });
    windows.takeBack('a');
    assert.equal(windows.find('a')?.count, 1);
    for (let more = 0; more < 3; more += 1) windows.takeBack('a');
    assert.equal(windows.find('a')?.count, 0);
    windows.count('c');
    assert.deepEqual([windows.find('a'), windows.find('b')?.count], [undefined, 1]);
    now = 1_000;
    assert.equal(windows.find('b'), undefined);
  });
});
