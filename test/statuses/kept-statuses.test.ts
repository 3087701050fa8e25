import assert from 'node:assert/strict';
import type { StatusState } from '../../server/contract/statuses.js';
import { publicStatus, type StatusRecord } from '../../server/statuses/status.js';
import type { StatusChange } from '../../server/statuses/status-row.js';
import { insertSession } from '../support/insert-session.js';
import { openSqlite, type TestSqlite } from '../support/open-sqlite.js';
import { insertSentStatus, openServices, SetClock, type Services } from '../support/open-services.js';

/** Every part of it is there, and no two are alike. */
const whole: Omit<StatusRecord, 'id'> = {
  organizationId: 'default',
  sessionId: 'acc1',
  messageId: '3EB0X',
  type: 'image',
  content: 'a.jpg',
  caption: 'look',
  style: { backgroundColor: '#112233', font: 'script' },
  state: 'sending',
  media: {
    filename: 'a.jpg',
    url: '/api/uploads/a.jpg',
    thumbnailUrl: null,
    mimeType: 'image/jpeg',
    bytes: 5,
    width: 4,
    height: 3,
    durationMs: null,
  },
  preview: { title: 'Offer', description: 'cheap', thumbnail: null },
  links: {
    rule: { track: true, utm: { source: 'whatsapp' } },
    found: [
      {
        field: 'caption',
        start: 0,
        end: 4,
        url: 'https://a.example',
        target: 'https://a.example?utm_source=whatsapp',
        shown: 'https://cast.example/l/4k2v9x8m1q7d',
        code: '4k2v9x8m1q7d',
      },
    ],
  },
  errorCode: '463',
  errorMessage: 'restricted',
  counts: { targeted: 11, included: 10, delivered: 9, viewed: 8, reacted: 7, replied: 6, clicked: 5 },
  audience: { kind: 'numbers', excluded: 2, storyPrivacy: 'apply' },
  leftOut: 1,
  deleteRequestedAt: 101,
  revokeId: 'R',
  revokeAttempts: 2,
  takenBack: 3,
  deletionError: { code: 'unconfirmed', message: 'still there' },
  attempts: 4,
  createdBy: 'Ann',
  createdAt: 102,
  updatedAt: 103,
  scheduledAt: 104,
  startedAt: 105,
  waitingUntil: 106,
  waitingReason: { code: 'min_gap', message: 'a gap' },
  note: { code: 'own_phone_missing', message: 'not there' },
  sentAt: 107,
  expiresAt: 108,
  peopleForgottenAt: 109,
  plan: {
    timeZone: 'Asia/Kolkata',
    lateByMinutes: 12,
    chosenAudience: { kind: 'contacts', storyPrivacy: 'ignore' },
    scheduleId: null,
    broadcastId: null,
    templateId: 'T0',
    repostOf: 'S0',
    series: { id: 'one', position: 5 },
    experiment: { id: 'other', version: 'B' },
  },
};

describe('a status that is kept', () => {
  let sqlite: TestSqlite;
  let services: Services;

  beforeEach(async () => {
    sqlite = await openSqlite();
    services = openServices(sqlite.db, new SetClock(new Date(0)));
    await insertSession(sqlite.db, 'acc1');
  });
  afterEach(() => sqlite.remove());

  it('is read as it was written, with all that belongs to it', async () => {
    const written = await insertSentStatus(services, 'S1', whole);
    assert.deepEqual(await services.statuses.getRecord('acc1', 'S1'), written);
    const at = { scheduleId: 'A', broadcastId: 'B' };
    const planned = await insertSentStatus(services, 'S2', {
      plan: { ...whole.plan, ...at, chosenAudience: null, series: null, experiment: null },
    });
    assert.deepEqual(await services.statuses.getRecord('acc1', 'S2'), planned);
  });

  const failure = { code: 'missed', message: 'too late' };
  for (const [change, after] of [
    [
      { content: 'b', caption: 'c' },
      { content: 'b', caption: 'c' },
    ],
    [{ caption: null }, { caption: null }],
    [{ style: { font: 'system' } }, { style: { font: 'system' } }],
    [
      { state: 'sent', sentAt: 7, expiresAt: 8 },
      { state: 'sent', sentAt: 7, expiresAt: 8 },
    ],
    [{ error: failure }, { errorCode: 'missed', errorMessage: 'too late' }],
    [{ error: null }, { errorCode: null, errorMessage: null }],
    [
      { startedAt: null, attempts: 0 },
      { startedAt: null, attempts: 0 },
    ],
    [
      { deleteRequestedAt: 9, revokeId: 'Q', revokeAttempts: 1 },
      { deleteRequestedAt: 9, revokeId: 'Q', revokeAttempts: 1 },
    ],
    [{ deleteRequestedAt: null }, { deleteRequestedAt: null }],
    [{ deletionError: failure }, { deletionError: failure }],
    [{ deletionError: null }, { deletionError: null }],
    [{ note: failure }, { note: failure }],
    [{ note: null }, { note: null }],
    [{ waiting: null }, { waitingUntil: null, waitingReason: null }],
    [
      { waiting: { until: null, reason: { code: 'paused', message: 'stop' } } },
      { waitingUntil: null, waitingReason: { code: 'paused', message: 'stop' } },
    ],
    [
      { included: 1, leftOut: 2 },
      { counts: { ...whole.counts, included: 1 }, leftOut: 2 },
    ],
    [
      { targeted: 3, audience: { kind: 'self', excluded: 0 } },
      { counts: { ...whole.counts, targeted: 3 }, audience: { kind: 'self', excluded: 0 } },
    ],
    [
      { scheduledAt: 7, timeZone: 'UTC', lateByMinutes: 0 },
      { scheduledAt: 7, plan: { ...whole.plan, timeZone: 'UTC', lateByMinutes: 0 } },
    ],
    [
      { lateByMinutes: null, timeZone: null, chosenAudience: null },
      { plan: { ...whole.plan, lateByMinutes: null, timeZone: null, chosenAudience: null } },
    ],
    [
      { chosenAudience: { kind: 'segment', segment: { type: 'tagged', tag: 'vip' }, storyPrivacy: 'apply' } },
      {
        plan: {
          ...whole.plan,
          chosenAudience: { kind: 'segment', segment: { type: 'tagged', tag: 'vip' }, storyPrivacy: 'apply' },
        },
      },
    ],
  ] as [Omit<StatusChange, 'updatedAt'>, Partial<StatusRecord>][]) {
    it(`has this changed, and nothing else: ${JSON.stringify(change)}`, async () => {
      const before = await insertSentStatus(services, 'S1', whole);
      const other = await insertSentStatus(services, 'S2', { ...whole, messageId: '3EB0Y' });
      const changed = await services.unitOfWork.run((tx) =>
        services.statusesStore.change(tx, 'S1', ['sending'], { updatedAt: 200, ...change }),
      );
      assert.deepEqual(changed, { ...before, ...after, updatedAt: 200 });
      assert.deepEqual(await services.statuses.getRecord('acc1', 'S1'), changed);
      assert.deepEqual(await services.statuses.getRecord('acc1', 'S2'), other);
    });
  }

  it('is changed in the state that is expected, before it began, and as it was seen, and otherwise not at all', async () => {
    const seen = await insertSentStatus(services, 'S1', { ...whole, startedAt: null });
    const change = (states: StatusState[], options: object = {}) =>
      services.unitOfWork.run((tx) =>
        services.statusesStore.change(tx, 'S1', states, { updatedAt: seen.updatedAt }, options),
      );
    assert.equal(await change(['queued', 'sent']), undefined);
    assert.equal(await change(['sending'], { seen: { ...seen, updatedAt: 1 } }), undefined);
    assert.ok(await change(['queued', 'sending'], { seen, unstarted: true }));
    await sqlite.db('statuses').update({ started_at: 1 });
    assert.equal(await change(['sending'], { unstarted: true }), undefined);
    assert.ok(await change(['sending']));
  });

  it('shows what concerns others: who is open, what it waits for, how far it is taken back', async () => {
    const record = { ...whole, id: 'S1' };
    const show = (changes: Partial<StatusRecord> = {}) => publicStatus({ ...record, ...changes });
    const time = (ms: number) => new Date(ms).toISOString();
    const shown = show();
    assert.deepEqual(shown.recipients, { reached: 10, leftOut: 1, open: 0 });
    assert.deepEqual(show({ leftOut: 0 }).recipients, { reached: 10, leftOut: 0, open: 1 });
    assert.equal(show({ leftOut: 5 }).recipients.open, 0);
    assert.deepEqual(shown.error, { code: '463', message: 'restricted' });
    assert.deepEqual([shown.deletingSince, shown.deletionProgress], [time(101), { done: 3, total: 10 }]);
    assert.deepEqual(show({ takenBack: 12 }).deletionProgress, { done: 12, total: 12 });
    const untouched = show({ deleteRequestedAt: null });
    assert.deepEqual([untouched.deletingSince, untouched.deletionProgress], [null, null]);
    const { createdAt, updatedAt, scheduledAt, sentAt, expiresAt } = shown;
    assert.deepEqual([createdAt, updatedAt, scheduledAt, sentAt, expiresAt], [102, 103, 104, 107, 108].map(time));
    for (const state of ['queued', 'sending'] as const) {
      const { waitingUntil, waitingReason } = show({ state });
      assert.deepEqual([waitingUntil, waitingReason], [time(106), whole.waitingReason]);
    }
    for (const state of ['scheduled', 'sent', 'failed', 'canceled'] as const) {
      const { waitingUntil, waitingReason } = show({ state });
      assert.deepEqual([waitingUntil, waitingReason], [null, null], state);
    }
    const { chosenAudience: _kept, ...plan } = whole.plan;
    assert.deepEqual(shown.plan, plan);
    assert.equal(show({ errorCode: null }).error, null);
  });
});
