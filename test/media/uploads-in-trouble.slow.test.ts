import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import type { Success } from '../../server/contract/envelope.js';
import type { Status } from '../../server/contract/statuses.js';
import { callApi, linkAccount } from '../support/link-account.js';
import { HostileServer } from '../support/hostile-server.js';
import { eventually } from '../support/eventually.js';
import { makeFilm, makeMedia, movingPicture } from '../support/media-files.js';
import { startTestSimulator } from '../support/simulator.js';
import { makeTempDir } from '../support/temp-dir.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { filesOnDisk, post } from '../support/media-journey.js';
import { runningWorkers } from './running-workers.js';
import { bytesType, door, protocol, said } from './tus-requests.js';

const noise = (width: number): Promise<Buffer> =>
  sharp({
    create: {
      width,
      height: width,
      channels: 3,
      background: '#888',
      noise: { type: 'gaussian', mean: 128, sigma: 60 },
    },
  })
    .png()
    .toBuffer();

/** Waits until the result of a conversion is being written. */
async function converting(server: TestServer): Promise<void> {
  const incoming = path.join(server.dataDir, 'uploads', '.incoming');
  const isWriting = async () => (await readdir(incoming, { recursive: true })).some((name) => name.endsWith('.mp4'));
  await eventually(isWriting, { timeoutMs: 15_000, what: 'a conversion to run' });
}

describe('uploads in trouble', function () {
  this.timeout(60_000);
  /** Long enough to be at work on when something happens. */
  let film: Buffer;
  before(async () => {
    film = await makeFilm(20, { size: '1280x720', rate: 30, hasSound: false });
  });

  it('a full disk is told in words, and nothing half-written stays', async function () {
    const folder = await makeTempDir();
    const uploads = path.join(folder.dir, 'uploads');
    await mkdir(uploads);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'none', uploads], { stdio: 'ignore' });
    } catch {
      // Only who may mount has a disk small enough to fill.
      await folder.remove();
      this.skip();
    }
    const server = await startTestServer({ dataDir: folder.dir, env: { KEEP_DISK_FREE_MB: '0' } });
    try {
      const bars = movingPicture(3, { size: '640x360', rate: 30, filters: 'noise=alls=40:allf=t' });
      const noisy = await makeMedia({
        format: 'mp4',
        tracks: [{ ...bars, options: { preset: 'ultrafast', crf: '38' } }],
      });
      assert.ok(noisy.length < 1_800_000, String(noisy.length));
      // One does not fit as it comes; the others fit, but what is made of them does not.
      for (const [kind, bytes] of [
        ['image', await noise(1_200)],
        ['video', noisy],
      ] as const) {
        const response = await server.request.post(`/api/upload-${kind}`).attach(kind, bytes, 'a');
        assert.deepEqual([response.status, response.body.code], [503, 'unavailable'], JSON.stringify(response.body));
        assert.match(response.body.error, /disk of the server is full/);
        assert.deepEqual(await eventually(() => filesOnDisk(server)), []);
      }
    } finally {
      await server.stop({ keepData: true });
      execFileSync('umount', [uploads]);
      await folder.remove();
    }
  });

  it('a stop ends the conversion that runs', async () => {
    const server = await startTestServer();
    const answer = server.request
      .post('/api/upload-video')
      .attach('video', film, 'a.mp4')
      .then(
        ({ status }) => status,
        () => 0,
      );
    await converting(server);
    // On a fast machine it would be done before the stop no longer waits for it.
    for (const pid of await runningWorkers(server.dataDir)) process.kill(pid, 'SIGSTOP');
    await server.stop({ keepData: true });
    assert.deepEqual(await runningWorkers(server.dataDir), []);
    const status = await answer;
    assert.ok([0, 503].includes(status), String(status));
    assert.deepEqual(await filesOnDisk(server), []);
    await server.stop();
  });

  it('a start ends what a killed server left at work, and clears its files away', async () => {
    const folder = await makeTempDir();
    const ours = path.join(folder.dir, 'uploads', '.incoming', Buffer.from('main').toString('base64url'));
    const original = path.join(ours, 'work', 'original');
    await mkdir(path.dirname(original), { recursive: true });
    await writeFile(original, film);
    const running = (argument: string, argv0 = process.execPath) =>
      spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)', argument], { argv0, stdio: 'ignore' });
    // A media worker has the folder among its arguments, and the program ffmpeg a file in it.
    const left = [running(ours), running(original, 'ffmpeg')];
    const ended = Promise.all(left.map((child) => once(child, 'exit')));
    // The same programs for somebody else, and another program on the same file, are none of our business.
    const others = [
      running(`${ours}-of-another`),
      running(path.join(folder.dir, 'original'), 'ffmpeg'),
      spawn('tail', ['-f', original], { stdio: 'ignore' }),
    ];
    try {
      const server = await startTestServer({ dataDir: folder.dir, env: { NODE_NAME: 'main' } });
      assert.deepEqual(await ended, Array(2).fill([null, 'SIGKILL']));
      assert.deepEqual(await filesOnDisk(server), []);
      for (const { exitCode, signalCode } of others) assert.deepEqual([exitCode, signalCode], [null, null]);
      await server.stop();
    } finally {
      for (const child of [...left, ...others]) child.kill('SIGKILL');
      await folder.remove();
    }
  });

  it('a caller that goes away ends its conversion, and so does one that deletes its resumable upload', async () => {
    const server = await startTestServer();
    try {
      const form = new FormData();
      form.set('video', new Blob([new Uint8Array(film)]), 'a.mp4');
      const leaving = new AbortController();
      const headers = { 'x-api-key': server.apiKey };
      const request = { method: 'POST', headers, body: form, signal: leaving.signal };
      const answer = fetch(`${server.url}/api/upload-video`, request).catch((error: unknown) => error);
      await converting(server);
      leaving.abort();
      assert.ok((await answer) instanceof Error);
      const workerEnds = async () => (await runningWorkers(server.dataDir)).length === 0;
      await eventually(workerEnds, { what: 'the worker to end' });
      assert.deepEqual(await eventually(() => filesOnDisk(server)), []);

      const { headers: answered } = await server.request
        .post(door)
        .set({ ...protocol, 'content-type': bytesType, 'upload-length': String(film.length) })
        .set('upload-metadata', said({ kind: 'video' }))
        .send(film)
        .expect(201);
      const resumable = String(answered['location']);
      await converting(server);
      await server.request.delete(resumable).set(protocol).expect(204);
      await server.request.get(resumable).expect(404);
      await eventually(workerEnds, { what: 'the second worker to end' });
      assert.deepEqual(await filesOnDisk(server), []);
      assert.deepEqual(await readdir(path.join(server.dataDir, 'uploads', '.resumable')), []);
    } finally {
      await server.stop();
    }
  });

  it('a web address is fetched through the filter: a file is prepared and posted, a page is shown with its preview', async () => {
    const web = new HostileServer();
    await web.start();
    const simulator = await startTestSimulator();
    const allowed = `127.0.0.1:${String(web.port)}`;
    const server = await startTestServer({ simulator, env: { OUTBOUND_ALLOW_PRIVATE: allowed, MAX_UPLOAD_MB: '1' } });
    try {
      await linkAccount(server, simulator);
      const contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
      const picture = await sharp(await noise(200))
        .jpeg()
        .toBuffer();
      web.on('/shop/offer.jpg', (_request, response) => response.end(picture));
      web.on('/page', (_request, response) => response.end('<html>no picture</html>'));
      web.on('/endless', (_request, response) => {
        const more = setInterval(() => response.write(Buffer.alloc(200_000)), 5);
        response.on('close', () => {
          clearInterval(more);
        });
      });
      const content = `http://${allowed}/shop/offer.jpg`;
      const { report, status } = await post(server, simulator, contact, { type: 'image', content });
      assert.deepEqual(report.problems, []);
      assert.match(status.content, /^\d{10}-[0-9a-z]{16}\.jpg$/);
      const page = `http://${allowed}/offer`;
      web.on('/offer', (_request, response) => {
        response.setHeader('content-type', 'text/html');
        response.end('<title>Half price</title><meta name="description" content="Until Friday">');
      });
      const options = {
        body: { type: 'url', content: page, caption: 'Look', targetNumbers: [contact] },
        expected: 202,
        headers: { prefer: 'wait=30' },
      };
      const { data: linked } = await callApi<Success<Status>>(server, 'POST', '/sessions/acc1/send-status', options);
      await simulator.drain();
      const story = simulator.statuses(contact).find(({ id }) => id === linked.messageId);
      const link = { url: page, title: 'Half price', description: 'Until Friday', hasThumbnail: false };
      assert.deepEqual([story?.text, story?.link, story?.warnings], [`Look\n${page}`, link, []]);

      const before = await filesOnDisk(server);
      const send = (address: string) =>
        server.request.post('/api/sessions/acc1/send-status').send({ type: 'image', content: address });
      for (const [address, code, sentence] of [
        [`http://${allowed}/page`, 415, /web page/],
        [`http://${allowed}/missing`, 400, /./],
        [`http://${allowed}/endless`, 400, /./],
        ['http://127.0.0.1:1/a.jpg', 400, /./],
        ['http://169.254.169.254/latest/meta-data', 400, /./],
      ] as const) {
        const refused = await send(address);
        assert.equal(refused.status, code, `${address}: ${JSON.stringify(refused.body)}`);
        assert.match(refused.body.error, sentence);
      }
      assert.deepEqual(await filesOnDisk(server), before);
    } finally {
      await server.stop();
      await simulator.stop();
      await web.stop();
    }
  });
});
