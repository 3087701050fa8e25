import assert from 'node:assert/strict';
import path from 'node:path';
import { rootPrincipal } from '../../server/access/principal.js';
import type { Schedule } from '../../server/contract/planning/schedules.js';
import { connectDatabase, openDatabase, type Database } from '../../server/db/database.js';
import { instantOf } from '../../server/contract/values/local-time.js';
import { insertSession } from '../support/insert-session.js';
import { ExpectedSchedule } from '../scheduling/expected-schedule.js';
import { openScheduling, textFor, type Scheduling } from '../scheduling/open-scheduling.js';
import { SlowCalendar, type Day } from '../scheduling/slow-calendar.js';
import { randomFrom, seedOfRun } from '../support/random-from.js';
import { makeTempDir } from '../support/temp-dir.js';

const seed = seedOfRun();
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const from = Date.parse('2026-01-01T00:00:00Z');
const to = Date.parse('2028-01-01T00:00:00Z');
/** Clocks change by an hour, by half an hour, at midnight, and not at all. */
const timeZones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Santiago', 'Asia/Kolkata'];

interface Wanted {
  rule: string;
  clock: string;
  isOn: (day: Day) => boolean;
  count?: number;
  lateByMinutes?: number;
}
const isSunday = ({ weekday }: Day): boolean => weekday === 0;
const wanted: readonly Wanted[] = [
  { rule: 'FREQ=DAILY', clock: '02:30', isOn: () => true },
  { rule: 'FREQ=DAILY', clock: '00:00', isOn: () => true, lateByMinutes: 0 },
  { rule: 'FREQ=WEEKLY;BYDAY=SU,WE', clock: '02:15', isOn: (day) => isSunday(day) || day.weekday === 3 },
  { rule: 'FREQ=WEEKLY;BYDAY=SA;COUNT=60', clock: '23:45', isOn: ({ weekday }) => weekday === 6, count: 60 },
  { rule: 'FREQ=MONTHLY;BYMONTHDAY=31', clock: '12:00', isOn: ({ day }) => day === 31, lateByMinutes: 2_880 },
  { rule: 'FREQ=MONTHLY;BYDAY=-1SU', clock: '01:45', isOn: (day) => isSunday(day) && day.fromEnd <= 7 },
  { rule: 'FREQ=MONTHLY;BYDAY=1SU', clock: '02:00', isOn: (day) => isSunday(day) && day.day <= 7 },
  { rule: 'FREQ=MONTHLY;BYDAY=2SU', clock: '03:00', isOn: (day) => isSunday(day) && day.day > 7 && day.day <= 14 },
];

class ClockByHand {
  at = from;
  now(): Date {
    return new Date(this.at);
  }
}

describe(`two years of schedules in five time zones (seed ${String(seed)})`, function () {
  this.timeout(30 * 60_000);
  const random = randomFrom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const clock = new ClockByHand();
  const running: { schedule: Schedule; expected: ExpectedSchedule; calendar: SlowCalendar; wanted: Wanted }[] = [];
  const done = { restarts: 0, outages: 0, paused: 0, leftOut: 0, moved: 0, retimed: 0, renamed: 0 };
  let folder: { dir: string; remove: () => Promise<void> };
  let databases: Database[] = [];
  let both: Scheduling[] = [];

  before(async () => {
    folder = await makeTempDir();
    await start();
    const [db] = databases;
    assert.ok(db);
    for (const [index, timeZone] of timeZones.entries()) {
      const sessionId = `acc${String(index)}`;
      await insertSession(db, sessionId);
      const calendar = new SlowCalendar(timeZone, from, to);
      for (const one of wanted) {
        const { rule, lateByMinutes = 60 } = one;
        const startsAt = `2026-01-01T${one.clock}`;
        const status = { ...textFor([]), timeZone };
        const body = { status, startsAt, timeZone, rule, lateByMinutes };
        const schedule = await server(0).schedules.create(rootPrincipal, sessionId, body);
        const expected = new ExpectedSchedule(timesOf(calendar, one, startsAt), lateByMinutes, clock.at);
        running.push({ schedule, expected, calendar, wanted: one });
      }
    }
  });
  after(async () => {
    await Promise.all(databases.map((db) => db.destroy()));
    await folder.remove();
  });

  const server = (index: number): Scheduling => both[index] ?? assert.fail('it does not run');
  const database = (): Database => databases[0] ?? assert.fail('it is not open');

  function timesOf(calendar: SlowCalendar, { clock: time, isOn, count }: Wanted, startsAt: string): number[] {
    const first = instantOf(startsAt, calendar.timeZone);
    return calendar
      .times([time], isOn)
      .filter((at) => at >= first && at < to)
      .slice(0, count);
  }

  /** Two processes on one file, as after a restart: they know what is in the database. */
  async function start(): Promise<void> {
    await Promise.all(databases.map((db) => db.destroy()));
    const file = path.join(folder.dir, 'test.sqlite');
    databases = [await openDatabase({ file }), await connectDatabase({ file })];
    // Nobody pulls the plug here, and a commit waits for the disk otherwise.
    for (const db of databases) await db.raw('pragma synchronous = off');
    both = databases.map((db) => openScheduling(db, clock));
    done.restarts += 1;
  }

  /** Both look, now the one and now the other first, until nothing is due; what is in the queue leaves at once. */
  async function look(): Promise<void> {
    const turn = async (index: number): Promise<void> => {
      await server(index).runner.sweep();
      await server(index).due.sweep();
    };
    for (;;) {
      if (below(10) === 0) await Promise.all([turn(0), turn(1)]);
      else await turn(below(2));
      await database()('statuses').where({ state: 'queued' }).update({ state: 'sent', started_at: clock.at });
      const due = await database()('schedules').where({ state: 'active' }).where('next_at', '<=', clock.at).first('id');
      if (!due) break;
    }
    for (const { expected } of running) expected.look(clock.at);
  }

  async function nextDue(): Promise<number | undefined> {
    const scheduled = await database()('statuses').where({ state: 'scheduled' }).min({ at: 'scheduled_at' }).first();
    const schedule = await database()('schedules').where({ state: 'active' }).min({ at: 'next_at' }).first();
    const times = [scheduled, schedule].flatMap((row: { at?: number | null } | undefined) => row?.at ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Somebody does something with one of them. */
  async function interfere(): Promise<void> {
    const one = running[below(running.length)] ?? assert.fail();
    const { schedule, expected, calendar } = one;
    const { id, sessionId, timeZone } = schedule;
    const place = { sessionId, id };
    const { schedules } = server(below(2));
    const change = (body: object) => schedules.change(rootPrincipal, sessionId, id, body);
    const [at] = expected.coming(5).slice(below(3));
    if (at === undefined) return;
    if (expected.isPaused) {
      await change({ state: 'active' });
      expected.isPaused = false;
      return;
    }
    const planned = (await schedules.occurrences(rootPrincipal, place, { limit: 500 })).filter(
      ({ outcome }) => outcome === 'planned',
    );
    const known = expected.coming(500).filter((time) => time < clock.at + 92 * dayMs);
    assert.deepEqual(
      planned.map((occurrence) => Date.parse(occurrence.at)).filter((time) => time < to),
      known,
      `${schedule.rule} in ${timeZone}`,
    );
    switch (below(6)) {
      case 0:
        await change({ state: 'paused' });
        expected.isPaused = true;
        done.paused += 1;
        break;
      case 1: {
        const time = `${String(below(24)).padStart(2, '0')}:${below(2) === 0 ? '00' : '30'}`;
        one.wanted = { ...one.wanted, clock: time };
        // What is counted begins anew with another start, so that one keeps its time.
        if (one.wanted.count !== undefined) break;
        await change({ startsAt: `2026-01-01T${time}` });
        expected.changeTimes(timesOf(calendar, one.wanted, `2026-01-01T${time}`));
        done.retimed += 1;
        break;
      }
      case 2:
        await change({ name: `called ${String(below(1_000))}` });
        done.renamed += 1;
        break;
      case 3: {
        const moveTo = Math.max(clock.at + minuteMs, at + (below(96) - 24) * hourMs);
        const body = { at: new Date(at).toISOString(), moveTo: new Date(moveTo).toISOString() };
        await schedules.changeOccurrence(rootPrincipal, place, body);
        expected.leaveOut(at, moveTo);
        done.moved += 1;
        break;
      }
      default:
        await schedules.changeOccurrence(rootPrincipal, place, { at: new Date(at).toISOString() });
        expected.leaveOut(at);
        done.leftOut += 1;
    }
  }

  it('come when the calendar says so, each time once, and what is too late is left out', async () => {
    const began = performance.now();
    /** When a moved status was looked at for the first time after it was due. */
    const looks: number[] = [];
    for (;;) {
      const next = await nextDue();
      if (next === undefined || next >= to) break;
      clock.at = Math.max(clock.at, next) + below(1_000);
      if (below(150) === 0) {
        clock.at += below(2) === 0 ? below(3 * hourMs) : below(4 * dayMs);
        done.outages += 1;
        await start();
      }
      looks.push(clock.at);
      await look();
      if (below(6) === 0) await interfere();
    }
    clock.at = to;
    looks.push(to);
    await look();
    let posts = 0;
    for (const { schedule, expected } of running) {
      const what = `${schedule.rule} in ${schedule.timeZone}`;
      const became: { at: number; outcome: string; statusId: string | null }[] = await database()(
        'schedule_occurrences',
      )
        .where({ schedule_id: schedule.id })
        .where('occurrence_at', '<', to)
        .orderBy('occurrence_at')
        .select({ at: 'occurrence_at', outcome: 'outcome', statusId: 'status_id' });
      assert.deepEqual(
        became.map(({ at, outcome }) => [new Date(at).toISOString(), outcome]),
        [...expected.outcomes].sort(([a], [b]) => a - b).map(([at, outcome]) => [new Date(at).toISOString(), outcome]),
        what,
      );
      const rows: {
        id: string;
        at: number;
        created: number;
        state: string;
        started: number | null;
        code: string | null;
      }[] = await database()('statuses')
        .where({ schedule_id: schedule.id })
        .select({ id: 'id', at: 'scheduled_at', created: 'created_at', state: 'state' })
        .select({ started: 'started_at', code: 'error_code' });
      const statuses = new Map(rows.map((row) => [row.id, row]));
      for (const { at, outcome, statusId } of became) {
        const status = statuses.get(statusId ?? '');
        statuses.delete(statusId ?? '');
        const movedTo = expected.moved.get(at);
        if (outcome === 'posted') {
          posts += 1;
          assert.deepEqual([status?.at, status?.state], [at, 'sent'], what);
          assert.ok(status && status.created >= at && !expected.isTooLate(at, status.created), what);
        } else if (movedTo === undefined) assert.equal(status, undefined, what);
        else {
          const seenAt = looks.find((time) => time >= movedTo) ?? to;
          const end = expected.isTooLate(movedTo, seenAt) ? ['failed', 'missed', null] : ['sent', null, seenAt];
          if (movedTo < to) assert.deepEqual([status?.state, status?.code, status?.started], end, what);
          assert.equal(status?.at, movedTo);
        }
      }
      assert.deepEqual([...statuses.keys()], [], `${what}: a status that belongs to no time`);
    }
    const outcomes = running.flatMap(({ expected }) => [...expected.outcomes.values()]);
    const missed = outcomes.filter((outcome) => outcome === 'missed').length;
    const seconds = Math.round((performance.now() - began) / 1_000);
    const report = { seed, schedules: running.length, times: outcomes.length, posts, missed, ...done, seconds };
    process.stderr.write(`${JSON.stringify(report)}\n`);
    assert.ok(missed > 0 && Object.values(done).every((times) => times > 0), 'everything was tried');
  });
});
