import assert from 'node:assert/strict';
import { Turns } from '../../server/lib/running/turns.js';

interface Work {
  key: string;
  organization: string;
}

/** Work of an organization that ends when it is told to. */
class Slow {
  readonly begun: string[] = [];
  private readonly ends = new Map<string, () => void>();

  readonly work = ({ key }: Work): Promise<void> =>
    new Promise((resolve) => {
      this.begun.push(key);
      this.ends.set(key, resolve);
    });

  end(...keys: string[]): void {
    for (const key of keys) this.ends.get(key)?.();
  }
}

describe('turns of work', () => {
  const work = (organization: string, ...keys: string[]): Work[] => keys.map((key) => ({ key, organization }));
  const turns = (atOnce: number, atOnceOfOne: number): Turns<Work> =>
    new Turns({ atOnce, atOnceOfOne, keyOf: ({ key }) => key, organizationOf: ({ organization }) => organization });
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('go round the organizations, and each has its own places only', async () => {
    const slow = new Slow();
    const some = turns(4, 2);
    const taken = some.take([...work('a', 'a1', 'a2', 'a3', 'a4'), ...work('b', 'b1', 'b2')], slow.work);
    assert.deepEqual(slow.begun, ['a1', 'b1', 'a2', 'b2']);
    assert.deepEqual([some.isFull('a'), some.isFull('b'), some.isFull('c')], [true, true, true]);
    slow.end('b1', 'b2');
    await settled();
    // Of the places that are free now none is for those who have all of theirs.
    assert.deepEqual([slow.begun.length, some.isFull('a'), some.isFull('c')], [4, true, false]);
    slow.end('a1');
    await settled();
    assert.deepEqual(slow.begun.slice(4), ['a3']);
    slow.end('a2', 'a3');
    await settled();
    slow.end('a4');
    await taken;
  });

  it('pass over what is busy, and do not wait for places that another call has', async () => {
    const slow = new Slow();
    const some = turns(4, 2);
    const first = some.take(work('a', 'a1', 'a2'), slow.work);
    await some.take(work('a', 'a1', 'a3'), slow.work);
    const others = some.take([...work('a', 'a3'), ...work('b', 'b1')], slow.work);
    assert.deepEqual(slow.begun, ['a1', 'a2', 'b1']);
    slow.end('b1');
    await others;
    slow.end('a1', 'a2');
    await first;
    const again = some.take(work('a', 'a1'), slow.work);
    slow.end('a1');
    await again;
    assert.deepEqual(slow.begun.slice(3), ['a1']);
  });

  it('do not begin what is at work a second time, though there is a place', async () => {
    const slow = new Slow();
    const some = turns(4, 3);
    const first = some.take(work('a', 'a1'), slow.work);
    const second = some.take(work('a', 'a1', 'a2'), slow.work);
    assert.deepEqual(slow.begun, ['a1', 'a2']);
    slow.end('a1', 'a2');
    await Promise.all([first, second]);
  });

  it('begin nothing once they are stopped, and wait for what is at work', async () => {
    const slow = new Slow();
    const some = turns(1, 1);
    const taken = some.take(work('a', 'a1', 'a2'), slow.work);
    let isStopped = false;
    const stopped = some.stop().then(() => (isStopped = true));
    await settled();
    assert.equal(isStopped, false);
    slow.end('a1');
    await Promise.all([stopped, taken]);
    assert.deepEqual(slow.begun, ['a1']);
  });
});
