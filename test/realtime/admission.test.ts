import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { io, type Socket } from 'socket.io-client';
import { Callers } from '../../server/access/callers.js';
import { type Principal, rootPrincipal } from '../../server/access/principal.js';
import { SignInCookie } from '../../server/access/sign-in-cookie.js';
import { EventBus } from '../../server/events/event-bus.js';
import { AppError } from '../../server/lib/app-error.js';
import { createLogger } from '../../server/lib/logger.js';
import { RealtimeServer } from '../../server/realtime/realtime-server.js';

const hourMs = 60 * 60_000;
const logger = createLogger({ logLevel: 'silent' });
const wrongKey = (): Error => new AppError('unauthorized', 'This API key is not valid.');

describe('who is let in to live events', () => {
  let web: Server;
  let realtime: RealtimeServer;
  let bus: EventBus;
  let nowMs: number;
  /** What is found out about the key, each time that it is asked for. */
  let identify: () => Principal;
  let asked: number;
  const clients: Socket[] = [];

  beforeEach(async () => {
    [nowMs, asked] = [Date.now(), 0];
    identify = () => keyOf({});
    bus = new EventBus(logger);
    web = createServer().listen(0, '127.0.0.1');
    await once(web, 'listening');
    const authenticate = async (): Promise<Principal> => {
      asked += 1;
      return Promise.resolve(identify());
    };
    realtime = new RealtimeServer(web, {
      bus,
      logger,
      clock: { now: () => new Date(nowMs) },
      trustProxy: 0,
      corsOrigins: [],
      publicOrigin: undefined,
      callers: new Callers({
        authenticator: { authenticate },
        signIns: { authenticate },
        cookie: new SignInCookie(null),
        publicOrigin: undefined,
      }),
      failureLimit: { max: 100, windowMs: 1_000 },
      maxConnections: { ofOne: 3, inAll: 3 },
    });
    realtime.start();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.disconnect();
    realtime.stop();
    web.closeAllConnections();
    await new Promise((resolve) => web.close(resolve));
  });

  function keyOf(facts: Partial<Principal>): Principal {
    return { ...rootPrincipal, id: 'key k1', kind: 'admin', organizationId: 'acme', keyId: 'k1', ...facts };
  }
  const inMs = (ms: number): Date => new Date(nowMs + ms);
  function connect(): Socket {
    const { port } = web.address() as AddressInfo;
    const options = { transports: ['websocket'], reconnection: false, forceNew: true, auth: { apiKey: 'a key' } };
    const socket = io(`http://127.0.0.1:${String(port)}`, options);
    clients.push(socket);
    return socket;
  }
  const next = (socket: Socket, name: string): Promise<unknown> =>
    new Promise((resolve) => {
      socket.once(name, resolve);
    });
  async function connected(): Promise<Socket> {
    const socket = connect();
    await next(socket, 'connect');
    return socket;
  }
  /** Some ways to the client and back: whatever was to happen at once has happened. */
  async function heardAgain(socket: Socket): Promise<void> {
    for (let time = 0; time < 10; time += 1) {
      const heard = next(socket, 'statuses-updated');
      const payload = { sessionId: 'acc1' };
      bus.publish({ name: 'statuses-updated', organizationId: 'acme', sessionId: 'acc1', payload });
      await heard;
    }
  }

  it('stays while nobody can say whether the key still works, but not beyond the end that it had', async () => {
    identify = () => keyOf({ expiresAt: inMs(hourMs) });
    const socket = await connected();
    identify = () => {
      throw new Error('no connection to the database');
    };
    realtime.reviewKey('k1');
    await heardAgain(socket);
    const ended = next(socket, 'disconnect');
    nowMs += hourMs;
    realtime.reviewKey('k1');
    assert.equal(await ended, 'io server disconnect');
  });

  it('is looked at once more after the handshake, when the key may have ended meanwhile', async () => {
    identify = () => {
      if (asked > 1) throw wrongKey();
      return keyOf({});
    };
    assert.equal(await next(connect(), 'disconnect'), 'io server disconnect');
  });

  it('is looked at again when the key, the login or the sign-in ends, whichever is first', async () => {
    const createdAt = new Date(nowMs);
    for (const [expiresInMs, signInEndsInMs] of [
      [20, hourMs],
      [hourMs, 20],
      [undefined, 20],
    ] as const) {
      const ends = inMs(signInEndsInMs);
      const expiresAt = expiresInMs === undefined ? null : inMs(expiresInMs);
      asked = 0;
      identify = () => {
        if (asked > 2) throw wrongKey();
        return keyOf({ expiresAt, signIn: { id: 's1', createdAt, endsAt: ends } });
      };
      await next(connect(), 'disconnect');
      assert.equal(asked, 3);
    }
  });

  it('is not looked at again and again when the key ends later than a timer can wait', async () => {
    identify = () => keyOf({ expiresAt: inMs(100 * 24 * hourMs) });
    await heardAgain(await connected());
    assert.equal(asked, 2);
  });

  it('leaves no timer behind', async () => {
    identify = () => keyOf({ expiresAt: inMs(hourMs) });
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    await heardAgain(await connected());
    const before = timers();
    for (let time = 0; time < 10; time += 1) {
      const socket = await connected();
      socket.disconnect();
    }
    await heardAgain(await connected());
    assert.ok(timers() < before + 6, 'timers stay');
  });

  it('needs a key that may read', async () => {
    identify = () => keyOf({ capabilities: new Set(['send', 'manage']) });
    const error = (await next(connect(), 'connect_error')) as Error & { data: { code: string } };
    assert.equal(error.data.code, 'forbidden');
  });

  it('is counted: as many as may be connected, and nobody more until one leaves', async () => {
    const [first] = [await connected(), await connected(), await connected()];
    assert.equal(realtime.connectionCount, 3);
    const { port } = web.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${String(port)}/socket.io/?EIO=4&transport=polling`);
    assert.equal(answer.status, 403);
    assert.match(await answer.text(), /Too many connections/);
    first.disconnect();
    while (realtime.connectionCount > 2) await new Promise((resolve) => setImmediate(resolve));
    await connected();
  });

  it('ends for the key, the sign-in or the organization that is told, and for nobody else', async () => {
    const createdAt = new Date(nowMs);
    const people: Partial<Principal>[] = [
      {},
      { keyId: 'k2', sessionId: 'acc1' },
      { keyId: null, organizationId: 'other', signIn: { id: 's1', createdAt, endsAt: inMs(hourMs) } },
    ];
    const sockets: Socket[] = [];
    for (const person of people) {
      identify = () => keyOf(person);
      sockets.push(await connected());
    }
    assert.deepEqual([realtime.connectedKeyIds.sort(), realtime.connectedSignInIds], [['k1', 'k2'], ['s1']]);
    const ended = async (end: () => void, index: number): Promise<void> => {
      const over = next(sockets[index] ?? connect(), 'disconnect');
      end();
      await over;
    };
    realtime.dropKey('s1');
    realtime.dropSignIn('k1');
    realtime.dropOrganization('acc1');
    await ended(() => realtime.dropOrganization('acme'), 0);
    await ended(() => realtime.dropKey('k2'), 1);
    assert.ok(sockets[2]?.connected);
    await ended(() => realtime.dropSignIn('s1'), 2);
  });
});
