import assert from 'node:assert/strict';
import path from 'node:path';
import { io, type Socket } from 'socket.io-client';
import type { AppEvent, EventName } from '../../server/contract/events.js';
import { eventNames } from '../../server/contract/events.js';
import { connectDatabase, type Database } from '../../server/db/database.js';
import { EventBus } from '../../server/events/event-bus.js';
import { createLogger } from '../../server/lib/logger.js';
import { LoginService } from '../access/login-service.js';
import { makeCallers, makeKey, makeWorld, world, type Caller } from '../support/principals.js';
import { eventually } from '../support/eventually.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

type Place = (typeof world)[keyof typeof world];

const linking: readonly EventName[] = ['qr-code', 'pairing-code'];
const ofOrganization: readonly EventName[] = ['drafts-updated'];

/** The rule, in other words than the server's. */
function shouldHear(caller: Caller, name: EventName, place: Place): boolean {
  if (!caller.may.includes('read')) return false;
  if (linking.includes(name) && !caller.may.includes('manage')) return false;
  if (caller.root) return true;
  if (ofOrganization.includes(name) && caller.sessionId !== null) return false;
  return caller.organizationId === place.organizationId && (caller.sessionId ?? place.sessionId) === place.sessionId;
}

function eventOf(name: EventName, place: Place): AppEvent {
  // What is in them does not matter to who gets them; updates of viewers are put together by status.
  const payload = { sessionId: place.sessionId, statusId: `status of ${place.sessionId}`, viewers: [] };
  return { name, ...place, ...(ofOrganization.includes(name) && { sessionId: null }), payload } as AppEvent;
}

describe('live events and who gets them', function () {
  this.timeout(60_000);
  let server: TestServer;
  let logins: LoginService;
  let bus: EventBus;
  let db: Database;
  let sessionKeys: Map<string, string>;
  const clients: Socket[] = [];

  before(async () => {
    logins = await LoginService.start();
    bus = new EventBus(createLogger({ logLevel: 'silent' }));
    server = await startTestServer({ env: { ...logins.env, JWT_CLOCK_TOLERANCE_SECONDS: '0' }, replace: { bus } });
    db = await connectDatabase({ file: path.join(server.dataDir, 'data', 'statuscast.sqlite') });
    sessionKeys = await makeWorld(server);
  });
  after(async () => {
    await db.destroy();
    await server.stop();
    await logins.stop();
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.disconnect();
  });

  /** The client once it is connected, or the code with which it was refused. */
  async function connect(auth: object, cookie?: string): Promise<Socket | string> {
    const extraHeaders = cookie === undefined ? {} : { cookie, origin: server.url };
    const options = { transports: ['websocket'], reconnection: false, forceNew: true };
    const socket = io(server.url, { ...options, auth, extraHeaders });
    clients.push(socket);
    return new Promise((resolve) => {
      socket.once('connect', () => {
        resolve(socket);
      });
      socket.once('connect_error', (error: Error & { data?: { code?: string } }) => {
        resolve(error.data?.code ?? error.message);
      });
    });
  }
  async function connected(auth: object): Promise<Socket> {
    const socket = await connect(auth);
    assert.ok(typeof socket !== 'string', 'refused');
    return socket;
  }
  function ended(socket: Socket): Promise<string> {
    return new Promise((resolve) => {
      socket.once('disconnect', resolve);
    });
  }
  /** Comes after everything that was sent before it on the same connection. */
  async function answerOf(socket: Socket, sessionId: string): Promise<void> {
    const seen = new Promise((resolve) => socket.once('session-created', resolve));
    const place = Object.values(world).find((one) => one.sessionId === sessionId) ?? world.own;
    bus.publish(eventOf('session-created', place));
    await seen;
  }

  it('is what their key or login may see, for every event and every kind of caller', async () => {
    const expire = async (keyId: string, at: Date): Promise<void> => {
      await db('api_keys').where({ id: keyId }).update({ expires_at: at.getTime() });
    };
    const callers = await makeCallers(server, logins, sessionKeys, expire);
    const refused: string[] = [];
    const listening: { caller: Caller; socket: Socket; heard: string[] }[] = [];
    for (const caller of callers) {
      const answer = await connect(caller.credential === undefined ? {} : { apiKey: caller.credential }, caller.cookie);
      if (typeof answer === 'string') {
        assert.equal(answer, caller.valid ? 'forbidden' : 'unauthorized', caller.title);
        assert.ok(!caller.may.includes('read'), caller.title);
        refused.push(caller.title);
        continue;
      }
      const heard: string[] = [];
      answer.onAny((name: string, payload: { sessionId: string }) => heard.push(`${name} ${payload.sessionId}`));
      listening.push({ caller, socket: answer, heard });
    }
    assert.equal(refused.length, 14);
    assert.equal(listening.length, 17);

    // The end of a session ends its keys' connections, so it is told apart from the rest, below.
    const names = eventNames.filter((name) => name !== 'session-deleted' && name !== 'session-created');
    assert.ok(names.length >= 8);
    const sent = Object.values(world).flatMap((place) => names.map((name) => ({ name, place })));
    for (const { name, place } of sent) bus.publish(eventOf(name, place));
    const first = listening.map(({ caller, socket }) =>
      answerOf(socket, caller.sessionId ?? (caller.organizationId === 'globex' ? 'foreign' : 'own')),
    );
    await Promise.all(first);
    let heardInAll = 0;
    for (const { caller, heard } of listening) {
      const expected = sent.filter(({ name, place }) => shouldHear(caller, name, place));
      const got = heard.filter((line) => !line.startsWith('session-created'));
      assert.deepEqual(
        got.sort(),
        expected.map(({ name, place }) => `${name} ${place.sessionId}`).sort(),
        caller.title,
      );
      heardInAll += got.length;
    }
    assert.ok(heardInAll > 150, String(heardInAll));
  });

  it('end at once when the key is revoked, and for no other key', async () => {
    const [one, other] = [await makeKey(server, {}), await makeKey(server, {})];
    const [mine, also, theirs] = [
      await connected({ apiKey: one.apiKey }),
      await connected({ apiKey: one.apiKey }),
      await connected({ apiKey: other.apiKey }),
    ];
    const ends = [ended(mine), ended(also)];
    await server.request.delete(`/api/keys/${one.id}`).expect(204);
    assert.deepEqual(await Promise.all(ends), ['io server disconnect', 'io server disconnect']);
    assert.equal(await connect({ apiKey: one.apiKey }), 'unauthorized');
    assert.ok(theirs.connected);
  });

  it('leave no connection behind that was made while its key was revoked', async () => {
    for (let round = 0; round < 10; round += 1) {
      const key = await makeKey(server, {});
      const [outcome] = await Promise.all([
        connect({ apiKey: key.apiKey }),
        server.request.delete(`/api/keys/${key.id}`).expect(204),
      ]);
      if (typeof outcome === 'string') assert.equal(outcome, 'unauthorized');
      else await eventually(() => !outcome.connected, { what: 'the end of the connection' });
    }
  });

  it('end with the key, at the end it was given last', async () => {
    const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();
    const key = await makeKey(server, { expiresAt: inMs(60_000) });
    const socket = await connected({ apiKey: key.apiKey });
    const over = ended(socket);
    const endsAt = inMs(300);
    await server.request.patch(`/api/keys/${key.id}`).send({ expiresAt: endsAt }).expect(200);
    await over;
    assert.ok(Date.now() >= Date.parse(endsAt), 'not before');
    assert.equal(await connect({ apiKey: key.apiKey }), 'unauthorized');
  });

  it('go on beyond the end that a key had, when it was moved in time', async () => {
    const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();
    const first = inMs(500);
    const key = await makeKey(server, { organizationId: 'acme', expiresAt: first });
    const socket = await connected({ apiKey: key.apiKey });
    await server.request.patch(`/api/keys/${key.id}`).send({ expiresAt: null }).expect(200);
    await eventually(() => Date.now() > Date.parse(first) + 50, { what: 'the end that is none' });
    await answerOf(socket, 'own');
    assert.ok(socket.connected);
  });

  it('end with the login, also under the name "token"', async () => {
    const claims = { organization: 'acme', role: 'viewer' };
    const expiresAt = Math.floor(Date.now() / 1000) + 2;
    const token = await logins.token(claims, { expiresAt });
    const [one, other] = [await connected({ token }), await connected({ apiKey: token })];
    await Promise.all([ended(one), ended(other)]);
    assert.ok(Date.now() >= expiresAt * 1000, 'not before');
    assert.equal(await connect({ token }), 'unauthorized');
  });

  it('end with the organization', async () => {
    await server.request.post('/api/organizations').send({ id: 'brief', name: 'Brief' }).expect(201);
    const { apiKey } = await makeKey(server, { organizationId: 'brief' });
    const token = await logins.token({ organization: 'brief', role: 'viewer' });
    const sockets = [await connected({ apiKey }), await connected({ token })];
    const ends = sockets.map(ended);
    await server.request.delete('/api/organizations/brief').expect(204);
    await Promise.all(ends);
    assert.equal(await connect({ token }), 'forbidden');
  });
});
