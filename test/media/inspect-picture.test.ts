import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { inspectPicture } from '../../server/media-worker/inspect-picture.js';
import { makeTempDir } from '../support/temp-dir.js';

const [width, height] = [600, 400];
const channels = 3;
const points = width * height;

describe('the memory that a picture will need', () => {
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  before(async () => {
    folder = await makeTempDir();
  });
  after(() => folder.remove());

  async function memoryOf(mimeType: string, make: (picture: Sharp) => Sharp): Promise<number> {
    const picture = sharp({ create: { width, height, channels, background: '#1F6F5C' } });
    const from = path.join(folder.dir, 'picture');
    await writeFile(from, await make(picture).toBuffer());
    return (await inspectPicture({ from, folder: folder.dir }, mimeType)).memoryBytes;
  }
  const png = (make: (picture: Sharp) => Sharp): Promise<number> => memoryOf('image/png', make);
  const jpeg = (make: (picture: Sharp) => Sharp): Promise<number> => memoryOf('image/jpeg', make);

  it('of a PNG that is turned is that of two whole ones, and of one that is interlaced that of one', async () => {
    const upright = await png((picture) => picture.png());
    const inRows = await png((picture) => picture.withMetadata({ orientation: 1 }).png());
    assert.equal(inRows, upright);
    for (const orientation of [2, 6, 8]) {
      const turned = await png((picture) => picture.withMetadata({ orientation }).png());
      assert.ok(turned - upright >= (2 * channels - 1) * points, String(orientation));
    }
    const interlaced = await png((picture) => picture.png({ progressive: true }));
    assert.ok(interlaced - upright >= (channels - 1) * points);
  });

  it('of a progressive JPEG is that of all its points, and more of one whose colours are as fine', async () => {
    const plain = await jpeg((picture) => picture.jpeg());
    const coarse = await jpeg((picture) => picture.jpeg({ progressive: true, chromaSubsampling: '4:2:0' }));
    const fine = await jpeg((picture) => picture.jpeg({ progressive: true, chromaSubsampling: '4:4:4' }));
    assert.ok(coarse - plain >= 2 * points);
    assert.ok(fine - coarse >= 2 * points);
  });

  it('of what cannot be read line by line is several times its points', async () => {
    const webp = await memoryOf('image/webp', (picture) => picture.webp());
    const plain = await jpeg((picture) => picture.jpeg());
    assert.ok(webp - plain >= 4 * points);
  });
});
