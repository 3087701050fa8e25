import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { eventually } from '../support/eventually.js';
import { serverProgram } from '../support/server-process.js';
import { makeTempDir } from '../support/temp-dir.js';

describe('the server process', function () {
  this.timeout(60_000);
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    folder = await makeTempDir();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await folder.remove();
  });

  function start(env: NodeJS.ProcessEnv = {}) {
    const child = spawn(process.execPath, serverProgram(), {
      cwd: folder.dir,
      env: { PATH: process.env['PATH'], PORT: '0', WHATSAPP_URL: 'ws://127.0.0.1:9/ws/chat', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    const said = { out: '', err: '' };
    child.stdout.on('data', (data: Buffer) => (said.out += data.toString()));
    child.stderr.on('data', (data: Buffer) => (said.err += data.toString()));
    const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    const started = () =>
      eventually(() => said.out.includes('server started'), { timeoutMs: 30_000, what: 'the server to start' });
    return { child, said, ended, started };
  }

  it('makes its key at the first start, says where it is without a terminal, keeps it and the data to its own user, and comes up again after it was killed', async () => {
    const first = start();
    await first.started();
    await eventually(() => first.said.out.includes('asks for it'), { what: 'the place of the key to be said' });
    const [, address = ''] = /The dashboard at (\S+)\/ asks/.exec(first.said.out) ?? [];
    const { API_KEY: key = '' } = parseEnv(await readFile(path.join(folder.dir, '.env'), 'utf8'));
    assert.match(key, /^[\w-]{43}$/);
    assert.ok(!(first.said.out + first.said.err).includes(key), 'a log has the key');
    for (const name of ['.env', 'data/statuscast.sqlite']) {
      assert.equal((await stat(path.join(folder.dir, name))).mode & 0o077, 0, name);
    }
    const answer = await fetch(`${address}/api/health`, { headers: { 'x-api-key': key } });
    assert.equal(answer.status, 200);
    first.child.kill('SIGKILL');
    await first.ended;

    const second = start();
    await second.started();
    assert.ok(!second.said.out.includes(key));
    second.child.kill('SIGINT');
    assert.deepEqual(await second.ended, [0, null]);
  });

  it('says everything that is wrong with its settings, and leaves nothing behind', async () => {
    const { said, ended } = start({ PORT: 'many', LOG_LEVEL: 'loud' });
    assert.deepEqual(await ended, [1, null]);
    assert.match(said.err, /PORT: .*\n.*LOG_LEVEL: /);
    assert.ok(!said.err.includes('    at '));
    await assert.rejects(stat(path.join(folder.dir, '.env')));
  });

  it('says in one line that its port is taken; the first start that succeeds makes the key', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const port = String((other.address() as { port: number }).port);
    const first = start({ PORT: port });
    assert.deepEqual(await first.ended, [1, null]);
    other.close();
    assert.match(first.said.err, new RegExp(`^PORT is ${port}, and another program.*\\n$`));
    await assert.rejects(stat(path.join(folder.dir, '.env')));
  });
});
