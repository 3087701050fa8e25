import assert from 'node:assert/strict';
import { ServerProcess } from '../support/server-process.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { makeTempDir } from '../support/temp-dir.js';
import { linkAccount, waitUntilConnected } from '../support/link-account.js';

describe('a linked account whose server is killed', function () {
  this.timeout(90_000);
  let simulator: TestSimulator;
  let folder: { dir: string; remove: () => Promise<void> };
  let server: ServerProcess;
  before(async () => {
    simulator = await startTestSimulator();
    folder = await makeTempDir();
  });
  after(async () => {
    await server.end();
    await simulator.stop();
    await folder.remove();
  });

  it('comes back connected as the same device', async () => {
    server = await ServerProcess.start({ simulator, dir: folder.dir });
    const { phoneNumber } = await linkAccount(server, simulator);
    const [before] = simulator.controls.linking.account(phoneNumber).devices;
    await server.end('SIGKILL');
    server = await ServerProcess.start({ simulator, dir: folder.dir });
    assert.equal((await waitUntilConnected(server, 'acc1')).ownNumber, phoneNumber);
    const devices = simulator.controls.linking.account(phoneNumber).devices;
    assert.equal(devices.length, 1);
    assert.equal(devices[0]?.deviceJid, before?.deviceJid);
    assert.ok((devices[0]?.logins ?? 0) > (before?.logins ?? 0));
  });
});
