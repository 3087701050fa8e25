import assert from 'node:assert/strict';
import { rootPrincipal } from '../../server/access/principal.js';
import type { Database } from '../../server/db/database.js';
import { AppError } from '../../server/lib/app-error.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { insertSession } from '../support/sample-rows.js';
import { makeTempDir } from '../support/temp-dir.js';
import { openMedia, type OpenMedia } from './open-media.js';
import { sampleUpload } from './sample-upload.js';

const filename = '1767225600-0123456789abcdef.jpg';

describeOnEveryDatabase('a file that is taken into use while it is deleted', (openDatabase, engine) => {
  let removeDir: () => Promise<void>;
  let db: Database;
  let media: OpenMedia;
  beforeEach(async () => {
    const folder = await makeTempDir();
    removeDir = folder.remove;
    db = await openDatabase();
    media = await openMedia(db, folder.dir);
    await insertSession(db, { sessionId: 'acc1' });
    await media.units.run((tx) => media.store.insert(tx, [sampleUpload(filename)]));
  });
  afterEach(() => removeDir());

  const useOf = (usedBy: string) => ({ kind: 'status', usedBy, organizationId: 'default', sessionId: 'acc1' });
  const use = (usedBy: string): Promise<unknown> =>
    media.units.run((tx) => media.store.addUse(tx, filename, useOf(usedBy), 1));
  /** On SQLite only one transaction is open at a time, and the others have begun to wait. */
  const isWaitedFor = async (): Promise<boolean> => {
    if (engine === 'sqlite') return true;
    const waiting = db('pg_stat_activity').whereRaw("datname = current_database() and wait_event_type = 'Lock'");
    return (await waiting).length > 0;
  };
  /** A transaction that has done its `work` and goes on when it is told to. */
  async function held(work: (tx: Parameters<Parameters<OpenMedia['units']['run']>[0]>[0]) => Promise<unknown>) {
    let goOn: () => void = () => undefined;
    const going = new Promise<void>((resolve) => (goOn = resolve));
    let ended: Promise<void> = Promise.resolve();
    await new Promise<void>((resolve, reject) => {
      ended = media.units.run(async (tx) => {
        await work(tx);
        resolve();
        await going;
      });
      ended.catch(reject);
    });
    return {
      async goOn(): Promise<void> {
        await eventually(isWaitedFor, { what: 'somebody to wait for the transaction' });
        goOn();
        await ended;
      },
    };
  }

  it('stays, and whoever deletes it is told', async () => {
    await use('PAST');
    /** What happens after it was looked at and before it is deleted. */
    let meanwhile: () => Promise<unknown> = () => use('NEW');
    media.hands.listWaiting = async () => {
      await meanwhile();
      return new Set();
    };
    const deleted = (): Promise<void> => media.uploads.delete(rootPrincipal, filename, true);
    await assert.rejects(deleted(), { code: 'conflict', message: /just/ });
    assert.ok(await media.store.find(filename));
    meanwhile = () => Promise.resolve();
    await deleted();
    assert.equal(await media.store.find(filename), undefined);
  });

  it('stays when its use is written before the deletion and commits after it began', async () => {
    const looked = new Promise<void>((resolve) => {
      media.hands.listWaiting = () => {
        resolve();
        return Promise.resolve(new Set());
      };
    });
    const using = await held((tx) => media.store.addUse(tx, filename, useOf('NEW'), 1));
    const deleted = media.uploads.delete(rootPrincipal, filename, true).catch((error: unknown) => error);
    await looked;
    await using.goOn();
    const failure = await deleted;
    assert.ok(failure instanceof AppError && failure.code === 'conflict', String(failure));
    assert.equal((await media.store.listUses(filename, 9)).length, 1);
  });

  for (const when of ['before', 'while'] as const) {
    it(`stays when nothing needed it for long, and its use commits ${when} it is deleted for that`, async () => {
      const { listUnused } = media.store;
      let list: (...given: Parameters<typeof listUnused>) => ReturnType<typeof listUnused>;
      const listed = new Promise<void>((resolve) => {
        list = async (...given) => {
          const records = await listUnused.apply(media.store, given);
          if (given[3] === undefined && when === 'before') await use('NEW');
          resolve();
          return records;
        };
        media.store.listUnused = (...given) => list(...given);
      });
      const using =
        when === 'while' ? await held((tx) => media.store.addUse(tx, filename, useOf('NEW'), 1)) : undefined;
      const cleaned = media.uploads.clean();
      await listed;
      await using?.goOn();
      await cleaned;
      assert.equal((await media.store.listUses(filename, 9)).length, 1);
    });
  }

  it('is gone for whoever wants it a moment too late, whose transaction may go on', async () => {
    const deleting = await held((tx) => media.store.delete(tx, [filename]));
    const other = sampleUpload('1767225600-0123456789abcdeg.jpg');
    const used = media.units.run(async (tx) => {
      const isThere = await media.store.addUse(tx, filename, useOf('LATE'), 1);
      await media.store.insert(tx, [other]);
      return isThere;
    });
    await deleting.goOn();
    assert.equal(await used, false);
    assert.ok(await media.store.find(other.filename));
  });
});
