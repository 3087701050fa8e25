import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import sharp from 'sharp';
import type { Failure } from '../../server/contract/errors.js';
import type { Upload, UploadKind } from '../../server/contract/media.js';
import { filesOfUploads } from '../media/files-of-uploads.js';
import { runningWorkers } from '../media/running-workers.js';
import { callApi } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { makeFilm } from '../support/media-files.js';
import { randomFrom, seedOfRun } from '../support/random-from.js';
import { ServerProcess } from '../support/server-process.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { makeTempDir } from '../support/temp-dir.js';

const uploadCount = Number(process.env['UPLOADS'] ?? 50);
const atOnce = 4;
const longestPauseMs = 4_000;
const seed = seedOfRun();

describe(`media workers that are killed at random during ${String(uploadCount)} uploads (seed ${String(seed)})`, function () {
  this.timeout(30 * 60_000);
  let simulator: TestSimulator;
  let folder: { dir: string; remove: () => Promise<void> };
  let server: ServerProcess;
  let uploads: string;

  before(async () => {
    simulator = await startTestSimulator();
    folder = await makeTempDir();
    uploads = path.join(folder.dir, 'uploads');
    server = await ServerProcess.start({ simulator, dir: folder.dir });
  });
  after(async () => {
    await server.end();
    await simulator.stop();
    await folder.remove();
  });

  async function upload(kind: UploadKind, bytes: Buffer): Promise<number> {
    const form = new FormData();
    form.set(kind, new Blob([new Uint8Array(bytes)]), `my ${kind}`);
    const headers = { 'x-api-key': server.apiKey };
    const response = await fetch(`${server.url}/api/upload-${kind}`, { method: 'POST', headers, body: form });
    const answer = (await response.json()) as Partial<Failure>;
    if (response.status === 201) return 201;
    assert.deepEqual([response.status, answer.code], [503, 'unavailable'], JSON.stringify(answer));
    assert.match(answer.error ?? '', /Try again in a moment/);
    return response.status;
  }

  it('every upload ends with a file or a sentence, nothing half-made is left, and the server goes on', async () => {
    const random = randomFrom(seed);
    const film = await makeFilm(6, { size: '1280x720', rate: 30 });
    const points = { width: 5_000, height: 4_000, channels: 3, background: '#1F6F5C' } as const;
    const picture = await sharp({ create: points }).png({ progressive: true, compressionLevel: 1 }).toBuffer();

    const over = new AbortController();
    let kills = 0;
    const killing = (async () => {
      while (!over.signal.aborted) {
        // The moment itself is what is tried out here, so it cannot be waited for.
        await pause(random() * longestPauseMs);
        const workers = await runningWorkers(uploads);
        const worker = workers[Math.floor(random() * workers.length)];
        if (worker === undefined) continue;
        try {
          process.kill(worker, 'SIGKILL');
          kills += 1;
        } catch {
          // It had ended by itself.
        }
      }
    })();

    const waiting = Array.from({ length: uploadCount }, (_, index) => index % 2 === 0);
    const statuses: number[] = [];
    const uploading = async (): Promise<void> => {
      for (let isFilm = waiting.pop(); isFilm !== undefined; isFilm = waiting.pop()) {
        statuses.push(await (isFilm ? upload('video', film) : upload('image', picture)));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, uploading));
    over.abort();
    await killing;

    const taken = statuses.filter((status) => status === 201).length;
    console.log(
      `      ${String(kills)} workers ended, ${String(taken)} uploads taken, ${String(statuses.length - taken)} told to try again`,
    );
    assert.equal(statuses.length, uploadCount);
    assert.ok(kills > 10, String(kills));
    const { data } = await callApi<{ data: Upload[] }>(server, 'GET', '/uploads?limit=100');
    assert.equal(data.length, taken);
    const there = (await readdir(uploads)).filter((name) => !name.startsWith('.'));
    assert.deepEqual(there.sort(), filesOfUploads(data).sort());
    for (const node of await readdir(path.join(uploads, '.incoming'))) {
      await eventually(async () => assert.deepEqual(await readdir(path.join(uploads, '.incoming', node)), []), {
        what: 'what was half-made to be cleared away',
      });
    }
    assert.equal(await upload('video', film), 201);
  });
});
