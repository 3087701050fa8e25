import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BinaryNode } from '@whiskeysockets/baileys';
import { type PersonAddress, type PublishRequest, UnansweredError } from '../../server/whatsapp/gateway.js';
import { MediaUploader } from '../../server/whatsapp/publishing/media-upload.js';
import { childOf } from '../../simulator/wire/node.js';
import { eventually } from '../support/eventually.js';
import { makeTempDir } from '../support/temp-dir.js';
import { PostingAccount } from './posting-account.js';

describe('the course of a post in parts of two', function () {
  this.timeout(60_000);
  let account: PostingAccount;
  before(async () => {
    account = await PostingAccount.open({ chunkSize: 2 });
  });
  after(() => account.close());
  beforeEach(() => account.begin());

  it('is for the own phone with its first part, and shows who we are where a session is new', async () => {
    const people = account.contacts('anna', 'ben', 'cleo', 'dora');
    const { messageId, outcome } = await account.post(people);
    assert.equal(outcome.result, 'acknowledged');
    assert.deepEqual(account.stanzas(), [
      'own@lid with key, anna@lid with key, ben@lid with key · skmsg',
      'cleo@lid with key, dora@lid with key · skmsg',
    ]);
    const hasIdentity = (stanza: BinaryNode | undefined): boolean => childOf(stanza, 'device-identity') !== undefined;
    assert.deepEqual(account.sent.map(hasIdentity), [true, true]);
    assert.deepEqual(account.copies([account.own, ...people], messageId), [1, 1, 1, 1, 1]);
    await account.post(people);
    assert.equal(account.stanzas()[3], 'cleo@lid, dora@lid · skmsg');
    assert.equal(hasIdentity(account.sent[3]), false);
    await account.post(people, { resumed: true });
    assert.equal(account.stanzas()[4], 'anna@lid, ben@lid · skmsg', 'the own devices have what is resumed');
  });

  it('tells of those who cannot be reached with the next part, or at its end', async () => {
    const [zoe = assert.fail(), yan = assert.fail(), anna = assert.fail(), xia = assert.fail(), wim = assert.fail()] =
      account.contacts(...['zoe', 'yan', 'anna', 'xia', 'wim']);
    for (const { phoneNumber } of [zoe, yan, xia, wim]) account.simulator.controls.devices.setCount(phoneNumber, 0);
    const { messageId, outcome, chunks } = await account.post([zoe, yan, anna, xia, wim]);
    assert.equal(outcome.result, 'acknowledged');
    assert.deepEqual(
      chunks.map(({ recipients }) => account.said(recipients)),
      [['zoe no_device', 'yan no_device', 'anna included', 'xia no_device']],
    );
    assert.deepEqual(account.said(outcome.recipients), ['wim no_device']);
    assert.deepEqual(account.stanzas(), ['own@lid with key, anna@lid with key · skmsg']);
    assert.deepEqual(account.copies([account.own, anna], messageId), [1, 1]);
    // A person without a device is asked about again: the next one may be there by then.
    account.simulator.controls.devices.setCount(xia.phoneNumber, 1, { silently: true });
    assert.deepEqual(account.said((await account.post([xia])).chunks[0]?.recipients ?? []), ['xia included']);
  });

  it('does not begin when nobody in any part can be reached', async () => {
    const people = account.contacts('zoe', 'yan', 'xia');
    for (const { phoneNumber } of people) account.simulator.controls.devices.setCount(phoneNumber, 0);
    const { outcome, chunks } = await account.post(people);
    assert.deepEqual([outcome.result, chunks, account.stanzas()], ['not_sent', [], []]);
    assert.deepEqual(account.said(outcome.recipients), ['zoe no_device', 'yan no_device', 'xia no_device']);
    assert.ok(!('nobodyLeft' in outcome) && !('ownPhoneIsMissing' in outcome));
  });

  it('that is resumed is at its end when nobody is left, or can be reached', async () => {
    const people = account.contacts('anna', 'zoe');
    const leftOut = (some: readonly { person: PersonAddress }[]) =>
      Promise.resolve(new Set(some.map(({ person }) => person)));
    const all = await account.post(people, { resumed: true, leftOut });
    assert.deepEqual([all.outcome.result, all.outcome.recipients], ['acknowledged', []]);
    assert.equal((await account.post([], { resumed: true })).outcome.result, 'acknowledged');
    account.simulator.controls.devices.setCount(people[1]?.phoneNumber ?? '', 0);
    const { outcome } = await account.post(people.slice(1), { resumed: true });
    assert.deepEqual([outcome.result, account.said(outcome.recipients)], ['acknowledged', ['zoe no_device']]);
    assert.deepEqual(account.stanzas(), []);
    const first = await account.post(people, { leftOut });
    assert.ok(first.outcome.result === 'not_sent' && first.outcome.nobodyLeft);
  });

  it('says whether the own phone has it, which is all there is in a post to nobody else', async () => {
    const people = account.contacts('anna', 'ben', 'cleo');
    assert.deepEqual(
      (await account.post(people)).chunks.map((chunk) => chunk.ownPhoneIsMissing),
      [false, undefined],
    );
    await account.gateway
      .db('auth_keys')
      .where({ kind: 'session' })
      .where('id', 'like', `${account.own.lid ?? ''}%`)
      .delete();
    await account.reopen();
    account.simulator.controls.faults.add({
      on: 'prekeys',
      user: account.own.lid ?? '',
      code: 406,
      text: 'not-acceptable',
    });
    const { outcome, chunks } = await account.post(people);
    assert.deepEqual(
      [outcome.result, chunks.map((chunk) => chunk.ownPhoneIsMissing)],
      ['acknowledged', [true, undefined]],
    );
    const alone = await account.post([]);
    assert.ok(alone.outcome.result === 'not_sent' && alone.outcome.ownPhoneIsMissing);
  });

  it('asks who is left out of five hundred at a time, and reaches the others', async () => {
    const crowd = account.simulator.addContacts(1_001);
    const chosen = [0, 499, 500, 999, 1_000].map((index) => crowd[index] ?? assert.fail());
    const wanted = new Set(chosen.map(({ phoneNumber }) => phoneNumber));
    const asked: number[] = [];
    const progress: { done: number; total: number }[] = [];
    const { messageId, outcome } = await account.post(crowd, {
      leftOut: (some) => {
        asked.push(some.length);
        for (const { person, address } of some) assert.ok(person.phoneNumber && address.lid);
        return Promise.resolve(
          new Set(some.map(({ person }) => person).filter(({ phoneNumber }) => !wanted.has(phoneNumber ?? ''))),
        );
      },
      onProgress: (one) => progress.push(one),
    });
    assert.equal(outcome.result, 'acknowledged');
    assert.deepEqual(asked, [500, 500, 1, 2, 2, 1]);
    assert.deepEqual(
      progress,
      [996, 998, 1_000, 1_001].map((done) => ({ done, total: 1_001 })),
    );
    assert.deepEqual(account.copies(chosen, messageId), [1, 1, 1, 1, 1]);
    assert.deepEqual(account.copies(crowd.slice(1, 499), messageId), Array<number>(498).fill(0));
  });

  it('that was taken once in a form stays in it when somebody in a later part is refused', async () => {
    const people = account.contacts('anna', 'ben', 'cleo', 'dora');
    let parts = 0;
    const { messageId, outcome, chunks } = await account.post(people, {
      onChunk: () => {
        parts += 1;
        if (parts === 1) account.simulator.controls.faults.add({ on: 'message', error: '479', times: 1 });
        return Promise.resolve();
      },
    });
    assert.deepEqual([outcome.result, chunks, parts], ['acknowledged', [], 3]);
    assert.deepEqual(account.stanzas().slice(1), [
      'cleo@lid with key, dora@lid with key · skmsg',
      'cleo@lid with key · skmsg',
      'dora@lid with key · skmsg',
    ]);
    assert.deepEqual(account.copies(people, messageId), [1, 1, 1, 1]);
    assert.equal(await account.gateway.db('account_forms').first(), undefined);
  });

  it('goes on in the form that was taken, with all its parts', async () => {
    const people = account.contacts('anna', 'ben', 'cleo');
    account.simulator.controls.faults.add({ on: 'message', error: '479', times: 2 });
    const { messageId, outcome } = await account.post(people);
    assert.equal(outcome.result, 'acknowledged');
    assert.deepEqual(account.stanzas().slice(2), [
      'own@number with key, anna@number with key, ben@number with key · skmsg',
      'cleo@number with key · skmsg',
    ]);
    assert.deepEqual(account.copies([account.own, ...people], messageId), [1, 1, 1, 1]);
  });

  it('is a failure of the rest when a later part of one is refused for good', async () => {
    const people = account.contacts('anna', 'ben', 'cleo', 'dora', 'emil');
    const told: string[] = [];
    const { messageId, outcome } = await account.post(people, {
      onChunk: ({ recipients }) => {
        told.push(...account.said(recipients));
        account.simulator.controls.faults.add({ on: 'message', error: '463', times: 1 });
        return Promise.resolve();
      },
    });
    assert.ok(outcome.result === 'partly_sent');
    assert.deepEqual(outcome.rest, { result: 'rejected', code: '463' });
    assert.deepEqual([told, outcome.recipients], [['anna included', 'ben included'], []]);
    assert.deepEqual(account.copies(people, messageId), [1, 1, 0, 0, 0]);
    assert.equal(account.sent.length, 2);
  });

  it('tells of everybody at its end where nobody wants to hear of the parts', async () => {
    const people = account.contacts('anna', 'ben', 'cleo');
    const { outcome } = await account.post(people, { onChunk: undefined });
    assert.deepEqual(
      [outcome.result, account.said(outcome.recipients)],
      ['acknowledged', ['anna included', 'ben included', 'cleo included']],
    );
  });

  it('ends where nobody can say who is left out, and fails where asking does', async () => {
    const people = account.contacts('anna', 'ben', 'cleo');
    const leftOut = (failsAt: number, error: Error): PublishRequest['leftOut'] => {
      let asked = 0;
      return () => {
        asked += 1;
        return asked === failsAt ? Promise.reject(error) : Promise.resolve(new Set<PersonAddress>());
      };
    };
    const early = await account.post(people, {
      leftOut: leftOut(1, new UnansweredError('Nobody knows.', 'story_privacy')),
    });
    assert.deepEqual(early.outcome, {
      result: 'not_sent',
      reason: 'Nobody knows.',
      connectionLost: false,
      storyPrivacyIsUnknown: true,
      recipients: [],
    });
    const late = await account.post(people, { leftOut: leftOut(3, new UnansweredError('Nobody knows.')) });
    assert.ok(late.outcome.result === 'partly_sent');
    assert.deepEqual(late.outcome.rest, { result: 'not_sent', reason: 'Nobody knows.', connectionLost: false });
    assert.deepEqual(account.copies(people, late.messageId), [1, 1, 0]);
    await assert.rejects(account.post(people, { leftOut: leftOut(1, new Error('a bug')) }), /a bug/);
  });

  it('uploads its file once for all attempts, on whatever connection', async () => {
    const { dir, remove } = await makeTempDir();
    let uploads = 0;
    const { upload } = MediaUploader.prototype;
    MediaUploader.prototype.upload = function (...values) {
      uploads += 1;
      return upload.apply(this, values);
    };
    try {
      const file = { path: path.join(dir, 'bread.jpg'), mimeType: 'image/jpeg' };
      await writeFile(file.path, Buffer.alloc(5_000, 'bread'));
      const look = { caption: 'Bread', width: 1, height: 1, thumbnail: Buffer.from('x') };
      const content = { type: 'image', file, ...look } as const;
      const people = account.contacts('anna', 'ben');
      const { messageId, outcome } = await account.post(people, { content });
      assert.equal(outcome.result, 'acknowledged');
      await account.reopen();
      assert.equal((await account.post(people, { content, messageId })).outcome.result, 'acknowledged');
      const [first, second] = account.sent.map((stanza) => childOf(stanza, 'enc'));
      assert.deepEqual([second, uploads], [first, 1]);
      assert.equal(first?.attrs['mediatype'], 'image');
    } finally {
      MediaUploader.prototype.upload = upload;
      await remove();
    }
  });

  it('that loses its connection between two parts says that the rest did not leave', async () => {
    const people = account.contacts('anna', 'ben', 'cleo', 'dora');
    await account.post(people);
    // From here on nothing has to be asked, so that only the socket can say that it is closed.
    const { live } = account;
    const { outcome } = await account.post(people, { onChunk: () => live.connection.close() });
    assert.ok(outcome.result === 'partly_sent');
    assert.ok(outcome.rest.result === 'not_sent' && outcome.rest.connectionLost, JSON.stringify(outcome.rest));
    assert.equal(account.sent.length, 3);
    await account.reopen();
  });

  it('that loses its connection says so, before it left and after', async () => {
    account.simulator.controls.faults.add({ on: 'query', xmlns: 'usync', unanswered: true });
    const before = account.post(account.contacts('anna'));
    await eventually(() => account.questions.includes('usync'), { what: 'the question' });
    await account.live.connection.close();
    const lost = (await before).outcome;
    assert.ok(lost.result === 'not_sent' && lost.connectionLost);
    await account.reopen();
    account.simulator.controls.faults.add({ on: 'message', dropAck: true });
    account.sent.length = 0;
    const people = account.contacts('anna', 'ben');
    const after = account.post(people);
    await eventually(() => account.sent.length === 1, { what: 'the post' });
    await account.live.connection.close();
    const unknown = (await after).outcome;
    assert.ok(unknown.result === 'unconfirmed' && unknown.connectionLost);
    assert.deepEqual(account.said(unknown.recipients), ['anna included', 'ben included']);
    await account.reopen();
    const again = await account.post(people, { messageId: (await after).messageId });
    assert.equal(again.outcome.result, 'acknowledged');
    assert.deepEqual(
      account.sent.slice(1).map((stanza) => childOf(stanza, 'enc')?.content),
      [childOf(account.sent[0] ?? assert.fail(), 'enc')?.content],
    );
  });
});
