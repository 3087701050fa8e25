import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import { type PostingService, PostingStopped } from '../../server/posting/posting-service.js';
import { RecipientsService } from '../../server/statuses/recipients-service.js';
import { sumOfCounts, type StatusRecord } from '../../server/statuses/status.js';
import {
  UnansweredError,
  type FoundNumber,
  type PersonAddress,
  type PublishOutcome,
  type RecipientOutcome,
  type RecipientResult,
} from '../../server/whatsapp/gateway.js';
import { insertSession } from '../support/insert-session.js';
import { openSqlite, type TestSqlite } from '../support/open-sqlite.js';
import { insertSentStatus, openServices, SetClock, type Services } from '../support/open-services.js';
import { addressesOf } from '../statuses/addresses-of.js';
import { TestLeaveOuts } from '../statuses/leave-outs.js';
import { postingOf } from './open-posting.js';

const at = new Date('2026-03-01T10:00:00Z');
const one: PersonAddress = { phoneNumber: '491700000001', lid: null };
const two: PersonAddress = { phoneNumber: '491700000002', lid: null };
const hidden: PersonAddress = { phoneNumber: null, lid: '100' };

describe('a status in work', () => {
  let sqlite: TestSqlite;
  let db: Database;
  let services: Services;
  let posting: PostingService;
  let leaveOuts: TestLeaveOuts;
  let clock: SetClock;

  beforeEach(async () => {
    sqlite = await openSqlite();
    db = sqlite.db;
    clock = new SetClock(at);
    services = openServices(db, clock);
    leaveOuts = new TestLeaveOuts();
    posting = postingOf(services, leaveOuts);
    await insertSession(db, 'acc1');
  });
  afterEach(() => sqlite.remove());

  async function claimed(people: readonly PersonAddress[], changes: Partial<StatusRecord> = {}) {
    const counts = { ...sumOfCounts([]), targeted: people.length };
    const state = { state: 'queued', attempts: 0, sentAt: null, expiresAt: null, counts } as const;
    const status = await insertSentStatus(services, 'S1', { ...state, ...changes });
    await services.unitOfWork.run(async (tx) => {
      await services.recipients.insert(tx, status, await services.people.resolve(tx, 'acc1', people));
    });
    const claim = await posting.claimNext('acc1');
    assert.ok(claim);
    services.events.length = 0;
    return claim;
  }
  const read = () => services.statuses.get('acc1', 'S1');
  const rows = (): Promise<{ outcome: string; sent_at: number | null }[]> =>
    db('status_recipients').orderBy('position').select('outcome', 'sent_at');
  const names = () => services.events.map(({ name }) => name);
  const bothCameTo = ([first, second]: readonly [RecipientOutcome, RecipientOutcome]): RecipientResult[] => [
    { person: one, outcome: first },
    { person: hidden, outcome: second },
  ];

  it('waits where nobody says who is on a list, and asks once where somebody does', async () => {
    leaveOuts.optedOut = ['491700000009'];
    const { status, recipients } = await claimed([hidden]);
    const people = recipients.map((person) => ({ person, address: person }));
    await assert.rejects(
      posting.leftOut(status, people, () => Promise.resolve(undefined)),
      UnansweredError,
    );
    let asked = 0;
    const found = new Map<string, FoundNumber>([
      ['491700000009', { exists: true, phoneNumber: '491700000009', lid: '100' }],
    ]);
    const find = () => {
      asked += 1;
      return Promise.resolve(found);
    };
    assert.deepEqual(addressesOf([...(await posting.leftOut(status, people, find))]), [hidden]);
    await posting.leftOut(status, people, find);
    assert.equal(asked, 1);
  });

  it('waits as long as nobody knows whom the phone shows statuses to, unless that does not count', async () => {
    Object.assign(leaveOuts, { phoneList: null });
    const { status, recipients } = await claimed([one]);
    const people = recipients.map((person) => ({ person, address: person }));
    const ask = (of: StatusRecord) => posting.leftOut(of, people, () => Promise.resolve(new Map()));
    await assert.rejects(ask(status), (error: UnansweredError) => error.about === 'story_privacy');
    const ignoring = { ...status, audience: { kind: 'numbers', excluded: 0, storyPrivacy: 'ignore' } as const };
    assert.equal((await ask(ignoring)).size, 0);
  });

  it('notes that the own phone does not have it, until it does', async () => {
    const { status } = await claimed([one, two]);
    const chunk = (person: PersonAddress) => ({ recipients: [{ person, outcome: 'included' as const }], at });
    await posting.recordChunk(status, { ...chunk(one), ownPhoneIsMissing: true });
    assert.equal((await read()).note?.code, 'own_phone_missing');
    const again = await services.statuses.getRecord('acc1', 'S1');
    await posting.recordChunk(again, { ...chunk(two), ownPhoneIsMissing: false });
    assert.equal((await read()).note, null);
    assert.deepEqual(names(), ['statuses-updated', 'statuses-updated']);
  });

  it('says what it waits for, and that it goes on', async () => {
    const { status } = await claimed([one]);
    const until = new Date(at.getTime() + 60_000);
    await posting.tellWaiting(status, { what: 'ack', until });
    const waiting = await read();
    assert.deepEqual(
      [waiting.waitingReason?.code, waiting.waitingUntil],
      ['waiting_for_whatsapp', until.toISOString()],
    );
    await posting.tellWaiting(status, null);
    assert.deepEqual([(await read()).waitingReason, (await read()).waitingUntil], [null, null]);
    assert.deepEqual(names(), ['statuses-updated', 'statuses-updated']);
  });

  it('keeps what a part of it came to when the connection takes the rest, and says how far it is', async () => {
    const { status } = await claimed([one, two]);
    const recipients = [{ person: one, outcome: 'included' as const }];
    const rest = { result: 'unconfirmed', connectionLost: true } as const;
    assert.equal(await posting.settle(status, { result: 'partly_sent', at, rest, recipients }), 'put_back');
    assert.deepEqual(await rows(), [
      { outcome: 'included', sent_at: at.getTime() },
      { outcome: 'pending', sent_at: null },
    ]);
    assert.deepEqual(
      services.events.map(({ payload }) => payload),
      [{ sessionId: 'acc1', statusId: 'S1', state: 'queued', done: 1, total: 2 }],
    );
    services.events.length = 0;
    const again = await posting.claimNext('acc1');
    const progress = { sessionId: 'acc1', statusId: 'S1', state: 'sending', done: 1, total: 2 };
    assert.deepEqual(
      services.events.map(({ payload }) => payload),
      [progress],
    );
    assert.deepEqual([again?.status.attempts, again?.resumed, addressesOf(again?.recipients ?? [])], [1, true, [two]]);
  });

  it('keeps who may have it when WhatsApp does not confirm it, without a time', async () => {
    const { status } = await claimed([one]);
    const recipients = [{ person: one, outcome: 'included' as const }];
    await posting.settle(status, { result: 'unconfirmed', connectionLost: false, recipients });
    assert.deepEqual(await rows(), [{ outcome: 'included', sent_at: null }]);
    assert.deepEqual(names(), ['status-failed', 'statuses-updated']);
    assert.equal((await read()).error?.code, 'unconfirmed');
  });

  it('may be changed again once it was put back before anything left, and not after another attempt', async () => {
    const { status } = await claimed([one]);
    await posting.release(status);
    assert.equal((await services.statuses.getRecord('acc1', 'S1')).startedAt, null);
    const unanswered: PublishOutcome = { result: 'not_sent', reason: '', connectionLost: false, recipients: [] };
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const claim = await posting.claimNext('acc1');
      assert.ok(claim);
      assert.equal(claim.status.attempts, attempt + 1);
      if (attempt === 0) await posting.settle(claim.status, unanswered);
      else await posting.release(claim.status);
    }
    assert.equal((await services.statuses.getRecord('acc1', 'S1')).startedAt, at.getTime());
  });

  describe('that another process has taken up since', () => {
    const toBoth = [one, two].map((person) => ({ person, outcome: 'included' as const }));
    const nothingLeft = { reason: '', recipients: [] };
    for (const [what, end] of [
      [
        'the connection was lost',
        (of) => posting.settle(of, { result: 'unconfirmed', connectionLost: true, recipients: toBoth }),
      ],
      [
        'it was not confirmed',
        (of) => posting.settle(of, { result: 'unconfirmed', connectionLost: false, recipients: toBoth }),
      ],
      ['it was refused', (of) => posting.settle(of, { result: 'rejected', code: '463', recipients: toBoth })],
      ['it never left', (of) => posting.settle(of, { result: 'not_sent', connectionLost: true, ...nothingLeft })],
      ['the account was gone', (of) => posting.release(of)],
      ['nobody was left', (of) => posting.failForNobody(of)],
      ['it stumbled', (of) => posting.abandon(of, { code: 'internal_error', message: 'no' })],
      ['it waits', (of) => posting.tellWaiting(of, { what: 'ack', until: null })],
      [
        'the own phone does not have it',
        (of) =>
          assert.rejects(posting.recordChunk(of, { recipients: [], at, ownPhoneIsMissing: true }), PostingStopped),
      ],
    ] as [string, (of: StatusRecord) => Promise<unknown>][]) {
      it(`stays in the hands of that one where the first says that ${what}`, async () => {
        const { status } = await claimed([one, two]);
        clock.advance(60_000);
        const next = await posting.claimNext('acc1');
        assert.ok(next);
        services.events.length = 0;
        await end(status);
        assert.deepEqual(await services.statuses.getRecord('acc1', 'S1'), next.status);
        assert.deepEqual(await rows(), [
          { outcome: 'pending', sent_at: null },
          { outcome: 'pending', sent_at: null },
        ]);
        assert.deepEqual(names(), []);
        await posting.settle(next.status, { result: 'acknowledged', at, recipients: toBoth });
        assert.deepEqual([(await read()).state, names()], ['sent', ['status-sent', 'statuses-updated']]);
      });
    }

    it('is posted by the first no further than the part that was leaving, which is written down', async () => {
      const { status } = await claimed([one, two]);
      await posting.recordChunk(status, { recipients: toBoth.slice(0, 1), at });
      clock.advance(60_000);
      const next = await posting.claimNext('acc1');
      assert.ok(next);
      await assert.rejects(posting.recordChunk(status, { recipients: toBoth.slice(1), at }), PostingStopped);
      assert.deepEqual(
        (await rows()).map(({ outcome }) => outcome),
        ['included', 'included'],
      );
      await posting.recordChunk(next.status, { recipients: [], at });
    });

    it('knows who has it by the acknowledgement that the first one got', async () => {
      const { status } = await claimed([one, two]);
      clock.advance(60_000);
      const next = await posting.claimNext('acc1');
      assert.ok(next);
      await posting.settle(status, { result: 'acknowledged', at, recipients: toBoth.slice(0, 1) });
      assert.deepEqual(
        (await rows()).map(({ outcome }) => outcome),
        ['included', 'pending'],
      );
      assert.equal((await read()).state, 'sending');
    });
  });

  it('may not be changed again when it is put back after a part of it left', async () => {
    const { status } = await claimed([one, two]);
    await posting.recordChunk(status, { recipients: [{ person: one, outcome: 'included' }], at });
    await posting.release(status);
    assert.equal((await services.statuses.getRecord('acc1', 'S1')).startedAt, at.getTime());
    const { state, deletingSince } = await services.changes.delete('acc1', 'S1');
    assert.deepEqual([state, deletingSince], ['queued', at.toISOString()], 'it is taken back from who has it');
  });

  it('that could not be recorded again and again has failed, and says so', async () => {
    const { status } = await claimed([one]);
    await posting.abandon(status, { code: 'internal_error', message: 'It was tried 10 times.' });
    assert.deepEqual([(await read()).state, (await read()).error?.code], ['failed', 'internal_error']);
    assert.deepEqual(names(), ['status-failed', 'statuses-updated']);
  });

  it('is given again to devices of those who are meant, and to nobody else', async () => {
    const { status } = await claimed([one, two]);
    const ask = (person: PersonAddress, attempt = 1, isRevoke = false) =>
      posting.allowRetry('acc1', { messageId: '3EB0S1', person, attempt, isRevoke });
    assert.equal(await ask(one), true);
    for (const attempt of [2, 3]) assert.equal(await ask(one, attempt), true);
    assert.deepEqual(await db('statuses').pluck('retries'), [1]);
    assert.equal(await ask({ phoneNumber: '491700000003', lid: null }), false);
    assert.equal(await posting.allowRetry('acc1', { messageId: 'X', person: one, attempt: 1, isRevoke: false }), false);
    await services.unitOfWork.run((tx) => services.recipients.leaveOut(tx, 'S1', new Map([['opted_out', [1]]])));
    assert.equal(await ask(two), false, 'they were left out');
    leaveOuts.optedOut = ['491700000001'];
    assert.equal(await ask(one), false, 'they do not want it any more');
    assert.equal(await ask(one, 1, true), true);
    leaveOuts.optedOut = [];
    await db('statuses').where({ id: status.id }).update({ state: 'deleted' });
    assert.equal(await ask(one), false);
  });

  it('leaves out only those that nothing was sent to', async () => {
    const { status } = await claimed([one, two]);
    await posting.recordChunk(status, { recipients: [{ person: one, outcome: 'included' }], at });
    const positions = new Map([['opted_out', [0, 1]]] as const);
    await services.unitOfWork.run((tx) => services.recipients.leaveOut(tx, 'S1', positions));
    assert.deepEqual(
      (await rows()).map(({ outcome }) => outcome),
      ['included', 'opted_out'],
    );
  });

  it('has to be taken back once more where it was taken back from one of two who are one', async () => {
    const { status } = await claimed([one, hidden]);
    const recipients = [one, hidden].map((person) => ({ person, outcome: 'included' as const }));
    await posting.settle(status, { result: 'acknowledged', at, recipients });
    await services.deletions.recordChunk(status, { recipients: recipients.slice(0, 1), at });
    assert.deepEqual(addressesOf(await services.recipients.listToRevoke('S1')), [hidden]);
    await services.people.recordPairs('acc1', [{ phoneNumber: '491700000001', lid: '100' }]);
    assert.deepEqual(addressesOf(await services.recipients.listToRevoke('S1')), [
      { phoneNumber: '491700000001', lid: '100' },
    ]);
    assert.deepEqual((await read()).counts.targeted, 1);
  });

  it('is shown with its people page by page, each once', async () => {
    await claimed([one, two, hidden]);
    const service = new RecipientsService(services.recipients, services.statuses);
    const page = (cursor?: string, limit = 2) => service.list('acc1', 'S1', { limit, ...(cursor && { cursor }) });
    const first = await page();
    assert.deepEqual([first.items.length, first.total], [2, 3]);
    const second = await page(first.nextCursor ?? '');
    assert.deepEqual([second.items.map(({ lid }) => lid), second.nextCursor], [['100'], null]);
    assert.equal((await page(undefined, 3)).nextCursor, null);
    await assert.rejects(page('x'), { code: 'validation_error' });
    await assert.rejects(service.list('acc2', 'S1', { limit: 2 }), { code: 'not_found' });
    const sent = await service.list('acc1', 'S1', { limit: 2, outcome: 'included' });
    assert.deepEqual([sent.items, sent.total], [[], 0]);
  });

  it('asks about all numbers that may be somebody’s other name, in one question', async () => {
    leaveOuts.optedOut = ['491700000008', '491700000009'];
    const { status, recipients } = await claimed([hidden]);
    const asked: (readonly string[])[] = [];
    const people = recipients.map((person) => ({ person, address: person }));
    const out = await posting.leftOut(status, people, (numbers) => {
      asked.push(numbers);
      return Promise.resolve(
        new Map(numbers.map((phoneNumber) => [phoneNumber, { exists: true, phoneNumber, lid: phoneNumber.slice(-3) }])),
      );
    });
    assert.deepEqual(asked, [['491700000008', '491700000009']]);
    assert.equal(out.size, 0, 'they are others');
  });

  it('asks about so many numbers and no more, and leaves out whoever may be one of the others', async () => {
    leaveOuts.optedOut = Array.from({ length: 20_001 }, (_each, nth) => String(491_700_100_000 + nth));
    const { status, recipients } = await claimed([hidden]);
    const people = recipients.map((person) => ({ person, address: person }));
    let asked = 0;
    const out = await posting.leftOut(status, people, (numbers) => {
      asked += numbers.length;
      return Promise.resolve(
        new Map(numbers.map((phoneNumber) => [phoneNumber, { exists: true, phoneNumber, lid: phoneNumber.slice(-6) }])),
      );
    });
    assert.deepEqual([asked, out.size], [20_000, 1]);
    assert.equal((await rows())[0]?.outcome, 'opt_out_unknown');
  });

  it('ends a day after it was sent first, also when others got it later', async () => {
    const sentAt = at.getTime() - 3_600_000;
    const { status } = await claimed([one], { sentAt, expiresAt: sentAt + 86_400_000 });
    const recipients = [{ person: one, outcome: 'included' as const }];
    await posting.settle(status, { result: 'acknowledged', at, recipients });
    const sent = await services.statuses.getRecord('acc1', 'S1');
    assert.deepEqual([sent.state, sent.sentAt, sent.expiresAt], ['sent', sentAt, sentAt + 86_400_000]);
  });

  for (const order of [
    ['included', 'no_device'],
    ['no_device', 'included'],
  ] as const) {
    it(`reached somebody by one of their two names, told as ${order.join(' and ')}`, async () => {
      const { status } = await claimed([one, hidden]);
      await services.people.recordPairs('acc1', [{ phoneNumber: '491700000001', lid: '100' }]);
      const recipients = bothCameTo(order);
      await posting.settle(status, { result: 'acknowledged', at, recipients });
      assert.deepEqual(await rows(), [{ outcome: 'included', sent_at: at.getTime() }]);
      assert.deepEqual([(await read()).state, (await read()).counts.targeted], ['sent', 1]);
    });

    it(`was sent to somebody who turns out to be two of its recipients, ${order.join(' and ')}`, async () => {
      const { status } = await claimed([one, hidden]);
      const recipients = bothCameTo(order);
      await posting.settle(status, { result: 'acknowledged', at, recipients });
      assert.deepEqual((await read()).recipients, { reached: 1, leftOut: 1, open: 0 });
      await services.people.recordPairs('acc1', [{ phoneNumber: '491700000001', lid: '100' }]);
      assert.deepEqual(await rows(), [{ outcome: 'included', sent_at: at.getTime() }]);
      assert.deepEqual([(await read()).counts.targeted, (await read()).counts.included], [1, 1]);
      assert.deepEqual((await read()).recipients, { reached: 1, leftOut: 0, open: 0 });
    });

    it(`was sent to the survivor of two who were its recipients, ${order.join(' and ')}`, async () => {
      const { status } = await claimed([one, hidden]);
      const recipients = bothCameTo(order);
      await posting.settle(status, { result: 'acknowledged', at, recipients });
      const gone: string[] = await db('status_recipients').orderBy('position').pluck('person_id');
      await services.unitOfWork.run(async (tx) => {
        const [survivor = ''] = await services.people.resolve(tx, 'acc1', [two]);
        await services.recipients.move(tx, new Map(gone.map((id) => [id, survivor])));
      });
      assert.deepEqual(await rows(), [{ outcome: 'included', sent_at: at.getTime() }]);
      assert.deepEqual(addressesOf(await services.recipients.listAddresses('S1')), [two]);
    });
  }

  it('may be for a stranger only where it goes to somebody of whom that name is not known', async () => {
    const both = { phoneNumber: '491700000003', lid: '300' };
    await claimed([one, both]);
    const may = (person: PersonAddress) =>
      services.unitOfWork.run((tx) => services.statuses.mayBeRecipient(tx, 'S1', person));
    assert.deepEqual([await may({ phoneNumber: null, lid: '99' }), await may(two)], [true, false]);
    assert.equal(await may({ phoneNumber: '491700000009', lid: '99' }), false);
    await services.unitOfWork.run((tx) => services.recipients.leaveOut(tx, 'S1', new Map([['opted_out', [0]]])));
    assert.equal(await may({ phoneNumber: null, lid: '99' }), false, 'who is left out does not get it');
  });
});
