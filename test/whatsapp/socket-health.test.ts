import assert from 'node:assert/strict';
import { SocketHealth, defaultStuckLimits } from '../../server/whatsapp/connection/socket-health.js';
import { readWebVersion } from '../../server/whatsapp/connection/web-versions.js';
import { StartLimiter } from '../../server/sessions/start-limiter.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { openTestGateway, type TestGateway } from './open-gateway.js';

describe('the health of a socket', () => {
  let nowMs: number;
  let health: SocketHealth;
  beforeEach(() => {
    nowMs = 1_000_000;
    health = new SocketHealth({ now: () => new Date(nowMs) }, defaultStuckLimits, () => nowMs);
  });

  it('is stuck when no frame has come for too long, and not while answers come', () => {
    nowMs += defaultStuckLimits.silenceMs - 1;
    health.onStanza({ tag: 'iq', attrs: { type: 'result' } });
    nowMs += defaultStuckLimits.silenceMs - 1;
    assert.equal(health.stuckReason(), undefined);
    nowMs += 1;
    assert.match(health.stuckReason() ?? '', /nothing comes/);
    assert.equal(health.read().lastEventAt, null);
  });

  it('counts the offline queue down, and is stuck when it does not move', () => {
    health.onStanza({ tag: 'ib', attrs: {}, content: [{ tag: 'offline_preview', attrs: { count: '2' } }] });
    health.onStanza({ tag: 'receipt', attrs: { offline: '0' } });
    assert.equal(health.read().pendingOfflineItems, 1);
    nowMs += defaultStuckLimits.offlineStallMs;
    health.onStanza({ tag: 'iq', attrs: {} });
    assert.match(health.stuckReason() ?? '', /offline queue/);
    health.onStanza({ tag: 'ib', attrs: {}, content: [{ tag: 'offline', attrs: { count: '2' } }] });
    assert.equal(health.read().pendingOfflineItems, 0);
    assert.equal(health.stuckReason(), undefined);
  });

  it('is not stuck while the offline queue moves, however long it takes', () => {
    health.onStanza({ tag: 'ib', attrs: {}, content: [{ tag: 'offline_preview', attrs: { count: '9' } }] });
    for (let nth = 0; nth < 4; nth += 1) {
      nowMs += defaultStuckLimits.offlineStallMs - 1;
      health.onStanza({ tag: 'receipt', attrs: { offline: '0' } });
      assert.equal(health.stuckReason(), undefined);
    }
  });

  it('is stuck after two posts in a row without an acknowledgement', () => {
    health.onPost('unanswered');
    health.onPost('answered');
    health.onPost('unanswered');
    assert.equal(health.stuckReason(), undefined);
    health.onPost('unanswered');
    assert.match(health.stuckReason() ?? '', /not acknowledged/);
  });
});

describe('the starts of sessions', () => {
  it('are limited at once and per minute, in order, and a place can be given up before its turn', () => {
    let nowMs = 0;
    const begun: number[] = [];
    const limiter = new StartLimiter({ atOnce: 2, perMinute: 3 }, () => nowMs);
    const turns = [1, 2, 3, 4, 5].map((number) => limiter.request(() => begun.push(number)));
    assert.deepEqual(begun, [1, 2]);
    turns[2]?.release();
    turns[0]?.release();
    turns[0]?.release();
    assert.deepEqual(begun, [1, 2, 4]);
    turns[1]?.release();
    assert.deepEqual(begun, [1, 2, 4], 'three have set out within the minute');
    nowMs = 60_000;
    turns[3]?.release();
    assert.deepEqual(begun, [1, 2, 4, 5]);
    limiter.stop();
  });
});

describe('the version of WhatsApp Web', () => {
  it('is read from the service worker, plain or escaped, and nothing else is taken for it', () => {
    assert.deepEqual(readWebVersion('x={"client_revision":1030123456,'), [2, 3000, 1_030_123_456]);
    assert.deepEqual(readWebVersion('\\"client_revision\\": 1030123456'), [2, 3000, 1_030_123_456]);
    assert.equal(readWebVersion('<html>sorry</html>'), undefined);
  });
});

describe('a connection that only looks open', () => {
  let simulator: TestSimulator;
  let gateway: TestGateway;
  beforeEach(async () => {
    simulator = await startTestSimulator();
    gateway = await openTestGateway(simulator, { checkMs: 20 }, {}, { silenceMs: 1_000, redeliverMs: 50 });
  });
  afterEach(async () => {
    await gateway.stop();
    await simulator.stop();
  });

  it('is replaced when nothing comes any more', async () => {
    const { live, phoneNumber } = await gateway.link(simulator);
    simulator.controls.faults.disconnect(phoneNumber, { kind: 'silence' });
    const closed = await live.event('closed', 3_000);
    assert.equal(closed.action, 'reconnect');
    assert.match(closed.reason, /nothing comes/);
  });

  it('is replaced when receipts were not recorded, which makes WhatsApp deliver them again', async () => {
    const { live, phoneNumber } = await gateway.link(simulator);
    live.recordReceipts = () => Promise.reject(new Error('the disk is full'));
    const attrs = {
      from: 'status@broadcast',
      participant: '4915100000099@s.whatsapp.net',
      id: 'M1',
      t: '1',
      type: 'read',
    };
    simulator.controls.traffic.sendStanza(phoneNumber, { tag: 'receipt', attrs }, true);
    const closed = await live.event('closed', 3_000);
    assert.match(closed.reason, /receipts were not recorded/);
    const next = gateway.open();
    await next.event('open');
    await eventually(() => next.receipts.length > 0, { what: 'the receipt again' });
    assert.equal(next.receipts[0]?.messageId, 'M1');
  });

  it('acknowledges incoming <status> stanzas, so that they are not delivered again', async () => {
    const { phoneNumber } = await gateway.link(simulator);
    const attrs = { from: '4915100000099@s.whatsapp.net', id: 'S1', t: '1' };
    simulator.controls.traffic.sendStanza(phoneNumber, { tag: 'status', attrs }, true);
    const waiting = () => simulator.controls.linking.account(phoneNumber).devices[0]?.unacknowledged;
    await eventually(() => waiting() === 0, { what: 'the acknowledgement' });
  });
});
