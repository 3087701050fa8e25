import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import { safePace } from '../../server/contract/pace.js';
import { openPace } from '../../server/pace/pace.js';
import { PaceService } from '../../server/pace/pace-service.js';
import { PaceStore } from '../../server/pace/pace-store.js';
import type { StatusRecord } from '../../server/statuses/status.js';
import type { PublishOutcome } from '../../server/whatsapp/gateway.js';
import { insertSession } from '../support/insert-session.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSentStatus, openServices, SetClock, type Services } from '../support/open-services.js';

const at = new Date('2026-03-01T10:00:00Z');
const hourMs = 60 * 60_000;
const rejected = (code: string): PublishOutcome => ({ result: 'rejected', code, recipients: [] });
const unconfirmed: PublishOutcome = { result: 'unconfirmed', connectionLost: false, recipients: [] };

describeOnEveryDatabase('pausing an account', (open) => {
  let db: Database;
  let services: Services;
  let clock: SetClock;
  let pace: PaceService;
  let posts: number;

  beforeEach(async () => {
    db = await open();
    clock = new SetClock(at);
    services = openServices(db, clock);
    pace = new PaceService(new PaceStore(db), services.steps, services.unitOfWork, clock, openPace);
    posts = 0;
    await insertSession(db, 'acc1');
  });

  async function insert(changes: Partial<StatusRecord>): Promise<string> {
    posts += 1;
    const id = `S${String(posts)}`;
    const now = clock.now().getTime();
    await insertSentStatus(services, id, { createdAt: now, startedAt: now, ...changes });
    return id;
  }
  /** A post that ended like this. */
  async function ended(state: 'sent' | 'failed', errorCode: string | null = null): Promise<void> {
    clock.advance(1_000);
    await insert({ state, errorCode });
  }
  const read = async (id: string) => services.statuses.get('acc1', id);

  for (const [code, hours] of [
    ['402', 24],
    ['429', 2],
    ['463', 24],
  ] as const) {
    it(`stands still for ${String(hours)} h after ${code}, says so on what waits, and goes on by itself`, async () => {
      const id = await insert({ state: 'queued', startedAt: null, sentAt: null });
      await pace.learn('acc1', rejected(code));
      assert.equal(await pace.waitBeforeNext('acc1'), hours * hourMs);
      const waiting = await read(id);
      assert.equal(waiting.waitingReason?.code, 'paused');
      assert.match(waiting.waitingReason.message, new RegExp(code));
      assert.equal(waiting.waitingUntil, new Date(at.getTime() + hours * hourMs).toISOString());
      clock.advance(hours * hourMs);
      assert.equal(await pace.waitBeforeNext('acc1'), undefined);
      assert.equal((await pace.get('acc1')).pause, null);
    });
  }

  it('stands still when the rest of a post was refused as too much', async () => {
    const rest = { result: 'rejected', code: '429' } as const;
    await pace.learn('acc1', { result: 'partly_sent', at, rest, recipients: [] });
    assert.equal((await pace.get('acc1')).pause?.code, '429');
  });

  it('does not mind other refusals', async () => {
    for (const code of ['400', '479', '500']) await pace.learn('acc1', rejected(code));
    assert.equal((await pace.get('acc1')).pause, null);
  });

  for (const [what, ends, expected] of [
    ['refusals alone', ['500', '500', '500'], { code: '500', words: 'WhatsApp refused 3 (500) of the last 3 posts.' }],
    [
      'refusals of several kinds',
      ['500', '503', '500'],
      { code: '500', words: 'WhatsApp refused 3 (500, 503) of the last 3 posts.' },
    ],
    [
      'refusals and silence',
      ['unconfirmed', '500', '500'],
      { code: '500', words: 'WhatsApp refused 2 (500) and did not confirm 1 of the last 3 posts.' },
    ],
  ] as const) {
    it(`says what WhatsApp answered when it stands still after ${what}`, async () => {
      for (const code of ends) await ended('failed', code);
      await pace.learn('acc1', rejected('500'));
      const { pause } = await pace.get('acc1');
      assert.deepEqual([pause?.code, pause?.message], [expected.code, expected.words]);
    });
  }

  it('does not count posts of which nothing had left', async () => {
    for (const code of ['media_missing', 'whatsapp_error', 'own_phone_missing', 'not_sent'])
      await ended('failed', code);
    await ended('failed', '500');
    await pace.learn('acc1', rejected('500'));
    assert.equal((await pace.get('acc1')).pause, null);
  });

  it('stands still when WhatsApp confirms fewer and fewer posts', async () => {
    await ended('sent');
    await ended('failed', 'unconfirmed');
    await ended('sent');
    await ended('failed', 'unconfirmed');
    await pace.learn('acc1', unconfirmed);
    assert.equal((await pace.get('acc1')).pause, null);
    await ended('failed', 'unconfirmed');
    await pace.learn('acc1', unconfirmed);
    const { pause } = await pace.get('acc1');
    assert.equal(pause?.code, 'unconfirmed');
    assert.match(pause.message, /3 of the last 5 posts/);
  });

  it('begins to count anew when somebody resumes it', async () => {
    for (let post = 0; post < 3; post += 1) await ended('failed', 'unconfirmed');
    await pace.learn('acc1', unconfirmed);
    clock.advance(1_000);
    let resumed = 0;
    pace.resumed.add(() => void (resumed += 1));
    assert.equal((await pace.resume('acc1')).pause, null);
    assert.equal(resumed, 1);
    await ended('failed', 'unconfirmed');
    await pace.learn('acc1', unconfirmed);
    assert.equal((await pace.get('acc1')).pause, null);
  });

  it('stands still after a temporary ban for as long as WhatsApp said, and an hour more', async () => {
    await pace.learnBan('acc1', new Date(at.getTime() + 3 * hourMs));
    const { pause } = await pace.get('acc1');
    assert.deepEqual([pause?.code, pause?.until], ['402', new Date(at.getTime() + 4 * hourMs).toISOString()]);
  });

  it('stands still no longer than was said when the clock was ahead and is put right', async () => {
    await insert({ state: 'queued', startedAt: null, sentAt: null });
    clock.advance(1_000 * hourMs);
    await pace.learn('acc1', rejected('429'));
    clock.advance(-1_000 * hourMs);
    assert.equal(await pace.waitBeforeNext('acc1'), 2 * hourMs);
    clock.advance(hourMs);
    assert.equal(await pace.waitBeforeNext('acc1'), hourMs);
    clock.advance(hourMs);
    assert.equal(await pace.waitBeforeNext('acc1'), undefined);
  });

  it('goes on when the clock was ahead and is put right, although it posted meanwhile', async () => {
    const gaps = new PaceService(new PaceStore(db), services.steps, services.unitOfWork, clock, safePace);
    clock.advance(1_000 * hourMs);
    await ended('sent');
    clock.advance(-1_000 * hourMs);
    const id = await insert({ state: 'queued', startedAt: null, sentAt: null });
    await db('statuses')
      .where({ id })
      .update({ waiting_until: clock.now().getTime() + 999 * hourMs });
    assert.equal(await gaps.waitBeforeNext('acc1'), undefined);
  });

  it('counts what WhatsApp answers although it was resumed while the clock was ahead', async () => {
    clock.advance(1_000 * hourMs);
    await pace.resume('acc1');
    clock.advance(-1_000 * hourMs);
    for (let post = 0; post < 10; post += 1) await ended('failed', 'unconfirmed');
    await pace.learn('acc1', { result: 'unconfirmed', connectionLost: false, recipients: [] });
    assert.ok((await pace.get('acc1')).pause, 'it is not paused');
  });

  it('takes the rates of the session, and the server’s where it has none', async () => {
    const safe = new PaceService(new PaceStore(db), services.steps, services.unitOfWork, clock, safePace);
    await db('sessions').update({ rate_per_hour: 7 });
    await safe.change('acc1', { minGapSeconds: 5 });
    const { settings } = await safe.get('acc1');
    assert.deepEqual([settings.ratePerMin, settings.ratePerHour, settings.minGapSeconds], [2, 7, 5]);
    await assert.rejects(safe.get('acc2'), { code: 'not_found' });
  });

  it('has nothing to wait for with an empty queue, or with one that is only to be deleted', async () => {
    await pace.learn('acc1', rejected('429'));
    assert.equal(await pace.waitBeforeNext('acc1'), 'nothing_to_do');
    const id = await insert({ state: 'queued' });
    await services.changes.delete('acc1', id);
    assert.equal(await pace.waitBeforeNext('acc1'), 'nothing_to_do');
  });

  it('shows no pause that is over, tells of one that begins, and counts anew when it has ended', async () => {
    for (let post = 0; post < 3; post += 1) await ended('failed', 'unconfirmed');
    services.events.length = 0;
    await pace.learn('acc1', unconfirmed);
    assert.deepEqual(
      services.events.map(({ name, sessionId }) => [name, sessionId]),
      [['statuses-updated', 'acc1']],
    );
    clock.advance(hourMs);
    const { pause, waitingReason, nextPostAt } = await pace.get('acc1');
    assert.deepEqual([pause, waitingReason, nextPostAt], [null, null, null]);
    await insert({ state: 'queued', startedAt: null, sentAt: null });
    assert.equal(await pace.waitBeforeNext('acc1'), undefined);
    await ended('failed', 'unconfirmed');
    await pace.learn('acc1', unconfirmed);
    assert.equal((await pace.get('acc1')).pause, null);
  });

  it('asks the newest answers', async () => {
    for (let post = 0; post < 4; post += 1) await ended('failed', 'unconfirmed');
    for (let post = 0; post < 5; post += 1) await ended('sent');
    await pace.learn('acc1', unconfirmed);
    assert.equal((await pace.get('acc1')).pause, null);
  });

  it('keeps the settings that a change does not name, tells whoever waits, and takes no hours without a clock', async () => {
    let resumed = 0;
    pace.resumed.add(() => void (resumed += 1));
    await pace.change('acc1', { minGapSeconds: 5 });
    await pace.change('acc1', { jitterSeconds: 3 });
    const quietHours = { from: '22:00', to: '07:00', timeZone: 'Mars/Base' };
    await assert.rejects(pace.change('acc1', { quietHours }), RangeError);
    const { settings } = await pace.get('acc1');
    assert.deepEqual([settings.minGapSeconds, settings.jitterSeconds, settings.quietHours], [5, 3, null]);
    assert.equal(resumed, 2);
    await db('sessions').update({ rate_per_min: 3 });
    assert.equal((await pace.get('acc1')).settings.ratePerMin, 3);
  });

  it('holds up what was begun, says so once, and leaves other accounts alone', async () => {
    await insertSession(db, 'acc2');
    const [mine, other] = [await insert({ state: 'sending' }), await insert({ state: 'queued', sessionId: 'acc2' })];
    await pace.learn('acc1', rejected('429'));
    services.events.length = 0;
    assert.equal(await pace.waitBeforeNext('acc1'), 2 * hourMs);
    assert.equal(await pace.waitBeforeNext('acc1'), 2 * hourMs);
    assert.equal(services.events.length, 1);
    assert.equal((await read(mine)).waitingReason?.code, 'paused');
    assert.equal((await services.statuses.get('acc2', other)).waitingReason, null);
    const gaps = new PaceService(new PaceStore(db), services.steps, services.unitOfWork, clock, {
      ...openPace,
      minGapSeconds: 600,
    });
    await db('statuses').where({ id: other }).update({ started_at: null });
    assert.equal(await gaps.waitBeforeNext('acc2'), undefined, 'only acc1 has posted');
    services.events.length = 0;
    await gaps.tellNotConnected('acc2');
    assert.equal((await services.statuses.get('acc2', other)).waitingReason?.code, 'not_connected');
    assert.equal(services.events.length, 1);
  });

  it('counts what was answered to this account, and what was confirmed and is over by now', async () => {
    await insertSession(db, 'acc2');
    for (let post = 0; post < 4; post += 1) {
      clock.advance(1_000);
      await insert({ state: 'failed', errorCode: 'unconfirmed', sessionId: 'acc2' });
    }
    await ended('failed', 'unconfirmed');
    await pace.learn('acc1', unconfirmed);
    assert.equal((await pace.get('acc1')).pause, null, 'another account');
    await ended('failed', 'unconfirmed');
    clock.advance(1_000);
    for (const state of ['expired', 'deleted', 'sent'] as const) await insert({ state });
    await insert({ state: 'canceled', errorCode: 'unconfirmed' });
    clock.advance(1_000);
    await ended('failed', 'unconfirmed');
    await pace.learn('acc1', unconfirmed);
    assert.equal((await pace.get('acc1')).pause, null, 'three of the last five were confirmed');
    assert.equal((await pace.get('acc1')).postsInLast24Hours, 7);
    await pace.learn('acc2', unconfirmed);
    assert.equal((await pace.get('acc2')).pause?.code, 'unconfirmed');
    assert.equal((await pace.get('acc1')).pause, null);
  });

  it('says what it waits for as often as that changes, and no more once it is resumed', async () => {
    const id = await insert({ state: 'queued', startedAt: null, sentAt: null });
    const told = () => services.events.splice(0).map(({ name, sessionId }) => [name, sessionId]);
    told();
    const update = [['statuses-updated', 'acc1']];
    await pace.learnBan('acc1', new Date(at.getTime() + hourMs));
    assert.deepEqual(told(), update);
    await pace.waitBeforeNext('acc1');
    assert.deepEqual(told(), update);
    await pace.learnBan('acc1', new Date(at.getTime() + 2 * hourMs));
    told();
    await pace.waitBeforeNext('acc1');
    assert.deepEqual(told(), update, 'it takes longer');
    await pace.waitBeforeNext('acc1');
    assert.deepEqual(told(), []);
    assert.equal((await read(id)).waitingUntil, new Date(at.getTime() + 3 * hourMs).toISOString());
    await pace.resume('acc1');
    assert.deepEqual(told(), update);
    assert.deepEqual([(await read(id)).waitingReason, (await read(id)).waitingUntil], [null, null]);
    assert.equal(await pace.waitBeforeNext('acc1'), undefined);
    await assert.rejects(pace.resume('acc2'), { code: 'not_found' });
    await assert.rejects(pace.change('acc2', { minGapSeconds: 5 }), { code: 'not_found' });
  });

  it('stands still for an hour after a ban that is over, and for a day after one that names no time', async () => {
    await pace.learnBan('acc1', new Date(at.getTime() - hourMs));
    assert.equal((await pace.get('acc1')).pause?.until, new Date(at.getTime() + hourMs).toISOString());
    await pace.learnBan('acc1', undefined);
    assert.equal((await pace.get('acc1')).pause?.until, new Date(at.getTime() + 25 * hourMs).toISOString());
    // Of an account that was deleted meanwhile.
    await pace.learnBan('acc2', undefined);
    await pace.learn('acc2', rejected('429'));
    assert.equal(await pace.waitBeforeNext('acc2'), 'nothing_to_do');
  });

  it('keeps what is left open as the server has it', async () => {
    const safe = new PaceService(new PaceStore(db), services.steps, services.unitOfWork, clock, safePace);
    const { settings } = await safe.change('acc1', { minGapSeconds: 5, dailyCap: undefined, jitterSeconds: undefined });
    assert.deepEqual(settings, { ...safePace, minGapSeconds: 5 });
    assert.equal((await safe.change('acc1', { dailyCap: null })).settings.dailyCap, null);
  });
});
