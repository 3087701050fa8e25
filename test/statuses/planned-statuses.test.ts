import assert from 'node:assert/strict';
import type { Success } from '../../server/contract/envelope.js';
import type { Failure } from '../../server/contract/errors.js';
import type { PostingSlots } from '../../server/contract/planning/plans.js';
import type { Status } from '../../server/contract/statuses.js';
import { eventually } from '../support/eventually.js';
import { ShiftedClock } from '../support/shifted-clock.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { callApi, linkAccount, waitUntilConnected } from '../support/link-account.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

describe('planned statuses', function () {
  this.timeout(60_000);
  const clock = new ShiftedClock();
  let simulator: TestSimulator;
  let server: TestServer;
  let contact: string;

  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator, replace: { clock } });
    await linkAccount(server, simulator);
    contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
  });
  after(async () => {
    await server.stop();
    await simulator.stop();
  });

  const inMs = (ms: number): string => new Date(clock.now().getTime() + ms).toISOString();
  const send = async (body: object): Promise<Status> => {
    const whole = { type: 'text', content: 'later', targetNumbers: [contact], ...body };
    return (
      await callApi<Success<Status>>(server, 'POST', '/sessions/acc1/send-status', { body: whole, expected: 202 })
    ).data;
  };
  const of = (status: Status): string => `/sessions/acc1/statuses/${status.id}`;
  const read = async (status: Status) => (await callApi<Success<Status>>(server, 'GET', of(status))).data;
  const change = async (status: Status, body: object) =>
    (await callApi<Success<Status>>(server, 'PATCH', of(status), { body })).data;
  const becomes = (status: Status, state: Status['state']): Promise<Status> =>
    eventually(
      async () => {
        const now = await read(status);
        assert.equal(now.state, state, JSON.stringify(now.error));
        return now;
      },
      { timeoutMs: 15_000, what: `the status to be ${state}` },
    );
  const received = async (text: string): Promise<number> => {
    await simulator.drain();
    return simulator.statuses(contact).filter((story) => story.text === text).length;
  };
  async function refused(body: object): Promise<Failure> {
    const { status, body: answer } = await server.request
      .post('/api/sessions/acc1/send-status')
      .send({ type: 'text', content: 'x', ...body });
    assert.equal(status, 400, JSON.stringify(answer));
    return answer as Failure;
  }

  it('wait for their time and go out then, to those who are meant then', async () => {
    const { data: list } = await callApi<Success<{ id: string }>>(server, 'POST', '/audiences', {
      body: { name: 'Growing' },
      expected: 201,
    });
    const members = (phoneNumber: string) =>
      callApi(server, 'POST', `/audiences/${list.id}/members`, { body: { members: [{ phoneNumber }] } });
    await members(simulator.addContacts(1)[0]?.phoneNumber ?? '');
    const status = await send({
      content: 'in two days',
      scheduledAt: inMs(48 * hourMs),
      targetNumbers: undefined,
      audience: { kind: 'list', listId: list.id },
    });
    assert.deepEqual([status.state, status.counts.targeted, status.plan.lateByMinutes], ['scheduled', 1, 60]);
    await members(contact);
    clock.advance(47 * hourMs);
    const { meta } = await callApi<{ meta: { total: number } }>(server, 'GET', '/statuses?state=scheduled');
    assert.equal(meta.total, 1, 'what is to come is listed, however long ago it was planned');
    assert.equal((await read(status)).state, 'scheduled');
    clock.advance(hourMs);
    const sent = await becomes(status, 'sent');
    assert.deepEqual([sent.counts.targeted, sent.scheduledAt], [2, status.scheduledAt]);
    assert.equal(await received('in two days'), 1);
  });

  it('can be planned by the clock on a wall, and say what is missing or over', async () => {
    const year = clock.now().getUTCFullYear() + 1;
    const status = await send({ scheduledAt: `${String(year)}-07-01T18:30`, timeZone: 'Asia/Kolkata' });
    assert.equal(status.scheduledAt, `${String(year)}-07-01T13:00:00.000Z`);
    assert.equal(status.plan.timeZone, 'Asia/Kolkata');
    await callApi(server, 'DELETE', of(status));
    assert.match((await refused({ scheduledAt: `${String(year)}-07-01T18:30` })).error, /which time zone/);
    const over = await refused({ scheduledAt: inMs(-hourMs) });
    assert.match(over.error, /^scheduledAt: "\d{4}-.*Z" is over\. Give a time to come/);
    const far = await refused({ scheduledAt: inMs(800 * 24 * hourMs) });
    assert.match(far.error, /^scheduledAt: "\d{4}-.*Z" is more than two years away\. Give an earlier time/);
    assert.match((await refused({ scheduledAt: 'tomorrow' })).error, /"tomorrow" is not a time .* Give one such as/);
    assert.match((await refused({ scheduledAt: inMs(hourMs), timeZone: 'Mars/Base' })).error, /time zone/);
    assert.equal((await send({ content: 'just over', scheduledAt: inMs(-minuteMs) })).state, 'queued');
  });

  it('can be moved, changed, sent at once and canceled', async () => {
    const moved = await send({ content: 'moved', scheduledAt: inMs(10 * hourMs) });
    const canceled = await send({ content: 'canceled', scheduledAt: inMs(hourMs) });
    const hurried = await send({ content: 'hurried', scheduledAt: inMs(10 * hourMs) });
    assert.equal(
      (await change(moved, { scheduledAt: inMs(3 * hourMs), content: 'moved and changed' })).state,
      'scheduled',
    );
    assert.equal((await callApi<Success<Status>>(server, 'DELETE', of(canceled))).data.state, 'canceled');
    assert.equal((await change(hurried, { scheduledAt: inMs(0) })).state, 'queued');
    await becomes(hurried, 'sent');
    clock.advance(2 * hourMs);
    assert.equal((await change(moved, { lateByMinutes: 5 })).plan.lateByMinutes, 5);
    clock.advance(hourMs);
    await becomes(moved, 'sent');
    assert.equal((await read(canceled)).state, 'canceled');
    assert.deepEqual([await received('moved and changed'), await received('canceled')], [1, 0]);
  });

  it('that are too late are left out, with the reason, and can be sent all the same', async () => {
    await callApi(server, 'POST', '/sessions/acc1/stop');
    const late = await send({ content: 'too late', scheduledAt: inMs(hourMs), lateByMinutes: 10 });
    const patient = await send({ content: 'patient', scheduledAt: inMs(hourMs), lateByMinutes: 600 });
    clock.advance(hourMs);
    await becomes(late, 'queued');
    clock.advance(11 * minuteMs);
    const missed = await becomes(late, 'failed');
    assert.equal(missed.error?.code, 'missed');
    assert.match(missed.error.message, /within 10 minutes of its time.*not connected/);
    // Nobody looked for hours, as when the server does not run.
    const forgotten = await send({ content: 'forgotten', scheduledAt: inMs(hourMs) });
    clock.advance(3 * hourMs);
    assert.match((await becomes(forgotten, 'failed')).error?.message ?? '', /server did not run/);
    await callApi(server, 'POST', '/sessions/acc1/start');
    await waitUntilConnected(server, 'acc1');
    await becomes(patient, 'sent');
    await callApi(server, 'POST', `${of(late)}/retry`, { expected: 202 });
    await becomes(late, 'sent');
    assert.deepEqual([await received('too late'), await received('forgotten'), await received('patient')], [1, 0, 1]);
  });

  it('take the free slots of the account, one each, also when they come at once', async () => {
    const slotsPath = '/sessions/acc1/posting-slots';
    const before = await server.request.post('/api/sessions/acc1/send-status').send({
      type: 'text',
      content: 'x',
      scheduledAt: 'next-free-slot',
    });
    assert.deepEqual([before.status, (before.body as Failure).code], [409, 'conflict']);
    const body = {
      timeZone: 'Europe/Berlin',
      slots: [
        { weekday: 'monday', time: '09:00' },
        { weekday: 'thursday', time: '18:30' },
        { weekday: 'monday', time: '09:00' },
      ],
    };
    const { data: slots } = await callApi<Success<PostingSlots>>(server, 'PUT', slotsPath, { body });
    assert.equal(slots.slots.length, 2);
    const planned = await Promise.all([1, 2, 3].map(() => send({ scheduledAt: 'next-free-slot' })));
    const times = new Set(planned.map((status) => status.scheduledAt));
    assert.equal(times.size, 3);
    assert.ok(times.has(slots.nextFreeAt));
    const [first, second, third] = [...times].sort().map((time) => Date.parse(time ?? ''));
    assert.ok(first && second && third && third - first >= 167 * hourMs && third - first <= 169 * hourMs);
    const after = (await callApi<Success<PostingSlots>>(server, 'GET', slotsPath)).data;
    assert.ok(after.next.every((slot) => !slot.isFree) && Date.parse(after.nextFreeAt ?? '') > third);
    const freed = planned.find((status) => Date.parse(status.scheduledAt ?? '') === second);
    assert.ok(freed);
    await callApi(server, 'DELETE', of(freed));
    assert.equal((await send({ scheduledAt: 'next-free-slot' })).scheduledAt, freed.scheduledAt);
  });
});
