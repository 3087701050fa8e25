import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import supertest from 'supertest';
import * as tus from 'tus-js-client';
import type { Success } from '../../server/contract/envelope.js';
import type { ResumableUpload } from '../../server/contract/resumable-uploads.js';
import { bytesType, door, pictureOf, protocol, said } from '../media/tus-requests.js';
import { eventually } from '../support/eventually.js';
import { ServerProcess } from '../support/server-process.js';
import { makeTempDir } from '../support/temp-dir.js';

describe('resumable uploads to a server that is killed', function () {
  this.timeout(5 * 60_000);

  it('go on where they were, also those that were whole', async () => {
    const picture = await pictureOf(3 * 1024 * 1024);
    const folder = await makeTempDir();
    const simulator = { url: 'ws://127.0.0.1:9/ws/chat', rootKeyHex: '', mediaCaFile: '' };
    const first = await ServerProcess.start({ simulator, dir: folder.dir });
    const headers = { 'x-api-key': first.apiKey, ...protocol };
    const start = (bytes: Buffer, length: number) =>
      supertest(first.url)
        .post(door)
        .set({ ...headers, 'content-type': bytesType, 'upload-length': String(length) })
        .set('upload-metadata', said({ kind: 'image' }))
        .send(bytes)
        .expect(201);
    const half = String((await start(picture.subarray(0, 1000), picture.length)).headers['location']);
    const kept = path.join(folder.dir, 'uploads', '.resumable');
    // In the middle of the next bytes.
    const line = connect(Number(new URL(first.url).port), '127.0.0.1');
    line.on('error', () => undefined);
    const head = { ...headers, host: 'x', 'content-type': bytesType, 'upload-offset': '1000' };
    const lines = Object.entries({ ...head, 'content-length': '500000' }).map(([name, value]) => `${name}: ${value}`);
    line.write([`PATCH ${half} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
    line.write(picture.subarray(1000, 200_000));
    await eventually(async () => (await stat(path.join(kept, path.basename(half)))).size > 100_000, { what: 'bytes' });
    const whole = String((await start(picture, picture.length)).headers['location']);
    await first.end('SIGKILL');
    line.destroy();

    const second = await ServerProcess.start({ simulator, dir: folder.dir });
    const agent = supertest.agent(second.url).set(headers);
    const found = await agent.head(half).expect(200);
    assert.ok(Number(found.headers['upload-offset']) > 100_000, String(found.headers['upload-offset']));
    assert.equal(found.headers['upload-metadata'], said({ kind: 'image' }));
    await new Promise<void>((resolve, reject) => {
      const sending = { uploadUrl: `${second.url}${half}`, headers: { 'x-api-key': second.apiKey } };
      new tus.Upload(picture, { ...sending, onSuccess: () => resolve(), onError: reject }).start();
    });
    for (const url of [half, whole]) {
      const { body } = await agent.get(url).set('prefer', 'wait=30').expect(200);
      assert.equal((body as Success<ResumableUpload>).data.state, 'done', JSON.stringify(body));
    }
    await eventually(async () => (await readdir(kept)).length === 0, { what: 'the files to go' });
    await second.end('SIGTERM');
    await folder.remove();
  });
});
