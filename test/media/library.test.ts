import assert from 'node:assert/strict';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { io } from 'socket.io-client';
import type { UploadDetails, Upload } from '../../server/contract/media.js';
import type { Status } from '../../server/contract/statuses.js';
import type { Success } from '../../server/contract/envelope.js';
import { makeKey } from '../support/principals.js';
import { callApi, linkAccount, waitUntilConnected } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { ShiftedClock } from '../support/shifted-clock.js';
import { makeFilm } from '../support/media-files.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { filesOnDisk, post, upload } from '../support/media-journey.js';

const jpeg = (background = '#3366cc'): Promise<Buffer> =>
  sharp({ create: { width: 200, height: 100, channels: 3, background } })
    .jpeg()
    .toBuffer();

describe('the media library', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let server: TestServer;
  let clock: ShiftedClock;

  before(async () => {
    clock = new ShiftedClock();
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator, replace: { clock } });
    await linkAccount(server, simulator);
  });
  after(async () => {
    await server.stop();
    await simulator.stop();
  });

  const as = (apiKey: string) => ({
    get: (address: string) => server.anonymous.get(address).set('x-api-key', apiKey),
    delete: (address: string) => server.anonymous.delete(address).set('x-api-key', apiKey),
  });
  const list = async (query = ''): Promise<Upload[]> =>
    (await callApi<{ data: Upload[] }>(server, 'GET', `/uploads${query}`)).data;

  it('finds files by name, tag and kind, page by page, and lets them be renamed and tagged', async () => {
    const bread = await upload(server, 'image', await jpeg(), { tags: 'food, summer' }, 'Fresh_bread 100%.jpg');
    const cake = await upload(server, 'image', await jpeg(), { name: 'Cake' });
    assert.deepEqual([bread.name, bread.tags], ['Fresh_bread 100%.jpg', ['food', 'summer']]);
    assert.deepEqual(
      (await list('?search=BREAD')).map(({ filename }) => filename),
      [bread.filename],
    );
    assert.deepEqual(await list('?search=read%25x'), []);
    assert.deepEqual(
      (await list('?search=summ')).map(({ name }) => name),
      [bread.name],
    );
    assert.deepEqual(
      (await list('?tag=food')).map(({ name }) => name),
      [bread.name],
    );
    assert.deepEqual(await list('?tag=foo'), []);
    assert.deepEqual(await list('?type=video'), []);
    const first = await callApi<{ data: Upload[]; meta: { total: number; nextCursor: string } }>(
      server,
      'GET',
      '/uploads?limit=1',
    );
    const second = await list(`?limit=1&cursor=${first.meta.nextCursor}`);
    assert.equal(first.meta.total, 2);
    assert.deepEqual(new Set([first.data[0]?.filename, second[0]?.filename]), new Set([bread.filename, cake.filename]));
    const body = { name: 'Birthday cake', tags: ['food'] };
    await callApi(server, 'PATCH', `/uploads/${cake.filename}`, { body });
    assert.equal((await list('?tag=food')).length, 2);
    assert.deepEqual(
      (await list('?search=birthday')).map(({ filename }) => filename),
      [cake.filename],
    );
    for (const { url } of [bread, cake]) await server.request.delete(url).expect(204);
    assert.deepEqual(await filesOnDisk(server), []);
    await server.request.delete(bread.url).expect(404);
  });

  it('serves files with ranges and conditions, and never anything else of the folder', async () => {
    const kept = await upload(server, 'image', await jpeg());
    const whole = await server.request.get(kept.url).responseType('blob');
    assert.equal((whole.body as Buffer).length, kept.bytes);
    const part = await server.request.get(kept.url).set('range', 'bytes=10-19').responseType('blob');
    assert.deepEqual([part.status, part.headers['content-range']], [206, `bytes 10-19/${String(kept.bytes)}`]);
    assert.ok((part.body as Buffer).equals((whole.body as Buffer).subarray(10, 20)));
    const beyond = await server.request.get(kept.url).set('range', 'bytes=999999-');
    assert.equal(beyond.status, 416);
    await server.request
      .get(kept.url)
      .set('if-none-match', whole.headers['etag'] ?? '')
      .expect(304);
    assert.equal((await server.request.head(kept.url)).headers['content-length'], String(kept.bytes));
    for (const name of ['..%2Fdata%2Fstatuscast.sqlite', '.incoming', '%2e%2e', 'x.jpg', `${kept.filename}%00`]) {
      const response = await server.request.get(`/api/uploads/${name}`);
      assert.ok([400, 404].includes(response.status), `${name}: ${String(response.status)}`);
    }
    await server.request.delete(kept.url).expect(204);
  });

  it('shows a file only to those who may see it, or a status that shows it', async () => {
    await server.request.post('/api/organizations').send({ id: 'globex', name: 'globex' }).expect(201);
    const stranger = as((await makeKey(server, { organizationId: 'globex' })).apiKey);
    const colleague = as((await makeKey(server, { organizationId: 'default', capabilities: ['read'] })).apiKey);
    const ofSession = as((await makeKey(server, { sessionId: 'acc1' })).apiKey);
    const kept = await upload(server, 'image', await jpeg());
    await colleague.get(kept.url).expect(200);
    await stranger.get(kept.url).expect(404);
    await ofSession.get(kept.url).expect(404);
    assert.deepEqual((await ofSession.get('/api/uploads')).body.data, []);

    await callApi(server, 'POST', '/sessions/acc1/send-status', {
      body: { type: 'image', content: kept.filename },
      expected: 202,
      headers: { prefer: 'wait=30' },
    });
    await ofSession.get(kept.url).expect(200);
    await ofSession.get(kept.thumbnailUrl ?? '').expect(200);
    assert.deepEqual((await ofSession.get('/api/uploads')).body.data.length, 1);
    // What else shows it is nothing to the key of one session.
    const status = { type: 'image', content: kept.filename };
    const template = await server.request.post('/api/templates').send({ name: 'Kept', status }).expect(201);
    const usesFor = async (who: typeof ofSession): Promise<string[]> => {
      const { body } = await who.get(`/api/uploads/${kept.filename}/details`).expect(200);
      return (body as Success<UploadDetails>).data.uses.map(({ kind }) => kind).sort();
    };
    assert.deepEqual([await usesFor(ofSession), await usesFor(colleague)], [['status'], ['status', 'template']]);
    await server.request.delete(`/api/templates/${(template.body as Success<{ id: string }>).data.id}`).expect(204);
    await ofSession.delete(kept.url).expect(403);
    await stranger.get(kept.url).expect(404);
    await stranger.delete(kept.url).expect(404);
    await server.request.delete(`${kept.url}?force=true`).expect(204);
  });

  it('says where a file is used, and keeps it for what is still to be posted', async () => {
    const kept = await upload(server, 'image', await jpeg());
    await callApi(server, 'POST', '/sessions/acc1/stop');
    const options = { body: { type: 'image', content: kept.filename }, expected: 202 };
    const { data: status } = await callApi<Success<Status>>(server, 'POST', '/sessions/acc1/send-status', options);
    const { data } = await callApi<Success<UploadDetails>>(server, 'GET', `/uploads/${kept.filename}/details`);
    assert.deepEqual(data.uses, [{ kind: 'status', id: status.id, sessionId: 'acc1', isWaiting: true }]);
    const refused = await server.request.delete(`${kept.url}?force=true`);
    assert.deepEqual([refused.status, refused.body.code], [409, 'conflict']);
    assert.match(refused.body.error, new RegExp(`The status ${status.id} shows this file\\. Take that back first\\.`));

    await callApi(server, 'DELETE', `/sessions/acc1/statuses/${status.id}`);
    const past = await server.request.delete(kept.url);
    assert.match(past.body.error, /Delete it with force=true if you are sure/);
    await server.request.delete(`${kept.url}?force=true`).expect(204);
    assert.deepEqual(await filesOnDisk(server), []);
    await callApi(server, 'POST', '/sessions/acc1/start');
    await waitUntilConnected(server, 'acc1');
  });

  it('refuses to post a file of another kind, or one that is not there', async () => {
    const kept = await upload(server, 'image', await jpeg());
    const send = (body: object) => server.request.post('/api/sessions/acc1/send-status').send(body);
    const wrong = await send({ type: 'video', content: kept.filename });
    assert.deepEqual(
      [wrong.status, wrong.body.error],
      [400, 'This file is a picture (image). Send it with that type.'],
    );
    const thumbnail = (kept.thumbnailUrl ?? '').replace('/api/uploads/', '');
    assert.equal((await send({ type: 'image', content: thumbnail })).status, 400);
    assert.equal((await send({ type: 'image', content: '1700000000-0123456789abcdef.jpg' })).status, 404);
    for (const content of ['/etc/passwd', '../data/statuscast.sqlite', 'file:///etc/passwd', 'ftp://x.test/a.jpg']) {
      assert.deepEqual((await send({ type: 'image', content })).status, 400, content);
    }
    const captioned = await send({ type: 'audio', content: kept.filename, caption: 'no' });
    assert.equal(captioned.body.code, 'validation_error');
    await server.request.delete(kept.url).expect(204);
  });

  it('gives the same answer to a repeated upload with one idempotency key, and refuses another file under it', async () => {
    const [blue, red] = [await jpeg('#00f'), await jpeg('#f00')];
    const send = (bytes: Buffer) =>
      server.request.post('/api/upload-image').set('idempotency-key', 'once').attach('image', bytes, 'a.jpg');
    const first = await send(blue);
    const again = await send(blue);
    assert.deepEqual([first.status, again.status], [201, 201]);
    assert.equal(again.body.data.filename, first.body.data.filename);
    assert.equal((await send(red)).status, 409);
    assert.equal((await filesOnDisk(server)).length, 2);
    await server.request.delete(first.body.data.url).expect(204);
  });

  it('tells how far a conversion is, to those who may see the file', async () => {
    const socket = io(server.url, { auth: { apiKey: server.apiKey }, transports: ['websocket'] });
    const told: { uploadId: string; state: string; percent: number; filename: string | null }[] = [];
    socket.on('upload-progress', (event: (typeof told)[number]) => told.push(event));
    try {
      await eventually(() => socket.connected, { what: 'the socket' });
      const film = await makeFilm(4, { size: '960x540', rate: 25, hasSound: false });
      const kept = await upload(server, 'video', film, { uploadId: 'mine' });
      await eventually(() => told.at(-1)?.state === 'done', { what: 'the end to be told' });
      assert.ok(told.some(({ state, percent }) => state === 'converting' && percent > 0 && percent < 100));
      assert.ok(told.every(({ uploadId }) => uploadId === 'mine'));
      assert.equal(told.at(-1)?.filename, kept.filename);
      await server.request.delete(kept.url).expect(204);
    } finally {
      socket.disconnect();
    }
  });

  it('deletes the files of a session with it; what others show stays, for the organization', async () => {
    await linkAccount(server, simulator, 'acc2');
    const contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
    const alone = await upload(server, 'image', await jpeg(), { sessionId: 'acc2' });
    const shared = await upload(server, 'image', await jpeg(), { sessionId: 'acc2' });
    assert.equal(shared.sessionId, 'acc2');
    await post(server, simulator, contact, { type: 'image', content: shared.filename });
    await callApi(server, 'DELETE', '/sessions/acc2');
    await server.request.get(alone.url).expect(404);
    const { data } = await callApi<Success<UploadDetails>>(server, 'GET', `/uploads/${shared.filename}/details`);
    assert.equal(data.sessionId, null);
    await server.request.delete(`${shared.url}?force=true`).expect(204);
    assert.deepEqual(await filesOnDisk(server), []);
  });

  it('deletes at its start what nobody has needed for long, and what a crash left', async () => {
    const used = await upload(server, 'image', await jpeg());
    const unused = await upload(server, 'image', await jpeg());
    const contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
    await post(server, simulator, contact, { type: 'image', content: used.filename });
    const { dataDir } = server;
    await server.stop({ keepData: true });
    const uploads = path.join(dataDir, 'uploads');
    const half = path.join(uploads, '.incoming', Buffer.from('main').toString('base64url'), 'half');
    await mkdir(half, { recursive: true });
    await writeFile(path.join(half, 'original'), 'x');
    const lost = path.join(uploads, '1700000000-0123456789abcdef.jpg');
    const fresh = path.join(uploads, '1700000000-0123456789abcdeg.jpg');
    for (const file of [lost, fresh, path.join(uploads, 'README')]) await writeFile(file, 'x');
    const longAgo = new Date(Date.now() - 3 * 3_600_000);
    await utimes(lost, longAgo, longAgo);

    const sameDay = new ShiftedClock();
    server = await startTestServer({ simulator, dataDir, replace: { clock: sameDay } });
    const kept = [used, unused].flatMap(({ filename, thumbnailUrl }) => [
      filename,
      (thumbnailUrl ?? '').replace('/api/uploads/', ''),
    ]);
    assert.deepEqual(await filesOnDisk(server), [...kept, path.basename(fresh), 'README'].sort());
    await server.stop({ keepData: true });

    const later = new ShiftedClock();
    later.advance(31 * 24 * 3_600_000);
    server = await startTestServer({ simulator, dataDir, replace: { clock: later } });
    const left = await filesOnDisk(server);
    assert.ok(left.includes(used.filename) && !left.includes(unused.filename), left.join());
  });
});
