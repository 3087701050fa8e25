import assert from 'node:assert/strict';
import { StatsReportStore } from '../../server/monitoring/stats-report-store.js';
import { InsertedRows } from '../access/inserted-rows.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertOrganization, insertSession } from '../support/sample-rows.js';

const hourMs = 60 * 60_000;
const now = new Date('2026-07-01T12:00:00Z');

describeOnEveryDatabase('totals', (open) => {
  it('are those of an account, of an organization, or of all, and of the last day where they say so', async () => {
    const db = await open();
    await insertOrganization(db, 'acme');
    const places = [
      { sessionId: 'one', organizationId: 'default' },
      { sessionId: 'two', organizationId: 'default' },
      { sessionId: 'far', organizationId: 'acme' },
    ] as const;
    const rows = new InsertedRows(db);
    for (const place of places) {
      await insertSession(db, place);
      const { sessionId, organizationId } = place;
      const person = { session_id: sessionId, organization_id: organizationId, created_at: 1, updated_at: 1 };
      await db('people').insert({ ...person, id: `person of ${sessionId}`, phone_number: '491701234567' });
      // Posted and viewed a day ago and before, or within the day.
      for (const [name, postedHoursAgo, viewedHoursAgo] of [
        ['old', 48, 25],
        ['yesterday', 40, 23],
        ['new', 2, 1],
      ] as const) {
        const id = `${name} of ${sessionId}`;
        await rows.status(id, place, { state: name === 'old' ? 'failed' : 'sent' });
        const at = now.getTime() - postedHoursAgo * hourMs;
        await db('statuses')
          .where({ id })
          .update({ created_at: at, viewed: 1, sent_at: name === 'old' ? null : at });
        const view = { status_id: id, person_id: `person of ${sessionId}`, organization_id: organizationId };
        await db('views').insert({ ...view, viewed_at: now.getTime() - viewedHoursAgo * hourMs, recorded_at: 1 });
      }
    }
    await db('sessions').where({ session_id: 'one' }).update({ state: 'connected' });
    const totals = async (organizationId: string | null, sessionId: string | null) => {
      const { sessions, statuses, views, people } = await new StatsReportStore(db).totals(
        { organizationId, sessionId },
        now,
      );
      return [Object.values(sessions), Object.values(statuses), Object.values(views), people.total];
    };
    // Total and connected; total, sent, failed and new; views and those of the last day; people.
    assert.deepEqual(await totals('default', 'one'), [[1, 1], [3, 2, 1, 1], [3, 2], 1]);
    assert.deepEqual(await totals('default', null), [[2, 1], [6, 4, 2, 2], [6, 4], 2]);
    assert.deepEqual(await totals('acme', null), [[1, 0], [3, 2, 1, 1], [3, 2], 1]);
    assert.deepEqual(await totals(null, null), [[3, 1], [9, 6, 3, 3], [9, 6], 3]);
  });
});
