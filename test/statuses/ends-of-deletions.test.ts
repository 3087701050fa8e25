import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import { DeletionsService } from '../../server/statuses/deletions-service.js';
import { PostingService } from '../../server/statuses/posting-service.js';
import type { StatusRecord } from '../../server/statuses/status.js';
import type { PersonAddress } from '../../server/whatsapp/gateway.js';
import { insertSession } from '../people/insert-session.js';
import { openSqlite, type TestSqlite } from '../support/open-sqlite.js';
import { insertSentStatus, openServices, SetClock, type Services } from '../viewers/open-services.js';
import { addressesOf } from './addresses-of.js';
import { TestLeaveOuts } from './leave-outs.js';

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
    const { statusesStore: statuses, recipients, people: known, unitOfWork } = services;
    posting = new PostingService(statuses, recipients, known, unitOfWork, clock, new TestLeaveOuts());
    const parts = { statuses, recipients, people: known, unitOfWork, clock, chunkSize: 2 };
    deletions = new DeletionsService({ ...parts, isOurs: () => Promise.resolve(isOurs) });
    await insertSession(db, 'acc1');
  });
  afterEach(() => sqlite.remove());

  async function queued(some: readonly PersonAddress[], changes: Partial<StatusRecord> = {}): Promise<void> {
    const counts = { targeted: some.length, included: 0, delivered: 0, viewed: 0, reacted: 0, replied: 0 };
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

  it('does not count an attempt that the account could not make', async () => {
    await sent();
    const { status } = await claimed();
    await deletions.release(status);
    assert.equal((await claimed()).status.revokeAttempts, 1);
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
});
