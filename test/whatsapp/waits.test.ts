import assert from 'node:assert/strict';
import { mock } from 'node:test';
import type { PublishWait } from '../../server/whatsapp/gateway.js';
import { Waits } from '../../server/whatsapp/publishing/waits.js';

describe('what a post waits for', () => {
  const now = Date.UTC(2026, 6, 1);
  let told: (PublishWait | null)[];
  let waits: Waits;
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'], now });
    told = [];
    waits = new Waits((wait) => told.push(wait), 3_000);
  });
  afterEach(() => mock.timers.reset());

  it('is said once it takes long, with the end if that is known, and that it is over', async () => {
    for (const [maxMs, until] of [
      [15_000, new Date(now + 15_000)],
      [null, null],
    ] as const) {
      told.length = 0;
      let answer: (value: string) => void = () => undefined;
      const work = waits.during('ack', maxMs, new Promise<string>((resolve) => (answer = resolve)));
      mock.timers.tick(2_999);
      assert.deepEqual(told, []);
      mock.timers.tick(1);
      assert.deepEqual(told, [{ what: 'ack', until }]);
      answer('done');
      assert.equal(await work, 'done');
      assert.deepEqual(told, [{ what: 'ack', until }, null]);
      mock.timers.setTime(now);
    }
  });

  it('is over, too, when it fails', async () => {
    let fail: (error: Error) => void = () => undefined;
    const work = waits.during('lookup', null, new Promise<void>((_resolve, reject) => (fail = reject)));
    mock.timers.tick(3_000);
    fail(new Error('no answer'));
    await assert.rejects(work, /no answer/);
    assert.deepEqual(told, [{ what: 'lookup', until: null }, null]);
  });

  it('is not spoken of when it is short, then or later', async () => {
    await waits.during('lookup', null, Promise.resolve());
    await assert.rejects(waits.during('upload', null, Promise.reject(new Error('no answer'))));
    mock.timers.tick(10_000);
    assert.deepEqual(told, []);
  });

  it('is said after five seconds unless something else is wanted, and to nobody who does not listen', async () => {
    waits = new Waits((wait) => told.push(wait));
    const never = new Promise<void>(() => undefined);
    void waits.during('ack', null, never);
    void new Waits(undefined).during('ack', null, never);
    mock.timers.tick(4_999);
    assert.deepEqual(told, []);
    mock.timers.tick(1);
    assert.equal(told.length, 1);
    assert.equal(await new Waits(undefined).during('ack', null, Promise.resolve(7)), 7);
  });
});
