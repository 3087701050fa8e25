import assert from 'node:assert/strict';
import path from 'node:path';
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import { capabilities, type Capability } from '../../server/contract/access.js';
import { hashOfKey, newKeyText } from '../../server/access/api-key.js';
import { ApiKeysStore } from '../../server/access/api-keys-store.js';
import type { AppEvent } from '../../server/contract/events.js';
import { connectDatabase, type Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { EventBus } from '../../server/events/event-bus.js';
import { createLogger } from '../../server/lib/logger.js';
import { eventually } from '../support/eventually.js';
import { insertOrganization, insertSession } from '../support/sample-rows.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { viewersEvent, type ViewersEvent } from './viewers-event.js';

const at = '2026-01-28T10:00:00.000Z';

function deleted(sessionId: string, organizationId = 'default'): AppEvent {
  return { name: 'session-deleted', organizationId, sessionId, payload: { sessionId } };
}
function statusesUpdated(sessionId: string, organizationId = 'default'): AppEvent {
  return { name: 'statuses-updated', organizationId, sessionId, payload: { sessionId } };
}
function qrCode(sessionId: string): AppEvent {
  const payload = { sessionId, qrCode: 'data:image/png;base64,AA', expiresAt: at };
  return { name: 'qr-code', organizationId: 'default', sessionId, payload };
}
function pairingCode(sessionId: string): AppEvent {
  const payload = { sessionId, pairingCode: 'ABCD1234', phoneNumber: '4915112345678', expiresAt: at };
  return { name: 'pairing-code', organizationId: 'default', sessionId, payload };
}

/** The first argument of the next event of this name. */
function once(socket: Socket, name: string): Promise<unknown> {
  return new Promise((resolve) => {
    socket.once(name, resolve);
  });
}

describe('live events', () => {
  let server: TestServer;
  let db: Database;
  let bus: EventBus;
  const clients: Socket[] = [];

  before(async () => {
    bus = new EventBus(createLogger({ logLevel: 'silent' }));
    server = await startTestServer({ replace: { bus }, env: { CORS_ORIGINS: 'https://desk.example' } });
    db = await connectDatabase({ file: path.join(server.dataDir, 'data', 'statuscast.sqlite') });
    await insertOrganization(db, 'other');
    await insertSession(db, { sessionId: 'acc1' });
    await insertSession(db, { sessionId: 'acc2' });
    await insertSession(db, { sessionId: 'far', organizationId: 'other' });
  });
  after(async () => {
    await db.destroy();
    await server.stop();
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.disconnect();
  });

  async function makeKey(options: {
    organizationId?: string;
    sessionId?: string;
    capabilities?: readonly Capability[];
    revoked?: boolean;
    expiresAt?: Date;
  }): Promise<string> {
    const kind = options.sessionId === undefined ? 'admin' : 'session';
    const key = newKeyText(kind);
    const units = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
    await units.run((tx) =>
      new ApiKeysStore(db).insert(tx, {
        id: key.slice(-8),
        organizationId: options.organizationId ?? 'default',
        sessionId: options.sessionId ?? null,
        kind,
        name: kind,
        hash: hashOfKey(key),
        prefix: key.slice(0, 12),
        capabilities: options.capabilities ?? capabilities,
        createdAt: new Date(),
        expiresAt: options.expiresAt ?? null,
        revokedAt: options.revoked === true ? new Date() : null,
        lastUsedAt: null,
        createdBy: 'root',
        rateLimitMax: null,
      }),
    );
    return key;
  }

  function client(options: Partial<ManagerOptions & SocketOptions>): Socket {
    const socket = io(server.url, { transports: ['websocket'], reconnection: false, forceNew: true, ...options });
    clients.push(socket);
    return socket;
  }

  async function connected(apiKey: string): Promise<{ socket: Socket; heard: [string, unknown][] }> {
    const socket = client({ auth: { apiKey } });
    const heard: [string, unknown][] = [];
    socket.onAny((name: string, payload: unknown) => heard.push([name, payload]));
    await once(socket, 'connect');
    return { socket, heard };
  }

  async function refusalOf(
    options: Partial<ManagerOptions & SocketOptions>,
  ): Promise<{ message: string; code: unknown }> {
    const error = (await once(client(options), 'connect_error')) as Error & { data?: { code: unknown } };
    return { message: error.message, code: error.data?.code };
  }

  /** What comes after this one event has come after everything before it: the order on one connection is kept. */
  async function barrier(...listeners: { socket: Socket }[]): Promise<void> {
    const name = 'statuses-updated';
    const seen = listeners.map(({ socket }) => once(socket, name));
    for (const [sessionId, organizationId] of [
      ['acc1', 'default'],
      ['acc2', 'default'],
      ['far', 'other'],
    ] as const) {
      bus.publish(statusesUpdated(sessionId, organizationId));
    }
    await Promise.all(seen);
  }

  describe('are refused in the handshake', () => {
    it('without a key, with a wrong, revoked or expired one', async () => {
      const revoked = await makeKey({ revoked: true });
      const expired = await makeKey({ expiresAt: new Date(Date.now() - 1) });
      for (const auth of [{}, { apiKey: 'wrong' }, { apiKey: 5 }, { apiKey: revoked }, { apiKey: expired }]) {
        const refusal = await refusalOf({ auth });
        assert.equal(refusal.code, 'unauthorized', JSON.stringify(auth));
        assert.match(refusal.message, /API key/);
      }
    });

    it('with a key that may not read', async () => {
      const refusal = await refusalOf({ auth: { apiKey: await makeKey({ capabilities: ['send'] }) } });
      assert.equal(refusal.code, 'forbidden');
    });

    it('from pages of other origins', async () => {
      const auth = { apiKey: server.apiKey };
      await refusalOf({ auth, extraHeaders: { origin: 'https://evil.example' } });
      await once(client({ auth, extraHeaders: { origin: 'https://desk.example' } }), 'connect');
      await once(client({ auth, extraHeaders: { origin: server.url } }), 'connect');
    });
  });

  it('take the key from the headers too', async () => {
    await once(client({ extraHeaders: { 'x-api-key': server.apiKey } }), 'connect');
    await once(client({ extraHeaders: { authorization: `Bearer ${server.apiKey}` } }), 'connect');
  });

  it('reach everybody who may see the session, once, and nobody else', async () => {
    const root = await connected(server.apiKey);
    const admin = await connected(await makeKey({}));
    const stranger = await connected(await makeKey({ organizationId: 'other' }));
    const owner = await connected(await makeKey({ sessionId: 'acc1' }));
    const neighbour = await connected(await makeKey({ sessionId: 'acc2' }));
    bus.publish(qrCode('acc1'));
    await barrier(root, admin, stranger, owner, neighbour);
    const qrCodes = ({ heard }: typeof root) => heard.filter(([name]) => name === 'qr-code');
    for (const one of [root, admin, owner]) assert.deepEqual(qrCodes(one), [['qr-code', qrCode('acc1').payload]]);
    for (const one of [stranger, neighbour]) assert.deepEqual(qrCodes(one), []);
    assert.deepEqual(stranger.heard, [['statuses-updated', { sessionId: 'far' }]]);
    assert.deepEqual(neighbour.heard, [['statuses-updated', { sessionId: 'acc2' }]]);
  });

  it('keep what links a phone from those who may not run the session', async () => {
    const viewer = await connected(await makeKey({ capabilities: ['read'] }));
    const poster = await connected(await makeKey({ capabilities: ['read', 'send'], sessionId: 'acc1' }));
    const runner = await connected(await makeKey({ capabilities: ['read', 'manage'], sessionId: 'acc1' }));
    bus.publish(qrCode('acc1'));
    bus.publish(pairingCode('acc1'));
    await barrier(viewer, poster, runner);
    const names = ({ heard }: typeof viewer) => new Set(heard.map(([name]) => name));
    for (const one of [viewer, poster]) assert.deepEqual(names(one), new Set(['statuses-updated']));
    assert.deepEqual(names(runner), new Set(['qr-code', 'pairing-code', 'statuses-updated']));
  });

  it('end for the keys of a session when it is deleted, after they were told', async () => {
    const owner = await connected(await makeKey({ sessionId: 'acc2' }));
    const admin = await connected(await makeKey({}));
    const ended = once(owner.socket, 'disconnect');
    bus.publish(deleted('acc2'));
    await ended;
    assert.deepEqual(owner.heard, [['session-deleted', { sessionId: 'acc2' }]]);
    await barrier(admin);
    assert.ok(admin.socket.connected);
  });

  it('are complete when the server stops: what was put together goes out before', async () => {
    const own = new EventBus(createLogger({ logLevel: 'silent' }));
    const stopping = await startTestServer({ replace: { bus: own } });
    const socket = io(stopping.url, {
      transports: ['websocket'],
      reconnection: false,
      auth: { apiKey: stopping.apiKey },
    });
    clients.push(socket);
    const seen: number[] = [];
    socket.on('status-viewers-update', ({ counts }: ViewersEvent['payload']) => seen.push(counts.viewed));
    await once(socket, 'connect');
    const ended = once(socket, 'disconnect');
    const publish = (viewed: number): void => own.publish(viewersEvent('st1', [String(viewed)], viewed));
    publish(1);
    await eventually(() => assert.deepEqual(seen, [1]));
    publish(2);
    publish(3);
    await stopping.stop();
    await ended;
    assert.deepEqual(seen, [1, 3]);
  });

  it('end for a client that sends without end', async () => {
    const { socket } = await connected(server.apiKey);
    const ended = once(socket, 'disconnect');
    for (let count = 0; count < 200; count += 1) socket.emit('noise', count);
    await ended;
  });
});
