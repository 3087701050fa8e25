import assert from 'node:assert/strict';
import { rootPrincipal } from '../../server/access/principal.js';
import type { Database } from '../../server/db/database.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSession } from '../support/insert-session.js';
import { insertSentStatus, SetClock } from '../support/open-services.js';
import { addressOf, anna, openReplies, reply, start, type OpenReplies } from './open-replies.js';

const hourMs = 60 * 60_000;
const berta = '491700000002';

describeOnEveryDatabase('recording replies', (open) => {
  let db: Database;
  let clock: SetClock;
  let opened: OpenReplies;
  beforeEach(async () => {
    db = await open();
    clock = new SetClock(start);
    opened = openReplies(db, clock);
    await insertSession(db, 'acc1');
    await insertSentStatus(opened, 'S1');
  });
  afterEach(() => opened.viewers.stop());

  const viewers = async (only: 'replied' | 'all' = 'all') =>
    (await opened.viewers.list('acc1', 'S1', { limit: 50, only })).items;
  const change = (messageId: string, of: { text?: string; from?: string; afterMs?: number } = {}) => {
    const { text, from = anna, afterMs = 2_000 } = of;
    const said = { messageId, person: addressOf(from), at: new Date(start.getTime() + afterMs) };
    return text === undefined
      ? ({ ...said, change: 'taken_back' } as const)
      : ({ ...said, change: 'edited', text } as const);
  };

  it('keeps them with who wrote them and what they answer, counts the person once, and tells of each', async () => {
    await opened.record(reply('A'), reply('B', { text: 'Hello?' }));
    const { items, total } = await opened.list();
    assert.deepEqual([items.map(({ text }) => text), total], [['Hello?', 'Is there any left?'], 2]);
    const [last] = items;
    assert.deepEqual([last?.person.number, last?.status.id, last?.status.content], [anna, 'S1', 'hello']);
    assert.deepEqual(
      [last?.sentAt, last?.receivedAt, last?.readAt],
      ['2026-03-01T10:00:01.000Z', start.toISOString(), null],
    );
    assert.deepEqual(await opened.counts(), { viewed: 1, replied: 1 });
    assert.deepEqual(
      (await viewers('replied')).map(({ number, replied, viewedAt }) => [number, replied, viewedAt]),
      [[anna, true, '2026-03-01T10:00:01.000Z']],
    );
    assert.deepEqual(opened.received(), [...items].reverse());
  });

  it('keeps one that comes twice once', async () => {
    await opened.record(reply('A'), reply('A'));
    await opened.record(reply('A', { text: 'Another' }));
    assert.deepEqual([await opened.texts(), opened.received().length], [['Is there any left?'], 1]);
    assert.deepEqual(await opened.counts(), { viewed: 1, replied: 1 });
  });

  it('takes what a message can have: 65,536 signs, and emoji that are cut', async () => {
    const text = `${'ü'.repeat(65_535)}\ufffd`;
    await opened.record(reply('A', { text }));
    assert.deepEqual(await opened.texts({ search: 'ÜÜÜ' }), [text]);
  });

  it('keeps nothing for a session that is gone', async () => {
    await opened.recorder.record('gone', [reply('A'), change('A')]);
    assert.deepEqual(await db('replies').select('id'), []);
  });

  it('shows other words after an edit, the last one, and only of its sender', async () => {
    await opened.record(reply('A'));
    await opened.record(change('A', { text: 'First', afterMs: 3_000 }), change('A', { text: 'Late', afterMs: 2_000 }));
    await opened.record(change('A', { text: 'Not mine', from: berta, afterMs: 9_000 }));
    const { items } = await opened.list({ search: 'first' });
    assert.deepEqual([items[0]?.text, items[0]?.editedAt], ['First', '2026-03-01T10:00:03.000Z']);
    assert.deepEqual([opened.updated(), await opened.texts({ search: 'left' })], [[items[0]?.id], []]);
  });

  it('forgets what was in one that its sender takes back, and stays counted', async () => {
    await opened.record(reply('A'));
    await opened.record(change('A', { from: berta }));
    assert.deepEqual(await opened.texts(), ['Is there any left?']);
    await opened.record(change('A'), change('A', { afterMs: 8_000 }), change('A', { text: 'Again', afterMs: 9_000 }));
    const { items } = await opened.list();
    assert.deepEqual([items[0]?.text, items[0]?.takenBackAt], [null, '2026-03-01T10:00:02.000Z']);
    assert.deepEqual([await opened.texts({ search: 'left' }), opened.updated()], [[], [items[0]?.id]]);
    assert.deepEqual(await opened.counts(), { viewed: 1, replied: 1 });
    assert.ok(!JSON.stringify(await db('replies').select('*')).includes('left?'));
  });

  it('come in pages of a file, each of them once, also those that a page cuts', async () => {
    await opened.record(reply('M0'));
    const row = (await db('replies').first('*')) as Record<string, string>;
    const others = Array.from({ length: 1_000 }, (_, nth) => ({
      ...row,
      id: `${row['id']?.slice(0, -4) ?? ''}${String(nth).padStart(4, '0')}`,
      message_id: `M${String(nth + 1)}`,
    })).filter(({ id }) => id !== row['id']);
    await db.batchInsert('replies', others, 25);
    const ids: string[] = [];
    const sizes: number[] = [];
    const pages = await opened.replies.everything(rootPrincipal, 'acc1', { limit: 1 }, new AbortController().signal);
    for await (const page of pages) {
      sizes.push(page.length);
      ids.push(...page.map(({ id }) => id));
      // What comes meanwhile is in the next file.
      if (sizes.length === 1) await opened.record(reply('NEW'));
    }
    assert.deepEqual([new Set(ids).size, ids.length], [others.length + 1, others.length + 1]);
    assert.deepEqual(sizes.slice(0, 2), [500, 500]);
    assert.deepEqual(ids, ids.toSorted().reverse());
  });

  it('shows what became of one before it came: a phone sends it again after its edit', async () => {
    await opened.record(reply('KNOWN'));
    await opened.record(change('A', { text: 'Late', afterMs: 4_000 }), change('A', { text: 'First', afterMs: 3_000 }));
    await opened.record(change('A', { text: 'Not mine', from: berta, afterMs: 9_000 }), change('B', { from: berta }));
    await opened.record(reply('A'), reply('B', { from: berta }));
    assert.deepEqual(await opened.texts(), [null, 'Late', 'Is there any left?']);
    assert.deepEqual(
      opened.received().map(({ text, editedAt, takenBackAt }) => [text, editedAt !== null, takenBackAt !== null]),
      [
        ['Is there any left?', false, false],
        ['Late', true, false],
        [null, false, true],
      ],
    );
    assert.ok(!JSON.stringify(await db('replies').select('*')).includes('Not mine'));
    await opened.record(change('C', { text: 'Too early' }));
    clock.advance(hourMs + 1);
    await opened.record(reply('C', { text: 'As it was' }));
    assert.deepEqual((await opened.texts())[0], 'As it was');
  });

  it('says by which name somebody goes who writes for the first time, and keeps a name that is known', async () => {
    await opened.record(reply('A', { pushName: 'Anna Å' }), reply('B', { from: berta }));
    await opened.record(reply('C', { pushName: 'Another' }));
    assert.deepEqual(
      opened.received().map(({ person }) => person.name),
      ['Anna Å', null, 'Anna Å'],
    );
    assert.deepEqual(await opened.texts({ search: 'anna å' }), ['Is there any left?', 'Is there any left?']);
  });

  it('opts out somebody of whom only the LID is known as soon as there is a number', async () => {
    await opened.optingOut.change(rootPrincipal, { isOn: true });
    await opened.record(reply('A', { from: 'lid:100', text: 'Stop!' }), reply('B', { from: 'lid:200' }));
    const [, first] = (await opened.list()).items;
    assert.deepEqual([first?.text, first?.optedOut, first?.person.number], ['Stop!', false, null]);
    const optedOut = () => db('opt_outs').orderBy('phone_number').pluck('phone_number');
    assert.deepEqual([await optedOut(), opened.updated()], [[], []]);
    await opened.people.recordPairs('acc1', [
      { phoneNumber: anna, lid: '100' },
      { phoneNumber: berta, lid: '200' },
    ]);
    assert.deepEqual([await optedOut(), opened.updated()], [[anna], [first?.id]]);
    assert.equal((await opened.replies.get('acc1', first?.id ?? '')).optedOut, true);
    // What is learned of them later opts nobody out again who was let in since.
    await db('opt_outs').delete();
    await opened.people.recordPairs('acc1', [{ phoneNumber: '491700000009', lid: '100' }]);
    assert.deepEqual(await optedOut(), []);
  });

  it('makes nobody for an edit of what is no reply', async () => {
    await opened.record(change('LETTER', { text: 'Hi', from: berta }), change('LETTER', { from: 'lid:5' }));
    assert.deepEqual(await db('people').select('id'), []);
  });

  it('keeps those to a status that is not known apart, and gives them to it when it is', async () => {
    await opened.record(reply('A', { statusMessageId: '3EB0S2', text: 'Early' }));
    await opened.record(change('A', { text: 'Earlier' }));
    assert.deepEqual([await opened.texts(), opened.received(), opened.updated()], [[], [], []]);
    assert.deepEqual(await opened.replies.unread(rootLike, null), { unread: 0, sessions: [] });
    const status = await insertSentStatus(opened, 'S2');
    await opened.unitOfWork.run((tx) => opened.recorder.adoptPending(tx, status));
    assert.deepEqual(await opened.texts({ statusId: 'S2' }), ['Earlier']);
    assert.deepEqual(
      opened.received().map(({ text }) => text),
      ['Earlier'],
    );
    assert.equal((await opened.statuses.get('acc1', 'S2')).counts.replied, 1);
  });

  it('counts what nobody has read for whoever may see it', async () => {
    await insertSession(db, 'acc2');
    await insertSentStatus(opened, 'S2', { sessionId: 'acc2' });
    await opened.record(reply('A'), reply('B'));
    await opened.recorder.record('acc2', [reply('C', { statusMessageId: '3EB0S2' })]);
    const ofOne = { organizationId: 'default', sessionId: 'acc2' } as never;
    assert.equal((await opened.replies.unread(rootLike, null)).unread, 3);
    const theirs = { unread: 1, sessions: [{ sessionId: 'acc2', unread: 1 }] };
    assert.deepEqual(await opened.replies.unread(ofOne, null), theirs);
    const others = { organizationId: 'acme', sessionId: null } as never;
    assert.deepEqual(await opened.replies.unread(others, null), { unread: 0, sessions: [] });
  });

  it('opts out by words alone, not by what stands under a picture', async () => {
    await opened.optingOut.change(rootPrincipal, { isOn: true });
    await opened.record(reply('A', { kind: 'image', text: 'Stop' }), reply('B', { from: berta, text: 'Stop' }));
    assert.deepEqual(await db('opt_outs').pluck('phone_number'), [berta]);
  });

  it('gives a status those of its own account alone', async () => {
    await insertSession(db, 'acc2');
    await opened.recorder.record('acc2', [reply('B', { statusMessageId: '3EB0S2' })]);
    await opened.record(reply('A', { statusMessageId: '3EB0S2' }));
    const status = await insertSentStatus(opened, 'S2');
    await opened.unitOfWork.run((tx) => opened.recorder.adoptPending(tx, status));
    assert.deepEqual(await db('replies').whereNotNull('status_id').pluck('session_id'), ['acc1']);
  });

  it('keeps those without a status for two days, and no more than a thousand', async () => {
    await opened.record(reply('M0', { statusMessageId: '3EB0S9' }));
    const row = (await db('replies').first('*')) as Record<string, string>;
    const others = Array.from({ length: 1_000 }, (_, nth) => ({
      ...row,
      id: `${row['id'] ?? ''}${String(nth).padStart(4, '0')}`,
      message_id: `M${String(nth + 1)}`,
    }));
    await db.batchInsert('replies', others, 25);
    await opened.record(reply('M1001', { statusMessageId: '3EB0S9' }));
    const kept: string[] = await db('replies').orderBy('id').pluck('message_id');
    assert.deepEqual([kept.length, kept[0]], [1_000, 'M2']);
    await opened.record(reply('KNOWN'));
    clock.advance(48 * hourMs);
    await opened.recorder.forgetUnknown();
    assert.equal(kept.length, 1_000);
    clock.advance(1);
    await opened.recorder.forgetUnknown();
    assert.deepEqual(await db('replies').pluck('message_id'), ['KNOWN']);
  });

  it('of two who turn out to be one person become that person’s, who is counted once', async () => {
    await opened.record(reply('A'), reply('B', { from: 'lid:100', text: 'By LID' }));
    assert.deepEqual(await opened.counts(), { viewed: 2, replied: 2 });
    await opened.people.recordPairs('acc1', [{ phoneNumber: anna, lid: '100' }]);
    assert.deepEqual(await opened.counts(), { viewed: 1, replied: 1 });
    const { items } = await opened.list();
    assert.deepEqual(
      new Set(items.map(({ person }) => `${String(person.number)} ${String(person.lid)}`)),
      new Set([`${anna} 100`]),
    );
    await opened.record(change('B', { text: 'By number' }));
    assert.deepEqual(await opened.texts({ personId: items[0]?.person.personId ?? '' }), [
      'By number',
      'Is there any left?',
    ]);
  });

  it('of somebody whom the status was not for are kept, and the person is not counted', async () => {
    const counts = { targeted: 1, included: 1, delivered: 0, viewed: 0, reacted: 0, replied: 0, clicked: 0 };
    await insertSentStatus(opened, 'S3', { counts });
    await opened.unitOfWork.run(async (tx) => {
      const ids = await opened.people.resolve(tx, 'acc1', [{ phoneNumber: anna, lid: '100' }]);
      await opened.recipients.insert(tx, { id: 'S3', organizationId: 'default' }, ids);
    });
    await opened.record(reply('A', { from: berta, statusMessageId: '3EB0S3' }));
    assert.deepEqual(await opened.texts({ statusId: 'S3' }), ['Is there any left?']);
    assert.equal((await opened.statuses.get('acc1', 'S3')).counts.replied, 0);
  });

  it('are forgotten with the person, all of them, and with nobody else', async () => {
    await opened.record(reply('A'), reply('B'), reply('C', { from: berta, text: 'Mine' }));
    const [, , first] = (await opened.list()).items;
    const forget = (atMost: number) =>
      opened.unitOfWork.run(async (tx) => {
        const gone = await opened.replies.forgetPerson(tx, first?.person.personId ?? '', atMost);
        return gone.replies;
      });
    assert.deepEqual([await forget(1), await opened.texts()], [1, ['Mine', 'Is there any left?']]);
    assert.deepEqual([await forget(5), await opened.texts()], [1, ['Mine']]);
  });

  it('of an account are limited to the newest', async () => {
    await insertSession(db, 'acc2');
    await opened.record(reply('A'), reply('B'), reply('C'));
    await opened.recorder.record('acc2', [reply('A'), reply('B')]);
    await opened.recorder.forgetOldest(2);
    const kept = await db('replies').orderBy('id').select('session_id', 'message_id');
    assert.deepEqual(
      kept.map(({ session_id, message_id }) => `${String(session_id)} ${String(message_id)}`),
      ['acc1 B', 'acc1 C', 'acc2 A', 'acc2 B'],
    );
  });

  it('leaves out one that the database can never take, and keeps the others', async () => {
    await opened.record(reply('A', { at: new Date(NaN) }), reply('B'));
    assert.deepEqual(await db('replies').pluck('message_id'), ['B']);
  });

  it('opts nobody out who sends an emoji, where a word of the rule is nothing but a stroke', async () => {
    await opened.optingOut.change(rootPrincipal, { isOn: true, words: ['ـ', 'STOP'] });
    await opened.record(reply('A', { text: '👍' }), reply('B', { text: 'STOP❗️', from: berta }));
    assert.deepEqual(
      opened.received().map(({ text, optedOut }) => [text, optedOut]),
      [
        ['👍', false],
        ['STOP❗️', true],
      ],
    );
  });
});

const rootLike = { organizationId: null, sessionId: null } as never;
