import assert from 'node:assert/strict';
import path from 'node:path';
import type { Success } from '../../server/contract/envelope.js';
import type { Occurrence, Schedule } from '../../server/contract/planning/schedules.js';
import type { Status } from '../../server/contract/statuses.js';
import { localTimeAt } from '../../server/contract/values/local-time.js';
import { callApi, linkAccount } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { ShiftedClock } from '../support/shifted-clock.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

const hourMs = 60 * 60_000;

describe('schedules', function () {
  this.timeout(60_000);
  const clock = new ShiftedClock();
  let simulator: TestSimulator;
  let server: TestServer;
  /** Another process on the same database, which tries to post the same times. */
  let other: TestServer;
  let contact: string;

  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator, replace: { clock } });
    await linkAccount(server, simulator);
    contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
    other = await startTestServer({
      simulator,
      replace: { clock },
      dataDir: server.dataDir,
      env: { NODE_NAME: 'other', UPLOADS_DIR: path.join(server.dataDir, 'uploads') },
    });
  });
  after(async () => {
    await other.stop({ keepData: true });
    await server.stop();
    await simulator.stop();
  });

  const create = async (body: object): Promise<Schedule> => {
    const status = { type: 'text', content: 'again', targetNumbers: [contact] };
    const whole = { status, timeZone: 'Asia/Kolkata', rule: 'FREQ=DAILY', startsAt: inKolkata(hourMs), ...body };
    return (
      await callApi<Success<Schedule>>(server, 'POST', '/sessions/acc1/schedules', { body: whole, expected: 201 })
    ).data;
  };
  const inKolkata = (ms: number): string => localTimeAt(clock.now().getTime() + ms, 'Asia/Kolkata').slice(0, 16);
  const of = (schedule: Schedule): string => `/sessions/acc1/schedules/${schedule.id}`;
  const read = async (schedule: Schedule) => (await callApi<Success<Schedule>>(server, 'GET', of(schedule))).data;
  const change = async (schedule: Schedule, body: object) =>
    (await callApi<Success<Schedule>>(server, 'PATCH', of(schedule), { body })).data;
  const occurrences = async (schedule: Schedule) =>
    (await callApi<Success<Occurrence[]>>(server, 'GET', `${of(schedule)}/occurrences?limit=6`)).data;
  const received = (text: string): number => simulator.statuses(contact).filter((story) => story.text === text).length;
  const arrives = (text: string, times: number): Promise<boolean> =>
    eventually(() => received(text) === times || assert.fail(`${String(received(text))} times`), {
      timeoutMs: 15_000,
      what: `"${text}" ${String(times)} times`,
    });
  /** Both processes have looked after the clock was put forward. */
  const settles = async (schedule: Schedule, before: Schedule): Promise<Schedule> =>
    eventually(
      async () => {
        const now = await read(schedule);
        assert.notEqual(now.nextAt, before.nextAt);
        return now;
      },
      { timeoutMs: 15_000, what: 'the schedule to go on' },
    );

  it('post each time once, also with two processes, and end with their rule', async () => {
    const schedule = await create({ rule: 'FREQ=DAILY;COUNT=3' });
    assert.deepEqual([schedule.state, schedule.name, schedule.lateByMinutes], ['active', 'again', 60]);
    assert.equal((await occurrences(schedule)).filter(({ outcome }) => outcome === 'planned').length, 3);
    for (const times of [1, 2, 3]) {
      clock.goTo((await read(schedule)).nextAt ?? '');
      await arrives('again', times);
    }
    const ended = await eventually(async () => {
      const now = await read(schedule);
      assert.equal(now.state, 'ended');
      return now;
    });
    assert.equal(ended.nextAt, null);
    const past = await occurrences(schedule);
    assert.deepEqual(
      past.map(({ outcome }) => outcome),
      ['posted', 'posted', 'posted'],
    );
    const path3 = `/sessions/acc1/statuses/${past[2]?.statusId ?? ''}`;
    const { data: status } = await callApi<Success<Status>>(server, 'GET', path3);
    assert.deepEqual([status.plan.scheduleId, status.scheduledAt], [schedule.id, past[2]?.at]);
    const { meta } = await callApi<{ meta: { total: number } }>(server, 'GET', '/schedules');
    assert.equal(meta.total, 1);
    assert.equal(received('again'), 3);
    await server.request.delete(`/api${of(schedule)}`).expect(204);
    await server.request.get(`/api${of(schedule)}`).expect(404);
  });

  it('leave out what is too late, and say so', async () => {
    const schedule = await create({
      status: { type: 'text', content: 'late', targetNumbers: [contact] },
      rule: 'FREQ=HOURLY',
    });
    // Nobody looked for a while: the last one is less than an hour old.
    clock.goTo(Date.parse(schedule.nextAt ?? '') + 3 * hourMs + hourMs / 4);
    await arrives('late', 1);
    const past = (await occurrences(schedule)).filter(({ outcome }) => outcome !== 'planned');
    assert.deepEqual(
      past.map(({ outcome }) => outcome),
      ['missed', 'missed', 'missed', 'posted'],
    );
    assert.match(past[0]?.message ?? '', /within 60 minutes of this time/);
    await change(schedule, { state: 'paused' });
  });

  it('can be paused, changed, and one of their times left out or moved', async () => {
    const schedule = await create({ status: { type: 'text', content: 'old words', targetNumbers: [contact] } });
    assert.equal((await change(schedule, { state: 'paused' })).state, 'paused');
    clock.advance(2 * hourMs);
    const resumed = await change(schedule, {
      state: 'active',
      status: { type: 'text', content: 'new words', targetNumbers: [contact] },
    });
    assert.equal(Date.parse(resumed.nextAt ?? '') - Date.parse(schedule.nextAt ?? ''), 24 * hourMs);
    const [first, second] = (await occurrences(resumed)).map(({ at }) => at);
    const skip = { body: { at: first } };
    await callApi(server, 'POST', `${of(schedule)}/occurrences`, skip);
    await callApi(server, 'POST', `${of(schedule)}/occurrences`, { ...skip, expected: 409 });
    await callApi(server, 'POST', `${of(schedule)}/occurrences`, {
      body: { at: '2026-01-01T00:00:00Z' },
      expected: 400,
    });
    const moveTo = new Date(Date.parse(second ?? '') + hourMs).toISOString();
    await callApi(server, 'POST', `${of(schedule)}/occurrences`, { body: { at: second, moveTo } });
    clock.goTo(first ?? '');
    const after = await settles(schedule, resumed);
    clock.goTo(second ?? '');
    await settles(schedule, after);
    assert.equal(received('new words'), 0);
    clock.advance(hourMs);
    await arrives('new words', 1);
    assert.equal(received('old words'), 0);
    await callApi(server, 'PATCH', of(schedule), {
      body: { rule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' },
      expected: 400,
    });
  });
});
