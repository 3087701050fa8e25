import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import type { StatusReceipt } from '../../server/whatsapp/gateway.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSession } from '../support/insert-session.js';
import { insertSentStatus, SetClock } from '../support/open-services.js';
import { type AnalyticsUnderTest, openAnalytics } from './open-analytics.js';

const start = Date.parse('2026-03-01T10:00:00Z');
const minuteMs = 60_000;

function read(person: number, minute: number, status = 'S1'): StatusReceipt {
  const address = { phoneNumber: `49170000000${String(person)}`, lid: null };
  return { messageId: `3EB0${status}`, person: address, kind: 'read', at: new Date(start + minute * minuteMs) };
}

describeOnEveryDatabase('views that were stored before there were sums', (open) => {
  let db: Database;
  let under: AnalyticsUnderTest;

  beforeEach(async () => {
    db = await open();
    under = openAnalytics(db, new SetClock(new Date(start + 24 * 60 * minuteMs)));
    await insertSession(db, 'acc1');
    await insertSentStatus(under, 'S1', { sentAt: start });
    await under.viewers.recordReceipts('acc1', [read(1, 5), read(2, 50), read(3, 50)]);
    // As an older server left it.
    await db('status_activity').delete();
    await db('activity_backlog').insert({ status_id: 'S1', session_id: 'acc1', organization_id: 'default' });
  });

  afterEach(() => under.viewers.stop());

  const viewsByHour = async () => {
    const { overTime, notes } = await under.analytics.ofStatus('acc1', 'S1', { timeZone: 'UTC', format: 'json' });
    const views = overTime.bars.map(({ viewed }) => viewed).filter((viewed) => viewed > 0);
    return { views, isCounting: notes.some(({ code }) => code === 'still_counting') };
  };

  it('are counted once, with what came meanwhile', async () => {
    // One that is new, and an earlier time of one that has no sum yet.
    await under.viewers.recordReceipts('acc1', [read(4, 70), read(2, 4)]);
    assert.deepEqual(await viewsByHour(), { views: [1], isCounting: true });
    await under.recorder.catchUp();
    assert.deepEqual(await viewsByHour(), { views: [3, 1], isCounting: false });
    await under.recorder.catchUp();
    await under.viewers.recordReceipts('acc1', [read(5, 75)]);
    assert.deepEqual(await viewsByHour(), { views: [3, 2], isCounting: false });
  });

  it('are left as they are where only the answers are missing: some of the views may be erased by now', async () => {
    await under.recorder.catchUp();
    await under.viewers.recordReceipts('acc1', [{ ...read(2, 60), kind: 'replied' }]);
    await db('views')
      .where({ viewed_at: start + 5 * minuteMs })
      .delete();
    await db('status_activity').update({ replied: 0 });
    const left = { status_id: 'S1', session_id: 'acc1', organization_id: 'default', kind: 'replied' };
    await db('activity_backlog').insert(left);
    await under.viewers.recordReceipts('acc1', [{ ...read(3, 130), kind: 'replied' }]);
    await under.recorder.catchUp();
    const { overTime, notes } = await under.analytics.ofStatus('acc1', 'S1', { timeZone: 'UTC', format: 'json' });
    assert.deepEqual(
      overTime.bars.slice(0, 3).map(({ viewed, replied }) => [viewed, replied]),
      [
        [3, 0],
        [0, 1],
        [0, 1],
      ],
    );
    assert.deepEqual(
      notes.map(({ code }) => code),
      ['lower_bound'],
    );
  });

  it('wait for the next start when the server stops, and keep nobody waiting', async () => {
    under.recorder.stop();
    await under.recorder.catchUp();
    assert.deepEqual(await viewsByHour(), { views: [], isCounting: true });
  });

  it('go with their status', async () => {
    await db('statuses').delete();
    await under.recorder.catchUp();
    assert.deepEqual(await db('activity_backlog').pluck('status_id'), []);
    assert.deepEqual(await db('status_activity').pluck('status_id'), []);
  });
});
