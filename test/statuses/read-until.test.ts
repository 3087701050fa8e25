import assert from 'node:assert/strict';
import { setImmediate as aWhile } from 'node:timers/promises';
import { mock } from 'node:test';
import { EventBus } from '../../server/events/event-bus.js';
import { readUntil, type Waiting } from '../../server/statuses/read-until.js';
import { statusesUpdated } from '../../server/statuses/status-events.js';
import { keptLog } from '../support/kept-log.js';

const newsOf = (sessionId: string) => statusesUpdated({ organizationId: 'default', sessionId });

describe('whoever waits for an outcome', function () {
  this.timeout(5_000);
  let bus: EventBus;
  let listeners: number;
  let reads: number;
  let value: string;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const real = new EventBus(keptLog().logger);
    listeners = reads = 0;
    value = 'open';
    bus = real;
    const subscribe = real.subscribe.bind(real);
    bus.subscribe = (listener) => {
      listeners += 1;
      const end = subscribe(listener);
      return () => {
        listeners -= 1;
        end();
      };
    };
  });
  afterEach(() => {
    mock.timers.reset();
  });

  /** Time stands still, so that nothing but news and the signal makes it look again. */
  function wait(waiting: Partial<Waiting> = {}, beforeReading: () => void = () => undefined) {
    return readUntil(
      bus,
      { waitMs: 60_000, ...waiting },
      {
        read: async () => {
          const read = value;
          reads += 1;
          beforeReading();
          await aWhile();
          return read;
        },
        isDone: (read) => read === 'done',
        isNews: (event) => event.sessionId === 'acc1',
      },
    );
  }
  const untilRead = async (times: number) => {
    while (reads < times) await aWhile();
    // The reading itself takes a while.
    for (let turn = 0; turn < 5; turn += 1) await aWhile();
  };

  it('is answered at once where it is done, or there is no time to wait', async () => {
    assert.equal(await wait({ waitMs: 0 }), 'open');
    value = 'done';
    assert.equal(await wait(), 'done');
    assert.deepEqual([reads, listeners], [2, 0]);
  });

  it('looks again at news of theirs, and at no others', async () => {
    const answer = wait();
    await untilRead(1);
    value = 'done';
    bus.publish(newsOf('acc2'));
    await untilRead(1);
    assert.equal(reads, 1);
    bus.publish(newsOf('acc1'));
    assert.equal(await answer, 'done');
    assert.deepEqual([reads, listeners], [2, 0]);
  });

  it('misses nothing that happens while they look', async () => {
    const answer = wait({}, () => {
      value = 'done';
      bus.publish(newsOf('acc1'));
    });
    assert.equal(await answer, 'done');
    assert.equal(reads, 2);
  });

  it('looks again after a while, since not everything is told', async () => {
    const answer = wait();
    await untilRead(1);
    value = 'done';
    mock.timers.tick(1_000);
    assert.equal(await answer, 'done');
  });

  it('is answered with what there is when they go, before or while they wait', async () => {
    assert.equal(await wait({ signal: AbortSignal.abort() }), 'open');
    const leaving = new AbortController();
    const answer = wait({ signal: leaving.signal });
    await untilRead(2);
    leaving.abort();
    assert.equal(await answer, 'open');
    assert.deepEqual([reads, listeners], [3, 0]);
  });

  it('hears nothing any more when looking fails', async () => {
    const failing = { read: () => Promise.reject(new Error('gone')), isDone: () => false, isNews: () => true };
    await assert.rejects(readUntil(bus, { waitMs: 60_000 }, failing), /gone/);
    assert.equal(listeners, 0);
  });
});
