import assert from 'node:assert/strict';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UploadFolder } from '../../server/media/upload-folder.js';
import { makeTempDir } from '../support/temp-dir.js';

const stem = (number: number): string => `1767225600-${String(number).padStart(16, '0')}`;
const nameOf = (number: number): string => `${stem(number)}.jpg`;
const hourMs = 60 * 60_000;

describe('the folder of uploads', () => {
  let dir: string;
  let remove: () => Promise<void>;
  let folder: UploadFolder;
  beforeEach(async () => {
    ({ dir, remove } = await makeTempDir());
    folder = new UploadFolder(dir, 'main');
    await folder.open();
  });
  afterEach(() => remove());

  const files = async (): Promise<string[]> => (await readdir(dir)).filter((name) => !name.startsWith('.')).sort();
  const put = (name: string): Promise<void> => writeFile(path.join(dir, name), 'x');

  it('leads nobody to what is not one of its files', async () => {
    for (const name of [nameOf(1), `${stem(1)}-thumb.jpg`, `${stem(1)}.mp4`, `${stem(1)}.ogg`]) {
      assert.equal(folder.pathOf(name), path.join(dir, name));
    }
    const others = [
      `../${nameOf(1)}`,
      `.incoming/${nameOf(1)}`,
      `/etc/passwd`,
      '..',
      '',
      `${nameOf(1)}\0`,
      `${nameOf(1)}\n`,
    ];
    for (const name of [...others, `${stem(1)}.svg`, `${nameOf(1)}/../../x`]) {
      assert.throws(() => folder.pathOf(name), { name: 'ZodError' }, JSON.stringify(name));
      await assert.rejects(folder.remove([name]), { name: 'ZodError' });
      await assert.rejects(folder.moveIn([{ from: path.join(dir, 'a'), filename: name }]), { name: 'ZodError' });
    }
  });

  it('takes all finished files of a work folder or none, and deletes what is there or not', async () => {
    const work = await folder.newWorkDir();
    assert.notEqual(await folder.newWorkDir(), work);
    await writeFile(path.join(work, 'a'), '1');
    await writeFile(path.join(work, 'b'), '2');
    const [a, b] = [path.join(work, 'a'), path.join(work, 'b')];
    await assert.rejects(
      folder.moveIn([
        { from: a, filename: nameOf(1) },
        { from: path.join(work, 'missing'), filename: nameOf(2) },
      ]),
      { code: 'ENOENT' },
    );
    assert.deepEqual(await files(), []);
    await writeFile(a, '1');
    await folder.moveIn([
      { from: a, filename: nameOf(1) },
      { from: b, filename: nameOf(2) },
    ]);
    assert.deepEqual(await files(), [nameOf(1), nameOf(2)]);
    await folder.remove([nameOf(3), nameOf(1)]);
    assert.deepEqual(await files(), [nameOf(2)]);
    await writeFile(a, 'more');
    await folder.discard(work);
    assert.equal((await readdir(folder.incoming)).length, 1);
  });

  it('forgets at its start what its own process left, and nothing of another', async () => {
    const other = new UploadFolder(dir, 'other');
    await other.open();
    const theirs = await other.newWorkDir();
    await writeFile(path.join(await folder.newWorkDir(), 'half'), 'x');
    await put(nameOf(1));
    await folder.open();
    assert.deepEqual([await readdir(folder.incoming), await files()], [[], [nameOf(1)]]);
    assert.deepEqual(await readdir(other.incoming), [path.basename(theirs)]);
  });

  it('sweeps out old files that nobody knows, however many there are, and nothing else', async () => {
    const now = Date.now();
    const age = (name: string, ms: number): Promise<void> =>
      utimes(path.join(dir, name), (now - ms) / 1000, (now - ms) / 1000);
    const many = Array.from({ length: 501 }, (_, index) => nameOf(index));
    for (const name of many) {
      await put(name);
      await age(name, hourMs + 1_000);
    }
    const [known, fresh, folderOfAName, foreign] = [nameOf(1_000), nameOf(1_001), nameOf(1_002), 'README.jpg'];
    for (const name of [known, fresh, foreign]) await put(name);
    await mkdir(path.join(dir, folderOfAName));
    for (const name of [known, foreign, folderOfAName]) await age(name, 24 * hourMs);
    await age(fresh, hourMs - 1_000);
    const asked: number[] = [];
    await folder.sweep((names) => {
      asked.push(names.length);
      return Promise.resolve(new Set([known]));
    }, now);
    assert.deepEqual(await files(), [known, fresh, folderOfAName, foreign].sort());
    assert.deepEqual(asked, [500, 3]);
  });
});
