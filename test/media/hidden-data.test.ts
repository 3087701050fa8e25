import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import type { Upload } from '../../server/contract/media.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { makeFilm, makeSong } from '../support/media-files.js';
import { upload } from '../support/media-journey.js';

/** A browser that guesses would take what holds it for a page. */
const page = '<html><script>alert("smuggled")</script></html>';
const mark = 'smuggled';

/** Some bytes put in behind others. */
const inserted = (bytes: Buffer, at: number, more: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);

/** The page as a comment of a JPEG, the first thing in the file. */
function inComment(jpeg: Buffer): Buffer {
  const head = Buffer.from([0xff, 0xfe, 0, page.length + 2]);
  return inserted(jpeg, 2, Buffer.concat([head, Buffer.from(page)]));
}

/** The page as a text of a PNG, right behind its header. */
function inText(png: Buffer): Buffer {
  const chunk = Buffer.from(`tEXtComment\0${page}`, 'latin1');
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(chunk.length - 4, 0);
  frame.writeUInt32BE(crc32(chunk), 4);
  return inserted(png, 33, Buffer.concat([frame.subarray(0, 4), chunk, frame.subarray(4)]));
}

describe('what is hidden in or behind a file', function () {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  /** Nothing of it is on the disk or served, and no browser is let guess. */
  async function isGone(kept: Upload, type: string): Promise<void> {
    const folder = path.join(server.dataDir, 'uploads');
    for (const name of await readdir(folder)) {
      if (name.startsWith('.')) continue;
      assert.ok(!(await readFile(path.join(folder, name))).includes(mark), name);
    }
    const answer = await server.request.get(kept.url).responseType('blob');
    assert.equal(answer.status, 200);
    assert.ok(!(answer.body as Buffer).includes(mark));
    assert.deepEqual([answer.headers['content-type'], answer.headers['x-content-type-options']], [type, 'nosniff']);
    const details = await server.request.get(`/api/uploads/${kept.filename}/details`);
    assert.ok(!details.text.includes(mark));
  }

  it('a picture does not stay, and the picture is taken', async () => {
    const plain = () => sharp({ create: { width: 60, height: 40, channels: 3, background: '#456' } });
    const [jpeg, png] = [await plain().jpeg().toBuffer(), await plain().png().toBuffer()];
    const behind = async (format: 'jpeg' | 'png' | 'webp' | 'gif') =>
      Buffer.concat([await plain().toFormat(format).toBuffer(), Buffer.from(page)]);
    const film = await makeFilm(1, { size: '64x64', rate: 5, hasSound: false });
    const tried: Record<string, Buffer> = {
      'behind a JPEG': await behind('jpeg'),
      'behind a PNG': await behind('png'),
      'behind a WebP': await behind('webp'),
      'behind a GIF': await behind('gif'),
      'in a comment': inComment(jpeg),
      'in a text': inText(png),
      'in Exif': await plain()
        .withExif({ IFD0: { ImageDescription: page } })
        .jpeg()
        .toBuffer(),
      // As phones do with photos that move a little.
      'a film behind a photo': Buffer.concat([jpeg, film, Buffer.from(page)]),
    };
    for (const [name, bytes] of Object.entries(tried)) {
      assert.ok(bytes.includes(mark), name);
      const kept = await upload(server, 'image', bytes, {}, 'photo.html');
      assert.deepEqual(
        [kept.kind, kept.width, kept.height, path.extname(kept.filename)],
        ['image', 60, 40, '.jpg'],
        name,
      );
      await isGone(kept, 'image/jpeg');
    }
  });

  it('a video or a recording does not stay either', async () => {
    const film = withTitle(await makeFilm(1, { size: '64x64', rate: 5 }), page);
    await isGone(await upload(server, 'video', Buffer.concat([film, Buffer.from(page)])), 'video/mp4');
    const song = Buffer.concat([titleOfSong(page), await makeSong(1)]);
    await isGone(await upload(server, 'audio', Buffer.concat([song, Buffer.from(page)])), 'audio/ogg; codecs=opus');
  });
});

/** Writes a title into the index of an MP4, which has to be its end. */
function withTitle(film: Buffer, title: string): Buffer {
  const index = film.lastIndexOf('moov') - 4;
  assert.equal(index + film.readUInt32BE(index), film.length);
  const text = box('data', Buffer.concat([Buffer.from([0, 0, 0, 1, 0, 0, 0, 0]), Buffer.from(title)]));
  const handler = box('hdlr', Buffer.from('\0\0\0\0\0\0\0\0mdirappl\0\0\0\0\0\0\0\0\0', 'latin1'));
  const list = box('ilst', box('\xa9nam', text));
  const added = box('udta', box('meta', Buffer.concat([Buffer.alloc(4), handler, list])));
  const result = Buffer.concat([film, added]);
  result.writeUInt32BE(result.length - index, index);
  return result;
}

function box(type: string, content: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(content.length + 8);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, content]);
}

/** The ID3 tag in front of an MP3 with a title. */
function titleOfSong(title: string): Buffer {
  const text = Buffer.concat([Buffer.from([3]), Buffer.from(title)]);
  const frame = Buffer.alloc(10);
  frame.write('TIT2', 'latin1');
  frame.writeUInt32BE(text.length, 4);
  const size = frame.length + text.length;
  const tag = Buffer.from([
    0x49,
    0x44,
    0x33,
    3,
    0,
    0,
    (size >> 21) & 127,
    (size >> 14) & 127,
    (size >> 7) & 127,
    size & 127,
  ]);
  return Buffer.concat([tag, frame, text]);
}
