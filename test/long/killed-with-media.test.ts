import assert from 'node:assert/strict';
import { readdir, utimes } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Success } from '../../server/contract/envelope.js';
import type { Upload } from '../../server/contract/media.js';
import type { Status } from '../../server/contract/statuses.js';
import { filesOfUploads } from '../media/files-of-uploads.js';
import { opened } from '../support/media-journey.js';
import { runningWorkers } from '../media/running-workers.js';
import { makeFilm } from '../support/media-files.js';
import { uploadForm } from '../media/upload-form.js';
import { jpeg } from '../simulator-media/sample-files.js';
import { callApi, linkAccount, waitUntilConnected } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { randomFrom, seedOfRun } from '../support/random-from.js';
import { ServerProcess } from '../support/server-process.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { makeTempDir } from '../support/temp-dir.js';

const kills = Number(process.env['KILLS'] ?? 15);
const seed = seedOfRun();
/** A video of ten seconds comes in three parts. */
const env = { STATUS_MEDIA_SECONDS: '4' };
const filmSeconds = 10;
const hourMs = 60 * 60_000;

describe(`a server that is killed ${String(kills)} times at work on files (seed ${String(seed)})`, function () {
  this.timeout(60 * 60_000);
  let simulator: TestSimulator;
  let folder: { dir: string; remove: () => Promise<void> };
  let server: ServerProcess;
  let contact: string;
  let uploads: string;

  before(async () => {
    simulator = await startTestSimulator();
    folder = await makeTempDir();
    uploads = path.join(folder.dir, 'uploads');
    server = await ServerProcess.start({ simulator, dir: folder.dir, env });
    await linkAccount(server, simulator);
    contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
  });
  after(async () => {
    await server.end();
    await simulator.stop();
    await folder.remove();
  });

  const film = (size: string, seconds: number): Promise<Buffer> => makeFilm(seconds, { size, rate: 30 });
  const post = async (content: string, type: 'image' | 'video'): Promise<Status> => {
    const body = { type, content, targetNumbers: [contact] };
    return (await callApi<Success<Status>>(server, 'POST', '/sessions/acc1/send-status', { body, expected: 202 })).data;
  };
  const library = async () => (await callApi<{ data: Upload[] }>(server, 'GET', '/uploads?limit=100')).data;

  /** Whole files that the library does not know: their record was still to be written. */
  async function filesWithoutRecord(): Promise<string[]> {
    const known = new Set(filesOfUploads(await library()));
    const there = (await readdir(uploads)).filter((name) => !name.startsWith('.'));
    const missing = [...known].filter((name) => !there.includes(name));
    assert.deepEqual(missing, [], 'the library names files that are not there');
    return there.filter((name) => !known.has(name));
  }

  /** Whether something is being made. */
  const isConverting = async () =>
    (await readdir(path.join(uploads, '.incoming'), { recursive: true })).some((name) => name.endsWith('.mp4'));

  /** Nothing unfinished is left. */
  async function assertCleared(): Promise<void> {
    assert.deepEqual(await runningWorkers(folder.dir), []);
    for (const node of await readdir(path.join(uploads, '.incoming'))) {
      assert.deepEqual(await readdir(path.join(uploads, '.incoming', node)), []);
    }
  }

  it('leaves nothing half-written, and posts what it accepted once, to be opened', async () => {
    const random = randomFrom(seed);
    const coming = await film('640x360', filmSeconds);
    const picture = (await uploadForm(server, 'image', await jpeg(1_600, 1_200))).filename;
    const video = (await uploadForm(server, 'video', await film('480x854', 3))).filename;
    const began = performance.now();
    await uploadForm(server, 'video', coming);
    const takesMs = performance.now() - began;
    const killed = { converting: 0, whilePosting: 0, uploadDone: 0 };
    const accepted: Status[] = [];
    let withoutRecord = 0;
    for (let round = 0; round < kills; round += 1) {
      const before = (await library()).length;
      const upload = uploadForm(server, 'video', coming).then(
        () => true,
        () => false,
      );
      const posted = await Promise.all([post(picture, 'image'), post(video, 'video')]);
      accepted.push(...posted);
      // The moment itself is what is tried out here, so it cannot be waited for.
      await pause(random() ** 2 * takesMs * 1.2);
      const wasConverting = await isConverting();
      await server.end('SIGKILL');
      const wasAnswered = await upload;
      const arrived = simulator.statuses(contact).filter(({ id }) => posted.some(({ messageId }) => messageId === id));
      if (wasConverting) killed.converting += 1;
      if (arrived.length < posted.length) killed.whilePosting += 1;
      if (wasAnswered) killed.uploadDone += 1;

      server = await ServerProcess.start({ simulator, dir: folder.dir, env });
      await assertCleared();
      const after = await library();
      assert.ok(
        after.length === before + 1 || (after.length === before && !wasAnswered),
        'an upload that was answered',
      );
      assert.ok(
        after.every(({ parts, durationMs }) => durationMs === null || durationMs < 4_500 || parts.length === 3),
      );
      withoutRecord += (await filesWithoutRecord()).length;
      await waitUntilConnected(server, 'acc1');
      for (const { id } of posted) {
        await eventually(
          async () => {
            const { data } = await callApi<Success<Status>>(server, 'GET', `/sessions/acc1/statuses/${id}`);
            assert.equal(data.state, 'sent', JSON.stringify(data.error));
          },
          { timeoutMs: 60_000, what: 'the status to be sent' },
        );
      }
    }
    await simulator.drain();
    const stories = simulator.statuses(contact);
    assert.deepEqual(stories.map(({ id }) => id).sort(), accepted.map(({ messageId }) => messageId).sort());
    for (const { id } of stories) assert.deepEqual((await opened(simulator, contact, id)).report.problems, []);

    // What was whole and not yet in the library goes once it is sure that nobody is about to write it down.
    const old = new Date(Date.now() - 2 * hourMs);
    for (const name of await filesWithoutRecord()) await utimes(path.join(uploads, name), old, old);
    await server.end('SIGTERM');
    server = await ServerProcess.start({ simulator, dir: folder.dir, env });
    assert.deepEqual(await filesWithoutRecord(), []);
    await assertCleared();
    const seconds = Math.round((performance.now() - began) / 1_000);
    process.stderr.write(
      `${JSON.stringify({ seed, kills, ...killed, withoutRecord, posts: stories.length, seconds })}\n`,
    );
    assert.ok(killed.converting > 0, 'it was killed while it converted');
  });
});
