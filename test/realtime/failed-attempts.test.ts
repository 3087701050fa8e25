import assert from 'node:assert/strict';
import { once } from 'node:events';
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import { WebSocket } from 'ws';
import { clientAddressOf, networkOf, withoutPort } from '../../server/lib/client-address.js';
import { FailedAttempts } from '../../server/realtime/failed-attempts.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

type Options = Partial<ManagerOptions & SocketOptions>;

describe('live connections with keys that do not work', () => {
  let server: TestServer;
  const clients: Socket[] = [];
  beforeEach(async () => {
    server = await startTestServer({ env: { RATE_LIMIT_MAX: '2', TRUST_PROXY: '1' } });
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.disconnect();
    await server.stop();
  });

  /** `connected`, or the code of the refusal. */
  function attempt(apiKey: string, options: Options = {}): Promise<unknown> {
    const socket = io(server.url, {
      auth: { apiKey },
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      ...options,
    });
    clients.push(socket);
    return new Promise((resolve) => {
      socket.once('connect', () => {
        resolve('connected');
      });
      socket.once('connect_error', (error: Error & { data?: { code: unknown } }) => {
        resolve(error.data?.code ?? error.message);
      });
    });
  }

  it('are counted per client address, and shut out no right key behind it', async () => {
    const from = (address: string): Options => ({ extraHeaders: { 'x-forwarded-for': address } });
    assert.equal(await attempt('wrong', from('203.0.113.1')), 'unauthorized');
    assert.equal(await attempt(server.apiKey, from('203.0.113.1')), 'connected');
    assert.equal(await attempt('wrong', from('203.0.113.1')), 'unauthorized');
    assert.equal(await attempt('wrong', from('203.0.113.1')), 'rate_limited');
    // The address that the trusted proxy adds counts, not what the caller claims before it.
    assert.equal(await attempt('', from('198.51.100.7, 203.0.113.1')), 'rate_limited');
    assert.equal(await attempt(server.apiKey, from('203.0.113.1')), 'connected');
    assert.equal(await attempt('wrong', from('203.0.113.2')), 'unauthorized');
  });

  it('are closed after one attempt', async () => {
    // Socket.IO by hand: its own client would close the connection itself.
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
    const heard: string[] = [];
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      heard.push(text);
      if (text.startsWith('0')) socket.send('40{"apiKey":"wrong"}');
    });
    await once(socket, 'close');
    assert.equal(heard.length, 2);
    assert.match(heard[1] ?? '', /^44.*This API key is not valid/);
  });
});

describe('counting failures', () => {
  it('begins anew when the window is over, and forgets the oldest of very many', () => {
    let nowMs = 0;
    const attempts = new FailedAttempts({ max: 1, windowMs: 1_000, nowMs: () => nowMs });
    attempts.record('a');
    nowMs = 400;
    assert.equal(attempts.waitMs('a'), 600);
    nowMs = 1_000;
    assert.equal(attempts.waitMs('a'), undefined);
    attempts.record('a');
    assert.equal(attempts.waitMs('a'), 1_000);
    for (let count = 0; count < 10_000; count += 1) attempts.record(String(count));
    assert.equal(attempts.waitMs('a'), undefined);
    assert.equal(attempts.waitMs('0'), 1_000);
  });
});

describe('the address of a client', () => {
  const socket = { remoteAddress: '10.0.0.1' } as never;
  const of = (forwarded: string | undefined, proxies: number): string =>
    clientAddressOf({ headers: { 'x-forwarded-for': forwarded }, socket }, proxies);

  it('is taken from behind as many proxies as are trusted, and no more', () => {
    assert.equal(of('203.0.113.1', 0), '10.0.0.1');
    assert.equal(of('198.51.100.7, 203.0.113.1', 1), '203.0.113.1');
    assert.equal(of('198.51.100.7, 203.0.113.1', 2), '198.51.100.7');
    assert.equal(of('203.0.113.1', 5), '203.0.113.1');
    assert.equal(of(undefined, 1), '10.0.0.1');
  });

  it('are of one caller, whichever port a proxy names with its address', () => {
    for (const [written, address] of [
      ['203.0.113.1:4711', '203.0.113.1'],
      ['[2001:db8::1]:4711', '2001:db8::1'],
      ['[2001:db8::1]', '2001:db8::1'],
      ['2001:db8::1', '2001:db8::1'],
    ] as const) {
      assert.equal(withoutPort(written), address);
    }
  });

  it('counts as its network in IPv6', () => {
    assert.equal(networkOf('203.0.113.1'), '203.0.113.1');
    assert.equal(networkOf('::ffff:203.0.113.1'), '::ffff:203.0.113.1');
    assert.equal(networkOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2');
    assert.equal(networkOf('2001:db8::6'), '2001:db8:0:0');
    assert.equal(networkOf('::1'), '0:0:0:0');
    assert.equal(networkOf('fe80::1:2:3:4:5'), 'fe80:0:0:1');
  });
});
