import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { SetClock } from '../support/open-services.js';
import { randomFrom, seedOfRun } from '../support/random-from.js';
import { checkAll, checkComparison, questionAbout } from './check-history.js';
import { randomHistory, zones } from './history.js';
import { type AnalyticsUnderTest, openAnalytics } from './open-analytics.js';
import { tell } from './tell-history.js';

/** Lets accounts live through random histories, and compares what is said of each with a slow recount. */
export function describeHistories(histories: number, steps: number): void {
  const seed = seedOfRun();

  describeOnEveryDatabase('analytics of random histories', (open) => {
    it(`say what a slow recount says, in every time zone, from sums of each receipt and anew (SEED=${String(seed)})`, async function () {
      this.timeout(60_000 + histories * 10_000);
      const db = await open();
      const under = openAnalytics(db, new SetClock(new Date('2026-12-31T12:00:00Z')));
      for (let turn = 0; turn < histories; turn += 1) {
        const [sessionId, ofTurn] = [`acc${String(turn)}`, seed + turn];
        const history = randomHistory(ofTurn, `S${String(turn)}x`, steps);
        await tell(under, db, sessionId, history);
        const random = randomFrom(ofTurn);
        for (const timeZone of zones) {
          const type = ([undefined, 'text', 'image'] as const)[Math.floor(random() * 3)];
          const question = { ...questionAbout(history.statuses[0]?.sentAt ?? 0, random), timeZone, type };
          await checkAll(under, sessionId, history, question);
        }
        await checkComparison(under, history, 1 + Math.floor(random() * 48));
        await countAnew(db, under, sessionId, null);
        await countAnew(db, under, sessionId, 'replied');
      }
      await under.viewers.stop();
    });
  });
}

/** What older servers stored without sums is summed up to the same. */
async function countAnew(
  db: Database,
  under: AnalyticsUnderTest,
  sessionId: string,
  kind: 'replied' | null,
): Promise<void> {
  const sums = () =>
    db('status_activity').where({ session_id: sessionId }).orderBy(['status_id', 'quarter']).select('*');
  const kept: unknown[] = await sums();
  if (kind === null) await db('status_activity').where({ session_id: sessionId }).delete();
  else await db('status_activity').where({ session_id: sessionId }).update({ replied: 0 });
  await db.raw(
    `insert into activity_backlog (status_id, session_id, organization_id, kind)
     select id, session_id, organization_id, cast(? as text) from statuses where session_id = ?`,
    [kind, sessionId],
  );
  await under.recorder.catchUp();
  assert.deepEqual(await sums(), kept);
}
