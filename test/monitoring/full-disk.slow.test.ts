import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Failure } from '../../server/contract/errors.js';
import type { Health } from '../../server/contract/monitoring.js';
import type { Status } from '../../server/contract/statuses.js';
import { createLogger } from '../../server/lib/logger.js';
import { callApi, linkAccount, postAndWait, waitUntilConnected } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { makeTempDir } from '../support/temp-dir.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

/** A disk of 24 MB at `folder`. Answers why there is none. */
function mountSmallDisk(folder: string): string | undefined {
  const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'none', folder]);
  return status === 0 ? undefined : (error?.message ?? stderr.toString().trim());
}

/** Takes all the room there is, to the last byte. */
function fill(file: string): void {
  for (const size of [1_000_000, 4096, 1]) {
    try {
      for (;;) appendFileSync(file, Buffer.alloc(size));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    }
  }
}

describe('a server whose disk is full', function () {
  this.timeout(180_000);
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  let isMounted = false;
  let simulator: TestSimulator | undefined;
  let server: TestServer | undefined;
  const lines: { level: number; msg: string; trouble?: string }[] = [];

  before(async function () {
    folder = await makeTempDir();
    const reason = mountSmallDisk(folder.dir);
    if (reason !== undefined) {
      console.log(`    skipped, since no disk can be mounted here: ${reason}`);
      this.skip();
    }
    isMounted = true;
  });
  after(async () => {
    await server?.stop({ keepData: true });
    await simulator?.stop();
    if (isMounted) assert.equal(spawnSync('umount', [folder.dir]).status, 0, 'the disk is still mounted');
    await folder.remove();
  });

  it('refuses in words, posts nothing that it could not write down, and goes on once there is room', async () => {
    const phones = await startTestSimulator();
    simulator = phones;
    const logger = createLogger({ logLevel: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) });
    const running = await startTestServer({ simulator: phones, dataDir: folder.dir, replace: { logger } });
    server = running;
    await linkAccount(running, phones);
    const contact = phones.addContacts(1)[0]?.phoneNumber ?? '';
    const textPost = (content: string): object => ({ type: 'text', content, targetNumbers: [contact] });
    const post = (content: string) => running.request.post('/api/sessions/acc1/send-status').send(textPost(content));
    const arrived = (): string[] => phones.statuses(contact).map(({ text }) => text ?? '');
    const isReady = async (): Promise<boolean> => (await running.anonymous.get('/readyz')).status === 200;

    assert.equal((await postAndWait(running, textPost('before'))).state, 'sent');
    phones.controls.faults.outage({ upgradeStatus: 503 });
    await eventually(async () => {
      const { body } = await running.request.get('/api/sessions/acc1/connection-status').expect(200);
      return body.data.connected === false;
    });
    await post('waiting').expect(202);
    lines.length = 0;
    const filler = path.join(folder.dir, 'filler');
    fill(filler);

    // The log of SQLite has room of its own for a while.
    const written: string[] = [];
    await eventually(
      async () => {
        const text = `post ${String(written.length)} ${'x'.repeat(600)}`;
        const { status } = await post(text);
        if (status === 202) written.push(text);
        return status === 503;
      },
      { what: 'a request that is refused' },
    );
    await eventually(async () => !(await isReady()), { what: 'the probe to say it' });
    phones.controls.faults.outage({ upgradeStatus: null });
    const { body } = await running.request.get('/api/health').expect(200);
    const { status, parts } = body.data as Health;
    assert.equal(status, 'failed');
    assert.match(parts['database']?.message ?? '', /the disk of the database is full\..*Make room there/);
    for (let time = 0; time < 20; time += 1) {
      const refused = await post('refused').expect(503);
      assert.equal((refused.body as Failure).code, 'unavailable');
      assert.match((refused.body as Failure).error, /the disk of the database is full/);
      assert.equal(refused.headers['retry-after'], '60');
    }
    await running.request.get('/api/sessions').expect(200);
    await phones.drain();
    assert.deepEqual(arrived(), ['before']);
    assert.deepEqual(
      lines.filter(({ level }) => level > 30).map(({ trouble }) => trouble),
      ['full'],
    );

    rmSync(filler);
    await eventually(isReady, { what: 'the server to be ready' });
    await waitUntilConnected(running, 'acc1');
    await eventually(
      async () => {
        const path = '/sessions/acc1/statuses?limit=100';
        const { data } = await callApi<{ data: Status[] }>(running, 'GET', path);
        assert.ok(data.every(({ state }) => state === 'sent'));
      },
      { what: 'everything to be sent' },
    );
    await phones.drain();
    assert.deepEqual(arrived(), ['before', 'waiting', ...written]);
    assert.ok(lines.some(({ msg }) => msg === 'the database works again'));
  });
});
