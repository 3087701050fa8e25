import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { makeTempDir } from '../support/temp-dir.js';
import { type ServerAddress, linkAccount, waitUntilConnected } from '../statuses/link-account.js';

const apiKey = 'killed-server-test-key-0123456789';

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('a linked account whose server is killed', function () {
  this.timeout(90_000);
  let simulator: TestSimulator;
  let folder: { dir: string; remove: () => Promise<void> };
  let running: ChildProcess | undefined;
  beforeEach(async () => {
    simulator = await startTestSimulator();
    folder = await makeTempDir();
  });
  afterEach(async () => {
    await kill();
    await simulator.stop();
    await folder.remove();
  });

  /** The real program in a process of its own. */
  async function startProcess(): Promise<ServerAddress> {
    const port = await freePort();
    running = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), path.resolve('server/main.ts')], {
      cwd: folder.dir,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        API_KEY: apiKey,
        PORT: String(port),
        LOG_LEVEL: 'silent',
        WHATSAPP_URL: simulator.url,
        WHATSAPP_ROOT_KEY: simulator.rootKeyHex,
        WHATSAPP_MEDIA_CA_FILE: simulator.mediaCaFile,
      },
    });
    const url = `http://127.0.0.1:${String(port)}`;
    await eventually(async () => (await fetch(`${url}/readyz`)).ok, { timeoutMs: 30_000, what: 'the server' });
    return { url, apiKey };
  }

  async function kill(): Promise<void> {
    const child = running;
    running = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  it('comes back connected as the same device', async () => {
    const first = await startProcess();
    const { phoneNumber } = await linkAccount(first, simulator);
    const [before] = simulator.controls.linking.account(phoneNumber).devices;
    await kill();
    const second = await startProcess();
    assert.equal((await waitUntilConnected(second, 'acc1')).ownNumber, phoneNumber);
    const devices = simulator.controls.linking.account(phoneNumber).devices;
    assert.equal(devices.length, 1);
    assert.equal(devices[0]?.deviceJid, before?.deviceJid);
    assert.ok((devices[0]?.logins ?? 0) > (before?.logins ?? 0));
  });
});
