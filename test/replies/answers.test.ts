import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import { rootPrincipal } from '../../server/access/principal.js';
import { withoutPerson } from '../../server/lib/without-person.js';
import { createLogger } from '../../server/lib/logger.js';
import { settlementOf, typingMs } from '../../server/replies/answer.js';
import { AnsweredReportStore } from '../../server/replies/answered-report-store.js';
import { AnswersService } from '../../server/replies/answers-service.js';
import { AnswersStore } from '../../server/replies/answers-store.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSentStatus, SetClock } from '../support/open-services.js';
import { insertSession } from '../support/sample-rows.js';
import { anna, openReplies, type OpenReplies, reply, start } from './open-replies.js';

describeOnEveryDatabase('answers', (open) => {
  let db: Database;
  let opened: OpenReplies;
  let answers: AnswersService;
  let isOurs: boolean;
  const woken: string[] = [];
  let clock: SetClock;
  const minuteMs = 60_000;
  let messages: number;

  beforeEach(async () => {
    db = await open();
    clock = new SetClock(start);
    woken.length = 0;
    [isOurs, messages] = [true, 0];
    await insertSession(db, { sessionId: 'acc1' });
    opened = openReplies(db, clock);
    await insertSentStatus(opened, 'S1');
    answers = new AnswersService({
      answers: new AnswersStore(db),
      replies: new AnsweredReportStore(db),
      sessions: { get: () => Promise.resolve({ organizationId: 'default', jid: null }) } as never,
      people: opened.people,
      gateway: { isLinked: () => Promise.resolve(true), newMessageId: () => `3EB0-${String(messages++)}` },
      contents: undefined as never,
      markRead: () => Promise.resolve(),
      isOurs: () => Promise.resolve(isOurs),
      wake: (sessionId) => woken.push(sessionId),
      unitOfWork: opened.unitOfWork,
      clock,
      logger: createLogger({ logLevel: 'silent' }),
    });
  });

  async function replied(messageId = '3AREPLY'): Promise<string> {
    await opened.record(reply(messageId));
    return (await opened.list()).items[0]?.id ?? assert.fail();
  }
  const accept = (replyId: string, content: string, sessionId = 'acc1') =>
    answers.accept(rootPrincipal, { sessionId, replyId }, { type: 'text', content }, (_tx, answer) =>
      Promise.resolve(answer),
    );
  const answersOf = async (replyId: string) => (await opened.replies.get('acc1', replyId)).answers;
  const told = () =>
    opened.events.flatMap((event) =>
      event.name === 'reply-answered' ? [`${event.payload.text ?? ''} ${event.payload.state}`] : [],
    );

  it('say in each event to whom they go, by which an erasure finds what was written to somebody', async () => {
    const replyId = await replied();
    const accepted = await accept(replyId, 'See you at six, Anna');
    const { answer } = (await answers.claim('acc1')) ?? assert.fail();
    await answers.settle(answer, { state: 'sent', at: start });
    const receipt = { messageId: answer.messageId, person: { phoneNumber: anna, lid: null }, at: start };
    await answers.recordReceipts('acc1', [{ ...receipt, kind: 'read', viaChat: true }]);
    const person = { number: anna, lid: null };
    assert.deepEqual([accepted.person, (await answersOf(replyId))[0]?.person], [person, person]);
    const events = opened.events.filter(({ name }) => name === 'reply-answered');
    assert.equal(events.length, 4);
    for (const { payload } of events) {
      const { rest, isAbout } = withoutPerson(payload, new Set([anna]));
      assert.ok(isAbout);
      assert.ok(!JSON.stringify(rest).includes('Anna'), 'an answer that is kept for a repeat has no words of it');
    }
  });

  it('leave in the order they were accepted, each attempt with the id of the first', async () => {
    const replyId = await replied();
    const [first, second] = [await accept(replyId, 'One'), await accept(replyId, 'Two')];
    assert.deepEqual(woken, ['acc1', 'acc1']);
    assert.deepEqual(await answers.sessionsWithWork(), ['acc1']);
    const claimed = (await answers.claim('acc1')) ?? assert.fail();
    assert.equal(claimed.answer.id, first.id);
    assert.deepEqual(claimed.reply.person, { phoneNumber: '491700000001', lid: null });
    await answers.settle(claimed.answer, { state: 'again', isForConnection: true });
    const again = (await answers.claim('acc1')) ?? assert.fail();
    assert.deepEqual([again.answer.id, again.answer.messageId], [first.id, claimed.answer.messageId]);
    await answers.settle(again.answer, { state: 'sent', at: new Date(start.getTime() + minuteMs) });
    assert.equal((await answers.claim('acc1'))?.answer.id, second.id);
    assert.deepEqual(
      (await answersOf(replyId)).map(({ state, sentAt }) => [state, sentAt]),
      [
        ['sent', '2026-03-01T10:01:00.000Z'],
        ['sending', null],
      ],
    );
    assert.deepEqual(told(), [
      'One queued',
      'Two queued',
      'One sending',
      'One queued',
      'One sending',
      'One sent',
      'Two sending',
    ]);
  });

  it('are settled only by whoever began the last attempt, and by the process that has the session', async () => {
    const replyId = await replied();
    await accept(replyId, 'One');
    const stale = (await answers.claim('acc1')) ?? assert.fail();
    const last = (await answers.claim('acc1')) ?? assert.fail();
    await answers.settle(stale.answer, { state: 'failed', error: { code: 'x', message: 'x' } });
    assert.equal((await answersOf(replyId))[0]?.state, 'sending');
    isOurs = false;
    await answers.settle(last.answer, { state: 'sent', at: start });
    assert.equal((await answersOf(replyId))[0]?.state, 'sending');
    assert.equal(await answers.claim('acc1'), undefined);
    isOurs = true;
    await answers.settle(last.answer, { state: 'sent', at: start });
    assert.equal((await answersOf(replyId))[0]?.state, 'sent');
    assert.deepEqual(await answers.sessionsWithWork(), []);
  });

  it('are nothing to another account, its turns and its receipts', async () => {
    await insertSession(db, { sessionId: 'acc2' });
    await insertSentStatus(opened, 'S2', { sessionId: 'acc2' });
    await opened.recorder.record('acc2', [reply('3ATHEIRS', { statusMessageId: '3EB0S2' })]);
    const [theirs = assert.fail()] = (await opened.list()).items;
    const replyId = await replied();
    await accept(theirs.id, 'Theirs', 'acc2');
    const own = await accept(replyId, 'Own');
    assert.equal((await answers.claim('acc1'))?.answer.id, own.id);
    const claimed = (await answers.claim('acc2')) ?? assert.fail();
    assert.equal(claimed.answer.text, 'Theirs');
    await db('answers').update({ message_id: '3EB0SAME' });
    const receipt = { messageId: '3EB0SAME', person: { phoneNumber: anna, lid: null }, at: start };
    await answers.recordReceipts('acc2', [{ ...receipt, kind: 'delivered', viaChat: true }]);
    const delivered = await db('answers').whereNotNull('delivered_at').pluck('session_id');
    assert.deepEqual(delivered, ['acc2']);
  });

  it('that waited for a day have failed, and say so', async () => {
    const replyId = await replied();
    await accept(replyId, 'Late');
    clock.advance(24 * 60 * minuteMs + 1);
    assert.equal(await answers.claim('acc1'), undefined);
    assert.equal((await answersOf(replyId))[0]?.error?.code, 'too_late');
  });

  it('of an account that is not connected fail after a day too, once, and no others', async () => {
    const replyId = await replied();
    await accept(replyId, 'Late');
    await accept(replyId, 'On its way');
    await answers.claim('acc1');
    clock.advance(24 * 60 * minuteMs);
    await accept(replyId, 'Today');
    await answers.giveUpLate();
    assert.deepEqual(
      (await answersOf(replyId)).map(({ state }) => state),
      ['sending', 'queued', 'queued'],
    );
    clock.advance(1);
    await answers.giveUpLate();
    await answers.giveUpLate();
    assert.deepEqual(
      (await answersOf(replyId)).map(({ state, error }) => [state, error?.code]),
      [
        ['failed', 'too_late'],
        ['failed', 'too_late'],
        ['queued', undefined],
      ],
    );
    assert.deepEqual(told().slice(-3), ['Today queued', 'Late failed', 'On its way failed']);
  });

  it('are delivered and read at the first time that is told; only receipts of private messages can be theirs', async () => {
    const replyId = await replied();
    await accept(replyId, 'One');
    const at = (minutes: number) => new Date(start.getTime() + minutes * minuteMs);
    const receipt = { messageId: '3EB0-0', person: { phoneNumber: '491700000001', lid: null } };
    await answers.recordReceipts('acc1', [{ ...receipt, kind: 'read', at: at(9) }]);
    assert.equal((await answersOf(replyId))[0]?.readAt, null);
    const before = told().length;
    for (const [kind, minutes] of [
      ['read', 2],
      ['delivered', 1],
      ['played', 3],
    ] as const) {
      await answers.recordReceipts('acc1', [{ ...receipt, kind, at: at(minutes), viaChat: true }]);
    }
    await answers.recordReceipts('acc1', [{ ...receipt, messageId: 'OTHER', kind: 'read', at: at(1), viaChat: true }]);
    const [shown] = await answersOf(replyId);
    assert.deepEqual([shown?.deliveredAt, shown?.readAt], [at(2).toISOString(), at(2).toISOString()]);
    assert.equal(told().length, before + 1, 'what is no news is not told');
  });

  it('of the phone belong to the reply, or to the last one about the status, once', async () => {
    const first = await replied('3AFIRST');
    await opened.record(reply('3ASECOND', { text: 'And tomorrow?' }));
    const second = (await opened.list()).items[0]?.id ?? assert.fail();
    const phone = {
      person: { phoneNumber: '491700000001', lid: null },
      at: start,
      change: 'answered',
      kind: 'text',
    } as const;
    const quoting = { ...phone, messageId: '3AP1', quotedId: '3AFIRST', statusMessageId: null, text: 'Yes' };
    const impossible = { ...quoting, messageId: '3AP0', at: new Date(NaN) };
    await answers.recordNews('acc1', [impossible, quoting, quoting]);
    assert.deepEqual(told(), ['Yes sent'], 'what comes twice is told once');
    await answers.recordNews('acc1', [
      { ...phone, messageId: '3AP2', quotedId: '3EB0S1', statusMessageId: '3EB0S1', text: 'All week', kind: 'voice' },
      { ...phone, messageId: '3AP3', quotedId: 'NONE', statusMessageId: null, text: 'Hm' },
      {
        ...phone,
        messageId: '3AP4',
        quotedId: '3EB0S1',
        statusMessageId: '3EB0S1',
        text: 'Who?',
        person: { phoneNumber: '491700000099', lid: null },
      },
    ]);
    const brief = async (id: string) =>
      (await answersOf(id)).map(({ origin, state, type, text }) => [origin, state, type, text]);
    assert.deepEqual(await brief(first), [['phone', 'sent', 'text', 'Yes']]);
    assert.deepEqual(await brief(second), [['phone', 'sent', 'audio', 'All week']]);
    assert.deepEqual(
      await db('people').where({ phone_number: '491700000099' }).select('id'),
      [],
      'nobody is made for it',
    );
  });

  it('that have not left keep their reply from being deleted or forgotten, as long as they may leave', async () => {
    const replyId = await replied();
    clock.advance(2 * 24 * 60 * minuteMs);
    await accept(replyId, 'One');
    const before = clock.now().getTime() - minuteMs;
    await assert.rejects(opened.replies.delete('acc1', replyId), /has not left yet/);
    assert.equal(await opened.replies.forgetBefore(before, 10), 0);
    const { answer } = (await answers.claim('acc1')) ?? assert.fail();
    await assert.rejects(opened.replies.delete('acc1', replyId), /has not left yet/);
    await answers.settle(answer, { state: 'again', isForConnection: true });
    clock.advance(24 * 60 * minuteMs);
    assert.equal(await opened.replies.forgetBefore(before, 10), 1);
    const other = await replied('3AOTHER');
    await accept(other, 'Two');
    const sent = (await answers.claim('acc1')) ?? assert.fail();
    await answers.settle(sent.answer, { state: 'sent', at: start });
    await opened.replies.delete('acc1', other);
    assert.deepEqual(await db('answers').pluck('id'), []);
  });

  it('go with their reply, and have a limit for each', async () => {
    const replyId = await replied();
    await accept(replyId, 'One');
    const [row] = await db('answers').select('*');
    const rows = Array.from({ length: 199 }, (_, index) => ({
      ...row,
      id: `copy-${String(index).padStart(3, '0')}`,
      message_id: `M${String(index)}`,
      text: `Copy ${String(index)}`,
    }));
    for (let from = 0; from < rows.length; from += 20) await db('answers').insert(rows.slice(from, from + 20));
    await assert.rejects(accept(replyId, 'Too many'), { code: 'conflict', message: /200 answers already/ });
    const person = { phoneNumber: anna, lid: null };
    const phone = { messageId: '3AP', person, at: start, statusMessageId: null, kind: 'text', text: 'More' } as const;
    await answers.recordNews('acc1', [{ ...phone, change: 'answered', quotedId: '3AREPLY' }]);
    assert.equal((await db('answers').select('id')).length, 200, 'of the phone neither');
    const shown = (await answersOf(replyId)).map(({ text }) => text);
    const newest = Array.from({ length: 20 }, (_, index) => `Copy ${String(179 + index)}`);
    assert.deepEqual(shown, newest, 'the newest are shown');
    await db('answers').update({ state: 'failed' });
    await opened.replies.delete('acc1', replyId);
    assert.deepEqual(await db('answers').select('id'), []);
  });
});

describe('how an attempt to answer ends', () => {
  it('is tried again without a limit while the connection is lost, and a few times otherwise', () => {
    assert.deepEqual(settlementOf({ result: 'unconfirmed', connectionLost: true }, 99), {
      state: 'again',
      isForConnection: true,
    });
    assert.deepEqual(settlementOf({ result: 'unconfirmed', connectionLost: false }, 4), {
      state: 'again',
      isForConnection: false,
    });
    const end = settlementOf({ result: 'unconfirmed', connectionLost: false }, 5);
    assert.deepEqual([end.state, end.state === 'failed' && end.error.code], ['failed', 'unconfirmed']);
    const unprepared = settlementOf({ result: 'not_sent', reason: 'x', connectionLost: false }, 5);
    assert.equal(unprepared.state === 'failed' && unprepared.error.code, 'not_sent');
  });

  it('is final where it would end in the same way again', () => {
    for (const because of ['upload_refused', 'file_gone', 'not_on_whatsapp', 'no_device'] as const) {
      assert.equal(
        settlementOf({ result: 'not_sent', reason: 'x', connectionLost: false, because }, 1).state,
        'failed',
      );
    }
    const refused = settlementOf({ result: 'rejected', code: '479' }, 1);
    assert.equal(refused.state === 'failed' && refused.error.code, '479');
  });

  it('is typed before as fast as people type, neither too short to be seen nor for ever', () => {
    assert.deepEqual([typingMs(null), typingMs('x'.repeat(50)), typingMs('x'.repeat(4_000))], [700, 2_000, 6_000]);
  });
});
