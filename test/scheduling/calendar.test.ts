import assert from 'node:assert/strict';
import { rootPrincipal } from '../../server/access/principal.js';
import { calendarQuerySchema, type Calendar, type CalendarEntry } from '../../server/contract/planning/calendar.js';
import { createScheduleBodySchema } from '../../server/contract/planning/schedules.js';
import { sendStatusBodySchema } from '../../server/contract/statuses.js';
import type { Database } from '../../server/db/database.js';
import { CalendarService, type CalendarServiceParts } from '../../server/scheduling/calendar-service.js';
import { CalendarReportStore } from '../../server/scheduling/calendar-report-store.js';
import { notFound } from '../../server/lib/app-error.js';
import { CallerLeft, forCaller } from '../../server/lib/caller-scope.js';
import { insertSession } from '../support/insert-session.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { startTestServer } from '../support/test-server.js';
import { SetClock } from '../support/open-services.js';
import { openScheduling, type Scheduling } from './open-scheduling.js';

describeOnEveryDatabase('the calendar', (open) => {
  let db: Database;
  let clock: SetClock;
  let scheduling: Scheduling;
  let calendar: CalendarService;

  beforeEach(async () => {
    db = await open();
    clock = new SetClock(new Date('2026-12-01T10:00:00Z'));
    scheduling = openScheduling(db, clock);
    calendar = new CalendarService({
      store: new CalendarReportStore(db),
      schedules: scheduling.schedulesStore,
      sessions: { get: () => Promise.reject(new Error('unused')) },
      files: { load: () => Promise.resolve(undefined) },
    });
    for (const sessionId of ['acc1', 'acc2']) await insertSession(db, sessionId);
  });

  const slowly = (parts: Partial<CalendarServiceParts>): CalendarService =>
    new CalendarService({
      store: new CalendarReportStore(db),
      schedules: scheduling.schedulesStore,
      sessions: { get: () => Promise.reject(new Error('unused')) },
      files: { load: () => Promise.resolve(undefined) },
      ...parts,
    });
  const december = calendarQuerySchema.parse({ from: '2026-12-01', to: '2027-01-01', timeZone: 'Asia/Kolkata' });

  it('says that it is not complete when working it out takes too long', async () => {
    await send('acc1', { content: 'planned', scheduledAt: '2026-12-05T10:00:00Z' });
    await schedule('acc1', {
      startsAt: '2026-12-24T18:00',
      rule: 'FREQ=DAILY',
      status: { type: 'text', content: 'x' },
    });
    let now = 0;
    const { entries, isComplete } = await slowly({ nowMs: () => (now += 6_000) }).read(rootPrincipal, december);
    assert.equal(isComplete, false);
    assert.deepEqual(entries.map(short), ['2026-12-05 15:30 acc1 scheduled planned']);
    assert.equal((await read()).isComplete, true);
  });

  it('says that it is not complete with more schedules than one look works out', async () => {
    const { schedulesStore } = scheduling;
    const status = { type: 'text', content: 'x' };
    await schedule('acc1', { startsAt: '2026-12-24T18:00', rule: 'FREQ=DAILY', status });
    const lookAt = (count: number) => {
      const listComing: CalendarServiceParts['schedules']['listComing'] = async (...of) => {
        const [one] = await schedulesStore.listComing(...of);
        assert.ok(one);
        // They come next when December is over, so that there is nothing to work out.
        return Array.from({ length: Math.min(count, of[1]) }, () => ({ ...one, nextAt: Date.parse('2027-02-01') }));
      };
      const schedules = { listComing, listByIds: () => Promise.resolve([]) };
      return slowly({ schedules }).read(rootPrincipal, december);
    };
    assert.deepEqual([(await lookAt(500)).isComplete, (await lookAt(501)).isComplete], [true, false]);
  });

  it('is worked out no further once whoever asked has left', async () => {
    const status = { type: 'text', content: 'x' };
    await schedule('acc1', { startsAt: '2026-12-24T18:00', rule: 'FREQ=DAILY', status });
    const gone = new AbortController();
    const leaving = slowly({
      nowMs: () => {
        gone.abort(new CallerLeft());
        return 0;
      },
    });
    await assert.rejects(
      forCaller(gone.signal, () => leaving.read(rootPrincipal, december)),
      CallerLeft,
    );
  });

  it('is worked out for each caller once at a time, and for others meanwhile', async () => {
    let goOn: () => void = () => undefined;
    const held = new Promise<never>((_resolve, reject) => (goOn = () => reject(notFound('The session'))));
    const slow = slowly({ sessions: { get: () => held } });
    const looks = Array.from({ length: 3 }, () => slow.read(rootPrincipal, { ...december, sessionId: 'acc1' }));
    const ended = Promise.allSettled(looks);
    await assert.rejects(slow.read(rootPrincipal, december), { code: 'unavailable', retryAfterSeconds: 5 });
    assert.deepEqual((await slow.read({ ...rootPrincipal, id: 'other' }, december)).entries, []);
    goOn();
    assert.deepEqual(
      (await ended).map(({ status }) => status),
      ['rejected', 'rejected', 'rejected'],
    );
  });

  const advanceTo = (time: string): void => {
    clock.advance(Date.parse(time) - clock.now().getTime());
  };
  const read = (query: object = {}, principal = rootPrincipal): Promise<Calendar> =>
    calendar.read(
      principal,
      calendarQuerySchema.parse({ from: '2026-12-01', to: '2027-01-01', timeZone: 'Asia/Kolkata', ...query }),
    );
  const send = (sessionId: string, body: object) =>
    scheduling.accepting.send(rootPrincipal, sessionId, sendStatusBodySchema.parse({ type: 'text', ...body }));
  const schedule = (sessionId: string, body: object) =>
    scheduling.schedules.create(
      rootPrincipal,
      sessionId,
      createScheduleBodySchema.parse({ timeZone: 'Asia/Kolkata', ...body }),
    );
  const short = ({ day, time, sessionId, state, text }: CalendarEntry) =>
    `${day} ${time} ${sessionId} ${state} ${text}`;
  const pages = async (limit: number): Promise<string[]> => {
    const all: string[] = [];
    let cursor: string | undefined;
    do {
      const page: Calendar = await read({ limit, cursor });
      assert.ok(page.entries.length <= limit);
      all.push(...page.entries.map(short));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return all;
  };

  it('has each time once, from the first moment of its days to before the last', async () => {
    const daily = { startsAt: '2026-12-03T00:00', rule: 'FREQ=DAILY;COUNT=3' };
    await schedule('acc1', { ...daily, status: { type: 'text', content: 'daily' }, lateByMinutes: 10 });
    await send('acc1', { content: 'second', scheduledAt: '2026-12-04T00:00', timeZone: 'Asia/Kolkata' });
    await send('acc1', { content: 'edge', scheduledAt: '2026-12-05T00:00', timeZone: 'Asia/Kolkata' });
    const days = { from: '2026-12-03', to: '2026-12-05' };
    const shown = async () => (await read(days)).entries.map(({ day, state, text }) => `${day} ${state} ${text}`);
    const ends = ['2026-12-04 scheduled second', '2026-12-04 planned daily'];
    assert.deepEqual((await shown()).sort(), ['2026-12-03 planned daily', ...ends].sort());
    advanceTo('2026-12-02T19:00:00Z');
    await scheduling.runner.sweep();
    assert.deepEqual((await shown()).sort(), ['2026-12-03 missed daily', ...ends].sort());
    assert.equal((await read({ from: '2026-12-02', to: '2026-12-03' })).entries.length, 0, 'the end is another day');
  });

  it('has what was posted, what is planned, what was missed and what comes again, in order, also page by page', async () => {
    const weekly = await schedule('acc1', {
      status: { type: 'text', content: '{{weekday}}: {{price}} {{account}}', variables: { price: '5' } },
      startsAt: '2026-12-03T09:00',
      rule: 'FREQ=WEEKLY;COUNT=5',
      lateByMinutes: 30,
    });
    await schedule('acc2', {
      status: { type: 'text', content: 'paused' },
      startsAt: '2026-12-03T09:00',
      rule: 'FREQ=DAILY',
    }).then(({ id }) => scheduling.schedules.change(rootPrincipal, 'acc2', id, { state: 'paused' }));
    await send('acc2', { content: 'planned', scheduledAt: '2026-12-10T09:00', timeZone: 'Asia/Kolkata' });
    const gone = await send('acc2', { content: 'canceled', scheduledAt: '2026-12-10T09:00', timeZone: 'Asia/Kolkata' });
    await scheduling.changes.delete('acc2', gone.id);
    await send('acc1', { content: '👨‍👩‍👧‍👦'.repeat(20) + 'x'.repeat(300), scheduledAt: '2026-12-01T10:00:00Z' });
    const place = { sessionId: 'acc1', id: weekly.id };
    await scheduling.schedules.changeOccurrence(rootPrincipal, place, { at: '2026-12-17T03:30:00.000Z' });
    advanceTo('2026-12-03T12:00:00Z');
    await scheduling.runner.sweep();
    advanceTo('2026-12-10T03:30:00Z');
    await scheduling.runner.sweep();
    await scheduling.due.sweep();
    const statusId = (await read()).entries.find(({ text }) => text.startsWith('Thursday: 5 acc1'))?.statusId ?? '';
    await scheduling.unitOfWork.run((tx) =>
      scheduling.statusesStore.change(tx, statusId, ['scheduled', 'queued'], {
        state: 'sent',
        updatedAt: 1,
        sentAt: Date.parse('2026-12-10T03:31:00Z'),
      }),
    );
    const expected = [
      `2026-12-01 15:30 acc1 missed ${'👨‍👩‍👧‍👦'.repeat(20)}${'x'.repeat(119)}…`,
      '2026-12-03 09:00 acc1 missed Thursday: 5 {{account}}',
      '2026-12-10 09:00 acc2 queued planned',
      '2026-12-10 09:01 acc1 sent Thursday: 5 acc1',
      '2026-12-24 09:00 acc1 planned Thursday: 5 {{account}}',
      '2026-12-31 09:00 acc1 planned Thursday: 5 {{account}}',
    ];
    const { entries, isComplete, nextCursor, from, to } = await read();
    assert.deepEqual(entries.map(short), expected);
    assert.deepEqual(
      [isComplete, nextCursor, from, to],
      [true, null, '2026-11-30T18:30:00.000Z', '2026-12-31T18:30:00.000Z'],
    );
    assert.deepEqual(
      [entries[4]?.scheduleId, entries[4]?.statusId, entries[3]?.scheduleId],
      [weekly.id, null, weekly.id],
    );
    for (const limit of [1, 2, 5]) assert.deepEqual(await pages(limit), expected);
    const ofAccount = await read({}, { ...rootPrincipal, organizationId: 'default', sessionId: 'acc2' });
    assert.deepEqual(
      ofAccount.entries.map(({ text }) => text),
      ['planned'],
    );
    assert.deepEqual((await read({}, { ...rootPrincipal, organizationId: 'acme' })).entries, []);
  });

  it('has a time that was moved once, where it was moved to, and one that was left out not at all', async () => {
    const status = { type: 'text', content: 'daily' };
    const { id } = await schedule('acc1', { startsAt: '2026-12-03T09:00', rule: 'FREQ=DAILY;COUNT=4', status });
    await schedule('acc2', { startsAt: '2026-12-04T09:00', rule: 'FREQ=DAILY;COUNT=1', status });
    const place = { sessionId: 'acc1', id };
    const moveTo = '2026-12-20T10:00';
    await scheduling.schedules.changeOccurrence(rootPrincipal, place, { at: '2026-12-04T03:30:00.000Z', moveTo });
    await scheduling.schedules.changeOccurrence(rootPrincipal, place, { at: '2026-12-06T03:30:00.000Z' });
    assert.deepEqual((await read()).entries.map(short), [
      '2026-12-03 09:00 acc1 planned daily',
      '2026-12-04 09:00 acc2 planned daily',
      '2026-12-05 09:00 acc1 planned daily',
      '2026-12-20 10:00 acc1 scheduled daily',
    ]);
  });

  it('of very many times is cut where the page ends, and loses nothing', async () => {
    await schedule('acc1', {
      status: { type: 'text', content: 'h' },
      startsAt: '2026-12-02T00:00',
      rule: 'FREQ=HOURLY;COUNT=40',
    });
    await schedule('acc2', {
      status: { type: 'text', content: 'h' },
      startsAt: '2026-12-02T00:00',
      rule: 'FREQ=HOURLY;COUNT=40',
    });
    const all = await pages(500);
    assert.equal(all.length, 80);
    assert.deepEqual(await pages(7), all);
  });
});

describe('a look at the calendar', () => {
  it('says what is wrong with what was asked for, and finds nothing that is not there', async () => {
    const server = await startTestServer();
    try {
      const refused: [string, number, RegExp][] = [
        ['', 400, /from/],
        ['from=2026-12-01&to=2026-12-01', 400, /after `from`/],
        ['from=2026-12-01&to=2027-02-02', 400, /at most 62 days/],
        ['from=tomorrow&to=2027-02-02', 400, /Give a day/],
        ['from=2026-12-01&to=2026-12-02&timeZone=Mars/Base', 400, /timeZone/],
        ['from=2026-12-01&to=2026-12-02&sessionId=nobody', 404, /nobody/],
        ['from=2026-12-01&to=2026-12-02&cursor=x', 400, /cursor/],
      ];
      for (const [query, status, sentence] of refused) {
        const answer = await server.request.get(`/api/calendar?${query}`);
        assert.equal(answer.status, status, JSON.stringify(answer.body));
        assert.match(JSON.stringify(answer.body), sentence);
      }
      const { body } = await server.request
        .get('/api/calendar?from=2026-12-01&to=2027-02-01&timeZone=America/New_York')
        .expect(200);
      assert.deepEqual((body as { data: Calendar }).data.entries, []);
    } finally {
      await server.stop();
    }
  });
});
