import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Success } from '../../server/contract/envelope.js';
import type { PairingCode } from '../../server/contract/sessions.js';
import { callApi } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { makeTempDir } from '../support/temp-dir.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { codeBlocksOf } from './readme-blocks.js';

const blocks = codeBlocksOf('README.md');
const [apiExample, ...otherApiExamples] = blocks.filter(
  ({ language, code }) => language === 'sh' && code.includes('$API'),
);
const [socketExample, ...otherSocketExamples] = blocks.filter(({ language }) => language === 'js');
/** The account's own, which links it, and those it posts to: numbers that belong to nobody. */
const numbers = ['12025550100', '12025550101', '12025550102'];

describe('the examples of the README', function () {
  this.timeout(120_000);
  let simulator: TestSimulator;
  let server: TestServer;
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  const running: ChildProcess[] = [];

  before(async () => {
    folder = await makeTempDir();
    for (const name of ['node_modules', 'scripts']) await symlink(path.resolve(name), path.join(folder.dir, name));
    simulator = await startTestSimulator();
    const [own, ...contacts] = numbers.map((phoneNumber) => ({ phoneNumber }));
    simulator.addContacts({ contacts });
    simulator.controls.linking.addAccount(own);
    server = await startTestServer({ simulator });
  });
  after(async () => {
    for (const child of running) child.kill('SIGKILL');
    await server.stop();
    await simulator.stop();
    await folder.remove();
  });

  /** Runs a program in a folder that looks like a clone, with the key in KEY. */
  function run(command: string, args: string[]) {
    const env = { PATH: process.env['PATH'], HOME: folder.dir, KEY: server.apiKey };
    const child = spawn(command, args, { cwd: folder.dir, env, stdio: ['ignore', 'pipe', 'pipe'] });
    running.push(child);
    const said = { out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
    return { said, ended: once(child, 'close') as Promise<[number | null]> };
  }

  /** What is different here: where the server is, its key, that a wrong answer ends the run, and the pauses. */
  function here(code: string): string {
    return code
      .replaceAll('http://127.0.0.1:3000', server.url)
      .replace(/^KEY=\.\.\..*$/m, 'curl() { command curl --fail-with-body "$@"; }')
      .replaceAll('sleep 5', 'sleep 0.2');
  }

  it('are all run here', () => {
    assert.deepEqual([otherApiExamples, otherSocketExamples], [[], []]);
    assert.ok(apiExample?.code.includes('KEY=...'));
    const inDemo = readFileSync('scripts/lib/demo-content.mjs', 'utf8');
    for (const number of numbers) assert.ok(inDemo.includes(number), `${number} is somebody in the demo`);
  });

  it('run from top to bottom, and the live events tell of what they do', async () => {
    assert.ok(apiExample && socketExample);
    await writeFile(path.join(folder.dir, 'events.mjs'), here(socketExample.code));
    const events = run(process.execPath, ['events.mjs']);
    await eventually(() => assert.match(events.said.out, /^listening$/m, events.said.err), { timeoutMs: 30_000 });

    const example = run('bash', ['-euo', 'pipefail', '-c', here(apiExample.code)]);
    const phone = eventually(
      async () => {
        const { data } = await callApi<Success<PairingCode>>(server, 'GET', '/sessions/shop/pairing-code');
        await simulator.enterCode(data.phoneNumber, data.pairingCode);
      },
      { timeoutMs: 60_000, what: 'a pairing code' },
    );
    const [code] = await example.ended;
    assert.equal(code, 0, `${example.said.out}\n${example.said.err}`);
    await phone;
    assert.ok((await stat(path.join(folder.dir, 'qr.png'))).size > 0);
    for (const line of [/^scan shop \S+ data:image\/png/, /^shop connected true/, /^bread done 100/]) {
      await eventually(() => assert.match(events.said.out, new RegExp(line.source, 'm')), { what: line.source });
    }
    const sent = await eventually(() => {
      const ids = [...events.said.out.matchAll(/^sent (\S+)/gm)].map(([, id]) => id ?? '');
      assert.equal(ids.length, 3, 'a text, a picture, and the text again');
      return ids;
    });
    for (const line of [`^views ${sent[0] ?? ''}`, `^deleted ${sent[0] ?? ''}`]) {
      await eventually(() => assert.match(events.said.out, new RegExp(line, 'm')));
    }
    assert.equal(events.said.err, '');
    assert.deepEqual(simulator.refusedRules(), []);
  });

  it('name commands that there are', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    const text = readFileSync('README.md', 'utf8');
    const named = [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(test|start)\b)/g)].map(([, run, own]) => run ?? own ?? '');
    assert.ok(named.length > 8);
    assert.deepEqual(
      named.filter((name) => scripts[name] === undefined),
      [],
    );
  });
});
