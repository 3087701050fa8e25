import assert from 'node:assert/strict';
import { rootPrincipal } from '../../server/access/principal.js';
import type { Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import type { AppError } from '../../server/lib/app-error.js';
import { createLogger } from '../../server/lib/logger.js';
import { IncomingUploadsStore } from '../../server/media/incoming-uploads-store.js';
import { Receptions } from '../../server/media/receptions.js';
import type { UploadFolder } from '../../server/media/upload-folder.js';
import type { UploadRecord } from '../../server/media/upload.js';
import { UploadRoom } from '../../server/media/upload-room.js';
import { UploadsStore } from '../../server/media/uploads-store.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertOrganization } from '../support/sample-rows.js';

const megabyte = 1024 * 1024;
const stored: UploadRecord = {
  filename: '1769594400-0123456789abcdef.jpg',
  organizationId: 'default',
  sessionId: null,
  kind: 'image',
  name: 'a',
  tags: [],
  mimeType: 'image/jpeg',
  bytes: 2 * megabyte,
  width: 1,
  height: 2,
  durationMs: null,
  thumbnail: null,
  thumbnailBytes: megabyte,
  preview: null,
  waveform: null,
  backgroundColor: null,
  isAnimation: false,
  note: null,
  partOf: null,
  part: null,
  createdBy: 'test',
  createdAt: 1_000,
};

describeOnEveryDatabase('room for uploads', (openDatabase) => {
  let db: Database;
  let unitOfWork: UnitOfWork;
  let uploads: UploadsStore;
  let incoming: IncomingUploadsStore;
  let now: number;
  let free: number;

  beforeEach(async () => {
    db = await openDatabase();
    unitOfWork = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
    uploads = new UploadsStore(db);
    incoming = new IncomingUploadsStore(db);
    now = 1_000_000;
    free = Infinity;
    await insertOrganization(db, 'acme');
  });

  const roomOf = (node = 'main', limits: Partial<Record<string, number>> = {}) =>
    new UploadRoom({
      incoming,
      uploads,
      unitOfWork,
      node,
      maxBytes: 50 * megabyte,
      clock: { now: () => new Date(now) },
      limits: {
        unfinishedCount: 3,
        unfinishedBytes: 60 * megabyte,
        organizationBytes: 100 * megabyte,
        organizationFiles: 1_000,
        keepDiskFreeBytes: 10 * megabyte,
        keepUnfinishedMs: 1,
        ...limits,
      },
      freeBytes: () => Promise.resolve(free),
      logger: createLogger({ logLevel: 'silent' }),
    });
  const asked = (announcedBytes: number | null, id = 'me', organizationId = 'default') => ({
    principal: { id },
    owner: { organizationId, sessionId: null, createdBy: id },
    kind: 'image' as const,
    announcedBytes,
  });
  const left = async (): Promise<number> => Number((await db('incoming_uploads').count({ n: '*' }).first())?.['n']);
  const refused = async (work: Promise<unknown>, code: string, sentence: RegExp): Promise<void> => {
    await assert.rejects(work, (error: AppError) => {
      assert.equal(error.code, code);
      assert.match(error.message, sentence);
      return true;
    });
  };

  it('is given to so many uploads of one caller, whatever others do, and given back', async () => {
    const room = roomOf();
    const taken = await Promise.all([1, 2, 3].map(() => room.reserve(asked(1))));
    await refused(room.reserve(asked(1)), 'unavailable', /^You have 3 uploads on their way/);
    await (await room.reserve(asked(1, 'somebody else'))).end();
    await (await room.reserve(asked(1, 'me', 'acme'))).end();
    await taken[0]?.end();
    await (await room.reserve(asked(1))).end();
    assert.equal(await left(), 2);
  });

  it('is given for so many bytes of one caller, the last one included', async () => {
    const room = roomOf();
    const first = await room.reserve(asked(50 * megabyte));
    await refused(room.reserve(asked(10 * megabyte + 1)), 'unavailable', /have 50 MB\. With 10 MB more .* 60 MB/);
    await (await room.reserve(asked(10 * megabyte))).end();
    await first.end();
    await (await room.reserve(asked(10 * megabyte + 1))).end();
    assert.equal(await left(), 0);
  });

  it('counts what the organization has, with thumbnails, and what is on its way to it', async () => {
    await unitOfWork.run((tx) => uploads.insert(tx, [stored]));
    const room = roomOf();
    const others = [await room.reserve(asked(50 * megabyte, 'a')), await room.reserve(asked(40 * megabyte, 'b'))];
    await refused(
      room.reserve(asked(7 * megabyte + 1, 'c')),
      'payload_too_large',
      /needs 7 MB, and of the 100 MB .* 7 MB are left/,
    );
    await (await room.reserve(asked(7 * megabyte, 'c'))).end();
    await (await room.reserve(asked(50 * megabyte, 'c', 'acme'))).end();
    await Promise.all(others.map((one) => one.end()));
  });

  it('is never given twice to uploads that come at once, also to several processes', async () => {
    const rooms = [roomOf('one'), roomOf('two')];
    const tried = await Promise.allSettled(
      [...'abcdefgh'].map((id, index) => (rooms[index % 2] ?? roomOf()).reserve(asked(30 * megabyte, id))),
    );
    assert.equal(tried.filter(({ status }) => status === 'fulfilled').length, 3);
    assert.equal(await left(), 3);
  });

  it('grows with a file of unknown size, up to what there is', async () => {
    const room = roomOf('main', { organizationBytes: 20 * megabyte });
    const growing = await room.reserve(asked(null));
    const beside = await room.reserve(asked(4 * megabyte, 'b'));
    for (let come = 0; come < 16; come += 1) await growing.count(megabyte);
    await refused(growing.count(1) ?? Promise.resolve(), 'payload_too_large', /0 kB are left/);
    await growing.end();
    await beside.end();
    const largest = await roomOf().reserve(asked(null));
    await largest.count(50 * megabyte);
    await refused(largest.count(1) ?? Promise.resolve(), 'payload_too_large', /at most 50 MB/);
    await largest.end();
  });

  it('is asked for in large steps by a file of unknown size, which waits for nothing in between', async () => {
    const growing = await roomOf().reserve(asked(null));
    const waits: number[] = [];
    for (let come = 1; come <= 24; come += 1) {
      const wait = growing.count(megabyte);
      if (wait) waits.push(come);
      await wait;
    }
    // When a step of 8 MB is used up, and to look at the disk after 16 MB.
    assert.deepEqual(waits, [9, 16, 17]);
    await growing.end();
  });

  it('grows with the last upload that a caller may have, and never beyond what is left', async () => {
    const room = roomOf('main', { organizationBytes: 20 * megabyte });
    const others = [await room.reserve(asked(1)), await room.reserve(asked(10 * megabyte - 1))];
    const growing = await room.reserve(asked(null));
    await growing.count(9 * megabyte);
    assert.equal((await room.leftIn(undefined, 'default', {}, now)).bytes, 0);
    await Promise.all([growing, ...others].map((one) => one.end()));
    const mine = await roomOf('main', { unfinishedBytes: 5 * megabyte }).reserve(asked(null));
    assert.equal(Number((await db('incoming_uploads').first())?.['bytes']), 5 * megabyte);
    await mine.end();
  });

  it('of what has ended counts nothing, neither what was promised to it nor what came', async () => {
    const room = roomOf();
    const over = await room.reserve(asked(30 * megabyte, 'a'));
    await over.count(30 * megabyte);
    await over.end();
    free = 45 * megabyte;
    const other = await room.reserve(asked(30 * megabyte, 'b'));
    await refused(room.reserve(asked(5 * megabyte + 1, 'c')), 'unavailable', /kept free/);
    await (await room.reserve(asked(5 * megabyte, 'c'))).end();
    await other.end();
  });

  it('is given back also when the work folder cannot be made, or cannot be deleted', async () => {
    const failing = (): Promise<never> => Promise.reject(new Error('the disk fails'));
    const folder = { newWorkDir: () => Promise.resolve('/nowhere'), discard: failing };
    const begin = (place: Pick<UploadFolder, 'newWorkDir' | 'discard'>) =>
      new Receptions(roomOf(), place).begin({ ...rootPrincipal, organizationId: 'acme' }, 'image', 5);
    await assert.rejects(begin({ ...folder, newWorkDir: failing }), /the disk fails/);
    assert.equal(await left(), 0);
    const reception = await begin(folder);
    assert.equal(await left(), 1);
    await assert.rejects(reception.end(), /the disk fails/);
    assert.equal(await left(), 0);
  });

  it('leaves a rest of the disk free, also while a file comes', async () => {
    const room = roomOf();
    free = 45 * megabyte;
    const first = await room.reserve(asked(30 * megabyte, 'a'));
    await refused(room.reserve(asked(5 * megabyte + 1, 'b')), 'unavailable', /its last 10 MB are kept free/);
    // What has come is on the disk already and not counted a second time.
    await first.count(20 * megabyte);
    free = 25 * megabyte;
    const second = await room.reserve(asked(5 * megabyte, 'b'));
    free = 9 * megabyte;
    await refused(second.count(16 * megabyte) ?? Promise.resolve(), 'unavailable', /Try again later/);
    free = 0;
    await (await roomOf('main', { keepDiskFreeBytes: 0 }).reserve(asked(1, 'c'))).end();
    await Promise.all([first.end(), second.end()]);
  });

  it('has no limit for an organization where none is set', async () => {
    const room = roomOf('main', { organizationBytes: Infinity });
    await (await room.reserve(asked(50 * megabyte))).end();
  });

  it('is refused to finished files that became larger than what is left beside what others have reserved', async () => {
    const room = roomOf();
    const mine = await room.reserve(asked(10 * megabyte));
    const other = await room.reserve(asked(40 * megabyte, 'b'));
    const settle = (bytes: number) =>
      unitOfWork.run((tx) => room.settle(tx, 'default', { count: 1, bytes, filename: 'a' }, mine.id));
    await refused(settle(60 * megabyte + 1), 'payload_too_large', /60 MB are left/);
    assert.equal(await left(), 2);
    await settle(60 * megabyte);
    assert.equal(await left(), 1);
    await mine.end();
    await other.end();
  });

  it('is for so many files of an organization, with those on their way and all parts of a film', async () => {
    const tooMany = /^The library of your organization may have 4 files, .* Delete files/;
    await unitOfWork.run((tx) => uploads.insert(tx, [stored]));
    const room = roomOf('main', { organizationFiles: 4 });
    const tried = await Promise.allSettled([...'abcde'].map((id) => room.reserve(asked(null, id))));
    const taken = tried.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    assert.equal(taken.length, 3);
    await refused(room.reserve(asked(1, 'f')), 'payload_too_large', tooMany);
    await (await room.reserve(asked(1, 'f', 'acme'))).end();
    const [mine, second, third] = taken;
    // A file that grows is no further one.
    await mine?.count(9 * megabyte);
    const settle = (count: number) =>
      unitOfWork.run((tx) => room.settle(tx, 'default', { count, bytes: 1, filename: 'a' }, mine?.id ?? ''));
    await refused(settle(2), 'payload_too_large', tooMany);
    await third?.end();
    await settle(2);
    await second?.end();
    await (await roomOf('main', { organizationFiles: Infinity }).reserve(asked(1, 'g'))).end();
  });

  it('is given back later when that fails, which the upload does not notice', async () => {
    const room = roomOf();
    const taken = await room.reserve(asked(1));
    const { delete: forget } = incoming;
    incoming.delete = () => Promise.reject(new Error('no connection'));
    await taken.end();
    incoming.delete = forget;
    assert.equal(await left(), 1);
    await room.prune();
    assert.equal(await left(), 0);
  });

  it('comes back in time when it was taken while the clock was ahead and that was put right', async () => {
    const [here, there] = [roomOf('here'), roomOf('there')];
    for (const jumpMs of [6 * 60 * 60_000, -6 * 60 * 60_000]) {
      now += jumpMs;
      await there.reserve(asked(1, 'b'));
      now -= jumpMs;
      await here.prune();
      now += 4 * 60 * 60_000;
      await here.prune();
      assert.equal(await left(), 0);
    }
  });

  it('comes back when the process that held it starts again, or never does', async () => {
    const [here, there] = [roomOf('here'), roomOf('there')];
    await here.reserve(asked(1, 'a'));
    await there.reserve(asked(1, 'b'));
    await here.open();
    assert.deepEqual(await db('incoming_uploads').pluck('node'), ['there']);
    now += 3 * 60 * 60_000;
    await here.prune();
    assert.equal(await left(), 1);
    now += 60 * 60_000;
    await here.prune();
    assert.equal(await left(), 0);
  });
});
