import assert from 'node:assert/strict';
import { rootPrincipal } from '../../server/access/principal.js';
import { createSeriesBodySchema } from '../../server/contract/planning/series.js';
import { repostStatusBodySchema } from '../../server/contract/statuses.js';
import { DeletionsService } from '../../server/posting/deletions-service.js';
import { openPace } from '../../server/pace/pace.js';
import { PaceService } from '../../server/pace/pace-service.js';
import { PaceStore } from '../../server/pace/pace-store.js';
import { RepostsService } from '../../server/statuses/reposts-service.js';
import { StatusQueue } from '../../server/posting/status-queue.js';
import type { GatewayConnection, PublishOutcome, PublishRequest } from '../../server/whatsapp/gateway.js';
import { insertSession } from '../support/insert-session.js';
import { openScheduling, textFor, type Scheduling } from '../scheduling/open-scheduling.js';
import { eventually } from '../support/eventually.js';
import { openSqlite, type TestSqlite } from '../support/open-sqlite.js';
import { SetClock } from '../support/open-services.js';
import { postingOf } from './open-posting.js';

const at = new Date('2026-03-02T08:00:00Z');
const hourMs = 3_600_000;
const number = '491700000001';

/** Series and reposts that come to nothing: with a reason, told once, and nothing posted after it, or twice. */
describe('a final failure', () => {
  let sqlite: TestSqlite;
  let scheduling: Scheduling;
  let clock: SetClock;
  let queue: StatusQueue;
  let reposts: RepostsService;
  /** What was handed to WhatsApp: the text and the message id. */
  let published: [string, string][];
  /** What WhatsApp says to a text. */
  let answers: Record<string, PublishOutcome>;

  const publish = ({ content, messageId, recipients }: PublishRequest): Promise<PublishOutcome> => {
    const text = content.type === 'text' ? content.text : content.type;
    published.push([text, messageId]);
    const all = recipients.map((person) => ({ person, outcome: 'included' as const }));
    return Promise.resolve(answers[text] ?? { result: 'acknowledged', at, recipients: all });
  };
  const refused: PublishOutcome = { result: 'rejected', code: '479', recipients: [] };
  const unconfirmed: PublishOutcome = { result: 'unconfirmed', connectionLost: true, recipients: [] };

  beforeEach(async () => {
    sqlite = await openSqlite();
    const { db } = sqlite;
    clock = new SetClock(at);
    published = [];
    answers = {};
    scheduling = openScheduling(db, clock);
    const { statuses, accepting, steps, outcomes, recipients, unitOfWork, contents, bus, logger } = scheduling;
    const isOurs = () => Promise.resolve(true);
    reposts = new RepostsService(statuses, accepting, contents, recipients);
    const connection: Partial<GatewayConnection> = { sessionId: 'acc1', publishStatus: publish };
    queue = new StatusQueue({
      posting: postingOf(scheduling),
      deletions: new DeletionsService({ steps, outcomes, unitOfWork, clock, chunkSize: 300, isOurs }),
      pace: new PaceService(new PaceStore(db), steps, unitOfWork, clock, openPace),
      connectionOf: () => connection as GatewayConnection,
      contents,
      bus,
      logger,
      retryAfterMs: 1,
    });
    await insertSession(db, 'acc1');
    await queue.start();
  });
  afterEach(async () => {
    await queue.stop();
    await sqlite.remove();
  });

  /** All that is done by itself, again and again. */
  async function goOn() {
    for (let round = 0; round < 3; round += 1) {
      await scheduling.due.sweep();
      queue.wake('acc1');
      await queue.drain();
    }
  }
  const series = (contents: string[], more: object = {}) => {
    const items = contents.map((content) => ({ type: 'text', content }));
    const body = createSeriesBodySchema.parse({ items, targetNumbers: [number], ...more });
    return scheduling.series.create(rootPrincipal, 'acc1', body);
  };
  const repost = (statusId: string, body: object = {}) =>
    reposts.repost(rootPrincipal, { sessionId: 'acc1', statusId }, repostStatusBodySchema.parse(body), { waitMs: 0 });
  const endOf = async (id: string) => {
    const { state, error } = await scheduling.statuses.get('acc1', id);
    return [state, error?.code];
  };
  const failedEvents = () =>
    scheduling.events.flatMap((event) =>
      event.name === 'status-failed' ? [[event.payload.id, event.payload.error?.code]] : [],
    );
  const texts = () => published.map(([text]) => text);

  it('of a post of a series ends those after it, and not those before it', async () => {
    answers = { two: refused };
    const { id, statuses } = await series(['one', 'two', 'three', 'four']);
    await goOn();
    const ends = await Promise.all(statuses.map((status) => endOf(status.id)));
    assert.deepEqual(ends, [
      ['sent', undefined],
      ['failed', '479'],
      ['failed', 'series_stopped'],
      ['failed', 'series_stopped'],
    ]);
    assert.deepEqual(texts(), ['one', 'two']);
    const [, second, third, fourth] = statuses.map((status) => status.id);
    assert.deepEqual(failedEvents(), [
      [second, '479'],
      [third, 'series_stopped'],
      [fourth, 'series_stopped'],
    ]);
    const whole = await scheduling.series.get('acc1', id);
    assert.deepEqual([whole.state, whole.states], ['failed', { sent: 1, failed: 3 }]);
    assert.match(whole.statuses[2]?.error?.message ?? '', /an earlier part of its series failed/);
  });

  it('of a series comes after three attempts under one id where the connection takes the answer', async () => {
    answers = { one: unconfirmed };
    const { statuses } = await series(['one', 'two']);
    const [first = '', second = ''] = statuses.map((status) => status.id);
    queue.wake('acc1');
    await eventually(async () => {
      assert.deepEqual(await endOf(first), ['failed', 'unconfirmed']);
    });
    await goOn();
    assert.deepEqual(texts(), ['one', 'one', 'one']);
    assert.equal(new Set(published.map(([, messageId]) => messageId)).size, 1);
    assert.deepEqual(await endOf(second), ['failed', 'series_stopped']);
    assert.deepEqual(failedEvents(), [
      [first, 'unconfirmed'],
      [second, 'series_stopped'],
    ]);
  });

  it('of a planned series that is too late is told for each of its posts, and none goes out', async () => {
    const scheduledAt = new Date(at.getTime() + hourMs).toISOString();
    const { statuses } = await series(['one', 'two', 'three'], { scheduledAt, lateByMinutes: 30 });
    clock.advance(2 * hourMs);
    await goOn();
    for (const { id } of statuses) assert.deepEqual(await endOf(id), ['failed', 'missed']);
    assert.deepEqual(
      failedEvents(),
      statuses.map(({ id }) => [id, 'missed']),
    );
    assert.deepEqual(texts(), []);
    const { error } = await scheduling.statuses.get('acc1', statuses[0]?.id ?? '');
    assert.match(error?.message ?? '', /within 30 minutes of its time, and was left out\. The server did not run/);
  });

  it('of a repost says why, and leaves the first one as it is', async () => {
    const first = await scheduling.accepting.send(rootPrincipal, 'acc1', textFor([number], 'again'));
    await goOn();
    answers = { again: refused };
    const second = await repost(first.id);
    await goOn();
    assert.deepEqual(
      [await endOf(first.id), await endOf(second.id)],
      [
        ['sent', undefined],
        ['failed', '479'],
      ],
    );
    assert.deepEqual(
      published,
      [first, second].map(({ messageId }) => ['again', messageId]),
    );
    assert.deepEqual(failedEvents(), [[second.id, '479']]);
    answers = {};
    const third = await repost(second.id);
    await goOn();
    assert.deepEqual([await endOf(third.id), third.plan.repostOf], [['sent', undefined], second.id]);
    assert.equal(published.length, 3);
    assert.deepEqual(await endOf(second.id), ['failed', '479']);
  });

  it('of a planned repost whose people are gone by then is told, and nothing goes out', async () => {
    const { db } = sqlite;
    const first = await scheduling.accepting.send(rootPrincipal, 'acc1', textFor([number], 'again'));
    await goOn();
    published = [];
    const tagged = { organization_id: 'default', phone_number: number, tag: 'vip' };
    await db('person_tags').insert(tagged);
    const scheduledAt = new Date(at.getTime() + hourMs).toISOString();
    const audience = { kind: 'segment', segment: { type: 'tagged', tag: 'vip' }, storyPrivacy: 'ignore' };
    const planned = await repost(first.id, { audience, scheduledAt });
    await db('person_tags').delete();
    clock.advance(hourMs);
    await goOn();
    assert.deepEqual(await endOf(planned.id), ['failed', 'empty_audience']);
    assert.deepEqual(failedEvents(), [[planned.id, 'empty_audience']]);
    assert.deepEqual([texts(), await endOf(first.id)], [[], ['sent', undefined]]);
  });
});
