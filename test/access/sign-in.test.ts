import assert from 'node:assert/strict';
import path from 'node:path';
import { io, type Socket } from 'socket.io-client';
import supertest from 'supertest';
import { WebSocket } from 'undici';
import { connectDatabase, type Database } from '../../server/db/database.js';
import { answersAsDescribed } from '../support/contract-answers.js';
import { eventually } from '../support/eventually.js';
import { ShiftedClock } from '../support/shifted-clock.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { LoginService } from './login-service.js';
import { makeKey, makeWorld } from '../support/principals.js';
import { signInWith } from './signed-in.js';

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;
const own = { 'sec-fetch-site': 'same-origin' };

describe('signing in to the dashboard', () => {
  let server: TestServer;
  let logins: LoginService;
  let db: Database;
  let clock: ShiftedClock;
  let sessionKeys: Map<string, string>;
  const sockets: Socket[] = [];

  before(async () => {
    logins = await LoginService.start();
    clock = new ShiftedClock();
    server = await startTestServer({ env: logins.env, replace: { clock } });
    db = await connectDatabase({ file: path.join(server.dataDir, 'data', 'statuscast.sqlite') });
    sessionKeys = await makeWorld(server);
  });
  after(async () => {
    await db.destroy();
    await server.stop();
    await logins.stop();
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.disconnect();
  });

  /** A request without the jar of an agent: nothing goes that is not named. */
  const request = (
    method: 'get' | 'post' | 'patch' | 'delete',
    address: string,
    headers: Record<string, string> = {},
  ) => supertest(server.url)[method](`/api${address}`).use(answersAsDescribed).set(headers);

  const statusWith = async (cookie: string): Promise<number> => (await request('get', '/me', { cookie })).status;
  const signIn = (key: string, remember = false): Promise<string> => signInWith(server.url, key, { remember });

  it('takes the key once: afterwards there is a cookie for this server alone, and the database has only its hash', async () => {
    const { port } = new URL(server.url);
    const answer = await request('post', '/sign-in', { 'x-api-key': server.apiKey }).send({}).expect(200);
    const [written = ''] = answer.get('set-cookie') ?? [];
    assert.match(written, new RegExp(`^statuscast-${port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`));
    const [cookie = ''] = written.split(';');
    const token = cookie.split('=')[1] ?? '';
    assert.ok(!JSON.stringify([answer.body, await db('sign_ins').select()]).includes(token));
    assert.equal(answer.body.data.principal.kind, 'root');
    const shown = await request('get', '/sign-in', { cookie }).expect(200);
    assert.deepEqual(shown.body.data, answer.body.data);
    assert.deepEqual((await request('get', '/me', { cookie })).body.data, answer.body.data.principal);
    // With a key, and with nothing, nobody is signed in.
    await request('get', '/sign-in', { 'x-api-key': server.apiKey }).expect(404);
    await request('get', '/sign-in').expect(401);
    // A key in the same request is what counts, also a wrong one.
    await request('get', '/me', { cookie, 'x-api-key': 'wrong' }).expect(401);
  });

  it('is refused for what is no key, and by a cookie instead of a key', async () => {
    for (const key of ['', 'wrong', `wamk_${'x'.repeat(43)}`]) {
      const answer = await request('post', '/sign-in', { 'x-api-key': key }).send({}).expect(401);
      assert.equal(answer.get('set-cookie'), undefined);
    }
    const cookie = await signIn(server.apiKey);
    await request('post', '/sign-in', { cookie, ...own })
      .send({})
      .expect(403);
    await request('get', '/me', { cookie: `statuscast=${'x'.repeat(43)}` }).expect(401);
  });

  it('counts only on pages of this server, and for a change only where the browser names the page', async () => {
    const cookie = await signIn(server.apiKey);
    const { host, origin } = new URL(server.url);
    const make = (headers: Record<string, string>) =>
      request('post', '/organizations', { cookie, ...headers }).send({ name: 'Made by cookie' });
    const foreign: Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', origin },
      { origin: 'https://evil.example' },
      { origin: `https://${host}.evil.example` },
      // Another program on this machine.
      { origin: 'http://127.0.0.1:9' },
      { origin: 'null' },
    ];
    for (const headers of foreign) {
      const refused = await make(headers).expect(403);
      assert.match(refused.body.error, /a sign-in counts only on pages of this server/);
      await request('get', '/me', { cookie, ...headers }).expect(403);
      await request('delete', '/sign-in', { cookie, ...headers }).expect(403);
    }
    await make({}).expect(403);
    await make({ 'sec-fetch-site': 'none' }).expect(403);
    await request('delete', '/sign-in', { cookie }).expect(403);
    const before = (await request('get', '/organizations', { cookie })).body.meta.total;
    await make({ origin }).expect(201);
    await make(own).expect(201);
    // A proxy that changes the Host does not hide what the browser says.
    await make({ ...own, origin: 'https://desk.example' }).expect(201);
    const after = await request('get', '/organizations', { cookie, 'sec-fetch-site': 'none' }).expect(200);
    assert.equal(after.body.meta.total, Number(before) + 3);
  });

  it('lets a key see what it sees otherwise: one session, one organization', async () => {
    const session = await signIn(sessionKeys.get('own') ?? '');
    const { body } = await request('get', '/sessions', { cookie: session }).expect(200);
    assert.deepEqual(
      body.data.map(({ sessionId }: { sessionId: string }) => sessionId),
      ['own'],
    );
    await request('get', '/sessions/neighbour', { cookie: session }).expect(404);
    await request('get', '/keys', { cookie: session }).expect(403);
    const reader = await signIn((await makeKey(server, { organizationId: 'acme', capabilities: ['read'] })).apiKey);
    await request('get', '/sessions/neighbour', { cookie: reader }).expect(200);
    await request('get', '/sessions/foreign', { cookie: reader }).expect(404);
    await request('delete', '/sessions/neighbour', { cookie: reader, ...own }).expect(403);
    const sender = await makeKey(server, { organizationId: 'acme', capabilities: ['send'] });
    await request('post', '/sign-in', { 'x-api-key': sender.apiKey }).send({}).expect(403);
  });

  it('ends on the server: this browser is signed out with all its tabs, others are not', async () => {
    const { apiKey } = await makeKey(server, { organizationId: 'acme' });
    const [here, there] = [await signIn(apiKey), await signIn(apiKey)];
    const tabs = [await liveWith(here), await liveWith(here)];
    const elsewhere = await liveWith(there);
    const signedOut = await request('delete', '/sign-in', { cookie: here, ...own }).expect(204);
    assert.match(signedOut.get('set-cookie')?.[0] ?? '', /^statuscast-\d+=; .*Expires=Thu, 01 Jan 1970/);
    await eventually(() => assert.ok(tabs.every(({ connected }) => !connected)));
    assert.equal(await statusWith(here), 401);
    assert.equal(await refusedWith(here), 'unauthorized');
    assert.equal(await statusWith(there), 200);
    assert.ok(elsewhere.connected);
  });

  it('ends its live connections here though another server ended it, or the key of it', async () => {
    const [one, other, lasting] = await Promise.all([1, 2, 3].map(() => makeKey(server, { organizationId: 'acme' })));
    const keys = [one, other, lasting].map((key) => key?.apiKey ?? '');
    const live = await Promise.all(keys.map(async (key) => liveWith(await signIn(key))));
    // What another server on the same database leaves there.
    await db('sign_ins').where({ key_id: one?.id }).delete();
    await db('api_keys').where({ id: other?.id }).update({ revoked_at: clock.now().getTime() });
    await eventually(
      () =>
        assert.deepEqual(
          live.map(({ connected }) => connected),
          [false, false, true],
        ),
      { timeoutMs: 8_000, what: 'the end of two connections' },
    );
  });

  it('ends everywhere, when that is asked for, for this key and no other', async () => {
    const { apiKey } = await makeKey(server, { organizationId: 'acme' });
    const [here, there, root] = [await signIn(apiKey), await signIn(apiKey), await signIn(server.apiKey)];
    const elsewhere = await liveWith(there);
    await request('delete', '/sign-in?everywhere=true', { cookie: here, ...own }).expect(204);
    await eventually(() => assert.ok(!elsewhere.connected));
    assert.deepEqual(await Promise.all([here, there, root].map(statusWith)), [401, 401, 200]);
    // The key is what it was, and may do the same.
    const again = await signIn(apiKey);
    await request('delete', '/sign-in?everywhere=true', { 'x-api-key': apiKey }).expect(204);
    assert.equal(await statusWith(again), 401);
  });

  it('takes the place of what the browser was signed in with before', async () => {
    const before = await signIn(server.apiKey);
    const after = await signInWith(server.url, server.apiKey, { cookie: before });
    assert.deepEqual([await statusWith(before), await statusWith(after)], [401, 200]);
  });

  it('lets live connections in from pages of this server only', async () => {
    const cookie = await signIn(server.apiKey);
    assert.ok((await liveWith(cookie, { origin: server.url })).connected);
    assert.equal(await refusedWith(cookie, { 'sec-fetch-site': 'cross-site' }), 'forbidden');
    assert.equal(await refusedWith(cookie, { 'sec-fetch-site': 'same-site', origin: server.url }), 'forbidden');
    // By long polling first: the step to a WebSocket is looked at again.
    const opened = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, { headers: { cookie } });
    const { sid } = JSON.parse((await opened.text()).slice(1)) as { sid: string };
    const step = async (origin: string): Promise<string> => {
      const socket = new WebSocket(
        `${server.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket&sid=${sid}`,
        {
          headers: { origin, cookie },
        },
      );
      return new Promise((resolve) => {
        for (const end of ['open', 'error'] as const) {
          socket.addEventListener(end, () => {
            socket.close();
            resolve(end);
          });
        }
      });
    };
    assert.equal(await step('https://evil.example'), 'error');
    assert.equal(await step(server.url), 'open');
  });

  it('ends with the key: revoked, over, or gone with its session', async () => {
    const revoked = await makeKey(server, { organizationId: 'acme' });
    const over = await makeKey(server, { expiresAt: new Date(clock.now().getTime() + hourMs).toISOString() });
    const cookies = [
      await signIn(revoked.apiKey),
      await signIn(over.apiKey),
      await signIn(sessionKeys.get('foreign') ?? ''),
    ];
    const live = await liveWith(cookies[0] ?? '');
    assert.deepEqual(await Promise.all(cookies.map(statusWith)), [200, 200, 200]);
    await request('delete', `/keys/${revoked.id}`, { 'x-api-key': server.apiKey }).expect(204);
    await request('delete', '/sessions/foreign', { 'x-api-key': server.apiKey }).expect(200);
    clock.advance(hourMs);
    await eventually(() => assert.ok(!live.connected));
    assert.deepEqual(await Promise.all(cookies.map(statusWith)), [401, 401, 401]);
  });

  it('that is used while the clock is wrong ends as long after its last use as any', async () => {
    for (const jumpMs of [6 * hourMs, -6 * hourMs]) {
      const cookie = await signIn(server.apiKey);
      clock.advance(jumpMs);
      assert.equal(await statusWith(cookie), 200);
      await server.app.drain();
      clock.advance(-jumpMs);
      assert.equal(await statusWith(cookie), 200);
      await server.app.drain();
      clock.advance(12 * hourMs - 10 * 60_000);
      assert.equal(await statusWith(cookie), 200, 'the hour of its end is not lost');
      const idle = await signIn(server.apiKey);
      clock.advance(jumpMs);
      assert.equal(await statusWith(idle), 200);
      await server.app.drain();
      clock.advance(-jumpMs);
      assert.equal(await statusWith(idle), 200);
      await server.app.drain();
      clock.advance(12 * hourMs);
      assert.equal(await statusWith(idle), 401);
    }
  });

  it('ends when it was not used for 12 hours, or for 14 days where it is remembered, and in the end in any case', async () => {
    const { apiKey } = await makeKey(server, { organizationId: 'acme' });
    const [idle, used, rememberedIdle, remembered] = [
      await signIn(apiKey),
      await signIn(apiKey),
      await signIn(apiKey, true),
      await signIn(apiKey, true),
    ];
    const statuses = async (): Promise<number[]> => {
      const seen = await Promise.all([idle, used, rememberedIdle, remembered].map(statusWith));
      await server.app.drain();
      return seen;
    };
    const useFor = async (days: number, cookie: string): Promise<void> => {
      for (let hours = 0; hours < days * 24; hours += 11) {
        clock.advance(11 * hourMs);
        await statusWith(cookie);
        await server.app.drain();
      }
    };
    clock.advance(11 * hourMs);
    await statusWith(used);
    await server.app.drain();
    clock.advance(2 * hourMs);
    assert.deepEqual(await statuses(), [401, 200, 200, 200]);
    await useFor(6, used);
    assert.deepEqual(await statuses(), [401, 200, 200, 200]);
    await useFor(1, used);
    assert.deepEqual(await statuses(), [401, 401, 200, 200]);
    for (let days = 0; days < 72; days += 12) {
      clock.advance(12 * dayMs);
      assert.equal(await statusWith(remembered), 200);
      await server.app.drain();
    }
    assert.equal(await statusWith(rememberedIdle), 401);
    clock.advance(12 * dayMs);
    assert.deepEqual(await statuses(), [401, 401, 401, 401]);
  });

  it('ends the oldest browser of a key when there are more than 50', async () => {
    const { apiKey } = await makeKey(server, { organizationId: 'acme' });
    const first = await signIn(apiKey);
    const second = await signIn(apiKey);
    for (let count = 0; count < 49; count += 1) await signIn(apiKey);
    assert.deepEqual([await statusWith(first), await statusWith(second)], [401, 200]);
    await request('delete', '/sign-in?everywhere=true', { 'x-api-key': apiKey }).expect(204);
  });

  it('is for people with a login token too, until that ends', async () => {
    const claims = { organization: 'acme', role: 'operator', name: 'Ann' };
    const lasts = Math.ceil((clock.now().getTime() - Date.now() + 2 * hourMs) / 1_000);
    const cookie = await signIn(await logins.token(claims, { expiresIn: lasts }), true);
    const { data } = (await request('get', '/me', { cookie }).expect(200)).body;
    assert.deepEqual([data.kind, data.name, data.capabilities], ['user', 'Ann', ['read', 'send']]);
    await request('get', '/sessions/own', { cookie }).expect(200);
    clock.advance(2.1 * hourMs);
    assert.equal(await statusWith(cookie), 401);
  });

  it('survives a restart, and not another API_KEY, nor the end of logins; other keys are not concerned', async () => {
    const { apiKey } = await makeKey(server, { organizationId: 'acme' });
    const lasts = Math.ceil((clock.now().getTime() - Date.now() + 2 * hourMs) / 1_000);
    const token = await logins.token({ organization: 'acme', role: 'viewer' }, { expiresIn: lasts });
    const [root, admin, person] = [await signIn(server.apiKey), await signIn(apiKey), await signIn(token)];
    const restart = async (env: NodeJS.ProcessEnv): Promise<void> => {
      await server.stop({ keepData: true });
      server = await startTestServer({ dataDir: server.dataDir, env: { ...logins.env, ...env }, replace: { clock } });
    };
    const statuses = () => Promise.all([root, admin, person].map(statusWith));
    await restart({});
    assert.deepEqual(await statuses(), [200, 200, 200]);
    await restart({ API_KEY: 'another-root-key-0123456789' });
    assert.deepEqual(await statuses(), [401, 200, 200]);
    // Where nobody comes with a login token any more, nobody who came with one stays.
    await restart({ JWKS_URL: '' });
    assert.deepEqual(await statuses(), [200, 200, 401]);
  });

  function open(cookie: string, headers: Record<string, string>): Socket {
    const extraHeaders = { cookie, ...headers };
    const socket = io(server.url, { transports: ['websocket'], reconnection: false, forceNew: true, extraHeaders });
    sockets.push(socket);
    return socket;
  }

  async function liveWith(cookie: string, headers: Record<string, string> = {}): Promise<Socket> {
    const socket = open(cookie, headers);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', reject);
    });
    return socket;
  }

  async function refusedWith(cookie: string, headers: Record<string, string> = {}): Promise<unknown> {
    const socket = open(cookie, headers);
    return new Promise((resolve) => {
      socket.once('connect_error', (error: Error & { data?: { code: unknown } }) => {
        resolve(error.data?.code);
      });
    });
  }
});
