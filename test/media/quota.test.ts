import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import path from 'node:path';
import express from 'express';
import sharp from 'sharp';
import { rootPrincipal } from '../../server/access/principal.js';
import { connectDatabase, type Database } from '../../server/db/database.js';
import { receiveFile } from '../../server/http/uploads/receive-file.js';
import type { Failure } from '../../server/contract/errors.js';
import { HostileServer } from '../support/hostile-server.js';
import { linkAccount } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { makeTempDir } from '../support/temp-dir.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { filesOnDisk } from '../support/media-journey.js';

/** A picture of this many bytes, of which about 0.7 MB are left when it is made ready. */
async function pictureOf(bytes: number): Promise<Buffer> {
  const noise = sharp(randomBytes(900 * 900), { raw: { width: 900, height: 900, channels: 1 } });
  const picture = await noise.jpeg({ quality: 90 }).toBuffer();
  assert.ok(picture.length <= bytes, String(picture.length));
  return Buffer.concat([picture, Buffer.alloc(bytes - picture.length)]);
}

describe('room for uploads, asked for through the API', function () {
  this.timeout(60_000);
  const web = new HostileServer();
  let simulator: TestSimulator;
  let server: TestServer;
  let db: Database;
  before(async () => {
    await web.start();
    simulator = await startTestSimulator();
    const env = { MAX_UPLOAD_MB: '2', UNFINISHED_UPLOADS_MB: '3', UNFINISHED_UPLOADS_MAX: '2' };
    const site = `127.0.0.1:${String(web.port)}`;
    server = await startTestServer({
      simulator,
      env: { ...env, ORGANIZATION_STORAGE_MB: '3', OUTBOUND_ALLOW_PRIVATE: site },
    });
    await linkAccount(server, simulator);
    db = await connectDatabase({ file: path.join(server.dataDir, 'data', 'statuscast.sqlite') });
  });
  after(async () => {
    await db.destroy();
    await server.stop();
    await simulator.stop();
    await web.stop();
  });
  const reserved = async (): Promise<number> => (await db('incoming_uploads').pluck('id')).length;
  afterEach('nothing is kept back', async () => {
    await eventually(async () => (await reserved()) === 0, { what: 'the room to be given back' });
  });

  /** An upload of which only the beginning is sent. */
  function begun(announcedBytes: number): Socket {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    const head = ['POST /api/upload-image HTTP/1.1', 'host: x', `x-api-key: ${server.apiKey}`];
    const form = '--b\r\ncontent-disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n';
    const type = 'content-type: multipart/form-data; boundary=b';
    socket.write([...head, `content-length: ${String(announcedBytes)}`, type, '', form].join('\r\n'));
    return socket;
  }

  async function refused(request: Promise<{ status: number; body: unknown }>, status: number, sentence: RegExp) {
    const answer = await request;
    const failure = answer.body as Failure;
    assert.equal(answer.status, status, JSON.stringify(failure));
    assert.match(failure.error, sentence);
  }
  const send = (picture: Buffer) => server.request.post('/api/upload-image').attach('image', picture, 'a.jpg');

  it('is refused beyond the number and the bytes that one caller may have under way, and is there again after them', async () => {
    const small = await pictureOf(900_000);
    const two = [begun(500_000), begun(500_000)];
    await eventually(async () => (await reserved()) === 2, { what: 'two uploads to begin' });
    const answer = await send(small);
    await refused(Promise.resolve(answer), 503, /^You have 2 uploads on their way or in preparation[^/]*$/);
    assert.equal((answer.body as Failure).details?.['listedAt'], 'GET /api/uploads/resumable');
    assert.equal(answer.headers['retry-after'], '30');
    two[0]?.destroy();
    await eventually(async () => (await reserved()) === 1, { what: 'one to end' });
    const kept = await send(small).expect(201);
    two[1]?.destroy();
    await eventually(async () => (await reserved()) === 0, { what: 'the other to end' });
    const large = begun(2_000_000);
    await eventually(async () => (await reserved()) === 1, { what: 'a large upload to begin' });
    await refused(send(await pictureOf(1_300_000)), 503, /may have at a time/);
    large.destroy();
    await server.request.delete((kept.body as { data: { url: string } }).data.url).expect(204);
  });

  it('is refused to an organization that is full, in words, and is there again when a file is deleted', async () => {
    const picture = await pictureOf(1_300_000);
    const urls: string[] = [];
    for (let answer = await send(picture); answer.status === 201; answer = await send(picture)) {
      urls.push((answer.body as { data: { url: string } }).data.url);
    }
    assert.ok(urls.length >= 1 && urls.length <= 4, String(urls.length));
    const before = await eventually(() => filesOnDisk(server), { what: 'the last work folder to go' });
    await refused(send(picture), 413, /of the 3 MB that the files of your organization may have, .* are left/);
    assert.deepEqual(await filesOnDisk(server), before);
    // The same for what comes from a web address and turns out to be too large on its way.
    web.on('/long.jpg', (_request, response) => response.end(Buffer.alloc(1_900_000, 1)));
    const content = `http://127.0.0.1:${String(web.port)}/long.jpg`;
    const status = { type: 'image', content, targetNumbers: '4915112345679' };
    const posting = server.request.post('/api/sessions/acc1/send-status').send(status);
    await refused(posting, 413, /of the 3 MB that the files of your organization may have, .* are left/);
    assert.deepEqual(await filesOnDisk(server), before);
    // Thumbnails count.
    const [row] = (await db('uploads').limit(1)) as { thumbnail_bytes: number }[];
    assert.ok(row && row.thumbnail_bytes > 1_000, JSON.stringify(row));
    await server.request.delete(urls[0] ?? '').expect(204);
    const { body } = await send(picture).expect(201);
    for (const url of [...urls.slice(1), (body as { data: { url: string } }).data.url]) {
      await server.request.delete(url).expect(204);
    }
  });
});

describe('an upload that falls silent', () => {
  it('is ended in words, and its folder is given back', async () => {
    const { dir, remove } = await makeTempDir();
    let ended = 0;
    const reception = { id: 'r', folder: dir, count: () => undefined, end: async () => void (ended += 1) };
    const spec = { field: 'image', maxBytes: 1_000_000, begin: () => Promise.resolve(reception) };
    const app = express();
    app.post('/', async (request, response) => {
      await receiveFile(request, response, spec, rootPrincipal, 150);
    });
    app.use((error: Error, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
      response.status(400).json({ error: error.message });
    });
    const server: Server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const silent = [
      '',
      '--b\r\ncontent-disposition: form-data; name="image"; filename="a.jpg"\r\n\r\nbytes',
      '--b\r\ncontent-disposition: form-data; name="na',
    ];
    for (const [index, sent] of silent.entries()) {
      const socket = connect(port, '127.0.0.1');
      let answer = '';
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
      const head = [
        'POST / HTTP/1.1',
        'host: x',
        'content-length: 5000',
        'content-type: multipart/form-data; boundary=b',
      ];
      socket.write([...head, '', sent].join('\r\n'));
      await eventually(() => answer.includes('Nothing came for 0.15 seconds'), { what: `an answer to ${sent}` });
      assert.equal(ended, index + 1);
      socket.destroy();
    }
    server.closeAllConnections();
    server.close();
    await remove();
  });
});
