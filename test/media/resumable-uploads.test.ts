import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import * as tus from 'tus-js-client';
import type { Failure } from '../../server/contract/errors.js';
import type { Success } from '../../server/contract/envelope.js';
import type { ResumableUpload } from '../../server/contract/resumable-uploads.js';
import { connectDatabase, type Database } from '../../server/db/database.js';
import { makeKey } from '../support/principals.js';
import { callApi } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { startLine } from '../support/line.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { bytesType, door, pictureOf, protocol, said } from './tus-requests.js';

const megabyte = 1024 * 1024;

describe('resumable uploads', function () {
  this.timeout(60_000);
  let server: TestServer;
  let db: Database;
  let picture: Buffer;
  before(async () => {
    server = await startTestServer({
      env: { MAX_UPLOAD_MB: '4', UNFINISHED_UPLOADS_MB: '6', UNFINISHED_UPLOADS_MAX: '2' },
    });
    db = await connectDatabase({ file: path.join(server.dataDir, 'data', 'statuscast.sqlite') });
    picture = await pictureOf(3 * megabyte);
  });
  after(async () => {
    await db.destroy();
    await server.stop();
  });
  afterEach(async () => {
    const unfinished = await db('incoming_uploads').where({ state: 'receiving' }).pluck('id');
    for (const id of unfinished as string[]) await server.request.delete(`${door}/${id}`).set(protocol).expect(204);
    assert.deepEqual(await eventually(() => filesKept(), { what: 'files' }), []);
  });
  const filesKept = () => readdir(path.join(server.dataDir, 'uploads', '.resumable'));

  /** Sends a file as programs do that use the protocol; answers the address of the upload. */
  function upload(bytes: Buffer, options: Partial<tus.UploadOptions> = {}): Promise<string> {
    return new Promise((resolve, reject) => {
      const sending = new tus.Upload(bytes, {
        endpoint: `${server.url}${door}`,
        headers: { 'x-api-key': server.apiKey },
        metadata: { kind: 'image', filename: 'sea.jpg', filetype: 'image/jpeg' },
        retryDelays: [0, 20, 50, 100],
        onSuccess: () => resolve(new URL(sending.url ?? '').pathname),
        onError: reject,
        ...options,
      });
      sending.start();
    });
  }
  async function outcome(url: string, key = server.apiKey): Promise<ResumableUpload> {
    const { body } = await server.anonymous.get(url).set({ 'x-api-key': key, prefer: 'wait=30' }).expect(200);
    return (body as Success<ResumableUpload>).data;
  }
  const begin = (headers: Record<string, string> = {}, key = server.apiKey) =>
    server.anonymous.post(door).set({
      'x-api-key': key,
      ...protocol,
      'upload-length': '1000',
      'upload-metadata': said({ kind: 'image' }),
      ...headers,
    });
  async function begun(headers: Record<string, string> = {}): Promise<string> {
    const answer = await begin(headers).expect(201);
    return String(answer.headers['location']);
  }
  function refused(answer: { status: number; body: unknown }, status: number, code: string, sentence: RegExp): void {
    const failure = answer.body as Failure;
    assert.deepEqual([answer.status, failure.code], [status, code], JSON.stringify(failure));
    assert.match(failure.error, sentence);
  }

  it('become files of the library as others do, with what was said of them', async () => {
    const metadata = { kind: 'image', filename: 'sea.jpg', tags: 'blue, wide', layout: 'letterbox' };
    const url = await upload(picture, { metadata, chunkSize: megabyte });
    const { state, upload: made, error } = await outcome(url);
    assert.deepEqual([state, error, made?.name, made?.tags], ['done', null, 'sea.jpg', ['blue', 'wide']]);
    assert.deepEqual([made?.width, made?.height], [1080, 1920]);
    await server.request.get(made?.url ?? '').expect(200);
    const list = await callApi<Success<ResumableUpload[]>>(server, 'GET', '/uploads/resumable');
    assert.equal(list.data[0]?.url, url);
    refused(
      await server.request.patch(url).set({ ...protocol, 'content-type': bytesType, 'upload-offset': '0' }),
      409,
      'conflict',
      /whole already/,
    );
    refused(await server.request.delete(url).set(protocol), 409, 'conflict', /whole already/);
    const head = await server.request.head(url).set(protocol).expect(200);
    assert.equal(head.headers['upload-offset'], String(picture.length));
  });

  it('belong to the organization whose key began them, and to nobody else’s library', async () => {
    await server.request.post('/api/organizations').send({ id: 'acme', name: 'Acme' }).expect(201);
    const { apiKey } = await makeKey(server, { organizationId: 'acme' });
    const url = await upload(picture, { headers: { 'x-api-key': apiKey } });
    const names = async (key: string): Promise<unknown[]> => {
      const { body } = await server.anonymous.get('/api/uploads').set('x-api-key', key).expect(200);
      return (body as Success<{ filename: string }[]>).data.map(({ filename }) => filename);
    };
    const { upload: made } = await outcome(url, apiKey);
    assert.deepEqual(await names(apiKey), [made?.filename]);
    const other = await makeKey(server, { organizationId: 'default' });
    assert.ok(!(await names(other.apiKey)).includes(made?.filename));
    await server.anonymous.get(url).set('x-api-key', other.apiKey).expect(404);
  });

  it('go on where they were when the line is cut', async () => {
    const line = await startLine(Number(new URL(server.url).port));
    line.cutAfter(megabyte);
    const url = await upload(picture, { endpoint: `http://127.0.0.1:${String(line.port)}${door}` });
    assert.ok(line.connections >= 2, String(line.connections));
    // What came before the cut was not sent a second time.
    assert.ok(line.carried < 1.6 * picture.length, String(line.carried));
    assert.equal((await outcome(url)).state, 'done');
    line.close();
  });

  it('go on after the server was ended, are prepared when they were whole, and are gone when they expired', async () => {
    const own = await startTestServer();
    const headers = { 'x-api-key': own.apiKey, ...protocol };
    const start = (bytes: Buffer, length: number) =>
      own.request
        .post(door)
        .set({ ...headers, 'content-type': bytesType, 'upload-length': String(length) })
        .set('upload-metadata', said({ kind: 'image' }))
        .send(bytes)
        .expect(201);
    const answers = [
      await start(Buffer.from('x'), 9),
      await start(picture.subarray(0, 1000), 2000),
      await start(picture, picture.length),
    ];
    const [old = '', half = '', whole = ''] = answers.map((answer) => String(answer.headers['location']));
    await own.stop({ keepData: true });
    const data = await connectDatabase({ file: path.join(own.dataDir, 'data', 'statuscast.sqlite') });
    await data('incoming_uploads')
      .where({ id: path.basename(old) })
      .update({ expires_at: Date.now() });
    await data.destroy();
    const again = await startTestServer({ dataDir: own.dataDir });
    const kept = await readdir(path.join(own.dataDir, 'uploads', '.resumable'));
    assert.deepEqual([kept.includes(path.basename(old)), kept.includes(path.basename(half))], [false, true]);
    await again.request.head(old).set(headers).expect(404);
    const head = await again.request.head(half).set(headers).expect(200);
    assert.deepEqual([head.headers['upload-offset'], head.headers['upload-length']], ['1000', '2000']);
    assert.equal(head.headers['upload-metadata'], said({ kind: 'image' }));
    const { body } = await again.request.get(whole).set('prefer', 'wait=30').expect(200);
    assert.equal((body as Success<ResumableUpload>).data.state, 'done');
    await again.stop();
  });

  it('say what is wrong with a file, and keep nothing of it', async () => {
    for (const bytes of [Buffer.alloc(70_000, 'text '), Buffer.from('%PDF-1.7 and so on')]) {
      const { state, error, upload: made } = await outcome(await upload(bytes));
      assert.deepEqual([state, made], ['failed', null]);
      assert.match(error?.message ?? '', /^image: |picture/);
    }
  });

  it('are told the largest size, and refused beyond it before any byte', async () => {
    const { headers } = await server.request.options(door).expect(204);
    assert.equal(headers['tus-max-size'], String(4 * megabyte));
    assert.equal(headers['tus-extension'], 'creation,creation-with-upload,termination,expiration');
    refused(await begin({ 'upload-length': String(4 * megabyte + 1) }), 413, 'payload_too_large', /at most 4 MB/);
    const url = await begun();
    const long = { ...protocol, 'content-type': bytesType, 'upload-offset': '0' };
    refused(
      await server.request.patch(url).set(long).send(Buffer.alloc(1001)),
      413,
      'payload_too_large',
      /longer than/,
    );
    assert.equal((await server.request.head(url).set(protocol)).headers['upload-offset'], '0');
  });

  it('count as unfinished for their caller until they are whole or cancelled', async () => {
    const first = await begun();
    await begun({ 'upload-length': String(4 * megabyte) });
    refused(await begin(), 503, 'unavailable', /^You have 2 uploads/);
    await server.request.delete(first).set(protocol).expect(204);
    await server.request.head(first).set(protocol).expect(404);
    refused(await begin({ 'upload-length': String(3 * megabyte) }), 503, 'unavailable', /may have at a time/);
  });

  it('are for nobody but who began them', async () => {
    const url = await begun();
    for (const organizationId of ['default', 'acme']) {
      if (organizationId === 'acme') await server.request.post('/api/organizations').send({ id: 'acme', name: 'Acme' });
      const body = { name: 'other', capabilities: ['read', 'send'], organizationId };
      const made = await callApi<Success<{ apiKey: string }>>(server, 'POST', '/keys', { body, expected: 201 });
      const stranger = { 'x-api-key': made.data.apiKey, ...protocol };
      const write = { ...stranger, 'content-type': bytesType, 'upload-offset': '0' };
      await server.anonymous.head(url).set(stranger).expect(404);
      refused(
        await server.anonymous.patch(url).set(write).send(Buffer.alloc(9)),
        404,
        'not_found',
        /^The upload was not/,
      );
      refused(await server.anonymous.delete(url).set(stranger), 404, 'not_found', /^The upload was not/);
      refused(await server.anonymous.get(url).set(stranger), 404, 'not_found', /^The upload was not/);
    }
    refused(await server.anonymous.post(door).set(protocol), 401, 'unauthorized', /key/);
    assert.equal((await server.request.head(url).set(protocol)).headers['upload-offset'], '0');
  });

  it('with headers that make no sense are refused in words, and change nothing', async () => {
    const url = await begun();
    const write = { ...protocol, 'content-type': bytesType, 'upload-offset': '0' };
    const patch = (headers: Record<string, string>) => server.request.patch(url).set(headers).send(Buffer.alloc(9));
    for (const [answer, status, code, sentence] of [
      [await begin({ 'upload-length': '-1' }), 400, 'validation_error', /Upload-Length and Upload-Offset are whole/],
      [await begin({ 'upload-length': '1e3' }), 400, 'validation_error', /cannot be read/],
      [await begin({ 'upload-length': '0' }), 400, 'validation_error', /file is empty/],
      [await begin({ 'tus-resumable': '0.2.2' }), 400, 'validation_error', /1\.0\.0/],
      [await begin({ 'upload-defer-length': '1' }), 400, 'validation_error', /how many bytes/],
      [await begin({ 'upload-concat': 'partial' }), 400, 'validation_error', /as one/],
      [await begin({ 'upload-metadata': 'kind %%%' }), 400, 'validation_error', /Upload-Metadata/],
      [await begin({ 'upload-metadata': said({ filename: 'a' }) }), 400, 'validation_error', /image, video or audio/],
      [await begin({ 'upload-metadata': said({ kind: 'pdf' }) }), 400, 'validation_error', /image, video or audio/],
      [await begin({ 'upload-metadata': said({ kind: 'image', colour: 'x' }) }), 400, 'validation_error', /colour/],
      [await begin({ 'upload-metadata': said({ kind: 'image', sessionId: 'none' }) }), 404, 'not_found', /session/],
      [await patch({ ...write, 'upload-offset': '5' }), 409, 'conflict', /not where the upload is/],
      [await patch({ ...write, 'upload-offset': 'NaN' }), 400, 'validation_error', /whole/],
      [await patch({ ...write, 'content-type': 'text/plain' }), 400, 'validation_error', /Content-Type/],
      [await patch({ ...protocol, 'content-type': bytesType }), 400, 'validation_error', /Upload-Offset/],
      [await patch({ 'content-type': bytesType, 'upload-offset': '0' }), 400, 'validation_error', /Tus-Resumable/],
      [await server.request.patch(`${door}/..%2f..%2fdata`).set(write).send('x'), 404, 'not_found', /upload was not/],
      [await server.request.put(url), 405, 'method_not_allowed', /PUT/],
    ] as const) {
      refused(answer, status, code, sentence);
    }
    assert.equal((await server.request.head(url).set(protocol)).headers['upload-offset'], '0');
    assert.equal((await db('incoming_uploads').where({ state: 'receiving' })).length, 1);
  });
});
