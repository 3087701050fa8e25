import assert from 'node:assert/strict';
import { readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { rootPrincipal, type Principal } from '../../server/access/principal.js';
import { AppError } from '../../server/lib/app-error.js';
import { ownerOf, type Original, type Wish } from '../../server/media/intake.js';
import type { Owner } from '../../server/media/upload.js';
import { openSqlite, type TestSqlite } from '../support/open-sqlite.js';
import { insertOrganization, insertSession } from '../support/sample-rows.js';
import { makeTempDir } from '../support/temp-dir.js';
import { madeFile, openMedia, type OpenMedia } from './open-media.js';

const owner: Owner = { organizationId: 'default', sessionId: null, createdBy: 'Ann' };
const forever = new AbortController().signal;
const ann: Principal = { ...rootPrincipal, id: 'ann', name: 'Ann', organizationId: 'default' };

describe('a file that is taken in', () => {
  let sqlite: TestSqlite;
  let dir: string;
  let removeDir: () => Promise<void>;
  let media: OpenMedia;
  let original: Original;
  beforeEach(async () => {
    sqlite = await openSqlite();
    ({ dir, remove: removeDir } = await makeTempDir());
    media = await openMedia(sqlite.db, dir);
    const reception = await media.receptions.begin(ann, 'image', 10, owner);
    const { folder, id: receptionId } = reception;
    original = { path: path.join(folder, 'original'), folder, receptionId, name: 'sea.jpg', sizeBytes: 10 };
    await writeFile(original.path, '0123456789');
  });
  afterEach(async () => {
    await sqlite.remove();
    await removeDir();
  });

  const files = async (): Promise<string[]> => (await readdir(dir)).filter((name) => !name.startsWith('.')).sort();
  const keep = (wish: Partial<Wish> = {}, changes: Partial<Original> = {}, signal = forever) =>
    media.intake.keep({ ...original, ...changes }, { kind: 'image', ...wish }, owner, signal, () => undefined);
  const reserved = (): Promise<unknown[]> => sqlite.db('incoming_uploads').pluck('id');

  it('is kept under a name of ours with its thumbnail, and what was reserved for it is given back', async () => {
    const [record, ...rest] = await keep({ name: 'The sea', tags: ['blue'], backgroundColor: '#112233' });
    assert.ok(record);
    assert.deepEqual(rest, []);
    assert.deepEqual(await media.store.find(record.filename), record);
    assert.match(record.filename, /^1800000000-[0-9a-z]{16}\.jpg$/);
    assert.deepEqual([record.name, record.tags, record.backgroundColor], ['The sea', ['blue'], '#112233']);
    assert.deepEqual([record.mimeType, record.bytes, record.thumbnailBytes], ['image/jpeg', 3, 2]);
    assert.deepEqual([record.partOf, record.part, record.createdAt], [null, null, media.time.now]);
    const thumbnail = record.filename.replace('.jpg', '-thumb.jpg');
    assert.deepEqual([record.thumbnail, await files()], [thumbnail, [record.filename, thumbnail].sort()]);
    assert.equal((await stat(media.folder.pathOf(thumbnail))).size, 2);
    assert.deepEqual([await reserved(), await media.store.usageOf('default')], [[], { count: 1, bytes: 5 }]);
  });

  it('is kept as several where it was cut, each with its place', async () => {
    media.hands.prepare = async (request) => [
      await madeFile(request, 'one'),
      await madeFile(request, 'two'),
      { ...(await madeFile(request, 'three')), thumbnail: null },
    ];
    const records = await keep({ kind: 'video' });
    const [first = ''] = records.map(({ filename }) => filename);
    assert.deepEqual(
      records.map(({ partOf, part, mimeType }) => [partOf, part, mimeType]),
      [1, 2, 3].map((part) => [first, part, 'video/mp4']),
    );
    assert.deepEqual(
      records.map(({ thumbnail, thumbnailBytes }) => [thumbnail === null, thumbnailBytes]),
      [
        [false, 2],
        [false, 2],
        [true, 0],
      ],
    );
    assert.equal(new Set(records.map(({ filename }) => filename)).size, 3);
    assert.equal((await files()).length, 5);
    assert.deepEqual(await media.store.listParts(first), records);
  });

  it('is named for people as its sender calls it, within limits', async () => {
    for (const [given, name] of [
      [' sea\u0000\u200b.jpg\n', 'sea.jpg'],
      ['\u0007 \n', 'Untitled'],
      ['', 'Untitled'],
    ] as const) {
      assert.equal((await keep({}, { name: given }))[0]?.name, name);
    }
    const long = (await keep({}, { name: '🌊'.repeat(300) }))[0]?.name ?? '';
    assert.ok(long.length <= 200 && long.startsWith('🌊'.repeat(90)), long);
    assert.equal((await keep({ name: 'mine' }, { name: 'other.jpg' }))[0]?.name, 'mine');
  });

  it('leaves nothing when there is no room for what it became, or what commits with it fails', async () => {
    media.hands.prepare = async (request) => [{ ...(await madeFile(request)), bytes: 2 * 1024 * 1024 }];
    await assert.rejects(keep(), { code: 'payload_too_large' });
    assert.deepEqual([await files(), (await reserved()).length], [[], 1]);
    media.hands.prepare = async (request) => [await madeFile(request), await madeFile(request, 'two')];
    const failing = media.intake.keep(
      original,
      { kind: 'image' },
      owner,
      forever,
      () => undefined,
      (_tx, records) => Promise.reject(new Error(`not with ${String(records.length)}`)),
    );
    await assert.rejects(failing, /not with 2/);
    media.limits.organizationFiles = 1;
    await assert.rejects(keep(), /may have 1 files/);
    assert.deepEqual([await files(), (await reserved()).length], [[], 1]);
    assert.deepEqual(await media.store.usageOf('default'), { count: 0, bytes: 0 });
  });

  it('counts its thumbnail when the last room is given', async () => {
    const megabyte = 1024 * 1024;
    media.hands.prepare = async (request) => [{ ...(await madeFile(request)), bytes: megabyte - 1 }];
    await assert.rejects(keep(), { code: 'payload_too_large' });
    media.hands.prepare = async (request) => [{ ...(await madeFile(request)), bytes: megabyte - 2 }];
    await keep();
  });

  it('is not kept when nobody waits for it any more', async () => {
    const leaving = new AbortController();
    media.hands.prepare = async (request) => {
      leaving.abort(new Error('gone'));
      return [await madeFile(request)];
    };
    await assert.rejects(keep({}, {}, leaving.signal), /gone/);
    assert.deepEqual([await files(), await media.store.usageOf('default')], [[], { count: 0, bytes: 0 }]);
  });

  it('belongs to the organization of the session that it is for, or of the key that brings it', () => {
    const root = rootPrincipal;
    const ofSession = { ...ann, sessionId: 'acc1' };
    const session = { organizationId: 'acme', sessionId: 'acc2' };
    const facts = ({ organizationId, sessionId, createdBy }: Owner): unknown[] => [
      organizationId,
      sessionId,
      createdBy,
    ];
    assert.deepEqual(facts(ownerOf(root, undefined)), ['default', null, 'root']);
    assert.deepEqual(facts(ownerOf(root, session)), ['acme', 'acc2', 'root']);
    assert.deepEqual(facts(ownerOf({ ...ann, organizationId: 'acme' }, undefined)), ['acme', null, 'Ann']);
    assert.deepEqual(facts(ownerOf(ofSession, undefined)), ['default', 'acc1', 'Ann']);
  });

  describe('through the service of media', () => {
    const told = (): unknown[] =>
      media.published.map((event) => {
        const payload = event.payload as { state: string; percent: number; filename: string | null };
        return [payload.state, payload.percent, payload.filename];
      });

    it('tells those who may see it how far it is, not too often, and how it ended', async () => {
      await insertOrganization(sqlite.db, 'acme');
      await insertSession(sqlite.db, { sessionId: 'acc1', organizationId: 'acme' });
      media.hands.prepare = async (request, { tell }) => {
        for (const percent of [10, 20, 30]) tell(percent);
        return [await madeFile(request)];
      };
      const made = await media.media.upload(
        rootPrincipal,
        original,
        { kind: 'image', uploadId: 'mine', sessionId: 'acc1' },
        forever,
      );
      assert.deepEqual(told(), [
        ['converting', 10, null],
        ['done', 100, made.filename],
      ]);
      for (const event of media.published) {
        assert.deepEqual([event.name, event.organizationId, event.sessionId], ['upload-progress', 'acme', 'acc1']);
        const { uploadId, sessionId } = event.payload as { uploadId: string; sessionId: string };
        assert.deepEqual([uploadId, sessionId], ['mine', 'acc1']);
      }
      assert.deepEqual([made.organizationId, made.sessionId], ['acme', 'acc1']);
      media.published.length = 0;
      await media.media.upload(rootPrincipal, original, { kind: 'image' }, forever);
      assert.deepEqual(told(), []);
    });

    it('tells that it failed, also at once after how far it was', async () => {
      media.hands.prepare = (_request, { tell }) => {
        tell(10);
        return Promise.reject(new AppError('unsupported_media_type', 'No picture.'));
      };
      const upload = media.media.upload(ann, original, { kind: 'image', uploadId: 'mine' }, forever);
      await assert.rejects(upload, { code: 'unsupported_media_type', message: 'No picture.' });
      assert.deepEqual(told(), [
        ['converting', 10, null],
        ['failed', 100, null],
      ]);
    });

    it('says that it broke off when its sender left, whatever failed then', async () => {
      const leaving = new AbortController();
      media.hands.prepare = () => {
        leaving.abort();
        return Promise.reject(new TypeError('a fault'));
      };
      const upload = media.media.upload(ann, original, { kind: 'image' }, leaving.signal);
      await assert.rejects(upload, { code: 'validation_error', message: 'The upload broke off.' });
    });

    it('keeps the answer for a repeat with it, with the names of all parts', async () => {
      media.hands.prepare = async (request) => [await madeFile(request, 'one'), await madeFile(request, 'two')];
      let kept: readonly string[] = [];
      const made = await media.media.upload(ann, original, { kind: 'video' }, forever, (_tx, answer) => {
        kept = answer.parts;
        return Promise.resolve(answer);
      });
      assert.equal(kept.length, 2);
      assert.deepEqual(kept, made.parts);
      const failing = media.media.upload(ann, original, { kind: 'video' }, forever, () =>
        Promise.reject(new Error('not kept')),
      );
      await assert.rejects(failing, /not kept/);
      assert.equal((await media.store.usageOf('default')).count, 2);
    });
  });

  it('is posted as what it is, a moving picture also as a picture, and a cut video with all its parts', async () => {
    const [picture] = await keep();
    media.hands.prepare = async (request) => [{ ...(await madeFile(request)), isAnimation: true }];
    const [animation] = await keep({ kind: 'video' });
    media.hands.prepare = async (request) => [await madeFile(request, 'one'), await madeFile(request, 'two')];
    const cut = await keep({ kind: 'video' });
    const session = { organizationId: 'default', sessionId: 'acc1' } as never;
    const take = async (kind: Wish['kind'], content: string | null | undefined): Promise<string[]> =>
      (await media.media.take(ann, session, kind, content ?? '')).map(({ filename }) => filename);
    assert.deepEqual(await take('image', picture?.filename), [picture?.filename]);
    assert.deepEqual(await take('image', animation?.filename), [animation?.filename]);
    assert.deepEqual(await take('video', animation?.filename), [animation?.filename]);
    const parts = cut.map(({ filename }) => filename);
    assert.deepEqual(await take('video', parts[0]), parts);
    assert.deepEqual(await take('video', parts[1]), parts);
    for (const [kind, content] of [
      ['video', picture?.filename],
      ['image', picture?.thumbnail],
      ['image', parts[0]],
      ['audio', animation?.filename],
    ] as const) {
      await assert.rejects(take(kind, content), { code: 'validation_error', message: /Send it with that type/ });
    }
    const stranger = { ...ann, organizationId: 'acme' };
    await assert.rejects(media.media.take(stranger, session, 'image', parts[0] ?? ''), { code: 'not_found' });
  });

  describe('from a web address', () => {
    const take = async (url = 'https://example.org/a/sea.jpg?x=1', principal = ann) => {
      await insertSession(sqlite.db, { sessionId: 'acc1' });
      const session = { organizationId: 'default', sessionId: 'acc1' };
      return media.media.take(principal, session as never, 'image', url);
    };
    const workFolders = (): Promise<string[]> => readdir(media.folder.incoming);

    it('is fetched into room of its own, and belongs to the session that posts it', async () => {
      const asked: unknown[] = [];
      media.hands.fetchToFile = async (url, { organizationId, file, maxBytes, count }) => {
        asked.push(url, organizationId, maxBytes);
        await count(3);
        await writeFile(file, 'abc');
        return { result: 'fetched', sizeBytes: 3 };
      };
      const [record] = await take();
      assert.deepEqual(asked, ['https://example.org/a/sea.jpg?x=1', 'default', 1024 * 1024]);
      assert.deepEqual([record?.name, record?.sessionId, record?.createdBy], ['sea.jpg', 'acc1', 'Ann']);
      // What is left is of the file that every test here has begun.
      assert.deepEqual([(await workFolders()).length, (await reserved()).length], [1, 1]);
    });

    it('takes up room of the organization of the session, whoever posts', async () => {
      await insertOrganization(sqlite.db, 'acme');
      media.hands.fetchToFile = async () => {
        const holders: unknown[] = await sqlite.db('incoming_uploads').orderBy('id').pluck('organization_id');
        throw new Error(holders.join());
      };
      const session = { organizationId: 'acme', sessionId: 'acc1' };
      const taken = media.media.take(rootPrincipal, session as never, 'image', 'https://example.org/sea.jpg');
      await assert.rejects(taken, /^Error: default,acme$/);
    });

    it('is called by its site where the address names no file', async () => {
      media.hands.fetchToFile = async (_url, { file }) => {
        await writeFile(file, 'abc');
        return { result: 'fetched', sizeBytes: 3 };
      };
      assert.equal((await take('https://example.org/'))[0]?.name, 'example.org');
    });

    it('leaves nothing when it cannot be had, and no more comes than there is room for', async () => {
      media.hands.fetchToFile = async (_url, { count }) => {
        for (let come = 0; come < 9; come += 1) await count(512 * 1024);
        return { result: 'fetched', sizeBytes: 9 * 512 * 1024 };
      };
      await assert.rejects(take(), { code: 'payload_too_large' });
      assert.deepEqual([(await workFolders()).length, (await reserved()).length, await files()], [1, 1, []]);
    });

    it('says in words that the disk is full', async () => {
      media.hands.fetchToFile = () => Promise.reject(Object.assign(new Error('write'), { code: 'ENOSPC' }));
      await assert.rejects(take(), { code: 'unavailable', message: /disk of the server is full/ });
      assert.deepEqual([(await workFolders()).length, (await reserved()).length], [1, 1]);
    });
  });
});
