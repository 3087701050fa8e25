import assert from 'node:assert/strict';
import type { IncomingUpload } from '../../server/media/incoming-upload.js';
import { IncomingUploadsStore } from '../../server/media/incoming-uploads-store.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertOrganization } from '../support/sample-rows.js';

const now = 1_000;

describeOnEveryDatabase('files on their way in', (open) => {
  let store: IncomingUploadsStore;
  let units: UnitOfWork;

  beforeEach(async () => {
    const db = await open();
    await insertOrganization(db, 'acme');
    store = new IncomingUploadsStore(db);
    units = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
    const usual: IncomingUpload = {
      id: 'a',
      organizationId: 'default',
      sessionId: null,
      principalId: 'ann',
      createdBy: 'Ann',
      node: 'main',
      kind: 'image',
      isResumable: true,
      details: {},
      state: 'receiving',
      bytes: 10,
      receivedBytes: 4,
      attempts: 0,
      filename: null,
      error: null,
      createdAt: 1,
      expiresAt: now + 1,
    };
    const uploads: Partial<IncomingUpload>[] = [
      {},
      { id: 'b', organizationId: 'acme', principalId: 'bob', sessionId: 'acc1', node: 'other' },
      { id: 'c', state: 'preparing', receivedBytes: 10 },
      { id: 'd', expiresAt: now },
      { id: 'e', state: 'done', filename: 'x.jpg' },
      { id: 'f', isResumable: false },
    ];
    await units.run(async (tx) => {
      for (const upload of uploads) await store.insert(tx, { ...usual, ...upload });
    });
  });

  it('that can be resumed are found by whose they are, where, how far and how old', async () => {
    const list = async (...[which, limit = 9]: [Parameters<typeof store.listResumable>[0], number?]) =>
      (await store.listResumable(which, limit)).map(({ id }) => id).join('');
    assert.equal(await list({}), 'edcba');
    assert.equal(await list({}, 2), 'ed');
    assert.equal(await list({ olderThan: 'd' }), 'cba');
    assert.equal(await list({ principalId: 'bob' }), 'b');
    assert.equal(await list({ organizationId: 'default' }), 'edca');
    assert.equal(await list({ sessionId: 'acc1' }), 'b');
    assert.equal(await list({ node: 'main', states: ['receiving'] }), 'da');
    assert.equal(await list({ aliveAt: now }), 'ecba');
    assert.equal(await list({ expiredAt: now }), 'd');
  });

  it('are prepared once', async () => {
    const begin = (id: string) => units.run((tx) => store.beginPreparing(tx, id, 'other'));
    assert.deepEqual([await begin('a'), await begin('a'), await begin('e')], [true, false, false]);
    const { state, node, receivedBytes } = (await store.find('a')) ?? {};
    assert.deepEqual([state, node, receivedBytes], ['preparing', 'other', 10]);
  });

  it('end as what became of them, of one and no other', async () => {
    await units.run(async (tx) => {
      await store.finish(tx, 'a', { filename: 'y.jpg' });
      await store.finish(tx, 'c', { code: 'unavailable', message: 'Later.' });
      await store.countAttempt(tx, 'c');
      await store.setReceived(tx, 'b', 7);
      assert.deepEqual([await store.reserve(tx, 'f', 99), await store.reserve(tx, 'none', 99)], [true, false]);
    });
    const facts = async (id: string): Promise<unknown[]> => {
      const found = await store.find(id);
      return [
        found?.state,
        found?.filename,
        found?.error?.code ?? null,
        found?.attempts,
        found?.receivedBytes,
        found?.bytes,
      ];
    };
    assert.deepEqual(await facts('a'), ['done', 'y.jpg', null, 0, 4, 10]);
    assert.deepEqual(await facts('c'), ['failed', null, 'unavailable', 1, 10, 10]);
    assert.deepEqual(await facts('b'), ['receiving', null, null, 0, 7, 10]);
    assert.deepEqual(await facts('f'), ['receiving', null, null, 0, 4, 99]);
    assert.deepEqual(await facts('e'), ['done', 'x.jpg', null, 0, 4, 10]);
  });

  it('that cannot be resumed are forgotten with their process or their time, the others are kept', async () => {
    const known = async (): Promise<string> => [...(await store.listKnown([...'abcdefgh']))].sort().join('');
    await units.run((tx) => store.deleteExpired(tx, now));
    assert.equal(await known(), 'abcdef');
    await units.run((tx) => store.deleteOfNode(tx, 'other'));
    assert.equal(await known(), 'abcdef');
    await units.run((tx) => store.deleteExpired(tx, now + 1));
    assert.equal(await known(), 'abcde');
    await units.run((tx) => store.deleteOfNode(tx, 'main'));
    assert.equal(await known(), 'abcde');
    await units.run((tx) => store.delete(tx, 'a'));
    assert.equal(await known(), 'bcde');
  });

  it('of a time that is not yet are given as long from the present on, and the others stay', async () => {
    const minutesMs = 60_000;
    const [upload] = await store.listResumable({ node: 'other' }, 1);
    assert.ok(upload);
    await units.run(async (tx) => {
      for (const [id, aheadMs] of [
        ['g', 5 * minutesMs],
        ['h', 5 * minutesMs + 1],
      ] as const) {
        await store.insert(tx, { ...upload, id, createdAt: now + aheadMs, expiresAt: now + aheadMs + 30 });
      }
      await store.redate(tx, now);
    });
    const times = async (id: string) => {
      const found = await store.find(id);
      return [found?.createdAt, found?.expiresAt];
    };
    assert.deepEqual(await times('a'), [1, now + 1]);
    assert.deepEqual(await times('g'), [now + 5 * minutesMs, now + 5 * minutesMs + 30]);
    assert.deepEqual(await times('h'), [now, now + 30]);
  });

  it('take up what is not there yet, of whom they are, until they are done or expire', async () => {
    assert.deepEqual(await store.unfinishedOf('default', {}, now), { count: 3, bytes: 30 });
    assert.deepEqual(await store.unfinishedOf('default', { except: 'a' }, now), { count: 2, bytes: 20 });
    assert.deepEqual(await store.unfinishedOf('acme', { principalId: 'ann' }, now), { count: 0, bytes: 0 });
    assert.deepEqual(await store.unfinishedOf('default', { principalId: 'ann' }, now + 1), { count: 0, bytes: 0 });
    assert.equal(await store.outstandingBytes(now), 18);
    assert.equal(await store.outstandingBytes(now + 1), 0);
  });
});
