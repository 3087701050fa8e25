import { equal, ok } from 'node:assert/strict';
import type { Disconnect } from '../../simulator/faults/disconnect.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { linkByQr, PlainClient, type MemoryAuth } from './plain-client.js';

const phoneNumber = '4915112345678';

describe('every way in which a connection ends, as plain Baileys reports it', () => {
  let simulator: TestSimulator;
  let auth: MemoryAuth;

  before(async () => {
    simulator = await startTestSimulator();
    const client = await linkByQr(simulator, { phoneNumber });
    auth = client.auth;
    await client.close();
  });
  after(() => simulator.stop());

  const expected: [string, Disconnect, number][] = [
    ['515, the restart', { kind: 'restart-required' }, 515],
    ['503', { kind: 'stream-error', code: '503' }, 503],
    ['a stream error with any code', { kind: 'stream-error', code: '516' }, 516],
    ['a stream error without a code', { kind: 'stream-error' }, 500],
    ['a connection that was replaced', { kind: 'replaced' }, 440],
    ['a device that was removed', { kind: 'device-removed' }, 401],
    ['malformed XML', { kind: 'malformed' }, 500],
    ['missing acknowledgements', { kind: 'missing-acks' }, 500],
    ['a failure without a reason', { kind: 'failure' }, 500],
    ['a ban in the middle of a connection', { kind: 'failure', reason: '406' }, 406],
    ['the multi-device notice', { kind: 'downgrade' }, 411],
    ['the end of the stream', { kind: 'stream-end' }, 428],
    ['a closed WebSocket', { kind: 'close', code: 1011 }, 428],
    ['a reset', { kind: 'reset' }, 428],
    ['a frame that is cut in the middle', { kind: 'cut-frame' }, 428],
  ];
  for (const [name, how, code] of expected) {
    it(`${name} is ${code}`, async () => {
      const client = await new PlainClient(simulator, auth).opened();
      simulator.controls.faults.disconnect(phoneNumber, how);
      equal((await client.ended()).code, code);
    });
  }

  it('silence is 408 once the keep-alive is missed', async () => {
    const client = await new PlainClient(simulator, auth, { keepAliveIntervalMs: 500 }).opened();
    simulator.controls.faults.disconnect(phoneNumber, { kind: 'silence' });
    equal((await client.ended()).code, 408);
  });

  for (const reason of ['401', '402', '403', '405', '406', '409', '500', '503']) {
    it(`a login that fails with ${reason} is ${reason}`, async () => {
      const attributes = reason === '402' ? { code: '106', expire: '3600' } : {};
      simulator.controls.accounts.change(phoneNumber, { loginFailure: { reason, attributes } });
      const { code } = await new PlainClient(simulator, auth).ended();
      simulator.controls.accounts.change(phoneNumber, { loginFailure: null });
      equal(code, Number(reason));
    });
  }

  it('a refused upgrade brings no event, and the next attempt works', async () => {
    simulator.controls.faults.outage({ upgradeStatus: 503 });
    const refused = new PlainClient(simulator, auth, { connectTimeoutMs: 300 });
    equal(refused.closed, null);
    simulator.controls.faults.outage({ upgradeStatus: null });
    await (await new PlainClient(simulator, auth).opened()).close();
    refused.socket.ws.removeAllListeners();
  });

  it('slow frames, in two pieces each, still make an open connection', async () => {
    const client = await new PlainClient(simulator, auth).opened();
    simulator.controls.faults.disturb(phoneNumber, { frameDelayMs: 20 });
    ok(await client.socket.fetchPrivacySettings(true));
    await client.close();
  });
});
