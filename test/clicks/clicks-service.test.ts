import assert from 'node:assert/strict';
import { ClicksReportStore } from '../../server/clicks/clicks-report-store.js';
import type { Database } from '../../server/db/database.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSession } from '../support/insert-session.js';
import { SetClock } from '../support/open-services.js';
import { insertLinked, iphone, linksWith, openClicks, pixel, type Clicks } from './open-clicks.js';

const evening = new Date('2026-03-01T22:55:00Z');
const hourMs = 60 * 60_000;

describeOnEveryDatabase('clicks', (open) => {
  let db: Database;
  let clock: SetClock;
  let clicks: Clicks;

  beforeEach(async () => {
    db = await open();
    clock = new SetClock(evening);
    clicks = openClicks(db, clock);
    await insertSession(db, 'acc1');
    await insertLinked(clicks, 'S1', ['AAAAAAAAAAAA', 'BBBBBBBBBBBB']);
  });
  afterEach(() => clicks.clicks.stop());

  async function openLink(code: string, address: string, userAgent = iphone, at = clicks): Promise<void> {
    const found = await at.shortLinks.find(code);
    assert.ok(found.result === 'found');
    at.shortLinks.opened(found.link, { method: 'GET', headers: { 'user-agent': userAgent }, address });
  }
  async function counted(statusId = 'S1') {
    await clicks.clicks.drain();
    const { clicked, items, hours } = await clicks.clicks.ofStatus('acc1', statusId);
    return {
      clicked,
      links: items.map((link) => [link.clicks, link.visitors]),
      hours: hours.map((one) => [one.hour, one.clicks, one.clicked]),
    };
  }

  it('are counted by link and hour, and people once a day', async () => {
    await openLink('AAAAAAAAAAAA', '192.0.2.1');
    await openLink('AAAAAAAAAAAA', '192.0.2.1');
    await openLink('BBBBBBBBBBBB', '192.0.2.1');
    await openLink('BBBBBBBBBBBB', '192.0.2.1', pixel);
    await clicks.clicks.drain();
    clock.advance(hourMs / 2);
    await openLink('BBBBBBBBBBBB', '192.0.2.2');
    await openLink('AAAAAAAAAAAA', '2001:db8::1');
    // Another address of the same network.
    await openLink('AAAAAAAAAAAA', '2001:db8::ffff:2');
    assert.deepEqual(await counted(), {
      clicked: 4,
      links: [
        [4, 2],
        [3, 3],
      ],
      hours: [
        ['2026-03-01T22:00:00.000Z', 4, 2],
        ['2026-03-01T23:00:00.000Z', 3, 2],
      ],
    });
    const quarters = await db('click_activity')
      .where({ session_id: 'acc1', status_id: 'S1' })
      .distinct('quarter')
      .pluck('quarter');
    assert.deepEqual(
      quarters.map(Number).sort(),
      [evening.getTime(), evening.getTime() + hourMs / 2].map((at) => Math.floor(at / 900_000)),
    );

    clock.advance(hourMs);
    await openLink('AAAAAAAAAAAA', '192.0.2.1');
    assert.equal((await counted()).clicked, 5, 'on another day');
  });

  it('are told with the counts, once for those that came together', async () => {
    for (let index = 0; index < 50; index += 1) await openLink('AAAAAAAAAAAA', `192.0.2.${String(index)}`);
    await clicks.clicks.drain();
    const told = clicks.services.events.filter(({ name }) => name === 'status-clicks-update');
    const [{ payload, sessionId } = { payload: undefined, sessionId: undefined }] = told;
    assert.equal(told.length, 1);
    assert.equal(sessionId, 'acc1');
    assert.ok(payload && 'counts' in payload && payload.counts);
    assert.equal(payload.counts.clicked, 50);
  });

  it('are counted without visitors once a status has had a million of them', async () => {
    await openLink('AAAAAAAAAAAA', '192.0.2.1');
    await clicks.clicks.drain();
    await db('statuses').where({ id: 'S1' }).update({ clicked: 999_999 });
    await openLink('AAAAAAAAAAAA', '192.0.2.2');
    assert.equal((await counted()).clicked, 1_000_000);
    await openLink('AAAAAAAAAAAA', '192.0.2.3');
    await openLink('AAAAAAAAAAAA', '192.0.2.2');
    const { clicked, links } = await counted();
    assert.deepEqual([clicked, links[0]], [1_000_000, [4, 2]]);
    assert.equal((await db('click_marks').select('mark')).length, 4, 'of two visitors');
  });

  it('leave nothing of who it was, and when the day is over not even what told people apart', async () => {
    await openLink('AAAAAAAAAAAA', '192.0.2.77');
    await clicks.clicks.drain();
    for (const table of ['tracked_links', 'click_activity', 'click_marks', 'click_salts', 'statuses', 'events']) {
      const rows = JSON.stringify(await db(table).select('*'));
      assert.ok(rows !== '[]', table);
      assert.doesNotMatch(rows, /192\.0\.2\.77|iPhone|Safari/, table);
    }
    await clicks.clicks.forget();
    assert.equal((await db('click_marks').select('*')).length, 2, 'while the day lasts');
    clock.advance(2 * hourMs);
    await clicks.clicks.forget();
    assert.deepEqual([await db('click_marks').select('*'), await db('click_salts').select('*')], [[], []]);
    assert.equal((await counted()).clicked, 1);
  });

  it('leave no mark however many there were', async () => {
    await db.raw(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 5001)
      insert into click_marks (scope, mark, day, organization_id, session_id, status_id)
      select 'S1', 'm' || i, 1, 'default', 'acc1', 'S1' from n`);
    await clicks.clicks.forget();
    assert.deepEqual(await db('click_marks').pluck('mark'), []);
  });

  it('count somebody once who comes to several processes', async () => {
    const other = openClicks(db, clock);
    await openLink('AAAAAAAAAAAA', '192.0.2.1');
    await openLink('AAAAAAAAAAAA', '192.0.2.1', iphone, other);
    await Promise.all([clicks.clicks.drain(), other.clicks.drain()]);
    await other.clicks.stop();
    assert.deepEqual((await counted()).links[0], [2, 1]);
  });

  it('tell nobody of one status from anybody of another organization’s by their marks', async () => {
    await db('organizations').insert({ id: 'acme', name: 'Acme', created_at: 1 });
    await insertSession(db, 'acc2');
    await db('sessions').where({ session_id: 'acc2' }).update({ organization_id: 'acme' });
    await insertLinked(clicks, 'S2', ['CCCCCCCCCCCC'], { organizationId: 'acme', sessionId: 'acc2' });
    await openLink('AAAAAAAAAAAA', '192.0.2.1');
    await openLink('CCCCCCCCCCCC', '192.0.2.1');
    await clicks.clicks.drain();
    const marks = await db('click_marks').where({ scope: 'S1' }).orWhere({ scope: 'S2' }).pluck('mark');
    assert.equal(new Set(marks).size, 2);
  });

  it('are counted when the database can be used again', async () => {
    const { unitOfWork } = clicks.services;
    const run = unitOfWork.run.bind(unitOfWork);
    let failures = 2;
    unitOfWork.run = (work) => {
      failures -= 1;
      return failures >= 0 ? Promise.reject(new Error('It is locked.')) : run(work);
    };
    await openLink('AAAAAAAAAAAA', '192.0.2.1');
    assert.equal((await counted()).clicked, 1);
  });

  it('are given up at the end of the process where the database cannot be used', async () => {
    let tries = 0;
    clicks.services.unitOfWork.run = () => {
      tries += 1;
      return Promise.reject(new Error('It is locked.'));
    };
    await openLink('AAAAAAAAAAAA', '192.0.2.1');
    await clicks.clicks.stop();
    assert.equal(tries, 1);
  });

  it('lead nowhere once their status was deleted, canceled, or is being taken back', async () => {
    for (const [id, changes] of [
      ['S2', { state: 'deleted' }],
      ['S3', { state: 'canceled' }],
      ['S4', { deleteRequestedAt: 1 }],
    ] as const) {
      const code = `${id}AAAAAAAAAA`;
      await insertLinked(clicks, id, [code], changes);
      assert.deepEqual(await clicks.shortLinks.find(code), { result: 'ended' }, JSON.stringify(changes));
    }
  });

  it('are given up at once where the database takes none of what they hold', async () => {
    let tries = 0;
    clicks.services.unitOfWork.run = () => {
      tries += 1;
      return Promise.reject(Object.assign(new Error('It is no text.'), { code: '22021' }));
    };
    await openLink('AAAAAAAAAAAA', '192.0.2.1');
    await clicks.clicks.drain();
    assert.equal(tries, 1);
  });

  it('are listed by the last hours in which there were any', async () => {
    await openLink('AAAAAAAAAAAA', '192.0.2.1');
    for (let hour = 0; hour < 3; hour += 1) {
      clock.advance(2 * hourMs);
      await openLink('BBBBBBBBBBBB', '192.0.2.1');
    }
    await clicks.clicks.drain();
    const hours = await new ClicksReportStore(db).listHours('S1', 2);
    assert.deepEqual(
      hours.map(({ hour }) => new Date(hour).toISOString()),
      ['2026-03-02T02:00:00.000Z', '2026-03-02T04:00:00.000Z'],
    );
  });

  it('of a link that a change has taken away, or of a status that is gone or has not left, count for nothing', async () => {
    await insertLinked(clicks, 'S2', ['CCCCCCCCCCCC'], { startedAt: null, state: 'queued' });
    await insertLinked(clicks, 'S3', ['DDDDDDDDDDDD']);
    for (const code of ['AAAAAAAAAAAA', 'CCCCCCCCCCCC', 'DDDDDDDDDDDD']) await openLink(code, '192.0.2.1');
    await clicks.services.unitOfWork.run(async (tx) => {
      const status = await clicks.services.statuses.find('acc1', 'S1', tx);
      assert.ok(status);
      await clicks.clicks.onLinked(tx, { ...status, links: linksWith(['EEEEEEEEEEEE']) });
    });
    await db('statuses').where({ id: 'S3' }).delete();
    await clicks.clicks.drain();
    assert.deepEqual([(await counted('S1')).clicked, (await counted('S2')).clicked], [0, 0]);
    assert.deepEqual(await db('click_activity').select('*'), []);
    assert.deepEqual(await db('tracked_links').orderBy('code').pluck('code'), ['CCCCCCCCCCCC', 'EEEEEEEEEEEE']);
  });

  it('of links that a change has kept count beside those of links that it has taken away', async () => {
    for (const code of ['AAAAAAAAAAAA', 'BBBBBBBBBBBB']) await openLink(code, '192.0.2.1');
    await clicks.services.unitOfWork.run(async (tx) => {
      const status = await clicks.services.statuses.find('acc1', 'S1', tx);
      assert.ok(status);
      await clicks.clicks.onLinked(tx, { ...status, links: linksWith(['BBBBBBBBBBBB']) });
    });
    await clicks.clicks.drain();
    assert.deepEqual(await db('tracked_links').select('code', 'clicks', 'visitors'), [
      { code: 'BBBBBBBBBBBB', clicks: 1, visitors: 1 },
    ]);
  });

  it('go with their session', async () => {
    await openLink('AAAAAAAAAAAA', '192.0.2.1');
    await clicks.clicks.drain();
    await db('sessions').where({ session_id: 'acc1' }).delete();
    for (const table of ['tracked_links', 'click_activity', 'click_marks']) {
      assert.deepEqual(await db(table).select('*'), [], table);
    }
  });
});
