import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { projectRoot } from '../../server/lib/project-root.js';
import { eventually } from '../support/eventually.js';
import { ServerProcess } from '../support/server-process.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { makeTempDir } from '../support/temp-dir.js';
import { runningWorkers } from './running-workers.js';
import { uploadForm } from './upload-form.js';

/** Addons as their files are called: of sharp with libvips, and of FFmpeg. */
const decoders = /sharp|libvips|node-av/;

describe('the processes in which media are prepared', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let folder: { dir: string; remove: () => Promise<void> };
  let server: ServerProcess;
  const workers = (): Promise<number[]> => runningWorkers(path.join(folder.dir, 'uploads'));
  /** What the process has of its files in memory. */
  const mapped = (pid: number | undefined): Promise<string> => readFile(`/proc/${String(pid)}/maps`, 'utf8');

  before(async () => {
    simulator = await startTestSimulator();
    folder = await makeTempDir();
    server = await ServerProcess.start({ simulator, dir: folder.dir, env: { AUTH_ENCRYPTION_KEY: 'ab'.repeat(32) } });
  });
  after(async () => {
    await server.end();
    await simulator.stop();
    await folder.remove();
  });

  it('have the decoders, and none of the keys; the server has no decoder', async () => {
    assert.deepEqual(await workers(), [], 'none before there is something to do');
    const picture = await sharp({ create: { width: 800, height: 600, channels: 3, background: '#1F6F5C' } })
      .jpeg()
      .toBuffer();
    await uploadForm(server, 'image', picture);
    const [worker] = await workers();
    assert.ok(worker);
    assert.match(await mapped(worker), decoders);
    assert.doesNotMatch(await mapped(server.child.pid), decoders);
    const environment = await readFile(`/proc/${String(worker)}/environ`, 'latin1');
    const names = environment.split('\0').flatMap((entry) => entry.split('=')[0] || []);
    assert.deepEqual(
      names.filter((name) => /KEY|URL|DIR|NODE_/.test(name) && !name.startsWith('NODE_CHANNEL')),
      [],
      environment,
    );
    assert.ok(!environment.includes(server.apiKey));
  });

  it('end when the server went away while they were starting', async () => {
    const program = path.join(projectRoot(), 'server', 'media-worker', 'main.ts');
    const worker = fork(program, [folder.dir], { execArgv: ['--import', 'tsx'], detached: true });
    const ended = once(worker, 'exit');
    worker.disconnect();
    await ended;
  });

  it('end with a server that is killed', async () => {
    assert.equal((await workers()).length, 1);
    await server.end('SIGKILL');
    await eventually(async () => (await workers()).length === 0, { what: 'the worker to end' });
  });
});
