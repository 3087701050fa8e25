import assert from 'node:assert/strict';
import type { PairingCode, QrCode, Session } from '../../server/contract/sessions.js';
import { childOf, type BinaryNode } from '../../simulator/wire/node.js';
import { callApi, waitUntilConnected } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { ServerProcess } from '../support/server-process.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { makeTempDir } from '../support/temp-dir.js';

const phoneNumber = '4915123456789';

describe('a server that is killed while an account is being linked', function () {
  this.timeout(120_000);
  let simulator: TestSimulator;
  let folder: { dir: string; remove: () => Promise<void> };
  let server: ServerProcess;
  beforeEach(async () => {
    simulator = await startTestSimulator();
    folder = await makeTempDir();
    server = await ServerProcess.start({ simulator, dir: folder.dir });
  });
  afterEach(async () => {
    await server.end();
    await simulator.stop();
    await folder.remove();
  });

  const create = (body: object) =>
    callApi(server, 'POST', '/sessions', { body: { sessionId: 'acc1', ...body }, expected: 201 });
  const qrOf = async (): Promise<QrCode> => (await callApi<{ data: QrCode }>(server, 'GET', '/sessions/acc1/qr')).data;
  const codeOf = async (): Promise<PairingCode> =>
    (await callApi<{ data: PairingCode }>(server, 'GET', '/sessions/acc1/pairing-code')).data;
  const sessionNow = async (): Promise<Session> =>
    (await callApi<{ data: Session }>(server, 'GET', '/sessions/acc1')).data;
  const startAgain = async (): Promise<void> => {
    await server.end();
    server = await ServerProcess.start({ simulator, dir: folder.dir });
  };
  /** Kills the server in the moment in which such a stanza passes; answers how to stop listening. */
  const killAt = (way: 'received' | 'sent', isIt: (node: BinaryNode) => boolean): (() => void) =>
    simulator.controls.traffic.watchStanzas((went, node) => {
      if (went === way && isIt(node)) server.child.kill('SIGKILL');
    });
  const isConnectedAsOneDevice = async (): Promise<void> => {
    await waitUntilConnected(server, 'acc1');
    assert.equal(simulator.controls.linking.account(phoneNumber).devices.length, 1);
  };
  /** By itself, or by the new code if there is one. */
  const becomesConnected = async (): Promise<void> => {
    const state = await eventually(
      async () => {
        const session = await sessionNow();
        assert.ok(['connected', 'waiting_for_qr'].includes(session.state), `it is ${session.state}`);
        return session.state;
      },
      { timeoutMs: 20_000, what: 'a connection or a code' },
    );
    if (state === 'waiting_for_qr') await simulator.scanQr((await qrOf()).qr, { phoneNumber });
    await isConnectedAsOneDevice();
  };

  it('while the QR code is shown: there is a new one, which links', async () => {
    await create({ authMethod: 'qrcode' });
    const dead = await qrOf();
    await startAgain();
    const fresh = await qrOf();
    assert.notEqual(fresh.qr, dead.qr);
    await simulator.scanQr(fresh.qr, { phoneNumber });
    await isConnectedAsOneDevice();
  });

  it('while the pairing code is shown: there is a new one, which links', async () => {
    await create({ phoneNumber });
    const dead = await codeOf();
    await startAgain();
    const fresh = await codeOf();
    assert.notEqual(fresh.pairingCode, dead.pairingCode);
    await simulator.enterCode(phoneNumber, fresh.pairingCode.replace('-', ''));
    await isConnectedAsOneDevice();
  });

  const moments: [what: string, way: 'received' | 'sent', isIt: (node: BinaryNode) => boolean][] = [
    ['when the phone has scanned', 'sent', (node) => childOf(node, 'pair-success') !== undefined],
    ['when it has confirmed the link', 'received', (node) => childOf(node, 'pair-device-sign') !== undefined],
    ['when WhatsApp asks for the restart', 'sent', (node) => node.tag === 'stream:error'],
    ['when it logs in for the first time', 'sent', (node) => node.tag === 'success'],
  ];
  for (const [what, way, isIt] of moments) {
    it(`${what}: it is linked in the end, as one device`, async () => {
      await create({ authMethod: 'qrcode' });
      const { qr } = await qrOf();
      const stop = killAt(way, isIt);
      await simulator.scanQr(qr, { phoneNumber }).catch(() => undefined);
      await eventually(() => assert.equal(server.isRunning, false, 'it runs'), { timeoutMs: 20_000 });
      stop();
      await startAgain();
      await becomesConnected();
    });
  }

  for (const afterMs of [0, 20, 40, 60, 80, 120]) {
    it(`${String(afterMs)} ms after the phone has begun to scan: it is linked in the end, as one device`, async () => {
      await create({ authMethod: 'qrcode' });
      const { qr } = await qrOf();
      const scanned = simulator.scanQr(qr, { phoneNumber }).catch(() => undefined);
      setTimeout(() => server.child.kill('SIGKILL'), afterMs);
      await scanned;
      await eventually(() => assert.equal(server.isRunning, false, 'it runs'), { timeoutMs: 20_000 });
      await startAgain();
      await becomesConnected();
    });
  }
});
