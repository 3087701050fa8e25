import assert from 'node:assert/strict';
import path from 'node:path';
import { rootPrincipal } from '../../server/access/principal.js';
import { openDatabase, type Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { systemClock } from '../../server/lib/clock.js';
import { UploadFolder } from '../../server/media/upload-folder.js';
import { UploadsService } from '../../server/media/uploads-service.js';
import { UploadsStore } from '../../server/media/uploads-store.js';
import { insertSession } from '../support/sample-rows.js';
import { makeTempDir } from '../support/temp-dir.js';

describe('a file that is taken into use while somebody deletes it', () => {
  let folderOfTest: { dir: string; remove: () => Promise<void> };
  let db: Database;
  beforeEach(async () => {
    folderOfTest = await makeTempDir();
    db = await openDatabase({ file: path.join(folderOfTest.dir, 'test.sqlite') });
  });
  afterEach(async () => {
    await db.destroy();
    await folderOfTest.remove();
  });

  it('stays, and whoever deletes it is told', async () => {
    const { dir } = folderOfTest;
    await insertSession(db, { sessionId: 'acc1' });
    const uploads = new UploadsStore(db);
    const unitOfWork = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
    const of = { organizationId: 'default', sessionId: null, createdBy: 'test', createdAt: 1 };
    const seen = { kind: 'image', name: 'a', tags: [], mimeType: 'image/jpeg', bytes: 1, width: 1, height: 1 } as const;
    const none = { durationMs: null, thumbnail: null, thumbnailBytes: 0, preview: null, waveform: null } as const;
    const rest = { backgroundColor: null, isAnimation: false, note: null, partOf: null, part: null };
    const record = { filename: '1767225600-0123456789abcdef.jpg', ...of, ...seen, ...none, ...rest };
    await unitOfWork.run((tx) => uploads.insert(tx, [record]));
    const use = (usedBy: string): Promise<unknown> =>
      unitOfWork.run((tx) =>
        uploads.addUse(
          tx,
          record.filename,
          { kind: 'status', usedBy, organizationId: 'default', sessionId: 'acc1' },
          1,
        ),
      );
    await use('PAST');
    const folder = new UploadFolder(path.join(dir, 'uploads'), 'main');
    /** What happens after it was looked at and before it is deleted. */
    let meanwhile: () => Promise<unknown> = () => use('NEW');
    const service = new UploadsService({
      ...{ uploads, unitOfWork, folder, clock: systemClock, unusedForMs: 0 },
      listWaiting: async () => {
        await meanwhile();
        return new Set();
      },
    });
    const deleted = (): Promise<void> => service.delete(rootPrincipal, record.filename, true);
    await assert.rejects(deleted(), { code: 'conflict', message: /just/ });
    assert.ok(await uploads.find(record.filename));
    meanwhile = () => Promise.resolve();
    await deleted();
    assert.equal(await uploads.find(record.filename), undefined);
  });
});
