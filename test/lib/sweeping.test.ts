import assert from 'node:assert/strict';
import { sweeping, type Sweeper } from '../../server/lib/running/sweeping.js';
import { eventually } from '../support/eventually.js';
import { keptLog } from '../support/kept-log.js';

describe('a runner that sweeps for as long as the server runs', () => {
  const partOf = (runner: Sweeper) => sweeping({ name: 'sweeping', everyMs: 1, runner, logger: keptLog().logger });

  it('sweeps again although an earlier sweep hangs', async () => {
    let sweeps = 0;
    const part = partOf({
      sweep: () => {
        sweeps += 1;
        return sweeps === 1 ? new Promise(() => undefined) : Promise.resolve();
      },
      stop: () => Promise.resolve(),
    });
    await part.start?.();
    await eventually(() => sweeps > 2, { what: 'further sweeps' });
    await part.stop?.();
  });

  it('is stopped when no sweep comes any more, and has stopped when nothing is at work', async () => {
    const done: string[] = [];
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const part = partOf({
      sweep: () => Promise.resolve(void done.push('sweep')),
      async stop() {
        done.push('stop');
        await ended;
        done.push('stopped');
      },
    });
    await part.start?.();
    await eventually(() => done.includes('sweep'), { what: 'the first sweep' });
    const stopping = part.stop?.();
    await eventually(() => done.includes('stop'), { what: 'the runner to be stopped' });
    let ticks = 0;
    const beside = partOf({ sweep: () => Promise.resolve(void (ticks += 1)), stop: () => Promise.resolve() });
    await beside.start?.();
    await eventually(() => ticks > 10, { what: 'the time of further sweeps' });
    await beside.stop?.();
    end();
    await stopping;
    assert.deepEqual(done.slice(done.indexOf('stop')), ['stop', 'stopped']);
  });
});
