import assert from 'node:assert/strict';
import path from 'node:path';
import { openDatabase, type Database } from '../../server/db/database.js';
import { notFound } from '../../server/lib/app-error.js';
import { nobodyResolved } from '../../server/audiences/audiences-service.js';
import { systemClock } from '../../server/lib/clock.js';
import { DueStatuses } from '../../server/scheduling/due-statuses.js';
import { DueReportStore } from '../../server/scheduling/due-report-store.js';
import { noPlan } from '../../server/statuses/plan.js';
import type { StatusState } from '../../server/contract/statuses.js';
import { insertSession } from '../support/insert-session.js';
import { makeTempDir } from '../support/temp-dir.js';
import { insertSentStatus, openServices, type Services } from '../support/open-services.js';

describe('a series of statuses', () => {
  let folder: { dir: string; remove: () => Promise<void> };
  let db: Database;
  let services: Services;

  beforeEach(async () => {
    folder = await makeTempDir();
    db = await openDatabase({ file: path.join(folder.dir, 'test.sqlite') });
    services = openServices(db, systemClock);
    for (const sessionId of ['acc1', 'acc2']) await insertSession(db, sessionId);
  });
  afterEach(async () => {
    await db.destroy();
    await folder.remove();
  });

  const part = (id: string, position: number, state: StatusState) =>
    insertSentStatus(services, id, {
      state,
      attempts: 0,
      sentAt: null,
      expiresAt: null,
      plan: { ...noPlan, series: { id: 'one', position } },
    });
  const claim = () => services.unitOfWork.run((tx) => services.steps.claimNext(tx, 'acc1'));
  const errorOf = async (id: string) => (await services.statuses.get('acc1', id)).error?.code;

  it('leaves in its order, whatever the ids say', async () => {
    await part('B', 1, 'queued');
    await part('C', 0, 'queued');
    assert.equal((await claim())?.id, 'C');
  });

  for (const [state, isOver] of [
    ['scheduled', false],
    ['queued', false],
    ['sending', false],
    ['failed', false],
    ['sent', true],
    ['expired', true],
    ['canceled', true],
    ['deleted', true],
  ] as const) {
    it(`${isOver ? 'goes on' : 'waits'} where what is before it is ${state}`, async () => {
      await part('A', 0, state);
      await part('B', 1, 'queued');
      // Nothing but what comes after it could be taken.
      await db('statuses').where({ id: 'A' }).update({ session_id: 'acc2' });
      assert.equal((await claim())?.id, isOver ? 'B' : undefined);
    });
  }

  it('waits for what is planned before it, and stops when that fails, with the reason', async () => {
    await part('A', 0, 'failed');
    await part('B', 1, 'queued');
    await part('C', 2, 'scheduled');
    assert.equal(await claim(), undefined);
    const { statuses, steps, people, unitOfWork, logger } = services;
    const due = new DueStatuses({
      due: new DueReportStore(db),
      statuses,
      steps,
      people,
      unitOfWork,
      logger,
      clock: systemClock,
      sessions: { get: () => Promise.reject(notFound('The session')) },
      audiences: {
        resolve: () => Promise.resolve(nobodyResolved),
      },
      gateway: { isLinked: () => Promise.resolve(true) },
    });
    await due.sweep();
    assert.deepEqual([await errorOf('B'), await errorOf('C')], ['series_stopped', 'series_stopped']);
  });
});
