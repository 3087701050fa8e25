import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import { type PostingService, PostingStopped } from '../../server/posting/posting-service.js';
import type { StatusRecord } from '../../server/statuses/status.js';
import type { PersonAddress } from '../../server/whatsapp/gateway.js';
import { insertSession } from '../support/insert-session.js';
import { addressesOf } from '../statuses/addresses-of.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSentStatus, openServices, SetClock, type Services } from '../support/open-services.js';
import { postingOf } from './open-posting.js';

const at = new Date('2026-03-01T10:00:00Z');
const [one, two, three] = ['491700000001', '491700000002', '491700000003'].map((phoneNumber): PersonAddress => ({
  phoneNumber,
  lid: null,
})) as [PersonAddress, PersonAddress, PersonAddress];
const included = (...people: PersonAddress[]) => people.map((person) => ({ person, outcome: 'included' }) as const);

describeOnEveryDatabase('taking a status back', (open) => {
  let db: Database;
  let services: Services;
  let posting: PostingService;
  let clock: SetClock;

  beforeEach(async () => {
    db = await open();
    clock = new SetClock(at);
    services = openServices(db, clock);
    posting = postingOf(services);
    await insertSession(db, 'acc1');
  });

  async function insert(id: string, people: PersonAddress[], changes: Partial<StatusRecord> = {}) {
    const counts = {
      targeted: people.length,
      included: 0,
      delivered: 0,
      viewed: 0,
      reacted: 0,
      replied: 0,
      clicked: 0,
    };
    const queued = { state: 'queued', attempts: 0, sentAt: null, expiresAt: null, counts } as const;
    const status = await insertSentStatus(services, id, { ...queued, ...changes });
    await services.unitOfWork.run(async (tx) => {
      await services.recipients.insert(tx, status, await services.people.resolve(tx, 'acc1', people));
    });
    return status;
  }
  /** One that these people got. */
  async function sent(id: string, ...people: PersonAddress[]) {
    await insert(id, people);
    const claim = await posting.claimNext('acc1');
    assert.ok(claim);
    await posting.settle(claim.status, { result: 'acknowledged', at, recipients: included(...people) });
  }
  async function claimDeletion() {
    const claim = await services.deletions.claimNext('acc1');
    assert.ok(claim);
    return claim;
  }
  const read = (id: string) => services.statuses.get('acc1', id);
  const names = () => services.events.map(({ name }) => name);

  it('cancels what is queued, for good and as often as it is asked for', async () => {
    await insert('S1', [one]);
    assert.equal((await services.changes.delete('acc1', 'S1')).state, 'canceled');
    assert.equal((await services.changes.delete('acc1', 'S1')).state, 'canceled');
    assert.equal(await posting.claimNext('acc1'), undefined);
    await assert.rejects(services.changes.delete('acc2', 'S1'), { code: 'not_found' });
  });

  it('takes a sent one back from those who got it, and only then it is deleted', async () => {
    await sent('S1', one, two);
    const asked = await services.changes.delete('acc1', 'S1');
    assert.deepEqual([asked.state, asked.deletingSince], ['sent', at.toISOString()]);
    assert.deepEqual(await posting.sessionsWithWork(), ['acc1']);
    const claim = await claimDeletion();
    assert.deepEqual([addressesOf(claim.recipients), claim.resumed], [[one, two], false]);
    assert.match(claim.revokeId, /^[0-9A-Z]{26}$/);
    await services.deletions.settle(claim.status, { result: 'acknowledged', at, recipients: [] });
    assert.deepEqual([(await read('S1')).state, (await read('S1')).deletingSince], ['deleted', null]);
    assert.equal((await read('S1')).deletionProgress, null);
    assert.ok(names().includes('status-deleted'));
    assert.deepEqual(await posting.sessionsWithWork(), []);
    assert.equal((await services.changes.delete('acc1', 'S1')).state, 'deleted');
  });

  it('goes on where it was after the process ended, under the same id', async () => {
    await sent('S1', one, two);
    await services.changes.delete('acc1', 'S1');
    const first = await claimDeletion();
    assert.deepEqual((await read('S1')).deletionProgress, { done: 0, total: 2 });
    for (let told = 0; told < 2; told += 1) {
      await services.deletions.recordChunk(first.status, { recipients: included(one), at });
    }
    assert.deepEqual((await read('S1')).deletionProgress, { done: 1, total: 2 });
    assert.deepEqual(services.events.findLast(({ name }) => name === 'status-deletion-progress')?.payload, {
      sessionId: 'acc1',
      statusId: 'S1',
      done: 1,
      total: 2,
    });
    const second = await claimDeletion();
    assert.deepEqual([addressesOf(second.recipients), second.resumed, second.revokeId], [[two], true, first.revokeId]);
  });

  it('stops one on its way after the part that is leaving, and takes back what may have arrived', async () => {
    await insert('S1', [one, two, three]);
    const { status } = (await posting.claimNext('acc1')) ?? {};
    assert.ok(status);
    await posting.recordChunk(status, { recipients: included(one), at });
    await services.changes.delete('acc1', 'S1');
    await assert.rejects(posting.recordChunk(status, { recipients: included(two), at }), PostingStopped);
    assert.equal(await posting.claimNext('acc1'), undefined);
    const claim = await claimDeletion();
    assert.deepEqual((await read('S1')).deletionProgress, { done: 0, total: 2 });
    // Nobody knows whether the third was on its way when it stopped.
    assert.deepEqual(addressesOf(claim.recipients), [one, two, three]);
    await services.deletions.settle(claim.status, { result: 'acknowledged', at, recipients: [] });
    assert.deepEqual([(await read('S1')).state, (await read('S1')).counts.included], ['deleted', 2]);
  });

  it('says why when WhatsApp refuses, stays what it is, and can be asked for again', async () => {
    await sent('S1', one);
    await services.changes.delete('acc1', 'S1');
    const { status } = await claimDeletion();
    assert.equal(
      await services.deletions.settle(status, { result: 'rejected', code: '463', recipients: [] }),
      'settled',
    );
    const refused = await read('S1');
    assert.deepEqual([refused.state, refused.deletingSince, refused.deletionError?.code], ['sent', null, '463']);
    assert.match(refused.deletionError?.message ?? '', /restricted/);
    const again = await services.changes.delete('acc1', 'S1');
    assert.deepEqual([again.deletionError, again.deletingSince], [null, at.toISOString()]);
  });

  it('is tried as long as the connection is at fault, and three times when WhatsApp says nothing', async () => {
    await sent('S1', one);
    await services.changes.delete('acc1', 'S1');
    const ends: string[] = [];
    for (const connectionLost of [true, true, true, false, false, false]) {
      const { status } = await claimDeletion();
      ends.push(await services.deletions.settle(status, { result: 'unconfirmed', connectionLost, recipients: [] }));
    }
    assert.deepEqual(ends, ['put_back', 'put_back', 'put_back', 'put_back', 'put_back', 'settled']);
    assert.equal((await read('S1')).deletionError?.code, 'unconfirmed');
  });

  it('does not answer devices that ask for a deleted status again, but for what deletes it', async () => {
    await sent('S1', one);
    const request = { messageId: '3EB0S1', person: one, attempt: 2 };
    assert.equal(await posting.allowRetry('acc1', { ...request, isRevoke: false }), true);
    await services.changes.delete('acc1', 'S1');
    assert.equal(await posting.allowRetry('acc1', { ...request, isRevoke: false }), false);
    assert.equal(await posting.allowRetry('acc1', { ...request, isRevoke: true }), true);
  });

  it('is a cancellation for one that failed before anybody got it', async () => {
    await insert('S1', [one], { state: 'failed', startedAt: 1, errorCode: '429' });
    assert.equal((await services.changes.delete('acc1', 'S1')).state, 'canceled');
    await insert('S2', [one], { state: 'failed', startedAt: 1, errorCode: 'unconfirmed' });
    assert.notEqual((await services.changes.delete('acc1', 'S2')).deletingSince, null);
    await insert('S3', [one], { state: 'expired', startedAt: 1 });
    await assert.rejects(services.changes.delete('acc1', 'S3'), { code: 'conflict', message: /24 hours/ });
  });

  it('is forgotten when the 24 hours of the status end first', async () => {
    await sent('S1', one);
    await services.changes.delete('acc1', 'S1');
    await services.unitOfWork.run((tx) => services.statusesStore.expire(tx, at.getTime() + 2 * 86_400_000, 10));
    assert.equal(await services.deletions.claimNext('acc1'), undefined);
    assert.deepEqual([(await read('S1')).state, (await read('S1')).deletingSince], ['expired', null]);
  });
});
