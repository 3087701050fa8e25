import assert from 'node:assert/strict';
import { mock } from 'node:test';
import supertest from 'supertest';
import type { PrincipalView } from '../../server/contract/access.js';
import type { Failure } from '../../server/contract/errors.js';
import { TokenVerifier, type TokenVerifierOptions } from '../../server/access/token-verifier.js';
import { AppError } from '../../server/lib/app-error.js';
import { systemClock } from '../../server/lib/clock.js';
import { createLogger } from '../../server/lib/logger.js';
import { ShiftedClock } from '../support/shifted-clock.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { audience, LoginService } from './login-service.js';

const ann = { organization: 'acme', role: 'operator', name: 'Ann' };

describe('logins with a token', () => {
  let logins: LoginService;
  let server: TestServer;
  beforeEach(async () => {
    logins = await LoginService.start();
    server = await startTestServer({ env: logins.env });
    await server.request.post('/api/organizations').send({ id: 'acme', name: 'Acme' }).expect(201);
  });
  afterEach(async () => {
    await server.stop();
    await logins.stop();
  });

  const me = (token: string) => server.anonymous.get('/api/me').set('authorization', `Bearer ${token}`);
  async function principal(token: string): Promise<PrincipalView> {
    const answer = await me(token);
    assert.equal(answer.status, 200, answer.text);
    return (answer.body as { data: PrincipalView }).data;
  }
  async function refusal(token: string, status: number): Promise<Failure> {
    const answer = await me(token);
    assert.equal(answer.status, status, answer.text);
    return answer.body as Failure;
  }
  async function restart(env: NodeJS.ProcessEnv): Promise<void> {
    await server.stop();
    server = await startTestServer({ env: { ...logins.env, ...env } });
  }

  it('stand for a person of an organization, with what the role may do', async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const shown = await principal(await logins.token(ann));
    const { expiresAt, ...rest } = shown;
    assert.deepEqual(rest, {
      kind: 'user',
      name: 'Ann',
      organizationId: 'acme',
      sessionId: null,
      capabilities: ['read', 'send'],
    });
    const lifeMs = Date.parse(expiresAt ?? '') - before;
    assert.ok(lifeMs >= 330_000 && lifeMs <= 340_000, String(lifeMs));
    assert.deepEqual((await principal(await logins.token({ ...ann, role: 'viewer' }))).capabilities, ['read']);
    const admin = await principal(await logins.token({ ...ann, role: 'admin' }));
    assert.deepEqual(admin.capabilities, ['read', 'send', 'manage']);
  });

  it('sign what they make with the name of the person', async () => {
    const token = await logins.token({ ...ann, role: 'admin' });
    const session = { sessionId: 'acc1', sessionName: 'A', authMethod: 'qrcode', start: false };
    const made = await server.anonymous
      .post('/api/sessions')
      .set('authorization', `Bearer ${token}`)
      .send(session)
      .expect(201);
    assert.deepEqual([made.body.data.createdBy, made.body.data.organizationId], ['Ann', 'acme']);
  });

  it('end soon, and what they make lasts', async () => {
    const token = await logins.token({ ...ann, role: 'admin' });
    const make = (expiresAt: string | null) =>
      server.anonymous
        .post('/api/keys')
        .set('authorization', `Bearer ${token}`)
        .send({ name: 'Key', capabilities: ['read'], expiresAt });
    assert.equal((await make(null).expect(201)).body.data.expiresAt, null);
    const inAYear = new Date(Date.now() + 365 * 24 * 60 * 60_000).toISOString();
    assert.equal((await make(inAYear).expect(201)).body.data.expiresAt, inAYear);
  });

  it('keep the answers of one person from another of the same name', async () => {
    await server.request.post('/api/organizations').send({ id: 'globex', name: 'Globex' }).expect(201);
    const post = async (subject: string, organization = 'acme') =>
      server.anonymous
        .post('/api/keys')
        .set('authorization', `Bearer ${await logins.token({ ...ann, organization, role: 'admin' }, { subject })}`)
        .set('idempotency-key', 'k1')
        .send({ name: 'Key', capabilities: ['read'] })
        .expect(201);
    const [one, two] = [await post('ann-1'), await post('ann-2')];
    assert.notEqual(one.body.data.apiKey, two.body.data.apiKey);
    assert.equal((await post('ann-1')).text, one.text);
    // The login service may count people anew in every organization.
    const elsewhere = await post('ann-1', 'globex');
    assert.equal(elsewhere.body.data.organizationId, 'globex');
  });

  it('are refused with 401 unless the token is genuine, meant for us and still good', async () => {
    const now = Math.floor(Date.now() / 1000);
    const bad: Record<string, string> = {
      'forged under a known key id': await logins.forgedToken(ann),
      unsigned: logins.unsignedToken(ann),
      'signed with the text of the public key': await logins.hmacToken(ann),
      'of another issuer': await logins.token(ann, { issuer: 'https://other.example' }),
      'for another audience': await logins.token(ann, { audience: ['other', 'more'] }),
      over: await logins.token(ann, { expiresIn: -31 }),
      'without an end': await logins.token(ann, { expiresAt: null }),
      'not valid yet': await logins.token({ ...ann, nbf: now + 600 }),
      'of a key that is not shown': await logins.token(ann, { kid: 'other' }),
      'without a person': await logins.token(ann, { subject: '' }),
      'longer than any': await logins.token({ ...ann, more: 'x'.repeat(6_200) }),
      'cut off': (await logins.token(ann)).slice(0, -4),
    };
    for (const [what, token] of Object.entries(bad)) {
      const answer = await me(token);
      const wanted = what === 'without a person' ? 403 : 401;
      assert.equal(answer.status, wanted, `${what}: ${answer.text}`);
    }
    assert.match((await refusal(bad['over'] ?? '', 401)).error, /Sign in again/);
    await principal(await logins.token(ann, { expiresIn: -20 }));
    await principal(await logins.token(ann, { audience: ['other', audience] }));
    await principal(await logins.token({ ...ann, more: 'x'.repeat(5_000) }));
  });

  it('are refused with 403 and the reason when a genuine token gives nothing here', async () => {
    const useless: [object, RegExp][] = [
      [{ ...ann, role: 'emperor' }, /none of the roles/],
      [{ organization: 'acme' }, /none of the roles/],
      [{ role: 'admin' }, /no organization/],
      [{ ...ann, organization: ['acme', 'globex'] }, /no organization/],
      [{ ...ann, organization: '../acme' }, /cannot be used/],
      [{ ...ann, organization: 'globex' }, /There is no organization "globex" here/],
    ];
    for (const [claims, reason] of useless) {
      const failure = await refusal(await logins.token({ ...claims }), 403);
      assert.match(failure.error, reason);
    }
    const list = await server.request.get('/api/organizations').expect(200);
    assert.equal(list.body.meta.total, 2);
  });

  it('bring their organization with them where that is allowed', async () => {
    await restart({ JWT_CREATE_ORGANIZATIONS: 'true' });
    const token = await logins.token({ ...ann, organization: 'newcomer' });
    const shown = await Promise.all([1, 2, 3, 4].map(() => principal(token)));
    assert.ok(shown.every(({ organizationId }) => organizationId === 'newcomer'));
    const made = await server.request.get('/api/organizations/newcomer').expect(200);
    assert.equal(made.body.data.name, 'newcomer');
  });

  it('are read from the claims that the settings name', async () => {
    const uri = 'https://statuscast.example/org';
    await restart({
      JWT_ORGANIZATION_CLAIM: uri,
      JWT_ROLE_CLAIM: 'realm_access.roles',
      JWT_NAME_CLAIM: 'preferred_username',
      JWT_CREATE_ORGANIZATIONS: 'true',
    });
    const claims = { [uri]: ['acme'], realm_access: { roles: ['offline', 'viewer', 'admin'] } };
    const shown = await principal(await logins.token({ ...claims, preferred_username: 'ann\u0007 b' }));
    assert.deepEqual([shown.organizationId, shown.name, shown.capabilities.length], ['acme', 'ann b', 3]);
    assert.equal(
      (await principal(await logins.token({ ...claims, email: 'ann@acme.example' }))).name,
      'ann@acme.example',
    );
    assert.equal((await principal(await logins.token(claims))).name, 'user-1');
  });

  it('are nothing to a server without a login service, and keys go on beside them', async () => {
    await server.request.get('/api/me').expect(200);
    const token = await logins.token(ann);
    await server.stop();
    server = await startTestServer();
    await refusal(token, 401);
  });

  it('answer 503 while the keys cannot be had, and ask for them only now and then', async () => {
    const token = await logins.token(ann);
    logins.broken = (response) => response.writeHead(500).end();
    for (let count = 0; count < 20; count += 1) {
      const failure = await refusal(token, 503);
      assert.equal(failure.code, 'unavailable');
      assert.ok(!failure.error.includes(logins.issuer));
    }
    assert.equal(logins.requestCount, 1);
    await refusal(logins.unsignedToken(ann), 401);
    await server.request.get('/api/me').expect(200);
  });

  it('answer 503 when nothing listens there', async () => {
    const token = await logins.token(ann);
    await logins.stop();
    assert.equal((await refusal(token, 503)).code, 'unavailable');
    const answer = await me(token);
    assert.ok(Number(answer.headers['retry-after']) > 0);
    logins = await LoginService.start();
  });

  it('fetch the keys once for many tokens', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, (_one, index) => logins.token({ ...ann, n: index })));
    await Promise.all(tokens.map((token) => principal(token)));
    assert.equal(logins.requestCount, 1);
    for (let count = 0; count < 20; count += 1)
      await refusal(await logins.token(ann, { kid: `x${String(count)}` }), 401);
    assert.equal(logins.requestCount, 1);
  });

  it('do not open anything as a key of another kind', async () => {
    const own = supertest.agent(server.url).set('x-api-key', await logins.token(ann));
    await own.post('/api/organizations').send({ name: 'x' }).expect(403);
    await own.get('/api/me').expect(200);
  });
});

describe('the keys of a login service', () => {
  let logins: LoginService;
  beforeEach(async () => {
    logins = await LoginService.start();
  });
  afterEach(() => logins.stop());

  const verifier = (options: Partial<TokenVerifierOptions> = {}) =>
    new TokenVerifier({
      jwksUrl: new URL(logins.jwksUrl),
      issuer: logins.issuer,
      audiences: [audience],
      clockToleranceMs: 30_000,
      clock: systemClock,
      logger: createLogger({ logLevel: 'silent' }),
      ...options,
    });
  const codeOf = (attempt: Promise<unknown>): Promise<string> =>
    attempt.then(
      () => 'accepted',
      (error: unknown) => (error instanceof AppError ? error.code : String(error)),
    );

  it('may change: a token with a new key makes it be fetched, one with an old key is refused then', async () => {
    const tokens = verifier({ cooldownMs: 0 });
    const old = await logins.token(ann);
    assert.equal(await codeOf(tokens.verify(old)), 'accepted');
    for (const alg of ['RS256', 'EdDSA', 'PS256', 'ES384']) {
      await logins.rotate(alg);
      assert.equal(await codeOf(tokens.verify(await logins.token(ann))), 'accepted', alg);
      assert.equal(await codeOf(tokens.verify(old)), 'unauthorized', alg);
    }
  });

  it('are asked for again after a failure, once the pause is over', async () => {
    const tokens = verifier({ retryAfterMs: 0 });
    const token = await logins.token(ann);
    logins.broken = (response) => response.end('not a key set');
    assert.equal(await codeOf(tokens.verify(token)), 'unavailable');
    logins.broken = (response) => response.end('{"keys":"none"}');
    assert.equal(await codeOf(tokens.verify(token)), 'unavailable');
    logins.broken = (response) => response.writeHead(302, { location: logins.jwksUrl }).end();
    assert.equal(await codeOf(tokens.verify(token)), 'unavailable');
    logins.broken = (response) => response.end(`{"keys":[${' '.repeat(600 * 1024)}]}`);
    assert.equal(await codeOf(tokens.verify(token)), 'unavailable');
    for (const status of [203, 404]) {
      logins.broken = (response) => response.writeHead(status).end(logins.keySet);
      assert.equal(await codeOf(tokens.verify(token)), 'unavailable', String(status));
    }
    logins.broken = undefined;
    assert.equal(await codeOf(tokens.verify(token)), 'accepted');
  });

  it('are not asked for again at once when what came was no key set', async () => {
    const tokens = verifier();
    logins.broken = (response) => response.end('not a key set');
    for (let count = 0; count < 3; count += 1) {
      assert.equal(await codeOf(tokens.verify(await logins.token(ann))), 'unavailable');
    }
    assert.equal(logins.requestCount, 1);
  });

  it('are fetched again after ten minutes, so that one that was withdrawn opens nothing any more', async () => {
    const tokens = verifier();
    const old = await logins.token(ann, { expiresIn: 3_600 });
    assert.equal(await codeOf(tokens.verify(old)), 'accepted');
    await logins.rotate();
    assert.equal(await codeOf(tokens.verify(old)), 'accepted');
    mock.timers.enable({ apis: ['Date'], now: Date.now() + 10 * 60_000 });
    try {
      assert.equal(await codeOf(tokens.verify(old)), 'unauthorized');
    } finally {
      mock.timers.reset();
    }
  });

  it('are compared with the time that the server goes by, up to the last one that there is', async () => {
    const clock = new ShiftedClock();
    const tokens = verifier({ clock });
    const token = await logins.token(ann);
    clock.advance(5 * 60_000 + 29_000);
    assert.equal(await codeOf(tokens.verify(token)), 'accepted');
    clock.advance(2_000);
    assert.equal(await codeOf(tokens.verify(token)), 'unauthorized');
    const { acceptedUntil } = await tokens.verify(await logins.token(ann, { expiresAt: 9e15 }));
    assert.equal(acceptedUntil.toISOString(), '+275760-09-13T00:00:00.000Z');
  });

  it('are not waited for without end', async () => {
    const tokens = verifier({ timeoutMs: 50 });
    logins.broken = () => undefined;
    assert.equal(await codeOf(tokens.verify(await logins.token(ann))), 'unavailable');
  });

  it('stay in use while they are fresh and the service is away', async () => {
    const tokens = verifier();
    const token = await logins.token(ann);
    assert.equal(await codeOf(tokens.verify(token)), 'accepted');
    logins.broken = (response) => response.writeHead(500).end();
    assert.equal(await codeOf(tokens.verify(token)), 'accepted');
  });
});
