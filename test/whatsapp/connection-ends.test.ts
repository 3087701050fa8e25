import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { Disconnect } from '../../simulator/faults/disconnect.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { openTestGateway, type TestConnection, type TestGateway } from './open-gateway.js';

describe('how a connection ends', () => {
  let simulator: TestSimulator;
  let gateway: TestGateway;
  beforeEach(async () => {
    simulator = await startTestSimulator();
    gateway = await openTestGateway(simulator, { firstWordMs: 1_500, closeMs: 1_000 });
  });
  afterEach(async () => {
    await gateway.stop();
    await simulator.stop();
  });

  const live: [string, Disconnect, number | null, string][] = [
    ['a restart is asked for', { kind: 'restart-required' }, 515, 'reconnect_now'],
    ['the phone removed the device', { kind: 'device-removed' }, 401, 'unlink'],
    ['another client took over', { kind: 'replaced' }, 440, 'stop'],
    ['WhatsApp is unavailable', { kind: 'stream-error', code: '503' }, 503, 'reconnect'],
    ['the stream is malformed', { kind: 'malformed' }, 500, 'reconnect'],
    ['acknowledgements are missing', { kind: 'missing-acks' }, 500, 'reconnect'],
    ['linked devices are not supported', { kind: 'downgrade' }, 411, 'stop'],
    ['the stream ends', { kind: 'stream-end' }, 428, 'reconnect'],
    ['the socket closes', { kind: 'close' }, 428, 'reconnect'],
    ['the socket is reset', { kind: 'reset' }, 428, 'reconnect'],
    ['a frame does not decrypt', { kind: 'garbage' }, 500, 'reconnect'],
  ];
  for (const [what, how, code, action] of live) {
    it(`when ${what}: ${action}`, async () => {
      const linked = await gateway.link(simulator);
      simulator.controls.faults.disconnect(linked.phoneNumber, how);
      const closed = await linked.live.event('closed');
      assert.equal(closed.code, code, closed.reason);
      assert.equal(closed.action, action);
    });
  }

  const refused: [string, Record<string, string> | undefined, string][] = [
    ['401', undefined, 'unlink'],
    ['402', { code: '106', expire: '3600' }, 'pause'],
    ['403', undefined, 'stop'],
    ['405', undefined, 'stop'],
    ['406', undefined, 'stop'],
    ['409', undefined, 'stop'],
    ['418', undefined, 'reconnect_few'],
    ['500', undefined, 'reconnect'],
    ['503', undefined, 'reconnect'],
  ];
  for (const [reason, attributes, action] of refused) {
    it(`when the login is refused with ${reason}: ${action}`, async () => {
      const { live: connection } = await gateway.link(simulator);
      await connection.connection.close();
      simulator.controls.faults.add({ on: 'login', reason, attributes });
      const closed = await gateway.open().event('closed');
      assert.equal(closed.code, Number(reason));
      assert.equal(closed.action, action);
      if (reason !== '402') return;
      assert.equal(closed.retryAfterMs, 3_660_000);
      assert.match(closed.message, /broadcast list/);
    });
  }

  it('when the upgrade to a WebSocket is answered with an error: reconnect, instead of hanging', async () => {
    simulator.controls.faults.outage({ upgradeStatus: 401 });
    const closed = await gateway.open().event('closed');
    assert.equal(closed.code, 503);
    assert.equal(closed.action, 'reconnect');
  });

  it('when the server takes the connection and never says a word: reconnect, within the deadline', async () => {
    await gateway.stop();
    const mute = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(mute, 'listening');
    const { port } = mute.address() as AddressInfo;
    const url = `ws://127.0.0.1:${String(port)}/ws/chat`;
    gateway = await openTestGateway({ url, rootKeyHex: simulator.rootKeyHex }, { firstWordMs: 300, closeMs: 300 });
    const closed = await gateway.open().event('closed', 3_000);
    assert.equal(closed.code, 408);
    assert.equal(closed.action, 'reconnect');
    for (const client of mute.clients) client.terminate();
    mute.close();
  });

  it('without any event when it was closed on purpose, at once and twice', async () => {
    const { live: connection } = await gateway.link(simulator);
    const before = connection.events.length;
    await Promise.all([connection.connection.close(), connection.connection.close()]);
    assert.equal(connection.events.length, before);
    const early = gateway.open();
    await early.connection.close();
    assert.deepEqual(early.events, []);
  });

  it('by a logout: confirmed, gone from the phone, and nothing is left of the credentials', async () => {
    const { live: connection, phoneNumber } = await gateway.link(simulator);
    assert.deepEqual(await connection.connection.logout(), { confirmed: true });
    assert.deepEqual(simulator.controls.linking.account(phoneNumber).devices, []);
    assert.equal(await gateway.authStore.findCredentials('acc1'), undefined);
    assert.equal(await gateway.gateway.isLinked('acc1'), false);
  });

  it('at once when the stored credentials cannot be read, and they stay as they are', async () => {
    const { live: connection } = await gateway.link(simulator);
    await connection.connection.close();
    await gateway.db('auth_credentials').update({ value: randomBytes(400).toString('base64') });
    const broken: TestConnection = gateway.open();
    const closed = await broken.event('closed');
    assert.equal(closed.action, 'stop');
    assert.match(closed.message, /cannot be read/);
    assert.equal((await gateway.db('auth_credentials').select('*')).length, 1);
  });
});

describe('whom the wire trusts', () => {
  it('a server whose certificate another root has signed is refused', async () => {
    const simulator = await startTestSimulator();
    const stranger = await openTestGateway({ url: simulator.url, rootKeyHex: randomBytes(32).toString('hex') });
    try {
      const closed = await stranger.open().event('closed');
      assert.equal(closed.code, 400);
      assert.match(closed.reason, /certificate signature invalid/);
    } finally {
      await stranger.stop();
      await simulator.stop();
    }
  });

  it('two roots at the same time are refused; one after the other is fine', async () => {
    const simulator = { url: 'ws://127.0.0.1:9/ws/chat', rootKeyHex: randomBytes(32).toString('hex') };
    const other = { ...simulator, rootKeyHex: randomBytes(32).toString('hex') };
    const first = await openTestGateway(simulator);
    await assert.rejects(openTestGateway(other), /already trusts another/);
    await first.stop();
    await (await openTestGateway(other)).stop();
  });
});
