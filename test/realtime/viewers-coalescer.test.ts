import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { coalesceWindowMs } from '../../server/realtime/coalescer.js';
import { ViewersCoalescer } from '../../server/realtime/viewers-coalescer.js';
import { viewersEvent, type ViewersEvent } from './viewers-event.js';

describe('viewer updates', () => {
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
  });
  afterEach(() => {
    mock.timers.reset();
  });

  it('go at once when they are the first, and together when they follow', () => {
    const seen: ViewersEvent[] = [];
    const coalescer = new ViewersCoalescer((event) => seen.push(event));
    coalescer.offer(viewersEvent('s1', ['a'], 1));
    assert.equal(seen.length, 1);
    coalescer.offer(viewersEvent('s1', ['b'], 2));
    coalescer.offer(viewersEvent('s1', ['c', 'b'], 3));
    coalescer.offer(viewersEvent('s2', ['x'], 1));
    assert.deepEqual(
      seen.map(({ payload }) => payload.statusId),
      ['s1', 's2'],
    );
    mock.timers.tick(coalesceWindowMs - 1);
    assert.equal(seen.length, 2);
    mock.timers.tick(1);
    const [, , last] = seen;
    assert.ok(last);
    assert.deepEqual(
      last.payload.viewers.map((viewer) => viewer.personId),
      ['b', 'c'],
    );
    assert.equal(last.payload.counts.viewed, 3);
    coalescer.flush();
  });

  it('name who got and viewed it between two events as a viewer only', () => {
    const seen: ViewersEvent[] = [];
    const coalescer = new ViewersCoalescer((event) => seen.push(event));
    const delivery = (personIds: string[]): ViewersEvent => {
      const event = viewersEvent('s1', [], 0);
      return { ...event, payload: { ...event.payload, delivered: viewersEvent('s1', personIds, 0).payload.viewers } };
    };
    coalescer.offer(viewersEvent('s1', ['a'], 1));
    coalescer.offer(delivery(['b', 'c']));
    coalescer.offer(viewersEvent('s1', ['b'], 2));
    coalescer.offer(delivery(['d']));
    coalescer.flush();
    const { viewers, delivered } = seen.at(-1)?.payload ?? { viewers: [], delivered: [] };
    assert.deepEqual(
      [viewers, delivered].map((people) => people.map(({ personId }) => personId)),
      [['b'], ['c', 'd']],
    );
  });

  it('come at most four times a second per status, and none is lost', () => {
    const seen: ViewersEvent[] = [];
    const coalescer = new ViewersCoalescer((event) => seen.push(event));
    let offered = 0;
    for (let elapsedMs = 0; elapsedMs < 1_000; elapsedMs += 10) {
      coalescer.offer(viewersEvent('s1', [`p${String(offered)}`], offered));
      offered += 1;
      mock.timers.tick(10);
    }
    assert.equal(seen.length, 1 + 4, 'the first, and four in the second after it');
    coalescer.flush();
    const people = new Set(seen.flatMap((event) => event.payload.viewers.map((viewer) => viewer.personId)));
    assert.equal(people.size, offered);
    assert.equal(seen.at(-1)?.payload.counts.viewed, offered - 1);
  });
});
