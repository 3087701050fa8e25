import assert from 'node:assert/strict';
import sharp from 'sharp';
import type { Upload } from '../../server/contract/media.js';
import { makeGif } from '../support/media-files.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { upload } from '../support/media-journey.js';

describe('what becomes of pictures', function () {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  async function read(address: string): Promise<Buffer> {
    const response = await server.request.get(address).responseType('blob');
    assert.equal(response.status, 200);
    return response.body as Buffer;
  }
  /** The colour at a place, from 0 to 1 of width and height. */
  async function colorAt(kept: Upload, x: number, y: number): Promise<number[]> {
    const { data, info } = await sharp(await read(kept.url))
      .raw()
      .toBuffer({ resolveWithObject: true });
    const at = (Math.floor(y * (info.height - 1)) * info.width + Math.floor(x * (info.width - 1))) * info.channels;
    return [...data.subarray(at, at + 3)];
  }
  const isNear = (found: number[], wanted: number[]): void => {
    const isClose = found.every((value, index) => Math.abs(value - (wanted[index] ?? 0)) < 12);
    assert.ok(isClose, `${found.join()} instead of ${wanted.join()}`);
  };
  const plain = (width: number, height: number, background: object | string) =>
    sharp({ create: { width, height, channels: 4, background: background as string } });

  it('small ones stay as large as they are', async () => {
    const kept = await upload(server, 'image', await plain(64, 48, '#abc').webp().toBuffer());
    assert.deepEqual([kept.width, kept.height, kept.mimeType, kept.kind], [64, 48, 'image/jpeg', 'image']);
  });

  it('with a letterbox they fill the screen, on a blurred copy of themselves', async () => {
    const wide = await plain(800, 400, '#cc3311').jpeg().toBuffer();
    const kept = await upload(server, 'image', wide, { layout: 'letterbox' });
    assert.deepEqual([kept.width, kept.height], [1080, 1920]);
    isNear(await colorAt(kept, 0.5, 0.5), [0xcc, 0x33, 0x11]);
    const [red = 0, green = 0] = await colorAt(kept, 0.5, 0.05);
    assert.ok(red > 100 && red < 0xcc && green < 60, 'darker above, of the same colour');
  });

  it('a dark logo without a background stands on white, a bright one on dark', async () => {
    for (const [ink, behind] of [
      ['#202020', [255, 255, 255]],
      ['#fefefe', [0x1b, 0x1b, 0x1b]],
    ] as const) {
      const logo = await plain(200, 200, { r: 0, g: 0, b: 0, alpha: 0 })
        .composite([{ input: await plain(80, 80, ink).png().toBuffer(), gravity: 'centre' }])
        .png()
        .toBuffer();
      const kept = await upload(server, 'image', logo);
      isNear(await colorAt(kept, 0.05, 0.05), [...behind]);
    }
  });

  it('colours of other profiles look the same in sRGB, and nothing else of the file is kept', async () => {
    const photo = await plain(100, 100, '#20a040')
      .toColourspace('p3')
      .withIccProfile('p3')
      .withExif({ IFD0: { Copyright: 'somebody' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } })
      .jpeg({ quality: 100 })
      .toBuffer();
    assert.ok((await sharp(photo).metadata()).exif);
    const kept = await upload(server, 'image', photo);
    isNear(await colorAt(kept, 0.5, 0.5), [0x20, 0xa0, 0x40]);
    const { exif, icc, space } = await sharp(await read(kept.url)).metadata();
    assert.deepEqual([exif, icc, space], [undefined, undefined, 'srgb']);
    const print = await plain(50, 50, '#ff0000').toColourspace('cmyk').jpeg().toBuffer();
    assert.equal((await sharp(print).metadata()).space, 'cmyk');
    const [red = 0, green = 255] = await colorAt(await upload(server, 'image', print), 0.5, 0.5);
    assert.ok(red > 180 && green < 90);
  });

  it('each has a thumbnail for the library', async () => {
    const kept = await upload(server, 'image', await plain(1200, 900, '#456').png().toBuffer());
    const { width, height, format } = await sharp(await read(kept.thumbnailUrl ?? '')).metadata();
    assert.deepEqual([width, height, format], [320, 240, 'jpeg']);
  });

  it('a moving WebP becomes a video of its length', async () => {
    const gif = await makeGif(2, { size: '160x120' });
    const webp = await sharp(gif, { animated: true }).webp().toBuffer();
    assert.ok(((await sharp(webp).metadata()).pages ?? 1) > 5);
    const kept = await upload(server, 'image', webp);
    assert.deepEqual([kept.kind, kept.mimeType, kept.width, kept.height], ['video', 'video/mp4', 160, 120]);
    assert.ok(Math.abs((kept.durationMs ?? 0) - 2_000) < 250, String(kept.durationMs));
  });

  it('a GIF and a WebP that do not move are pictures', async () => {
    for (const still of [await plain(60, 60, '#123').gif().toBuffer(), await plain(60, 60, '#123').webp().toBuffer()]) {
      assert.deepEqual([(await upload(server, 'image', still)).kind], ['image']);
    }
  });
});

describe('a server whose ffmpeg is not there', function () {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ env: { FFMPEG_PATH: '/nowhere/ffmpeg' } });
  });
  after(() => server.stop());

  it('says so when a video or a recording comes, and in its health report', async () => {
    for (const kind of ['video', 'audio']) {
      const response = await server.request.post(`/api/upload-${kind}`).attach(kind, Buffer.from('x'), 'a.mp4');
      assert.deepEqual([response.status, response.body.code], [503, 'unavailable']);
      assert.match(
        response.body.error,
        /ffmpeg was not found \(\/nowhere\/ffmpeg\)\. Install it .*FFMPEG_PATH\. Pictures and texts go on\.$/,
      );
    }
    const { body } = await server.request.get('/api/health');
    assert.deepEqual([body.data.status, body.data.parts.media.status], ['degraded', 'degraded']);
    assert.match(body.data.parts.media.message, /ffmpeg was not found/);
  });

  it('takes pictures, and of moving ones the first', async () => {
    const gif = await makeGif(1);
    const kept = await upload(server, 'image', gif);
    assert.deepEqual([kept.kind, kept.mimeType], ['image', 'image/jpeg']);
    assert.match(kept.note ?? '', /first picture/);
  });
});
