import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { z } from 'zod';
import { defineRoute } from '../../server/http/define-route.js';
import type { FileSpec } from '../../server/http/uploads/receive-file.js';
import { endWhenSilent } from '../../server/http/uploads/silence.js';
import { AppError } from '../../server/lib/app-error.js';
import { eventually } from '../support/eventually.js';
import { makeTempDir } from '../support/temp-dir.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { madeOfNothing } from '../support/kept-by.js';

const maxBytes = 100_000;

/** Routes that give and take files. `folders` are those where files went, `refusal` is thrown where there is no room for one. */
function fileRoutes(file: string) {
  const folders: string[] = [];
  const state: { begun: number; counted: number; announced: (number | null)[]; refusal?: Error; closed?: Error } = {
    begun: 0,
    counted: 0,
    announced: [],
  };
  const give = defineRoute({
    method: 'get',
    path: '/kept-file',
    tag: 'Files',
    summary: 'Give a file',
    access: { capability: 'read', on: 'visible' },
    response: { status: 200, raw: ['text/html'] },
    errors: ['not_found', 'range_not_satisfiable'],
    handler: ({ reply }) => reply.file('text/html', file),
  });
  const upload: FileSpec = {
    field: 'file',
    maxBytes,
    check: () => {
      if (state.closed) throw state.closed;
    },
    begin: async (_principal, announcedBytes) => {
      state.announced.push(announcedBytes);
      const { dir, remove } = await makeTempDir();
      folders.push(dir);
      return {
        id: String(folders.length),
        folder: dir,
        end: remove,
        count: (bytes) => {
          state.counted += bytes;
          return state.refusal ? Promise.reject(state.refusal) : undefined;
        },
      };
    },
  };
  const take = defineRoute({
    method: 'post',
    path: '/kept-files',
    tag: 'Files',
    summary: 'Take a file',
    access: { capability: 'send', on: 'visible' },
    errors: ['payload_too_large', 'unsupported_media_type', 'unavailable'],
    upload,
    response: {
      status: 201,
      data: z.object({ sha256: z.string(), number: z.number(), name: z.string(), sizeBytes: z.number() }),
    },
    location: ({ number }) => `/kept-files/${String(number)}`,
    idempotent: true,
    handler: ({ file: { sha256, name, sizeBytes } }) =>
      madeOfNothing({ sha256, number: (state.begun += 1), name, sizeBytes }),
  });
  return { routes: [give, take], folders, state };
}

describe('files', () => {
  let server: TestServer;
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  let file: string;
  let parts: ReturnType<typeof fileRoutes>;
  before(async () => {
    folder = await makeTempDir();
    // Wherever an operator keeps files, also below a folder that is hidden.
    file = path.join(folder.dir, '.kept', 'page.html');
    await mkdir(path.dirname(file));
    parts = fileRoutes(file);
    const env = { PUBLIC_URL: 'https://cast.example/statuscast' };
    server = await startTestServer({ env, replace: { extraRoutes: parts.routes } });
  });
  after(async () => {
    await server.stop();
    await folder.remove();
  });
  beforeEach(async () => {
    await writeFile(file, '<script>alert(1)</script>');
    delete parts.state.refusal;
    delete parts.state.closed;
    Object.assign(parts.state, { counted: 0, announced: [] });
  });
  afterEach('nothing stays on the disk', async () => {
    for (const dir of parts.folders.splice(0)) {
      await eventually(() => assert.rejects(stat(dir), { code: 'ENOENT' }));
    }
  });

  it('are shown and never run, and no cache keeps them for others', async () => {
    const answer = await server.request.get('/api/kept-file').expect(200);
    const { headers } = answer;
    assert.equal(headers['content-security-policy'], "default-src 'none'; sandbox");
    assert.equal(headers['cache-control'], 'private, no-cache');
    assert.match(headers['content-type'] ?? '', /^text\/html/);
    assert.equal(answer.text, '<script>alert(1)</script>');
    const again = await server.request.get('/api/kept-file').set('if-none-match', headers['etag'] ?? '');
    assert.deepEqual([again.status, again.text], [304, '']);
  });

  it('come in parts, as far as they go', async () => {
    const part = await server.request.get('/api/kept-file').set('range', 'bytes=1-6').expect(206);
    assert.deepEqual([part.text, part.headers['content-range']], ['script', 'bytes 1-6/25']);
    const beyond = await server.request.get('/api/kept-file').set('range', 'bytes=25-').expect(416);
    assert.deepEqual([beyond.body.code, beyond.headers['content-range']], ['range_not_satisfiable', 'bytes */25']);
  });

  it('that are gone are not found', async () => {
    await rm(file);
    const answer = await server.request.get('/api/kept-file').expect(404);
    assert.deepEqual([answer.body.code, answer.headers['cache-control']], ['not_found', 'no-store']);
    assert.match(answer.body.error, /^The file /);
  });

  const send = (bytes: Buffer, headers: Record<string, string> = {}, name = 'a.bin') =>
    server.request.post('/api/kept-files').set(headers).attach('file', bytes, name);

  it('are taken with the hash of all their bytes, and found where browsers reach the server', async () => {
    const bytes = Buffer.alloc(90_000, 'abc');
    const { body, headers } = await send(bytes).expect(201);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    assert.deepEqual([body.data.sha256, body.data.sizeBytes, parts.state.counted], [sha256, 90_000, 90_000]);
    assert.equal(headers['location'], `/statuscast/api/kept-files/${String(body.data.number)}`);
  });

  it('are called by the last part of their name, written in one way', async () => {
    for (const [name, called] of [
      ['../../etc/passwd', 'passwd'],
      ['C:\\pictures\\cat.jpg', 'cat.jpg'],
      ['cafe\u0301.txt', 'caf\u00e9.txt'],
    ] as const) {
      assert.equal((await send(Buffer.from('x'), {}, name).expect(201)).body.data.name, called);
    }
  });

  it('find room for as much as they say, and for no more than they may have', async () => {
    await send(Buffer.alloc(10)).expect(201);
    await send(Buffer.alloc(maxBytes)).expect(201);
    const [small = null, large = null] = parts.state.announced;
    assert.ok(small !== null && small > 10 && small < 1_000, String(small));
    assert.equal(large, maxBytes);
    parts.state.closed = new AppError('unavailable', 'Closed.');
    await send(Buffer.alloc(10)).expect(503);
    assert.equal(parts.state.announced.length, 2, 'no room is made for what is not taken');
  });

  it('come alone in a form of few short fields, under their own name', async () => {
    const form = () => server.request.post('/api/kept-files');
    const fields = (count: number, length: number) => {
      const request = form();
      for (let index = 0; index < count; index += 1) void request.field(`f${String(index)}`, 'x'.repeat(length));
      return request.attach('file', Buffer.from('x'), 'a.bin');
    };
    await fields(20, 4_000).expect(201);
    const refused: [request: ReturnType<typeof fields>, field: string][] = [
      [fields(21, 1), 'body'],
      [fields(1, 5_000), 'body'],
      [form().attach('picture', Buffer.from('x'), 'a.bin'), 'file'],
      [form().field('name', 'x'), 'file'],
      [form().attach('file', Buffer.from('x'), 'a').attach('file', Buffer.from('y'), 'b'), 'file'],
    ];
    for (const [request, field] of refused) {
      const { body } = await request.expect(400);
      assert.deepEqual([body.code, Object.keys(body.details.fields)], ['validation_error', [field]]);
    }
    assert.equal((await form().send({ file: 'x' }).expect(415)).body.code, 'unsupported_media_type');
  });

  it('under one idempotency key are one file', async () => {
    const headers = { 'idempotency-key': 'once' };
    const first = await send(Buffer.from('one'), headers).expect(201);
    const again = await send(Buffer.from('one'), headers).expect(201);
    assert.deepEqual(again.body, first.body);
    const other = await send(Buffer.from('other'), headers).expect(409);
    assert.equal(other.body.code, 'conflict');
  });

  it('that are larger than they may be are refused with the limit', async () => {
    assert.equal((await send(Buffer.alloc(maxBytes)).expect(201)).body.success, true);
    const { body } = await send(Buffer.alloc(maxBytes + 1)).expect(413);
    assert.deepEqual([body.code, body.details], ['payload_too_large', { maxBytes }]);
  });

  it('for which the disk has no room are refused for now, and other failures are nobody’s fault outside', async () => {
    const noRoom: [failure: object, status: number][] = [
      [{ code: 'ENOSPC', syscall: 'write' }, 503],
      [{ code: 'EDQUOT', syscall: 'write' }, 503],
      [{ code: 'EIO', syscall: 'write' }, 500],
    ];
    for (const [failure, status] of noRoom) {
      parts.state.refusal = Object.assign(new Error('write failed'), failure);
      await send(Buffer.from('lost')).expect(status);
    }
  });

  it('that break off leave nothing', async () => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    const form = '--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nhalf';
    const headers = `host: x\r\nx-api-key: ${server.apiKey}\r\ncontent-type: multipart/form-data; boundary=b`;
    socket.write(`POST /api/kept-files HTTP/1.1\r\n${headers}\r\ncontent-length: 50000\r\n\r\n${form}`);
    await eventually(async () => assert.ok(await stat(path.join(parts.folders[0] ?? '', 'original'))));
    socket.destroy();
    await once(socket, 'close');
  });
});

describe('an upload that is slow', () => {
  it('is not ended while something comes of it', async () => {
    const silenceMs = 50;
    // Again where this machine was the one that fell silent.
    await eventually(async () => {
      const request = new PassThrough();
      let isEnded = false;
      endWhenSilent(request, silenceMs, () => (isEnded = true));
      const beganAt = performance.now();
      while (performance.now() - beganAt < 3 * silenceMs) {
        request.emit('data', 'x');
        await new Promise(setImmediate);
      }
      request.emit('end');
      assert.equal(isEnded, false);
    });
  });
});
