import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import type { UploadRecord } from '../../server/media/upload.js';
import { UploadsStore } from '../../server/media/uploads-store.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertOrganization, insertSession } from '../support/sample-rows.js';

const record = (filename: string, changes: Partial<UploadRecord> = {}): UploadRecord => ({
  filename,
  organizationId: 'default',
  sessionId: null,
  kind: 'image',
  name: filename,
  tags: [],
  mimeType: 'image/jpeg',
  bytes: 5_000_000_000,
  width: 1,
  height: 2,
  durationMs: null,
  thumbnail: `thumb of ${filename}`,
  thumbnailBytes: 9,
  preview: Buffer.from('p'),
  waveform: null,
  backgroundColor: null,
  isAnimation: false,
  note: null,
  partOf: null,
  part: null,
  createdBy: 'test',
  createdAt: 1_000,
  ...changes,
});
const everything = { organizationId: null, sessionId: null, kind: undefined, search: undefined, tag: undefined };
const firstPage = { limit: 10, after: undefined };

describeOnEveryDatabase('the store of uploads', (openDatabase) => {
  let db: Database;
  let store: UploadsStore;
  let units: UnitOfWork;
  beforeEach(async () => {
    db = await openDatabase();
    store = new UploadsStore(db);
    units = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
    await insertSession(db, { sessionId: 'acc1' });
  });

  const insert = (...records: UploadRecord[]) => units.run((tx) => store.insert(tx, records));
  const use = (filename: string, usedBy: string, kind = 'status', sessionId: string | null = 'acc1') =>
    units.run((tx) => store.addUse(tx, filename, { kind, usedBy, organizationId: 'default', sessionId }, 1));
  const names = (records: readonly UploadRecord[]): string[] => records.map(({ filename }) => filename);

  it('gives back what it was given, by the name of the file or of its thumbnail', async () => {
    const whole = record('a.jpg', { tags: ['one', 'two words'], waveform: Buffer.alloc(64, 7), isAnimation: true });
    await insert(whole);
    assert.deepEqual(await store.find('a.jpg'), whole);
    assert.deepEqual(await store.find('thumb of a.jpg'), whole);
    assert.equal(await store.find('b.jpg'), undefined);
  });

  it('searches and filters, and lists a cut video once', async () => {
    await insert(
      record('1.jpg', { name: '100% Brot', tags: ['Food'] }),
      record('2.jpg', { name: 'a_b', kind: 'video' }),
    );
    await insert(
      ...['3.mp4', '4.mp4', '5.mp4'].map((name, index) =>
        record(name, { partOf: '3.mp4', part: index + 1, kind: 'video' }),
      ),
    );
    const found = async (filter: object) => names((await store.list({ ...everything, ...filter }, firstPage)).records);
    assert.deepEqual(await found({}), ['3.mp4', '2.jpg', '1.jpg']);
    assert.deepEqual(await found({ search: '0% br' }), ['1.jpg']);
    assert.deepEqual(await found({ search: 'a_b' }), ['2.jpg']);
    assert.deepEqual(await found({ search: 'axb' }), []);
    assert.deepEqual(await found({ tag: 'Food' }), ['1.jpg']);
    assert.deepEqual(await found({ tag: 'Foo' }), []);
    assert.deepEqual(await found({ kind: 'video' }), ['3.mp4', '2.jpg']);
    assert.deepEqual(await found({ organizationId: 'other' }), []);
    assert.deepEqual(names((await store.list(everything, { limit: 1, after: '3.mp4' })).records), ['2.jpg']);
    assert.deepEqual(names(await store.listParts('3.mp4')), ['3.mp4', '4.mp4', '5.mp4']);
    assert.deepEqual(await store.partsOf(['3.mp4', '1.jpg']), new Map([['3.mp4', ['3.mp4', '4.mp4', '5.mp4']]]));
  });

  it('knows what needs a file, in whichever part, and shows it to the session that does', async () => {
    await insert(
      record('1.mp4', { partOf: '1.mp4', part: 1 }),
      record('2.mp4', { partOf: '1.mp4', part: 2 }),
      record('3.jpg'),
    );
    assert.equal(await use('2.mp4', 'S'), true);
    assert.equal(await use('2.mp4', 'S'), true, 'once more is no harm');
    assert.equal(await use('gone.jpg', 'S'), false);
    assert.deepEqual(
      (await store.listUses('1.mp4', 10)).map(({ usedBy }) => usedBy),
      ['S'],
    );
    assert.deepEqual(await store.listUses('3.jpg', 10), []);
    await use('3.jpg', 'T', 'template', null);
    await use('3.jpg', 'U');
    await use('3.jpg', 'T');
    assert.equal((await store.listUses('3.jpg', 2)).length, 2);
    const ofSession = await store.list({ ...everything, sessionId: 'acc1' }, firstPage);
    assert.deepEqual([names(ofSession.records), ofSession.total], [['3.jpg'], 1]);
    await units.run((tx) => store.dropUses(tx, 'template', 'T'));
    assert.deepEqual((await store.listUses('3.jpg', 10)).map(({ kind, usedBy }) => `${kind} ${usedBy}`).sort(), [
      'status T',
      'status U',
    ]);
    await db('sessions').where({ session_id: 'acc1' }).delete();
    assert.deepEqual(await store.listUses('3.jpg', 10), []);
  });

  it('lists what nothing needs, and no part of a video of which another part is needed', async () => {
    await insert(record('1.mp4', { partOf: '1.mp4', part: 1 }), record('2.mp4', { partOf: '1.mp4', part: 2 }));
    await insert(record('3.jpg'), record('4.jpg', { createdAt: 9_000 }), record('5.jpg', { sessionId: 'acc1' }));
    await use('2.mp4', 'S');
    assert.deepEqual(await store.listUnused({ before: 1_000 }, 10), []);
    const unused = await store.listUnused({ before: 5_000 }, 10);
    assert.deepEqual(names(unused).sort(), ['3.jpg', '5.jpg']);
    assert.deepEqual(names(await store.listUnused({ before: 5_000 }, 1)), ['3.jpg']);
    assert.deepEqual(names(await store.listUnused({ before: 5_000 }, 9, '3.jpg')), ['5.jpg']);
    assert.deepEqual(names(await store.listUnused({ sessionId: 'acc1' }, 10)), ['5.jpg']);
    await insertSession(db, { sessionId: 'acc2' });
    await insert(record('6.jpg', { sessionId: 'acc2' }));
    await store.leaveToOrganization('acc1');
    assert.equal((await store.find('5.jpg'))?.sessionId, null);
    assert.equal((await store.find('6.jpg'))?.sessionId, 'acc2');
    assert.deepEqual(
      await store.listKnown(['3.jpg', 'thumb of 4.jpg', 'lost.jpg']),
      new Set(['3.jpg', 'thumb of 4.jpg']),
    );
    await units.run((tx) => store.delete(tx, ['1.mp4', '2.mp4', '3.jpg']));
    assert.deepEqual(names((await store.list(everything, firstPage)).records), ['6.jpg', '5.jpg', '4.jpg']);
  });

  it('counts what an organization has, with its thumbnails', async () => {
    await insertOrganization(db, 'acme');
    await insert(
      record('1.jpg'),
      record('2.jpg', { bytes: 1 }),
      record('3.jpg', { organizationId: 'acme', bytes: 70 }),
    );
    assert.deepEqual(await store.usageOf('default'), { count: 2, bytes: 5_000_000_001 + 18 });
    assert.deepEqual(await store.usageOf('acme'), { count: 1, bytes: 79 });
    assert.deepEqual(await store.usageOf('nobody'), { count: 0, bytes: 0 });
  });

  it('changes names and tags', async () => {
    await insert(record('1.jpg'), record('2.jpg'));
    await units.run((tx) => store.update(tx, '1.jpg', { name: 'Neu', tags: ['x'] }));
    const changed = await store.find('1.jpg');
    assert.deepEqual([changed?.name, changed?.tags], ['Neu', ['x']]);
    assert.equal((await store.find('2.jpg'))?.name, '2.jpg');
    assert.deepEqual(names((await store.list({ ...everything, search: 'neu x' }, firstPage)).records), ['1.jpg']);
  });
});
