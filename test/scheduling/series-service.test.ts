import assert from 'node:assert/strict';
import { rootPrincipal } from '../../server/access/principal.js';
import { createSeriesBodySchema } from '../../server/contract/planning/series.js';
import type { Session } from '../../server/contract/sessions.js';
import type { StatusState } from '../../server/contract/statuses.js';
import { AppError } from '../../server/lib/app-error.js';
import { noPlan } from '../../server/statuses/plan.js';
import { publicSeries } from '../../server/scheduling/series.js';
import { SeriesService } from '../../server/scheduling/series-service.js';
import type { StatusRecord } from '../../server/statuses/status.js';
import { insertSession } from '../support/insert-session.js';
import { openScheduling, type Scheduling } from './open-scheduling.js';
import { openSqlite, type TestSqlite } from '../support/open-sqlite.js';
import { SetClock } from '../support/open-services.js';

const at = new Date('2026-03-02T08:00:00Z');
const later = '2026-03-02T09:00:00.000Z';
const texts = (...contents: string[]) => contents.map((content) => ({ type: 'text', content }));

describe('the service of series', () => {
  let sqlite: TestSqlite;
  let clock: SetClock;
  let scheduling: Scheduling;

  beforeEach(async () => {
    sqlite = await openSqlite();
    clock = new SetClock(at);
    scheduling = openScheduling(sqlite.db, clock);
    for (const sessionId of ['acc1', 'acc2']) await insertSession(sqlite.db, sessionId);
  });
  afterEach(() => sqlite.remove());

  const create = (body: object, waitMs = 0) =>
    scheduling.series.create(
      rootPrincipal,
      'acc1',
      createSeriesBodySchema.parse({ targetNumbers: ['491700000001'], ...body }),
      { waitMs },
    );
  const update = (position: number, columns: object) =>
    sqlite.db('statuses').where({ series_position: position }).update(columns);
  const told = () => scheduling.events.map(({ name, payload }) => ('state' in payload ? payload.state : name));

  it('makes all of it at once, in its order, for the same time', async () => {
    const { id, sessionId, state, scheduledAt, statuses } = await create({
      items: texts('a', 'b', 'c'),
      scheduledAt: later,
    });
    assert.deepEqual([sessionId, state, scheduledAt], ['acc1', 'scheduled', later]);
    assert.deepEqual(
      statuses.map(({ content, plan, counts }) => [content, plan.series, counts.targeted]),
      ['a', 'b', 'c'].map((content, position) => [content, { id, position }, 1]),
    );
    assert.deepEqual(told(), ['statuses-updated']);
    assert.equal(new Set(statuses.map(({ messageId }) => messageId)).size, 3);
  });

  it('is answered with what is planned, however long somebody would wait', async () => {
    assert.equal((await create({ items: texts('a', 'b'), scheduledAt: later }, 60_000)).state, 'scheduled');
  });

  it('is answered when nothing of it is to come', async () => {
    const list = scheduling.statuses.listSeries.bind(scheduling.statuses);
    let reads = 0;
    scheduling.statuses.listSeries = async (...of) => {
      reads += 1;
      const records = await list(...of);
      const [position, state] =
        (
          [
            [0, 'sent'],
            [1, 'failed'],
          ] as const
        )[reads - 1] ?? [];
      if (position === undefined) return records;
      // It settles after it was looked at, and that is told.
      await update(position, { state, error_code: state === 'failed' ? '463' : null });
      scheduling.bus.publish({
        name: 'status-progress',
        organizationId: 'default',
        sessionId: 'acc1',
        payload: {
          sessionId: 'acc1',
          statusId: records[position]?.id ?? '',
          state: state ?? 'sent',
          done: 1,
          total: 1,
        },
      });
      return records;
    };
    const { state, states } = await create({ items: texts('a', 'b') }, 60_000);
    assert.deepEqual([state, states, reads], ['failed', { sent: 1, failed: 1 }, 3]);
  });

  it('refuses all of it where one text has no value, or becomes too long, and says which', async () => {
    const refusal = async (body: object) => {
      const error: unknown = await create(body).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof AppError);
      return [
        error.code,
        Object.keys((error.details?.['fields'] as object | undefined) ?? {}),
        error.message.slice(0, 20),
      ];
    };
    const items = texts('a', 'b', '{{x}}{{x}}');
    assert.deepEqual(await refusal({ items, variables: {} }), [
      'validation_error',
      ['variables'],
      'There is no value fo',
    ]);
    assert.deepEqual(await refusal({ items, variables: { x: 'a'.repeat(400) } }), [
      ...['validation_error', ['items.2.content'], 'Post 3 of the series'],
    ]);
    assert.deepEqual(await sqlite.db('statuses').pluck('id'), []);
  });

  it('has at most 200,000 recipients, all posts together', async () => {
    const reached = new Error('It is small enough.');
    const service = (people: number) =>
      new SeriesService({
        statuses: scheduling.statuses,
        steps: scheduling.steps,
        unitOfWork: scheduling.unitOfWork,
        bus: scheduling.bus,
        clock,
        contents: { contentsOf: () => Promise.reject(reached) },
        accepting: {
          sendContents: async (_principal, _sessionId, _post, contentsFor) => {
            await contentsFor({} as Session, people);
            throw new Error('It was accepted.');
          },
        },
      });
    const body = createSeriesBodySchema.parse({ targetNumbers: ['491700000001'], items: texts('a', 'b') });
    await assert.rejects(service(100_000).create(rootPrincipal, 'acc1', body), reached);
    await assert.rejects(service(100_001).create(rootPrincipal, 'acc1', body), {
      code: 'validation_error',
      message: /at most 200,000 recipients.*these are 200,002/,
    });
  });

  it('cancels what is still to come and tells of each, of this account alone', async () => {
    const { id } = await create({ items: texts('a', 'b', 'c', 'd') });
    await update(0, { state: 'sent', started_at: 1, sent_at: 1 });
    await update(1, { state: 'sending', started_at: 1 });
    scheduling.events.length = 0;
    await assert.rejects(scheduling.series.cancel('acc2', id), { code: 'not_found' });
    await assert.rejects(scheduling.series.get('acc2', id), { code: 'not_found' });
    const canceled = await scheduling.series.cancel('acc1', id);
    assert.deepEqual(canceled.states, { sent: 1, sending: 1, canceled: 2 });
    assert.deepEqual(told(), ['canceled', 'canceled', 'statuses-updated']);
  });

  for (const [states, expected] of [
    ['scheduled scheduled', 'scheduled'],
    ['queued queued', 'queued'],
    ['scheduled queued', 'scheduled'],
    ['sending queued', 'sending'],
    ['sent queued', 'sending'],
    ['expired scheduled', 'sending'],
    ['sent sent', 'sent'],
    ['sent canceled', 'sent'],
    ['expired expired', 'sent'],
    ['canceled canceled', 'canceled'],
    ['deleted canceled', 'canceled'],
    ['sent failed', 'failed'],
    ['failed queued', 'failed'],
  ] as const) {
    it(`is ${expected} where its posts are ${states}`, () => {
      const [first, ...others] = states.split(' ').map((state, position) => {
        const counts = { targeted: 7, included: 6, delivered: 5, viewed: 4, reacted: 3, replied: 2, clicked: 1 };
        const plan = { ...noPlan, series: { id: 'one', position } };
        const times = { createdAt: 1, updatedAt: 1, scheduledAt: 1, sentAt: null, expiresAt: null };
        const record = {
          ...times,
          peopleForgottenAt: null,
          errorCode: null,
          deleteRequestedAt: null,
          waitingUntil: null,
        };
        return { ...record, id: state, state: state as StatusState, counts, leftOut: 0, plan } as StatusRecord;
      });
      assert.ok(first);
      const series = publicSeries([first, ...others]);
      assert.deepEqual([series.id, series.state], ['one', expected]);
      assert.deepEqual(series.counts, {
        targeted: 14,
        included: 12,
        delivered: 10,
        viewed: 8,
        reacted: 6,
        replied: 4,
        clicked: 2,
      });
      assert.equal(
        Object.values(series.states).reduce((sum, count) => sum + count, 0),
        2,
      );
    });
  }
});
