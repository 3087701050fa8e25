import assert from 'node:assert/strict';
import type { Calendar } from '../../server/contract/planning/calendar.js';
import type { Success } from '../../server/contract/envelope.js';
import type { Pace } from '../../server/contract/pace.js';
import type { PostingSlots } from '../../server/contract/planning/plans.js';
import type { Schedule } from '../../server/contract/planning/schedules.js';
import type { Status } from '../../server/contract/statuses.js';
import { callApi, linkAccount } from '../support/link-account.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

type Method = 'get' | 'post' | 'put' | 'patch';
const text = { type: 'text', content: 'hi', audience: { kind: 'self' } };
const rule = { status: text, startsAt: '2099-01-01T09:00', rule: 'FREQ=DAILY' };
const slots = [{ weekday: 'monday', time: '09:00' }];

/** Every request that takes a time zone. */
const zoned: [Method, string, (timeZone: string) => object][] = [
  ['put', '/sessions/acc1/posting-slots', (timeZone) => ({ timeZone, slots })],
  ['patch', '/sessions/acc1/pace', (timeZone) => ({ quietHours: { from: '22:00', to: '07:00', timeZone } })],
  ['post', '/sessions/acc1/send-status', (timeZone) => ({ ...text, scheduledAt: '2099-01-01T09:00', timeZone })],
  ['post', '/sessions/acc1/schedules', (timeZone) => ({ ...rule, timeZone })],
  ['post', '/broadcasts', (timeZone) => ({ ...text, all: true, timeZone })],
  ['post', '/templates', (timeZone) => ({ name: 'T', status: { ...text, timeZone } })],
  ['post', '/drafts', (timeZone) => ({ status: { ...text, timeZone } })],
  ['get', '/calendar', (timeZone) => ({ from: '2026-12-01', to: '2026-12-02', timeZone })],
];

describe('times in requests', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let server: TestServer;

  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
    await linkAccount(server, simulator);
  });
  after(async () => {
    await server.stop();
    await simulator.stop();
  });

  const get = async <T>(path: string): Promise<T> => (await callApi<Success<T>>(server, 'GET', path)).data;
  const call = async (method: Method, path: string, given: object) => {
    const request = server.request[method](`/api${path}`);
    const answer = await (method === 'get' ? request.query(given) : request.send(given));
    return { status: answer.status, error: (answer.body as { error?: string }).error ?? '' };
  };

  it('name a zone that no clock hangs in: every place refuses it, says which may be meant, and keeps nothing', async () => {
    for (const [method, path, body] of zoned) {
      const india = await call(method, path, body('IST'));
      assert.deepEqual([india.status, /Asia\/Kolkata/.test(india.error)], [400, true], `${path}: ${india.error}`);
      for (const zone of ['PST', 'Etc/Unknown', 'Europe/Berln']) {
        assert.equal((await call(method, path, body(zone))).status, 400, `${path} took ${zone}`);
      }
    }
    assert.deepEqual(await get('/sessions/acc1/posting-slots'), {
      timeZone: null,
      slots: [],
      next: [],
      nextFreeAt: null,
    });
    assert.equal((await get<Pace>('/sessions/acc1/pace')).settings.quietHours, null);
    for (const path of [
      '/sessions/acc1/schedules',
      '/sessions/acc1/statuses',
      '/broadcasts',
      '/templates',
      '/drafts',
    ]) {
      assert.deepEqual(await get(path), [], path);
    }
  });

  it('name an offset: slots, quiet hours and the calendar go by it', async () => {
    for (const [method, path, body] of zoned.slice(0, 2)) {
      assert.equal((await call(method, path, body('+0530'))).status, 200, path);
    }
    const { timeZone, next } = await get<PostingSlots>('/sessions/acc1/posting-slots');
    assert.equal(timeZone, '+05:30');
    assert.match(next[0]?.at ?? '', /T03:30:00\.000Z$/);
    assert.equal((await get<Pace>('/sessions/acc1/pace')).settings.quietHours?.timeZone, '+05:30');
    const query = new URLSearchParams({ from: '2026-12-01T18:00', to: '20261203', timeZone: '+05:30' });
    const calendar = await get<Calendar>(`/calendar?${query.toString()}`);
    assert.deepEqual([calendar.from, calendar.to], ['2026-12-01T12:30:00.000Z', '2026-12-02T18:30:00.000Z']);
    await call('patch', '/sessions/acc1/pace', { quietHours: null });
  });

  it('are read in every form of ISO 8601, wherever one is taken', async () => {
    const send = async (scheduledAt: string, more: object = {}) => {
      const body = { ...text, scheduledAt, ...more };
      const options = { body, expected: 202 };
      return (await callApi<Success<Status>>(server, 'POST', '/sessions/acc1/send-status', options)).data.scheduledAt;
    };
    const day = new Date(Date.now() + 30 * 24 * 60 * 60_000).toISOString().slice(0, 10);
    const basic = day.replaceAll('-', '');
    for (const written of [`${day}T23:30+0530`, `${day}T18:00Z`, `${basic}T1800Z`, `${day}T13-05`, `${day} 18:00Z`]) {
      assert.equal(await send(written), `${day}T18:00:00.000Z`, written);
    }
    assert.equal(await send(`${basic}T1800`, { timeZone: 'Asia/Kolkata' }), `${day}T12:30:00.000Z`);
    const schedule = await callApi<Success<Schedule>>(server, 'POST', '/sessions/acc1/schedules', {
      body: { ...rule, startsAt: `${basic}T0900`, timeZone: 'UTC' },
      expected: 201,
    });
    assert.equal(schedule.data.startsAt, `${day}T09:00`);
    const listed = `/sessions/acc1/statuses?state=scheduled&from=${day}T23:30+0530&to=${basic}T1801Z`;
    assert.equal((await get<Status[]>(listed)).length, 5);
    const written = await call('put', '/sessions/acc1/posting-slots', {
      timeZone: 'UTC',
      slots: [{ weekday: 'monday', time: '0900' }],
    });
    assert.equal(written.status, 200, written.error);
    const expired = await call('post', '/keys', { name: 'K', capabilities: ['read'], expiresAt: `${basic}T1800+0530` });
    assert.equal(expired.status, 201, expired.error);
  });

  it('that cannot be are refused by name', async () => {
    const [, sendPath] = zoned[2] ?? [];
    const sent = await call('post', sendPath ?? '', { ...text, scheduledAt: '2099-02-30T09:00Z' });
    assert.deepEqual([sent.status, /"2099-02-30T09:00Z" is a day/.test(sent.error)], [400, true], sent.error);
    const started = await call('post', '/sessions/acc1/schedules', {
      ...rule,
      startsAt: '2099-01-01T09:00Z',
      timeZone: 'UTC',
    });
    assert.deepEqual([started.status, /has an offset\. Leave it out/.test(started.error)], [400, true], started.error);
  });
});
