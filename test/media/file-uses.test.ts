import assert from 'node:assert/strict';
import { rootPrincipal } from '../../server/access/principal.js';
import type { Database } from '../../server/db/database.js';
import { systemClock } from '../../server/lib/clock.js';
import { FileUses } from '../../server/media/file-uses.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertOrganization } from '../support/sample-rows.js';
import { makeTempDir } from '../support/temp-dir.js';
import { openMedia, type OpenMedia } from './open-media.js';
import { sampleUpload } from './sample-upload.js';

const picture = '1767225600-0123456789abcdef.jpg';
const film = '1767225601-0123456789abcdef.mp4';
const ofGlobex = '1767225602-0123456789abcdef.jpg';
const gone = '1767225603-0123456789abcdef.jpg';
const showing = (content: string) => ({ type: 'image', content }) as const;

describeOnEveryDatabase('the files that posts use', (openDatabase) => {
  let removeDir: () => Promise<void>;
  let db: Database;
  let media: OpenMedia;
  let fileUses: FileUses;
  beforeEach(async () => {
    const folder = await makeTempDir();
    removeDir = folder.remove;
    db = await openDatabase();
    media = await openMedia(db, folder.dir);
    fileUses = new FileUses(media.store, media.uploads, systemClock);
    await insertOrganization(db, 'globex');
    const uploads = [
      sampleUpload(picture),
      sampleUpload(film, { kind: 'video' }),
      sampleUpload(ofGlobex, { organizationId: 'globex' }),
    ];
    await media.units.run((tx) => media.store.insert(tx, uploads));
  });
  afterEach(() => removeDir());

  const use = { kind: 'draft', usedBy: 'D1', organizationId: 'default', sessionId: null };
  const used = async (): Promise<string[]> => {
    const rows: { filename: string; used_by: string }[] = await db('upload_uses').orderBy(['filename', 'used_by']);
    return rows.map(({ filename, used_by }) => `${filename} ${used_by}`);
  };

  it('are those that they name as pictures, videos and voice notes, each once', async () => {
    const posts = [
      showing(picture),
      showing(picture),
      { type: 'video', content: film },
      { type: 'text', content: ofGlobex },
      { type: 'image' },
      { content: ofGlobex },
      { type: 'audio', content: 'still being written' },
      { type: 'image', content: 'https://example.org/1767225602-0123456789abcdef.jpg' },
    ] as const;
    await fileUses.require(rootPrincipal, 'default', posts);
    await media.units.run((tx) => fileUses.add(tx, use, posts));
    assert.deepEqual(await used(), [`${picture} D1`, `${film} D1`]);
  });

  it('have to be there, and seen by the organization of the post, whoever writes it', async () => {
    for (const name of [gone, ofGlobex]) {
      await assert.rejects(fileUses.require(rootPrincipal, 'default', [showing(picture), showing(name)]), {
        code: 'not_found',
      });
    }
    await fileUses.require(rootPrincipal, 'globex', [showing(ofGlobex)]);
    const adding = media.units.run((tx) => fileUses.add(tx, use, [showing(picture), showing(gone)]));
    await assert.rejects(adding, { code: 'not_found' });
    assert.deepEqual(await used(), []);
  });

  it('change with the post, and with no other', async () => {
    const other = { ...use, usedBy: 'D2' };
    await media.units.run(async (tx) => {
      await fileUses.add(tx, use, [showing(picture)]);
      await fileUses.add(tx, other, [showing(picture)]);
    });
    await media.units.run((tx) => fileUses.replace(tx, use, [showing(film)]));
    assert.deepEqual(await used(), [`${picture} D2`, `${film} D1`]);
    await media.units.run((tx) => fileUses.replace(tx, use, []));
    assert.deepEqual(await used(), [`${picture} D2`]);
    await media.units.run((tx) => fileUses.drop(tx, other));
    assert.deepEqual(await used(), []);
  });
});
