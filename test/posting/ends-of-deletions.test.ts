import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import { DeletionsService } from '../../server/posting/deletions-service.js';
import type { PostingService } from '../../server/posting/posting-service.js';
import type { StatusRecord } from '../../server/statuses/status.js';
import type { PersonAddress, PublishOutcome } from '../../server/whatsapp/gateway.js';
import { insertSession } from '../support/insert-session.js';
import { openSqlite, type TestSqlite } from '../support/open-sqlite.js';
import { insertSentStatus, openServices, SetClock, type Services } from '../support/open-services.js';
import { addressesOf } from '../statuses/addresses-of.js';
import { postingOf } from './open-posting.js';

const at = new Date('2026-03-01T10:00:00Z');
const dayMs = 24 * 60 * 60_000;
const people = [1, 2, 3, 4, 5].map((last): PersonAddress => ({ phoneNumber: `49170000000${String(last)}`, lid: null }));
const included = (...some: PersonAddress[]) => some.map((person) => ({ person, outcome: 'included' }) as const);

describe('a status that is being taken back', () => {
  let sqlite: TestSqlite;
  let db: Database;
  let services: Services;
  let posting: PostingService;
  let deletions: DeletionsService;
  let isOurs: boolean;
  let clock: SetClock;

  beforeEach(async () => {
    sqlite = await openSqlite();
    db = sqlite.db;
    clock = new SetClock(at);
    isOurs = true;
    services = openServices(db, clock);
    const { steps, outcomes, unitOfWork } = services;
    posting = postingOf(services);
    const parts = { steps, outcomes, unitOfWork, clock, chunkSize: 2 };
    deletions = new DeletionsService({ ...parts, isOurs: () => Promise.resolve(isOurs) });
    await insertSession(db, 'acc1');
  });
  afterEach(() => sqlite.remove());

  async function queued(some: readonly PersonAddress[], changes: Partial<StatusRecord> = {}): Promise<void> {
    const counts = { targeted: some.length, included: 0, delivered: 0, viewed: 0, reacted: 0, replied: 0, clicked: 0 };
    const state = { state: 'queued', attempts: 0, sentAt: null, expiresAt: null, counts } as const;
    const status = await insertSentStatus(services, 'S1', { ...state, ...changes });
    await services.unitOfWork.run(async (tx) => {
      await services.recipients.insert(tx, status, await services.people.resolve(tx, 'acc1', some));
    });
  }
  /** On its way, and the first person has it. */
  async function cutShort(): Promise<void> {
    await queued(people);
    const claim = await posting.claimNext('acc1');
    assert.ok(claim);
    await posting.recordChunk(claim.status, { recipients: included(...people.slice(0, 1)), at });
    clock.advance(60_000);
    await services.changes.delete('acc1', 'S1');
  }
  async function sent(): Promise<void> {
    await queued(people.slice(0, 2));
    const claim = await posting.claimNext('acc1');
    assert.ok(claim);
    const recipients = included(...people.slice(0, 2));
    await posting.settle(claim.status, { result: 'acknowledged', at, recipients });
    await services.changes.delete('acc1', 'S1');
  }
  /** As {@link cutShort}, and the process that posts it goes on. */
  async function onItsWay(): Promise<StatusRecord> {
    await cutShort();
    return services.statuses.getRecord('acc1', 'S1');
  }
  /** Sent to two, and tried again for one more. */
  async function afterAll(): Promise<StatusRecord> {
    await queued(people.slice(0, 3));
    const claim = await posting.claimNext('acc1');
    assert.ok(claim);
    await posting.settle(claim.status, { result: 'acknowledged', at, recipients: included(...people.slice(0, 2)) });
    await services.changes.delete('acc1', 'S1');
    return claim.status;
  }
  async function claimed() {
    const claim = await deletions.claimNext('acc1');
    assert.ok(claim);
    services.events.length = 0;
    return claim;
  }
  const read = () => services.statuses.get('acc1', 'S1');
  const names = () => services.events.map(({ name }) => name);

  it('goes after those who have it and those of the part that may have left, and nobody else', async () => {
    await cutShort();
    assert.deepEqual(addressesOf((await claimed()).recipients), people.slice(0, 3));
  });

  it('is nothing to do for a process that has lost the account', async () => {
    await sent();
    const before: unknown = await db('statuses').first();
    isOurs = false;
    assert.equal(await deletions.claimNext('acc1'), undefined);
    assert.deepEqual(await db('statuses').first(), before);
  });

  it('counts as sent to a part when WhatsApp refuses after it was cut short', async () => {
    await cutShort();
    const { status } = await claimed();
    await deletions.settle(status, { result: 'rejected', code: '463', recipients: [] });
    const { state, sentAt, expiresAt, error, counts, deletingSince, deletionError } = await read();
    assert.deepEqual([state, deletingSince, counts.included], ['sent', null, 1]);
    assert.deepEqual(
      [sentAt, expiresAt],
      [at, new Date(at.getTime() + dayMs)].map((time) => time.toISOString()),
    );
    assert.equal(error?.code, 'partly_sent');
    assert.match(error.message, /1 of 5\. It was stopped to be deleted\.$/);
    assert.equal(deletionError?.code, '463');
    assert.deepEqual(names(), ['status-sent', 'statuses-updated']);
  });

  it('is deleted when nobody of those who got it can be reached any more', async () => {
    await sent();
    const { status } = await claimed();
    const recipients = people.slice(0, 2).map((person) => ({ person, outcome: 'no_device' as const }));
    const outcome = { result: 'not_sent', reason: 'nobody can be reached', connectionLost: false, recipients } as const;
    assert.equal(await deletions.settle(status, outcome), 'settled');
    assert.deepEqual([(await read()).state, (await read()).deletingSince], ['deleted', null]);
    assert.deepEqual(names(), ['status-deleted', 'statuses-updated']);
  });

  it('stays when what became of it could not be recorded, and says why', async () => {
    await sent();
    const { status } = await claimed();
    await deletions.abandon(status, { code: 'internal_error', message: 'It was tried 10 times.' });
    const { state, deletingSince, deletionError } = await read();
    assert.deepEqual([state, deletingSince, deletionError?.code], ['sent', null, 'internal_error']);
    assert.deepEqual(names(), ['statuses-updated']);
    assert.equal(await deletions.claimNext('acc1'), undefined);
  });

  it('goes to nobody else when it was stopped for it and what became of that could not be recorded', async () => {
    await cutShort();
    await services.changes.delete('acc1', 'S1');
    const { status } = await claimed();
    await deletions.abandon(status, { code: 'internal_error', message: 'It was tried 10 times.' });
    const { state, deletionError, error } = await read();
    assert.deepEqual([state, deletionError?.code, error?.code], ['sent', 'internal_error', 'partly_sent']);
    assert.equal(await posting.claimNext('acc1'), undefined);
  });

  for (const [end, inWords] of [
    [{ result: 'acknowledged', at, recipients: [] }, 'is deleted'],
    [{ result: 'rejected', code: '463', recipients: [] }, 'stays'],
  ] as [PublishOutcome, string][]) {
    it(`counts who got it by a part that was leaving when it was to be taken back, and ${inWords}`, async () => {
      for (const late of [1, 2]) {
        await db('statuses').delete();
        const claimOfPost = await (late === 1 ? onItsWay() : afterAll());
        const { status } = await claimed();
        const chunk = { recipients: included(...people.slice(late, late + 1)), at };
        await assert.rejects(posting.recordChunk(claimOfPost, chunk));
        await deletions.settle(status, end);
        assert.equal((await read()).counts.included, late + 1);
      }
    });
  }

  it('stays as it is on its way where the end of an attempt before the last one comes', async () => {
    await cutShort();
    const before = (await claimed()).status;
    await claimed();
    const row: unknown = await db('statuses').first();
    await deletions.settle(before, { result: 'rejected', code: '463', recipients: [] });
    assert.deepEqual([await db('statuses').first(), names()], [row, []]);
  });

  it('does not count an attempt that the account could not make', async () => {
    await sent();
    const { status } = await claimed();
    await deletions.release(status);
    assert.equal((await claimed()).status.revokeAttempts, 1);
  });

  it('is ended by its last attempt alone, whatever became of one before', async () => {
    await sent();
    const before = (await claimed()).status;
    const { status } = await claimed();
    const row: unknown = await db('statuses').first();
    await deletions.settle(before, { result: 'rejected', code: '463', recipients: [] });
    await deletions.settle(before, { result: 'acknowledged', at, recipients: [] });
    await deletions.settle(before, { result: 'unconfirmed', connectionLost: true, recipients: [] });
    await deletions.abandon(before, { code: 'internal_error', message: 'It was tried 10 times.' });
    await deletions.release(before);
    assert.deepEqual([await db('statuses').first(), names()], [row, []]);
    await deletions.settle(status, { result: 'rejected', code: '463', recipients: [] });
    // As many attempts belong to another wish.
    clock.advance(60_000);
    await services.changes.delete('acc1', 'S1');
    await claimed();
    await claimed();
    await deletions.settle(status, { result: 'acknowledged', at, recipients: [] });
    assert.deepEqual([(await read()).state, names()], ['sent', []]);
  });

  it('needs no record when its account is deleted meanwhile, and is in trouble when the database is', async () => {
    await sent();
    const { status } = await claimed();
    const chunk = { recipients: included(...people.slice(0, 1)), at };
    await db('sessions').delete();
    await deletions.recordChunk(status, chunk);
    await db.destroy();
    await assert.rejects(deletions.recordChunk(status, chunk));
  });

  it('that never left is canceled, and what comes after it is taken back at once', async () => {
    await queued(people.slice(0, 1), { state: 'failed', startedAt: 1, errorCode: '463', deleteRequestedAt: 1 });
    await db('status_recipients').update({ outcome: 'no_device' });
    await insertSentStatus(services, 'S2', { deleteRequestedAt: 2, revokeId: 'R2' });
    services.events.length = 0;
    const claim = await deletions.claimNext('acc1');
    assert.deepEqual([claim?.status.id, claim?.revokeId, claim?.recipients], ['S2', 'R2', []]);
    assert.deepEqual([(await read()).state, (await read()).deletingSince], ['canceled', null]);
    assert.deepEqual((await read()).recipients, { reached: 0, leftOut: 1, open: 0 });
    assert.deepEqual(names(), ['status-progress', 'statuses-updated']);
    const [progress] = services.events;
    assert.deepEqual(progress?.payload, { sessionId: 'acc1', statusId: 'S1', state: 'canceled', done: 0, total: 1 });
  });

  it('that was put back in the middle goes after those who may have it, and is counted', async () => {
    await queued(people);
    const claim = await posting.claimNext('acc1');
    assert.ok(claim);
    await posting.recordChunk(claim.status, { recipients: included(...people.slice(0, 2)), at });
    await posting.settle(claim.status, { result: 'unconfirmed', connectionLost: true, recipients: [] });
    assert.equal((await read()).state, 'queued');
    await db('statuses').update({ included: 0 });
    await services.changes.delete('acc1', 'S1');
    const { recipients, resumed } = await claimed();
    assert.deepEqual([addressesOf(recipients), resumed], [people.slice(0, 4), false]);
    assert.deepEqual((await read()).deletionProgress, { done: 0, total: 2 });
  });

  it('tells how far it is with each part, and goes on without those', async () => {
    await sent();
    const { status } = await claimed();
    await deletions.recordChunk(status, { recipients: included(...people.slice(0, 1)), at });
    const told = services.events.map(({ name, payload }) => [name, payload]);
    assert.deepEqual(told, [['status-deletion-progress', { sessionId: 'acc1', statusId: 'S1', done: 1, total: 2 }]]);
    // Asked for anew, it has the same people to go after.
    await db('statuses').update({ revoke_attempts: 0 });
    const { recipients, resumed } = await claimed();
    assert.deepEqual([addressesOf(recipients), resumed], [people.slice(1, 2), true]);
  });

  it('is not deleted when a part of it was taken back, unless the rest says nothing about it', async () => {
    await sent();
    const partly = { result: 'partly_sent' as const, at, recipients: [] };
    const rejected = { result: 'rejected', code: '463' } as const;
    const lost = { result: 'unconfirmed', connectionLost: true } as const;
    const first = await claimed();
    assert.equal(await deletions.settle(first.status, { ...partly, rest: lost }), 'put_back');
    const second = await claimed();
    assert.equal(second.status.revokeAttempts, 1, 'the connection was at fault');
    assert.equal(await deletions.settle(second.status, { ...partly, rest: rejected }), 'settled');
    const { state, deletionError, error } = await read();
    assert.deepEqual([state, deletionError?.code, error], ['sent', '463', null]);
    assert.deepEqual(names(), ['statuses-updated']);
  });

  it('has no error of before once it is deleted', async () => {
    await sent();
    await db('statuses').update({ deletion_error_code: '463', deletion_error_message: 'no' });
    const { status } = await claimed();
    await deletions.settle(status, { result: 'acknowledged', at, recipients: [] });
    assert.deepEqual([(await read()).state, (await read()).deletionError], ['deleted', null]);
  });

  it('was sent when nobody knows whether somebody has it and WhatsApp does not take it back', async () => {
    await queued(people);
    await posting.claimNext('acc1');
    await services.changes.delete('acc1', 'S1');
    clock.advance(60_000);
    const ends: string[] = [];
    // What the connection took with it is no answer, also after the attempts before it had none.
    for (const connectionLost of [false, false, true, true, false]) {
      const { status } = await claimed();
      ends.push(await deletions.settle(status, { result: 'unconfirmed', connectionLost, recipients: [] }));
    }
    assert.deepEqual(ends, ['put_back', 'put_back', 'put_back', 'put_back', 'settled']);
    const { state, sentAt, error, deletionError } = await read();
    assert.deepEqual([state, sentAt, deletionError?.code], ['sent', clock.now().toISOString(), 'unconfirmed']);
    assert.match(error?.message ?? '', /0 of 5\. It was stopped to be deleted/);
  });
});
