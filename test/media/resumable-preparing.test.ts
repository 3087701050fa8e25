import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { rootPrincipal, type Principal } from '../../server/access/principal.js';
import { AppError } from '../../server/lib/app-error.js';
import { DatabaseTrouble } from '../../server/lib/database-trouble.js';
import type { IncomingUpload } from '../../server/media/incoming-upload.js';
import { eventually } from '../support/eventually.js';
import { openSqlite, type TestSqlite } from '../support/open-sqlite.js';
import { insertSession } from '../support/sample-rows.js';
import { makeTempDir } from '../support/temp-dir.js';
import { madeFile, openMedia, type OpenMedia } from './open-media.js';

const ann: Principal = { ...rootPrincipal, id: 'ann', name: 'Ann', organizationId: 'default' };
const bob: Principal = { ...ann, id: 'bob', name: 'Bob' };
const forever = new AbortController().signal;

describe('a resumable upload', () => {
  let sqlite: TestSqlite;
  let dir: string;
  let removeDir: () => Promise<void>;
  let media: OpenMedia;
  beforeEach(async () => {
    sqlite = await openSqlite();
    ({ dir, remove: removeDir } = await makeTempDir());
    media = await openMedia(sqlite.db, dir);
  });
  afterEach(async () => {
    await media.resumable.stop();
    await sqlite.remove();
    await removeDir();
  });

  const begin = (said: Record<string, string> = {}, of = ann, metadata: object = {}): Promise<string> =>
    media.resumable.create(of, 3, { kind: 'image', ...said }, { kind: 'image', layout: 'fit', ...metadata });
  const fill = (id: string, text = 'xyz'): Promise<void> => writeFile(media.resumableFolder.pathOf(id), text);
  /** Comes in as a whole, so that it is prepared. */
  async function whole(said: Record<string, string> = {}, of = ann, metadata: object = {}): Promise<string> {
    const id = await begin(said, of, metadata);
    await fill(id);
    await media.resumable.received(id);
    return id;
  }
  const ended = async (id: string): Promise<IncomingUpload> => {
    await media.resumable.get(ann, id, { waitMs: 30_000, signal: forever });
    return (await media.incoming.find(id)) ?? assert.fail('it is gone');
  };
  const files = async (): Promise<string[]> => (await readdir(dir)).filter((name) => !name.startsWith('.'));
  const parts = (): Promise<string[]> => readdir(path.join(dir, '.resumable'));
  const workFolders = (): Promise<string[]> => readdir(media.folder.incoming);
  const unavailable = (retryAfterSeconds?: number) =>
    new AppError('unavailable', 'Later.', retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
  /** Preparing that goes on until it is ended, or `end` is called. */
  function lasting() {
    const state = { begun: 0, aborted: 0, end: (): void => undefined };
    media.hands.prepare = (request, { signal }) =>
      new Promise((resolve, reject) => {
        state.begun += 1;
        state.end = () => void madeFile(request).then((made) => resolve([made]), reject);
        signal.addEventListener('abort', () => {
          state.aborted += 1;
          reject(new Error('ended'));
        });
      });
    return state;
  }

  describe('that is whole', () => {
    it('becomes a file of whoever began it, with what was said of it', async () => {
      await insertSession(sqlite.db, { sessionId: 'acc1' });
      const given: unknown[] = [];
      media.hands.prepare = async (request) => {
        given.push([request.kind, request.layout, request.sizeBytes, request.from]);
        return [await madeFile(request)];
      };
      const id = await whole({ filename: 'sea.jpg', tags: 'blue', layout: 'letterbox' }, ann, { sessionId: 'acc1' });
      const { state, filename, attempts } = await ended(id);
      assert.deepEqual([state, attempts], ['done', 1]);
      assert.deepEqual(given, [['image', 'letterbox', 3, media.resumableFolder.pathOf(id)]]);
      const made = await media.store.find(filename ?? '');
      assert.deepEqual([made?.name, made?.tags, made?.createdBy], ['sea.jpg', ['blue'], 'Ann']);
      assert.deepEqual([made?.organizationId, made?.sessionId], ['default', 'acc1']);
      assert.deepEqual([await parts(), await workFolders(), (await files()).length], [[], [], 2]);
      const nameless = await ended(await whole());
      assert.equal((await media.store.find(nameless.filename ?? ''))?.name, 'Untitled');
    });

    it('is tried again while workers cannot be had, five times in all', async () => {
      let tries = 0;
      media.hands.prepare = async (request) => {
        tries += 1;
        if (tries < 3) throw unavailable(0);
        return [await madeFile(request)];
      };
      assert.equal((await ended(await whole())).state, 'done');
      assert.equal(tries, 3);
      tries = 0;
      media.hands.prepare = () => {
        tries += 1;
        return Promise.reject(unavailable(0));
      };
      const { state, error, attempts } = await ended(await whole());
      assert.deepEqual([state, error, attempts, tries], ['failed', { code: 'unavailable', message: 'Later.' }, 5, 5]);
      assert.deepEqual([await parts(), await workFolders()], [[], []]);
    });

    it('waits for what is unavailable for longer than a moment, and for a database in trouble', async () => {
      const trouble = new DatabaseTrouble('busy', 'Busy.', 'Wait.');
      for (const failure of [unavailable(), unavailable(60), new Error('no answer', { cause: trouble })]) {
        let tries = 0;
        media.hands.prepare = () => {
          tries += 1;
          return Promise.reject(failure);
        };
        const id = await whole();
        await eventually(async () => tries === 1 && (await workFolders()).length === 0, { what: 'the first attempt' });
        const shown = await media.resumable.get(ann, id, { waitMs: 20, signal: forever });
        assert.deepEqual([shown.state, tries], ['preparing', 1]);
        await media.resumable.cancel(id);
      }
    });

    it('is not tried again when something is wrong with it, or with the program, which is told in the log', async () => {
      let tries = 0;
      const failing = async (failure: Error): Promise<IncomingUpload> => {
        tries = 0;
        media.hands.prepare = () => {
          tries += 1;
          return Promise.reject(failure);
        };
        return ended(await whole());
      };
      const broken = await failing(new AppError('unsupported_media_type', 'No picture.'));
      assert.deepEqual([broken.state, broken.error?.message, tries], ['failed', 'No picture.', 1]);
      assert.deepEqual(media.lines, []);
      const fault = await failing(new TypeError('secret words'));
      assert.deepEqual([fault.error?.code, tries], ['internal_error', 1]);
      assert.match(fault.error?.message ?? '', /^Something went wrong here/);
      assert.deepEqual(
        media.lines.map(({ msg }) => msg),
        ['preparing a resumable upload failed'],
      );
      assert.deepEqual([await parts(), await workFolders(), await files()], [[], [], []]);
    });

    it('is given up when the server ended each of five times that it was prepared', async () => {
      const [often, last] = [await begin(), await begin()];
      for (const [id, attempts] of [
        [often, 5],
        [last, 4],
      ] as const) {
        await fill(id);
        await sqlite.db('incoming_uploads').where({ id }).update({ state: 'preparing', attempts });
      }
      let tries = 0;
      media.hands.prepare = () => {
        tries += 1;
        return Promise.reject(unavailable(0));
      };
      await media.resumable.start();
      const [given, tried] = [await ended(often), await ended(last)];
      assert.deepEqual([given.error?.code, tried.error?.code, tries], ['validation_error', 'unavailable', 1]);
      assert.match(given.error?.message ?? '', /The server ended each time/);
      assert.deepEqual(await parts(), []);
    });

    it('goes on after a stop, in the process that had it, from the file that came', async () => {
      const work = lasting();
      const id = await whole();
      await eventually(() => work.begun === 1, { what: 'the preparing' });
      const waiting = media.resumable.get(ann, id, { waitMs: 30_000, signal: forever });
      await media.resumable.stop();
      assert.equal((await waiting).state, 'preparing');
      assert.deepEqual([work.aborted, await parts(), media.lines], [1, [id], []]);
      const elsewhere = (await openMedia(sqlite.db, dir, 'other')).resumable;
      await elsewhere.start();
      await elsewhere.stop();
      const { state, attempts } = (await media.incoming.find(id)) ?? {};
      assert.deepEqual([state, attempts], ['preparing', 1]);
      media.hands.prepare = async (request) => [await madeFile(request)];
      media.resumable = media.newResumable();
      await media.resumable.start();
      assert.equal((await ended(id)).state, 'done');
      assert.deepEqual(await parts(), []);
    });

    it('that nobody could write down before the end is prepared by the next start; what is not whole waits', async () => {
      const [complete, half] = [await begin(), await begin()];
      await fill(complete);
      await fill(half, 'x');
      await media.resumable.start();
      assert.equal((await ended(complete)).state, 'done');
      const { state, receivedBytes } = (await media.incoming.find(half)) ?? {};
      assert.deepEqual([state, receivedBytes], ['receiving', 1]);
      assert.deepEqual(await parts(), [half]);
    });

    it('is prepared once, however often it is said to be whole', async () => {
      const work = lasting();
      const id = await whole();
      await Promise.all([media.resumable.received(id), media.resumable.received(id), media.resumable.received('none')]);
      await eventually(() => work.begun > 0, { what: 'the preparing' });
      work.end();
      assert.equal((await ended(id)).state, 'done');
      assert.deepEqual([work.begun, (await files()).length], [1, 2]);
    });
  });

  describe('that is asked for', () => {
    it('is waited for until it is prepared, the time is over or the caller leaves', async () => {
      const work = lasting();
      const id = await whole();
      await eventually(() => work.begun === 1, { what: 'the preparing' });
      const stateAfter = async (waitMs: number, signal = forever): Promise<string> =>
        (await media.resumable.get(ann, id, { waitMs, signal })).state;
      assert.equal(await stateAfter(0), 'preparing');
      assert.equal(await stateAfter(5), 'preparing');
      assert.equal(await stateAfter(600_000, AbortSignal.abort()), 'preparing');
      const waiting = stateAfter(600_000);
      work.end();
      assert.equal(await waiting, 'done');
    });

    it('is found whole by whoever asks for it before anybody said so', async () => {
      const id = await begin();
      await fill(id);
      assert.equal((await media.resumable.get(ann, id, { waitMs: 30_000, signal: forever })).state, 'done');
    });

    it('is shown to its caller alone, newest first, until it expires', async () => {
      const first = await begin();
      media.time.now += 10;
      const second = await begin();
      await begin({}, bob);
      const reserved = await media.room.reserve({
        principal: ann,
        kind: 'image',
        announcedBytes: 1,
        owner: { organizationId: 'default', sessionId: null, createdBy: 'Ann' },
      });
      const listed = async (): Promise<string[]> => (await media.resumable.list(ann)).map(({ id }) => id);
      assert.deepEqual((await listed()).sort(), [first, second].sort());
      const [shown] = (await media.resumable.list(ann)).filter(({ id }) => id === second);
      assert.equal(shown?.expiresAt, new Date(media.time.now + media.keepMs).toISOString());
      for (const [of, id] of [
        [bob, first],
        [ann, reserved.id],
        [ann, 'none'],
      ] as const) {
        await assert.rejects(media.resumable.find(of, id), { code: 'not_found' });
        await assert.rejects(media.resumable.get(of, id, { waitMs: 0, signal: forever }), { code: 'not_found' });
      }
      media.time.now += media.keepMs - 10;
      await assert.rejects(media.resumable.find(ann, first), { code: 'not_found' });
      assert.deepEqual(await listed(), [second]);
    });
  });

  it('is refused when it is empty, for a session that is not there, and without a program for its kind', async () => {
    media.hands.requireEngine = () => {
      throw new AppError('unavailable', 'No FFmpeg.');
    };
    const create = (bytes: number, metadata: Parameters<typeof media.resumable.create>[3]) =>
      media.resumable.create(ann, bytes, {}, metadata);
    await assert.rejects(create(0, { kind: 'image', layout: 'fit' }), /file is empty/);
    await assert.rejects(create(1, { kind: 'image', layout: 'fit', sessionId: 'none' }), { code: 'not_found' });
    await assert.rejects(create(1, { kind: 'video' }), /No FFmpeg/);
    await assert.rejects(create(1, { kind: 'audio' }), /No FFmpeg/);
    await create(1, { kind: 'image', layout: 'fit' });
  });

  describe('that is cancelled', () => {
    it('while it is prepared ends that, and leaves nothing', async () => {
      const work = lasting();
      const id = await whole();
      await eventually(() => work.begun === 1, { what: 'the preparing' });
      assert.equal(await media.resumable.cancelPreparing(bob, id), false);
      assert.equal(work.aborted, 0);
      assert.equal(await media.resumable.cancelPreparing(ann, id), true);
      assert.deepEqual([work.aborted, await media.incoming.find(id), await parts()], [1, undefined, []]);
      assert.deepEqual([await files(), await workFolders(), media.lines], [[], [], []]);
      assert.equal(await media.resumable.cancelPreparing(ann, id), false);
    });

    it('stays when it became a file before that', async () => {
      const work = lasting();
      const id = await whole();
      await eventually(() => work.begun === 1, { what: 'the preparing' });
      const { discard } = media.folder;
      let cancelled: Promise<boolean> | undefined;
      // Its files are in the library then, and the work folder goes.
      media.folder.discard = (workDir) => {
        cancelled ??= media.resumable.cancelPreparing(ann, id);
        return discard.call(media.folder, workDir);
      };
      work.end();
      await eventually(() => cancelled !== undefined, { what: 'the cancelling' });
      assert.equal(await cancelled, false);
      assert.equal((await media.incoming.find(id))?.state, 'done');
    });

    it('is not going on here any more once the database failed it', async () => {
      const { countAttempt } = media.incoming;
      media.incoming.countAttempt = () => Promise.reject(new Error('no connection'));
      const id = await whole();
      await eventually(() => media.lines.length > 0, { what: 'the log' });
      media.incoming.countAttempt = countAttempt;
      assert.match(media.lines[0]?.msg ?? '', /the next start tries again/);
      assert.equal(await media.resumable.cancelPreparing(ann, id), false);
      await media.resumable.start();
      assert.equal((await ended(id)).state, 'done');
    });

    it('goes with its session, when it is still on its way', async () => {
      await insertSession(sqlite.db, { sessionId: 'acc1' });
      await insertSession(sqlite.db, { sessionId: 'acc2' });
      const done = await whole({}, ann, { sessionId: 'acc1' });
      await ended(done);
      const work = lasting();
      const preparing = await whole({}, ann, { sessionId: 'acc1' });
      await eventually(() => work.begun === 1, { what: 'the preparing' });
      const coming = await begin({}, ann, { sessionId: 'acc1' });
      await fill(coming, 'x');
      const others = [await begin({}, ann, { sessionId: 'acc2' }), await begin()];
      await media.resumable.forgetSession('acc1');
      const left = await media.incoming.listKnown([done, preparing, coming, ...others]);
      assert.deepEqual([...left].sort(), [done, ...others].sort());
      assert.deepEqual([work.aborted, await parts()], [1, []]);
    });
  });

  it('is forgotten with its file once it expired, however many are', async () => {
    await sqlite.db.raw('pragma synchronous = off');
    const old = await begin();
    await fill(old);
    const row: object = await sqlite.db('incoming_uploads').where({ id: old }).first();
    const ids = Array.from({ length: 200 }, (_, index) => `old-${String(index)}`);
    await sqlite.db.batchInsert(
      'incoming_uploads',
      ids.map((id) => ({ ...row, id })),
      50,
    );
    media.time.now += media.keepMs;
    const alive = await begin();
    await fill(alive, 'x');
    await fill('nobody-knows-it');
    await media.resumable.clean();
    assert.deepEqual(await sqlite.db('incoming_uploads').pluck('id'), [alive]);
    assert.deepEqual(await parts(), [alive]);
  });
});
