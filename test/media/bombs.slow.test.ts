import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import type { Failure } from '../../server/contract/errors.js';
import { AppError } from '../../server/lib/app-error.js';
import { inspectPicture } from '../../server/media-worker/inspect-picture.js';
import { makeTempDir } from '../support/temp-dir.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { filesOnDisk, upload } from '../support/media-journey.js';
import {
  boastfulGif,
  boastfulTiff,
  boastfulWebp,
  withChunks,
  zippedText,
  type PngChunk,
} from '../../bench/picture-bombs.js';

describe('pictures that unpack to more than they look like', function () {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  const png = (width: number, height: number): Promise<Buffer> =>
    sharp({ create: { width, height, channels: 3, background: '#1F6F5C' } })
      .png()
      .toBuffer();

  async function refused(bytes: Buffer, sentence: RegExp): Promise<void> {
    const response = await server.request.post('/api/upload-image').attach('image', bytes, 'a');
    assert.equal(response.status, 413, JSON.stringify(response.body));
    assert.match((response.body as Failure).error, sentence);
    assert.deepEqual(await filesOnDisk(server), []);
  }

  it('a JPEG of 108 million points is taken, as it is made smaller while it is read; one in several passes is not', async () => {
    const raw = { width: 12_000, height: 9_000, channels: 1 } as const;
    const jpeg = await sharp(Buffer.alloc(raw.width * raw.height, 136), { raw, limitInputPixels: false })
      .jpeg()
      .toBuffer();
    const kept = await upload(server, 'image', jpeg);
    assert.deepEqual([kept.width, kept.height], [1080, 810]);
    await server.request.delete(kept.url).expect(204);
    const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
    jpeg[frame + 1] = 0xc2;
    await refused(jpeg, /12000×9000 points: more than 100 million/);
  });
  it('a PNG loses its long texts and is taken', async () => {
    const text = zippedText(50);
    const bytes = withChunks(
      await png(400, 300),
      Array.from({ length: 20 }, () => text),
    );
    const kept = await upload(server, 'image', bytes);
    assert.deepEqual([kept.width, kept.height], [400, 300]);
    await server.request.delete(kept.url).expect(204);
  });

  it('a GIF of 46 kB with 2,000 pictures of 9000×9000 points is refused by its header', async () => {
    const gif = boastfulGif(9_000, 9_000, 2_000);
    assert.ok(gif.length < 50_000);
    await refused(
      gif,
      /^The moving picture has 2000 pictures of 9000×9000 points; all of them together may have 2000 mill/,
    );
  });
  it('a GIF with few pictures that are large', () =>
    refused(boastfulGif(20_000, 20_000, 3), /20000×20000 points: more/));
  it('a GIF with very many small pictures', () => refused(boastfulGif(500, 500, 9_000), /9000 pictures of 500×500/));
  it('a moving WebP', async () => refused(await boastfulWebp(9_000, 9_000, 300), /300 pictures of 9000×9000 points/));

  it('a GIF with more pictures than a minute shows, however small they are', () =>
    refused(boastfulGif(2, 2, 6_001), /has 6001 pictures; a moving picture may have 6000\. Make it shorter/));

  it('pages are no movement: a TIFF of 300 of them needs what its first one needs', async () => {
    const temp = await makeTempDir();
    try {
      const from = path.join(temp.dir, 'pages.tif');
      await writeFile(from, boastfulTiff(3_000, 3_000, 300));
      const { memoryBytes } = await inspectPicture({ from, folder: temp.dir }, 'image/tiff');
      assert.ok(memoryBytes < 100_000_000, String(memoryBytes));
    } finally {
      await temp.remove();
    }
  });

  it('a moving PNG', async () => {
    const temp = await makeTempDir();
    try {
      const control = Buffer.alloc(8);
      control.writeUInt32BE(500);
      const chunk: PngChunk = { type: 'acTL', content: control };
      const from = path.join(temp.dir, 'moving.png');
      await writeFile(from, withChunks(await png(3_000, 2_000), [chunk]));
      await assert.rejects(
        inspectPicture({ from, folder: temp.dir }, 'image/apng'),
        (error) => error instanceof AppError && /500 pictures of 3000×2000 points/.test(error.message),
      );
    } finally {
      await temp.remove();
    }
  });
});

describe('pictures that need more memory than there is for all', function () {
  this.timeout(60_000);
  it('are refused in words, and others go on', async () => {
    const server = await startTestServer({ env: { MEDIA_MEMORY_MB: '64' } });
    try {
      const points = { width: 4_000, height: 4_000, channels: 3, background: '#1F6F5C' } as const;
      const whole = await sharp({ create: points }).png({ progressive: true }).toBuffer();
      const response = await server.request.post('/api/upload-image').attach('image', whole, 'a.png');
      assert.equal(response.status, 413, JSON.stringify(response.body));
      assert.match((response.body as Failure).error, /needs about 77 MB of memory .* 64 MB here \(MEDIA_MEMORY_MB\)/);
      const byLines = await sharp(whole).png().toBuffer();
      assert.equal((await upload(server, 'image', byLines)).width, 1080);
    } finally {
      await server.stop();
    }
  });
});
