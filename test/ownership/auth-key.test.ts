import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Success } from '../../server/contract/envelope.js';
import type { ConnectionStatus } from '../../server/contract/sessions.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer, type TestServerOptions } from '../support/test-server.js';
import { makeTempDir } from '../support/temp-dir.js';
import { callApi, linkAccount, waitUntilConnected } from '../support/link-account.js';

describe('the key that seals credentials', function () {
  this.timeout(40_000);
  let simulator: TestSimulator;
  let folder: { dir: string; remove: () => Promise<void> };
  let server: TestServer | undefined;
  beforeEach(async () => {
    simulator = await startTestSimulator();
    folder = await makeTempDir();
  });
  afterEach(async () => {
    await server?.stop({ keepData: true });
    server = undefined;
    await simulator.stop();
    await folder.remove();
  });

  async function restart(env: NonNullable<TestServerOptions['env']>): Promise<TestServer> {
    await server?.stop({ keepData: true });
    server = await startTestServer({ simulator, env, dataDir: folder.dir });
    return server;
  }

  const connection = async (on: TestServer): Promise<ConnectionStatus> =>
    (await callApi<Success<ConnectionStatus>>(on, 'GET', '/sessions/acc1/connection-status')).data;

  it('comes from AUTH_ENCRYPTION_KEY, in hexadecimal or base64; a wrong one stops the session and never links anew', async () => {
    const key = randomBytes(32);
    const first = await restart({ AUTH_ENCRYPTION_KEY: key.toString('hex') });
    const { phoneNumber } = await linkAccount(first, simulator);
    await assert.rejects(stat(path.join(folder.dir, 'data', 'auth.key')));

    const wrong = await restart({ AUTH_ENCRYPTION_KEY: randomBytes(32).toString('hex') });
    const stopped = await eventually(async () => {
      const status = await connection(wrong);
      assert.equal(status.state, 'failed');
      return status;
    });
    assert.match(stopped.lastError?.message ?? '', /AUTH_ENCRYPTION_KEY/);
    assert.equal(stopped.qrCode, null);
    for (const [method, action, body] of [
      ['GET', 'qr', undefined],
      ['POST', 'request-pairing-code', { phoneNumber: '4915112345678' }],
    ] as const) {
      const answer = await callApi<{ code: string; error: string }>(wrong, method, `/sessions/acc1/${action}`, {
        body,
        expected: 409,
      });
      assert.match(answer.error, /cannot be read/, action);
    }
    // Started by hand it ends in the same way.
    await callApi(wrong, 'POST', '/sessions/acc1/start');
    await eventually(async () => (await connection(wrong)).state === 'failed', { what: 'the session to stop again' });

    const right = await restart({ AUTH_ENCRYPTION_KEY: key.toString('base64') });
    await callApi(right, 'POST', '/sessions/acc1/start');
    assert.equal((await waitUntilConnected(right, 'acc1')).ownNumber, phoneNumber);
    assert.equal(simulator.controls.linking.account(phoneNumber).devices.length, 1);
  });

  it('is made at the first start when none is given, in a file that only its owner can read', async () => {
    await restart({});
    const { mode } = await stat(path.join(folder.dir, 'data', 'auth.key'));
    assert.equal(mode & 0o777, 0o600);
  });

  it('that is not 32 bytes is refused at the start', async () => {
    await assert.rejects(restart({ AUTH_ENCRYPTION_KEY: 'too short' }), /AUTH_ENCRYPTION_KEY: Give 32 bytes/);
  });
});
