import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import { type Claim, type PostingService } from '../../server/posting/posting-service.js';
import { StatusExpiry } from '../../server/posting/status-expiry.js';
import type { PersonAddress, PublishOutcome, RecipientOutcome } from '../../server/whatsapp/gateway.js';
import { insertSession } from '../support/insert-session.js';
import { addressesOf } from '../statuses/addresses-of.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { TestLeaveOuts } from '../statuses/leave-outs.js';
import { insertSentStatus, openServices, SetClock, type Services } from '../support/open-services.js';
import { postingOf } from './open-posting.js';

const at = new Date('2026-03-01T10:00:00Z');
const one: PersonAddress = { phoneNumber: '491700000001', lid: null };
const two: PersonAddress = { phoneNumber: '491700000002', lid: null };

describeOnEveryDatabase('posting', (open) => {
  let db: Database;
  let services: Services;
  let posting: PostingService;
  let leaveOuts: TestLeaveOuts;
  let clock: SetClock;

  beforeEach(async () => {
    leaveOuts = new TestLeaveOuts();
    db = await open();
    clock = new SetClock(at);
    services = openServices(db, clock);
    posting = postingOf(services, leaveOuts);
    await insertSession(db, 'acc1');
  });

  async function queue(id: string, addresses: PersonAddress[] = [], state: 'queued' | 'sending' = 'queued') {
    const status = await insertSentStatus(services, id, {
      state,
      attempts: 0,
      sentAt: null,
      expiresAt: null,
      counts: { targeted: addresses.length, included: 0, delivered: 0, viewed: 0, reacted: 0, replied: 0, clicked: 0 },
    });
    await services.unitOfWork.run(async (tx) => {
      await services.recipients.insert(tx, status, await services.people.resolve(tx, 'acc1', addresses));
    });
  }
  const outcomes = async (id: string) =>
    (await db('status_recipients').where({ status_id: id }).orderBy('position').select('outcome')).map(
      (row: { outcome: string }) => row.outcome,
    );
  const acknowledged = (...recipients: [PersonAddress, RecipientOutcome][]): PublishOutcome => ({
    result: 'acknowledged',
    at,
    recipients: recipients.map(([person, outcome]) => ({ person, outcome })),
  });
  async function claim() {
    const claimed = await posting.claimNext('acc1');
    assert.ok(claimed);
    return claimed;
  }

  it('takes up first what an ended process left in work, then the oldest', async () => {
    await queue('S1');
    await queue('S2', [one, two], 'sending');
    await queue('S3');
    const first = await claim();
    assert.deepEqual([first.status.id, first.status.attempts, first.status.state], ['S2', 1, 'sending']);
    assert.deepEqual(addressesOf(first.recipients), [one, two]);
    await posting.settle(first.status, acknowledged([one, 'included'], [two, 'included']));
    assert.equal((await claim()).status.id, 'S1');
    assert.deepEqual(await posting.sessionsWithWork(), ['acc1']);
  });

  it('gives nothing to do when the queue is empty', async () => {
    await insertSentStatus(services, 'S1');
    assert.equal(await posting.claimNext('acc1'), undefined);
    assert.deepEqual(await posting.sessionsWithWork(), []);
  });

  it('records for each recipient what became of it', async () => {
    await queue('S1', [one, two]);
    const { status } = await claim();
    await posting.settle(status, acknowledged([{ ...one, lid: '100' }, 'included'], [two, 'no_device']));
    assert.deepEqual(await outcomes('S1'), ['included', 'no_device']);
    const sent = await services.statuses.get('acc1', 'S1');
    assert.deepEqual([sent.state, sent.counts.targeted, sent.counts.included], ['sent', 2, 1]);
    assert.deepEqual([sent.sentAt, sent.expiresAt], ['2026-03-01T10:00:00.000Z', '2026-03-02T10:00:00.000Z']);
    const names = services.events.map((event) => event.name);
    assert.deepEqual(names, ['status-progress', 'status-sent', 'statuses-updated']);
  });

  it('says in words why WhatsApp refused it, and that nobody got it', async () => {
    await queue('S1', [one, two]);
    const { status } = await claim();
    const recipients: PublishOutcome['recipients'] = [
      { person: one, outcome: 'included' },
      { person: two, outcome: 'not_on_whatsapp' },
    ];
    await posting.settle(status, { result: 'rejected', code: '479', recipients });
    const failed = await services.statuses.get('acc1', 'S1');
    assert.equal(failed.state, 'failed');
    assert.equal(failed.error?.code, '479');
    assert.equal(failed.counts.included, 0);
    assert.deepEqual(await outcomes('S1'), ['pending', 'not_on_whatsapp']);
    assert.ok(services.events.some((event) => event.name === 'status-failed'));
  });

  it('goes back into the queue when the connection was lost, with the same message id, a few times', async () => {
    await queue('S1', [one]);
    const unconfirmed: PublishOutcome = {
      result: 'unconfirmed',
      connectionLost: true,
      recipients: [{ person: one, outcome: 'included' }],
    };
    const messageIds = new Set<string>();
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const { status } = await claim();
      assert.equal(status.attempts, attempt);
      messageIds.add(status.messageId);
      await posting.settle(status, unconfirmed);
    }
    assert.equal(messageIds.size, 1);
    assert.equal((await services.statuses.get('acc1', 'S1')).error?.code, 'unconfirmed');
  });

  it('waits for the account without counting what never left', async () => {
    await queue('S1', [one]);
    const { status } = await claim();
    await posting.release(status);
    const waiting = await services.statuses.get('acc1', 'S1');
    assert.deepEqual([waiting.state, waiting.waitingReason?.code], ['queued', 'not_connected']);
  });

  it('says in the queue why it is tried again', async () => {
    for (const [id, why, outcome] of [
      ['S1', /lost before WhatsApp confirmed/, { result: 'unconfirmed', connectionLost: true }],
      ['S2', /lost before the post left/, { result: 'not_sent', reason: 'gone', connectionLost: true }],
    ] as const) {
      await queue(id, [one]);
      const { status } = await claim();
      assert.equal(await posting.settle(status, { ...outcome, recipients: [] }), 'put_back');
      const waiting = await services.statuses.get('acc1', id);
      assert.equal(waiting.waitingReason?.code, 'trying_again');
      assert.match(waiting.waitingReason.message, why);
      const again = await claim();
      assert.equal((await services.statuses.get('acc1', id)).waitingReason, null, 'no longer, once it is on its way');
      await posting.settle(again.status, acknowledged([one, 'included']));
    }
  });

  it('has nothing to settle when the session was deleted meanwhile', async () => {
    await queue('S1', [one]);
    const { status } = await claim();
    await db('sessions').delete();
    await posting.settle(status, acknowledged([one, 'included']));
    assert.deepEqual(await db('statuses').select('id'), []);
  });

  it('keeps one recipient where two turned out to be one person', async () => {
    const hidden: PersonAddress = { phoneNumber: null, lid: '100' };
    await queue('S1', [one, hidden, two]);
    const { status } = await claim();
    await services.people.recordPairs('acc1', [{ phoneNumber: '491700000001', lid: '100' }]);
    await posting.settle(status, acknowledged([one, 'included'], [hidden, 'no_device'], [two, 'included']));
    assert.deepEqual(await outcomes('S1'), ['included', 'included']);
    const sent = await services.statuses.get('acc1', 'S1');
    assert.deepEqual([sent.counts.targeted, sent.counts.included], [2, 2]);
  });

  it('records parts of a post by the addresses it handed out, whoever they turned out to be meanwhile', async () => {
    const hidden: PersonAddress = { phoneNumber: null, lid: '100' };
    const three: PersonAddress = { phoneNumber: '491700000003', lid: null };
    await queue('S1', [one, two, hidden, three]);
    const { status, recipients } = await claim();
    await services.people.recordPairs('acc1', [{ phoneNumber: '491700000002', lid: '100' }]);
    const results = recipients.map((person) => ({ person, outcome: 'included' as const }));
    await posting.recordChunk(status, { recipients: results.slice(0, 3), at });
    assert.deepEqual(await outcomes('S1'), ['included', 'included', 'pending']);
    const [rest] = recipients.slice(3);
    assert.ok(rest);
    await posting.settle(status, acknowledged([rest, 'key_error']));
    assert.deepEqual(await outcomes('S1'), ['included', 'included', 'key_error']);
    const sentAts = (await db('status_recipients').orderBy('position').pluck('sent_at')) as (number | null)[];
    assert.deepEqual(sentAts, [at.getTime(), at.getTime(), null]);
  });

  it('settles a post to thousands', async function () {
    this.timeout(30_000);
    const people = Array.from({ length: 6_000 }, (_value, index) => ({
      phoneNumber: String(491_700_000_000 + index),
      lid: null,
    }));
    await queue('S1', people);
    const { status, recipients } = await claim();
    assert.deepEqual(addressesOf(recipients), people);
    await posting.settle(
      status,
      acknowledged(...recipients.map((person): [PersonAddress, RecipientOutcome] => [person, 'included'])),
    );
    assert.equal((await services.statuses.get('acc1', 'S1')).counts.included, 6_000);
  });

  /** What the publisher asks of those that it has the addresses of. */
  const leftOut = (status: Claim['status'], recipients: readonly PersonAddress[]) =>
    posting.leftOut(
      status,
      recipients.map((person) => ({ person, address: person })),
      () => Promise.resolve(undefined),
    );

  it('leaves out who opted out after it was accepted, and sends nothing when nobody is left', async () => {
    await queue('S1', [one, two]);
    leaveOuts.optedOut = [one.phoneNumber ?? ''];
    const first = await claim();
    const [firstRecipient] = first.recipients;
    assert.deepEqual([...(await leftOut(first.status, first.recipients))], [firstRecipient]);
    leaveOuts.optedOut = [one.phoneNumber ?? '', two.phoneNumber ?? ''];
    await posting.release(first.status);
    const second = await claim();
    assert.deepEqual([addressesOf(second.recipients), second.resumed], [[two], false]);
    assert.equal((await leftOut(second.status, second.recipients)).size, 1);
    const nobody: PublishOutcome = {
      result: 'not_sent',
      reason: 'everybody was left out',
      connectionLost: false,
      nobodyLeft: true,
      recipients: [],
    };
    assert.equal(await posting.settle(second.status, nobody), 'settled');
    const failed = await services.statuses.get('acc1', 'S1');
    assert.deepEqual([failed.state, failed.error?.code], ['failed', 'empty_audience']);
    assert.deepEqual(failed.recipients, { reached: 0, leftOut: 2, open: 0 });
    assert.deepEqual(await outcomes('S1'), ['opted_out', 'opted_out']);
  });

  for (const [mode, isEverybody] of [
    ['allowlist', true],
    ['denylist', false],
    ['contacts', false],
  ] as const) {
    it(`leaves out ${isEverybody ? 'everybody' : 'nobody'} when nobody is on the phone's list of the kind ${mode}`, async () => {
      await queue('S1', [one, two]);
      leaveOuts.phoneList = { mode, people: [] };
      const { status, recipients: claimed } = await claim();
      assert.deepEqual([...(await leftOut(status, claimed))], isEverybody ? claimed : []);
      assert.equal(await posting.settingOf(status), mode);
    });
  }

  it('leaves out who opts out while it is being sent, and reads the opt-outs again only when they have changed', async () => {
    await queue('S1', [one, two]);
    const { status, recipients: claimed } = await claim();
    assert.deepEqual([...(await leftOut(status, claimed))], []);
    leaveOuts.optedOut = [two.phoneNumber ?? ''];
    for (let chunk = 0; chunk < 3; chunk += 1) {
      assert.deepEqual([...(await leftOut(status, claimed))], [claimed[1]]);
    }
    assert.equal(leaveOuts.readings, 2);
    assert.deepEqual(await outcomes('S1'), ['pending', 'opted_out']);
  });

  it('has failed, and says so, when everybody opted out before it began', async () => {
    await queue('S1', [one, two]);
    await db('status_recipients').update({ outcome: 'opted_out' });
    const { status } = await claim();
    await posting.failForNobody(status);
    const failed = await services.statuses.get('acc1', 'S1');
    assert.deepEqual([failed.state, failed.error?.code], ['failed', 'empty_audience']);
    assert.equal((await services.statuses.getRecord('acc1', 'S1')).startedAt, null, 'nothing has left');
    assert.deepEqual(failed.recipients, { reached: 0, leftOut: 2, open: 0 });
    const told = services.events.flatMap((event) => (event.name === 'status-failed' ? [event.payload.id] : []));
    assert.deepEqual(told, ['S1']);
  });

  it('is sent to a part when a later attempt fails, and says how many are open', async () => {
    await queue('S1', [one, two]);
    const first = await claim();
    await posting.recordChunk(first.status, { recipients: [{ person: one, outcome: 'included' }], at });
    clock.advance(60_000);
    const again = await claim();
    assert.deepEqual([addressesOf(again.recipients), again.resumed], [[two], true]);
    await posting.settle(again.status, {
      result: 'rejected',
      code: '463',
      recipients: [{ person: two, outcome: 'included' }],
    });
    const partly = await services.statuses.get('acc1', 'S1');
    assert.deepEqual([partly.state, partly.error?.code], ['sent', 'partly_sent']);
    assert.match(partly.error?.message ?? '', /1 of 2\. WhatsApp has restricted this account/);
    assert.deepEqual(partly.recipients, { reached: 1, leftOut: 0, open: 1 });
    assert.equal(partly.sentAt, at.toISOString());
  });

  it('expires a day after it was sent', async () => {
    const sentAt = at.getTime();
    await insertSentStatus(services, 'S1', { sentAt, expiresAt: sentAt + 86_400_000 });
    const expiry = new StatusExpiry(services.steps, services.unitOfWork);
    clock.advance(86_400_000 - 1);
    await expiry.sweep();
    assert.equal((await services.statuses.get('acc1', 'S1')).state, 'sent');
    clock.advance(1);
    await expiry.sweep();
    assert.equal((await services.statuses.get('acc1', 'S1')).state, 'expired');
    assert.deepEqual(
      services.events.map((event) => event.name),
      ['statuses-updated'],
    );
  });
});
