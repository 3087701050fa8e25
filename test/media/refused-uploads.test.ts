import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import type { Failure } from '../../server/contract/errors.js';
import type { UploadKind } from '../../server/contract/media.js';
import { eventually } from '../support/eventually.js';
import { makeFilm, makeMedia, makeSong, tone } from '../support/media-files.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { filesOnDisk, upload } from '../support/media-journey.js';

const jpeg = (width = 300, height = 200): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: '#3366cc' } })
    .jpeg()
    .toBuffer();

/** The end of an empty ZIP archive. */
const zip = Buffer.concat([Buffer.from('PK\u0005\u0006', 'latin1'), Buffer.alloc(18)]);

/** A PNG whose header says that it is this large, and whose checksum of it is right. */
async function boastfulPng(width: number, height: number): Promise<Buffer> {
  const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#fff' } })
    .png()
    .toBuffer();
  png.writeUInt32BE(width, 16);
  png.writeUInt32BE(height, 20);
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
  return png;
}

describe('what uploads refuse', function () {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ env: { MAX_UPLOAD_MB: '1', MAX_VIDEO_MINUTES: '1', STATUS_MEDIA_SECONDS: '4' } });
  });
  after(() => server.stop());
  afterEach('nothing stays on the disk', async () => {
    assert.deepEqual(await eventually(() => filesOnDisk(server)), []);
  });

  async function refused(kind: UploadKind, bytes: Buffer, status: number, sentence: RegExp, name = 'x.jpg') {
    const response = await server.request.post(`/api/upload-${kind}`).attach(kind, bytes, name);
    const failure = response.body as Failure;
    assert.equal(response.status, status, JSON.stringify(failure));
    assert.match(failure.error, sentence);
    assert.match(failure.error, /^[A-Z].*[.]$/);
  }

  const film = (): Promise<Buffer> => makeFilm(2, { size: '160x120', rate: 10, hasSound: false, isFaststart: true });

  it('an empty file', () => refused('image', Buffer.alloc(0), 400, /empty/));
  it('text that is called a picture', () => refused('image', Buffer.from('hello '.repeat(100)), 415, /Upload a JPEG/));
  it('a page that is called a picture', () =>
    refused('image', Buffer.from('<!doctype html><script>alert(1)</script>'), 415, /a web page/));
  it('a drawing (SVG)', () =>
    refused(
      'image',
      Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'),
      415,
      /Upload a JPEG/,
    ));
  it('a PDF', () => refused('image', Buffer.from('%PDF-1.7\n%aaaa\n1 0 obj\n'), 415, /PDF document/));
  it('a photo in HEIC without a picture in it', () =>
    refused(
      'image',
      Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic'.padEnd(200, '\0'), 'latin1'),
      400,
      /damaged or incomplete/,
    ));
  it('a video as a picture', async () =>
    refused('image', await film(), 415, /a video, which \/api\/upload-video takes/));
  it('a picture as a video', async () =>
    refused('video', await jpeg(), 415, /a picture, which \/api\/upload-image takes/));
  it('a picture as a voice note', async () =>
    refused('audio', await jpeg(), 415, /a picture, which \/api\/upload-image takes/));
  it('a video as a voice note', async () => refused('audio', await film(), 415, /upload-video/));
  it('a recording as a video', async () => {
    const song = await makeMedia({ format: 'ipod', tracks: [tone(1)] });
    await refused('video', song, 415, /Upload an MP4/);
  });

  it('half a picture', async () => {
    const whole = await sharp({
      create: {
        width: 600,
        height: 600,
        channels: 3,
        background: '#123',
        noise: { type: 'gaussian', mean: 128, sigma: 60 },
      },
    })
      .jpeg()
      .toBuffer();
    await refused('image', whole.subarray(0, whole.length / 2), 400, /damaged or incomplete/);
  });
  it('half a video', async () => refused('video', (await film()).subarray(0, 3_000), 400, /damaged or incomplete/));
  it('a video without its index', async () => {
    const whole = await makeFilm(2, { size: '160x120', rate: 10 });
    await refused('video', whole.subarray(0, whole.length - 2_000), 400, /damaged or incomplete/);
  });
  it('a recording of noise bytes', () =>
    refused('audio', Buffer.concat([Buffer.from('fLaC'), Buffer.alloc(5_000, 7)]), 400, /damaged or incomplete/));

  it('a picture that unpacks to more than a machine can hold', async () =>
    refused('image', await boastfulPng(60_000, 60_000), 413, /100 million points/));
  it('a picture whose header lies about its size', async () =>
    refused('image', await boastfulPng(900, 900), 400, /damaged or incomplete/));
  it('a picture that is an archive, too', async () =>
    refused('image', Buffer.concat([await jpeg(), zip]), 415, /archive at the same time/));
  it('a video that is an archive, too', async () =>
    refused('video', Buffer.concat([await film(), zip]), 415, /archive at the same time/));
  it('a playlist that would make ffmpeg read other files', () =>
    refused('video', Buffer.from('#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n'), 415, /./));

  it('a file larger than may be, whether it says so or not', async () => {
    const big = Buffer.concat([await jpeg(), Buffer.alloc(2 * 1024 * 1024)]);
    await refused('image', big, 413, /at most 1 MB/).catch((error: unknown) => {
      // The server may close before it has read everything; the sentence is checked below.
      if (!(error instanceof Error) || !/EPIPE|ECONNRESET/.test(error.message)) throw error;
    });
    const form = '--b\r\ncontent-disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n';
    const answer = await rawUpload(server, 'transfer-encoding: chunked', (send) => {
      send(chunked(Buffer.from(form)));
      for (let sent = 0; sent < 20; sent += 1) send(chunked(Buffer.alloc(100_000)));
    });
    assert.match(answer, /^HTTP\/1\.1 413 /);
  });

  it('a form with the file in another field, with two files, or without one', async () => {
    const wrong = await server.request.post('/api/upload-image').attach('picture', await jpeg(), 'a.jpg');
    assert.deepEqual([wrong.status, wrong.body.error], [400, 'Send one file, in the field "image" of the form.']);
    const two = await server.request
      .post('/api/upload-image')
      .attach('image', await jpeg(), 'a')
      .attach('image', await jpeg(), 'b');
    assert.equal(two.status, 400);
    const none = await server.request.post('/api/upload-image').field('name', 'x');
    assert.deepEqual([none.status, none.body.code], [400, 'validation_error']);
    const json = await server.request.post('/api/upload-image').send({ image: 'x' });
    assert.deepEqual([json.status, json.body.code], [415, 'unsupported_media_type']);
  });

  it('fields that do not exist or make no sense', async () => {
    for (const fields of [{ colour: 'red' }, { layout: 'round' }, { name: ' ' }]) {
      const request = server.request.post('/api/upload-image');
      for (const [field, value] of Object.entries(fields)) void request.field(field, value);
      const response = await request.attach('image', await jpeg(), 'a.jpg');
      assert.deepEqual([response.status, response.body.code], [400, 'validation_error'], JSON.stringify(fields));
    }
    const backwards = await server.request
      .post('/api/upload-video')
      .field({ startMs: '2000', endMs: '1000' })
      .attach('video', await film(), 'a.mp4');
    assert.match(backwards.body.error, /The end has to come after the start/);
    const beyond = await server.request
      .post('/api/upload-video')
      .field({ startMs: '9000' })
      .attach('video', await film(), 'a');
    assert.match(beyond.body.error, /shorter than that/);
  });

  it('a recording that is longer than a voice note may be', async () => {
    const long = await makeSong(7, { isTold: false });
    await refused('audio', long, 413, /at most 4 seconds/);
  });

  it('an upload for a session that is not there', async () => {
    const response = await server.request
      .post('/api/upload-image')
      .field('sessionId', 'nobody')
      .attach('image', await jpeg(), 'a');
    assert.equal(response.status, 404);
  });

  it('an upload that breaks off leaves nothing', async () => {
    const form = '--b\r\ncontent-disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n';
    const socket = createConnection(Number(new URL(server.url).port), '127.0.0.1');
    const head = [
      'POST /api/upload-image HTTP/1.1',
      'host: x',
      `x-api-key: ${server.apiKey}`,
      'content-length: 500000',
    ];
    socket.write([...head, 'content-type: multipart/form-data; boundary=b', '', form].join('\r\n'));
    socket.write(Buffer.alloc(100_000, 1));
    const node = `${server.dataDir}/uploads/.incoming/${Buffer.from('main').toString('base64url')}`;
    await eventually(async () => (await readdir(node)).length === 1, { what: 'the upload to begin' });
    socket.destroy();
    await eventually(async () => (await readdir(node)).length === 0, { what: 'the leftovers to be gone' });
  });

  it('what comes behind the end of a picture is not kept', async () => {
    const page = Buffer.from('<script>alert(document.domain)</script>');
    const kept = await upload(server, 'image', Buffer.concat([await jpeg(), page]));
    const file = await server.request.get(kept.url).responseType('blob');
    assert.ok(!(file.body as Buffer).includes('<script>'));
    assert.equal(file.headers['x-content-type-options'], 'nosniff');
    assert.match(file.headers['content-security-policy'] ?? '', /sandbox/);
    await server.request.delete(kept.url).expect(204);
  });
});

function chunked(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

/** A request byte by byte; answers what came back before the server closed. */
async function rawUpload(
  server: TestServer,
  header: string,
  write: (send: (bytes: Buffer) => void) => void,
): Promise<string> {
  const socket = createConnection(Number(new URL(server.url).port), '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  socket.on('error', () => undefined);
  const head = ['POST /api/upload-image HTTP/1.1', 'host: x', `x-api-key: ${server.apiKey}`, header];
  socket.write([...head, 'content-type: multipart/form-data; boundary=b', '', ''].join('\r\n'));
  write((bytes) => socket.write(bytes));
  await eventually(() => answer !== '', { what: 'an answer' });
  socket.destroy();
  return answer;
}
