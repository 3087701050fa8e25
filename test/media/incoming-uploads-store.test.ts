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
      ...{ id: 'a', organizationId: 'default', sessionId: null, principalId: 'ann', createdBy: 'Ann', node: 'main' },
      ...{ kind: 'image', isResumable: true, details: '{}', state: 'receiving', bytes: 10, receivedBytes: 4 },
      ...{ attempts: 0, filename: null, error: null, createdAt: 1, expiresAt: now + 1 },
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

  it('take up what is not there yet, of whom they are, until they are done or expire', async () => {
    assert.deepEqual(await store.unfinishedOf('default', {}, now), { count: 3, bytes: 30 });
    assert.deepEqual(await store.unfinishedOf('default', { except: 'a' }, now), { count: 2, bytes: 20 });
    assert.deepEqual(await store.unfinishedOf('acme', { principalId: 'ann' }, now), { count: 0, bytes: 0 });
    assert.equal(await store.outstandingBytes(now), 18);
  });
});
