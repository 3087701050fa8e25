import assert from 'node:assert/strict';
import { PeriodicTask, PeriodicTasks } from '../../server/lib/running/periodic-task.js';
import { eventually } from '../support/eventually.js';
import { keptLog, type LogLine } from '../support/kept-log.js';

describe('a periodic task', () => {
  const name = 'sweeping';
  /** Each turn takes the next of these failures; null is a turn that goes well. */
  const afterTurns = async (failures: readonly (string | null)[]): Promise<LogLine[]> => {
    const { logger, lines } = keptLog();
    const left = [...failures];
    const work = (): Promise<void> => {
      const failure = left.shift();
      return failure === null ? Promise.resolve() : Promise.reject(new Error(failure));
    };
    const task = new PeriodicTask({ name, everyMs: 1, work, logger });
    while (left.length > 0) await task.runOnce();
    return lines;
  };

  it('tells of the same trouble once, however many turns it lasts, and again when it comes back', async () => {
    const lines = await afterTurns(['no', 'no', 'no', null, 'no', 'no']);
    assert.deepEqual(
      lines.map(({ msg, task }) => [msg, task]),
      [
        ['a periodic task failed', name],
        ['a periodic task failed', name],
      ],
    );
    assert.equal((await afterTurns(Array.from({ length: 50 }, () => 'no'))).length, 1);
  });

  it('tells of another trouble, and not of two that come in turn', async () => {
    assert.equal((await afterTurns(['no', 'never'])).length, 2);
    assert.equal((await afterTurns(['no', 'never', 'no', 'never', 'no'])).length, 2);
  });

  it('begins no second turn beside one that hangs, which is told once', async () => {
    const { logger, lines } = keptLog();
    let turns = 0;
    let end = (): void => undefined;
    const work = (): Promise<void> => {
      turns += 1;
      return new Promise((resolve) => (end = resolve));
    };
    const task = new PeriodicTask({ name, everyMs: 1, work, logger, longMs: 0 });
    let ticks = 0;
    const beside = new PeriodicTask({
      name: 'beside',
      everyMs: 1,
      work: () => Promise.resolve(void (ticks += 1)),
      logger,
    });
    task.start();
    await eventually(() => lines.length > 0, { what: 'a word about it' });
    beside.start();
    await eventually(() => ticks >= 10, { what: 'the time of further turns' });
    await beside.stop();
    assert.deepEqual([turns, lines.map(({ msg }) => msg)], [1, ['a periodic task takes very long']]);
    end();
    await eventually(() => turns === 2, { what: 'the next turn' });
    end();
    await task.stop();
  });

  it('begins sooner where it is told to, and not any more once it is stopped', async () => {
    const { logger } = keptLog();
    const turns: string[] = [];
    const taskOf = (name: string): PeriodicTask =>
      new PeriodicTask({
        name,
        everyMs: 60 * 60_000,
        firstAfterMs: 1,
        logger,
        work: () => Promise.resolve(void turns.push(name)),
      });
    const stopped = taskOf('stopped');
    stopped.start();
    await stopped.stop();
    const task = taskOf('first');
    task.start();
    await eventually(() => turns.length > 0, { what: 'the first turn' });
    await task.stop();
    assert.deepEqual(turns, ['first']);
  });

  it('that has patience goes on beside a turn that hangs, and tells how that one ended', async () => {
    const { logger, lines } = keptLog();
    let turns = 0;
    let failFirst = (_error: Error): void => undefined;
    const work = (): Promise<void> => {
      turns += 1;
      return turns === 1 ? new Promise((_resolve, reject) => (failFirst = reject)) : Promise.resolve();
    };
    const task = new PeriodicTask({ name, everyMs: 1, work, logger, patienceMs: 1 });
    task.start();
    await eventually(() => turns >= 3, { what: 'further turns' });
    await task.stop();
    failFirst(new Error('too late'));
    await eventually(() => lines.length === 1, { what: 'its failure in the log' });
  });
});

describe('several periodic tasks', () => {
  it('are each by themselves: one that hangs, throws or fails keeps no other', async () => {
    const { logger, lines } = keptLog();
    const turns = { hangs: 0, throws: 0, fails: 0, works: 0 };
    const tasks = new PeriodicTasks({
      name: 'cleaning',
      everyMs: 1,
      logger,
      works: {
        hangs: () => {
          turns.hangs += 1;
          return new Promise(() => undefined);
        },
        throws: () => {
          turns.throws += 1;
          throw new Error('at once');
        },
        fails: () => {
          turns.fails += 1;
          return Promise.reject(new Error('later'));
        },
        works: () => {
          turns.works += 1;
          return Promise.resolve();
        },
      },
    });
    tasks.start();
    await eventually(() => Math.min(turns.throws, turns.fails, turns.works) >= 3, { what: 'three turns of each' });
    void tasks.stop();
    assert.equal(turns.hangs, 1);
    assert.deepEqual(lines.map(({ task }) => task).sort(), ['cleaning: fails', 'cleaning: throws']);
  });
});
