import assert from 'node:assert/strict';
import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { connectDatabase } from '../../server/db/database.js';
import { keptLog } from '../support/kept-log.js';
import { startTestServer } from '../support/test-server.js';

const door = '/api/uploads/resumable';
const protocol = { 'tus-resumable': '1.0.0', 'upload-length': '9', 'content-type': 'application/offset+octet-stream' };
const leftover = (digit: number): string => `1767225600-${String(digit).repeat(16)}.jpg`;

describe('what cannot be deleted', () => {
  it('keeps neither the server from starting nor the rest from being deleted, and is told once', async function () {
    this.timeout(60_000);
    const first = await startTestServer();
    const begin = async (): Promise<string> => {
      const metadata = `kind ${Buffer.from('image').toString('base64')}`;
      const headers = { ...protocol, 'x-api-key': first.apiKey, 'upload-metadata': metadata };
      const answer = await first.request.post(door).set(headers).send(Buffer.from('x')).expect(201);
      return path.basename(String(answer.headers['location']));
    };
    const ids = [await begin(), await begin(), await begin()];
    await first.stop({ keepData: true });

    const uploadsDir = path.join(first.dataDir, 'uploads');
    const resumable = path.join(uploadsDir, '.resumable');
    const stubborn = path.join(resumable, ids[1] ?? '');
    await rm(stubborn);
    await mkdir(stubborn);
    await writeFile(path.join(resumable, 'nobody-knows-it'), 'x');
    const longAgo = new Date('2026-01-01T00:00:00Z');
    for (const digit of [1, 2]) {
      await writeFile(path.join(uploadsDir, leftover(digit)), 'x');
      await utimes(path.join(uploadsDir, leftover(digit)), longAgo, longAgo);
    }
    const data = await connectDatabase({ file: path.join(first.dataDir, 'data', 'statuscast.sqlite') });
    await data('incoming_uploads').update({ expires_at: 1 });

    const { logger, lines } = keptLog();
    const second = await startTestServer({ dataDir: first.dataDir, replace: { logger } });
    assert.deepEqual(await data('incoming_uploads').pluck('id'), [ids[1]]);
    assert.deepEqual(await readdir(resumable), [ids[1]]);
    assert.deepEqual(
      (await readdir(uploadsDir)).filter((name) => name.endsWith('.jpg')),
      [],
    );
    const told = lines.filter(({ msg }) => msg === 'a periodic task failed');
    assert.deepEqual(
      told.map(({ task }) => task),
      ['cleaning up uploads: unfinished ones'],
    );
    await data.destroy();
    await second.stop();
    await rm(first.dataDir, { recursive: true, force: true });
  });
});
