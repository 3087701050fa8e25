import assert from 'node:assert/strict';
import { coalesceWindowMs, ViewersCoalescer } from '../../server/realtime/viewers-coalescer.js';
import { eventually } from '../support/eventually.js';
import { viewersEvent, type ViewersEvent } from './viewers-event.js';

describe('viewer updates', () => {
  it('go at once when they are the first, and together when they follow', async () => {
    const seen: { event: ViewersEvent; atMs: number }[] = [];
    const coalescer = new ViewersCoalescer((event) => seen.push({ event, atMs: performance.now() }));
    coalescer.offer(viewersEvent('s1', ['a'], 1));
    assert.equal(seen.length, 1);
    coalescer.offer(viewersEvent('s1', ['b'], 2));
    coalescer.offer(viewersEvent('s1', ['c', 'b'], 3));
    coalescer.offer(viewersEvent('s2', ['x'], 1));
    assert.deepEqual(
      seen.map(({ event }) => event.payload.statusId),
      ['s1', 's2'],
    );
    await eventually(() => seen.length === 3, { what: 'the rest' });
    const [first, , last] = seen;
    assert.ok(first && last);
    assert.deepEqual(
      last.event.payload.viewers.map((viewer) => viewer.personId),
      ['b', 'c'],
    );
    assert.equal(last.event.payload.counts.viewed, 3);
    assert.ok(last.atMs - first.atMs >= coalesceWindowMs - 5);
    coalescer.flush();
  });

  it('name who got and viewed it between two events as a viewer only', async () => {
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

  it('come at most four times a second per status, and none is lost', async () => {
    const seen: ViewersEvent[] = [];
    const coalescer = new ViewersCoalescer((event) => seen.push(event));
    const startedAt = performance.now();
    let offered = 0;
    await eventually(() => {
      coalescer.offer(viewersEvent('s1', [`p${String(offered)}`], offered));
      offered += 1;
      return performance.now() - startedAt > 1_100;
    });
    const elapsedMs = performance.now() - startedAt;
    coalescer.flush();
    assert.ok(seen.length - 1 <= Math.ceil(elapsedMs / coalesceWindowMs), `${String(seen.length)} events`);
    const people = new Set(seen.flatMap((event) => event.payload.viewers.map((viewer) => viewer.personId)));
    assert.equal(people.size, offered);
    assert.equal(seen.at(-1)?.payload.counts.viewed, offered - 1);
  });
});
