import assert from 'node:assert/strict';
import { DatabaseWatch } from '../../server/db/database-watch.js';
import { DatabaseTrouble, type TroubleKind } from '../../server/lib/database-trouble.js';
import { keptLog } from '../support/kept-log.js';

describe('what the log says of a database in trouble', () => {
  const trouble = (kind: TroubleKind): DatabaseTrouble => new DatabaseTrouble(kind, 'It fails.', 'Mend it.');

  it('is one line for each trouble, however often it is met, and one for its end', async () => {
    const { logger, lines } = keptLog();
    const watch = new DatabaseWatch({ check: () => Promise.resolve(), logger });
    await watch.look();
    for (let time = 0; time < 50; time += 1) watch.report(trouble('full'));
    // A database that is away is met as one that does not answer and as one that has no place left, in turn.
    for (let time = 0; time < 50; time += 1) watch.report(trouble(time % 2 === 0 ? 'unreachable' : 'busy'));
    assert.deepEqual(
      lines.map((line) => line['trouble']),
      ['full', 'unreachable', 'busy'],
    );
  });

  it('comes again for the same trouble once all was well', async () => {
    const { logger, lines } = keptLog();
    let now = 0;
    let isWell = false;
    const check = (): Promise<void> => (isWell ? Promise.resolve() : Promise.reject(trouble('full')));
    const watch = new DatabaseWatch({ check, logger, nowMs: () => now });
    for (const next of [false, false, true, true, false, false]) {
      isWell = next;
      now += 5_000;
      assert.equal((await watch.look()).trouble?.kind, next ? undefined : 'full');
    }
    assert.deepEqual(
      lines.map(({ msg }) => msg.includes('works again')),
      [false, true, false],
    );
  });
});
