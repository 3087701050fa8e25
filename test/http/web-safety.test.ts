import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import supertest from 'supertest';
import { makeKey } from '../support/principals.js';
import { signInWith } from '../access/signed-in.js';
import { makeTempDir } from '../support/temp-dir.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

function policyOf(answer: { headers: Record<string, string> }): string {
  return answer.headers['content-security-policy'] ?? '';
}

describe('what every answer carries', () => {
  let server: TestServer;
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  before(async () => {
    folder = await makeTempDir();
    await mkdir(path.join(folder.dir, 'assets'));
    await writeFile(path.join(folder.dir, 'index.html'), '<style nonce="__CSP_NONCE__"></style><p>__CSP_NONCE__</p>');
    await writeFile(path.join(folder.dir, 'assets', 'app-abc123.js'), '1;');
    await writeFile(path.join(folder.dir, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    server = await startTestServer({
      replace: { dashboardDir: folder.dir },
      env: { CORS_ORIGINS: 'https://desk.example' },
    });
  });
  after(async () => {
    await server.stop();
    await folder.remove();
  });

  it('forbids framing, sniffing and foreign scripts', async () => {
    for (const address of ['/api/health', '/', '/docs', '/healthz', '/nothing.js']) {
      const answer = await server.request.get(address);
      const policy = policyOf(answer);
      assert.match(policy, /default-src 'none'/, address);
      assert.match(policy, /script-src 'self'(;|$)/, address);
      assert.match(policy, /frame-ancestors 'none'/, address);
      assert.ok(!policy.includes('unsafe') && !policy.includes('upgrade-insecure-requests'), policy);
      assert.equal(answer.headers['x-content-type-options'], 'nosniff');
      assert.equal(answer.headers['x-powered-by'], undefined);
      assert.equal(answer.headers['strict-transport-security'], undefined);
    }
  });

  it('gives the dashboard a nonce of its own each time, and keeps it from caches', async () => {
    const nonces = new Set<string>();
    for (const address of ['/', '/sessions/acc1', '/']) {
      const answer = await server.anonymous.get(address).set('accept', 'text/html').expect(200);
      const nonce = /<p>(.+)<\/p>/.exec(answer.text)?.[1] ?? '';
      assert.match(nonce, /^[A-Za-z0-9+/]{22}==$/);
      assert.ok(answer.text.includes(`<style nonce="${nonce}">`));
      assert.ok(policyOf(answer).includes(`style-src 'self' 'nonce-${nonce}'`), policyOf(answer));
      assert.equal(answer.headers['cache-control'], 'no-store');
      nonces.add(nonce);
    }
    assert.equal(nonces.size, 3);
  });

  it('keeps assets for a year, and answers missing ones with 404 instead of the page', async () => {
    const asset = await server.anonymous.get('/assets/app-abc123.js').expect(200);
    assert.match(asset.headers['cache-control'] ?? '', /immutable/);
    await server.anonymous.get('/icon.svg').expect(200);
    for (const missing of [
      '/assets/app-old.js',
      '/favicon.ico',
      '/assets/',
      '/../package.json',
      '/%2e%2e/package.json',
    ]) {
      const { headers } = await server.anonymous.get(missing).set('accept', 'text/html').expect(404);
      assert.equal(headers['cache-control'], 'no-store', missing);
    }
  });

  it('shows the API reference from files of its own', async () => {
    const page = await server.anonymous.get('/docs').expect(200);
    const [base = '', ...named] = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
    const addresses = named.map((address) => new URL(address, `http://server${base}`).pathname);
    assert.ok(addresses.length >= 4);
    for (const address of addresses) await server.anonymous.get(address).expect(200);
    assert.ok(!/<script>|style=|onclick=/.test(page.text));
  });

  it('lets pages of the named origins in, and no others', async () => {
    const named = await server.request.get('/api/health').set('origin', 'https://desk.example');
    assert.equal(named.headers['access-control-allow-origin'], 'https://desk.example');
    const preflight = await server.anonymous
      .options('/api/sessions')
      .set({ origin: 'https://desk.example', 'access-control-request-method': 'POST' })
      .expect(204);
    assert.match(preflight.headers['access-control-allow-headers'] ?? '', /x-api-key/);
    const other = await server.request.get('/api/health').set('origin', 'https://desk.example.evil.test');
    assert.equal(other.headers['access-control-allow-origin'], undefined);
  });
});

describe('the rate limit', () => {
  it('counts who is signed in to the dashboard apart, and nobody who only says so', async () => {
    const server = await startTestServer({ env: { RATE_LIMIT_MAX: '2', RATE_LIMIT_DASHBOARD_MAX: '3' } });
    try {
      for (const status of [200, 200, 429]) {
        await server.request.get('/api/health').set('x-statuscast-client', 'dashboard').expect(status);
      }
      // Neither that nor what has no valid key keeps anybody from signing in.
      for (const status of [401, 401, 429]) {
        await server.anonymous.post('/api/sign-in').set('x-api-key', 'wrong').send({}).expect(status);
      }
      const cookie = await signInWith(server.url, server.apiKey);
      const asDashboard = (headers = {}) =>
        supertest(server.url)
          .get('/api/health')
          .set({ cookie, ...headers });
      const first = await asDashboard().expect(200);
      assert.equal(first.headers['ratelimit-limit'], '3');
      await asDashboard().expect(200);
      await asDashboard().expect(200);
      await asDashboard().expect(429);
      // A cookie beside a key, or from another page, has no allowance.
      await asDashboard({ 'x-api-key': server.apiKey }).expect(429);
      await asDashboard({ 'sec-fetch-site': 'cross-site' }).expect(429);
    } finally {
      await server.stop();
    }
  });

  it('of one person is not that of another at the same address', async () => {
    const server = await startTestServer({ env: { RATE_LIMIT_DASHBOARD_MAX: '1' } });
    try {
      const keys = await Promise.all([makeKey(server, {}), makeKey(server, {})]);
      const cookies = await Promise.all(keys.map(({ apiKey }) => signInWith(server.url, apiKey)));
      for (const cookie of cookies) {
        for (const status of [200, 429]) {
          await supertest(server.url).get('/api/health').set({ cookie }).expect(status);
        }
      }
    } finally {
      await server.stop();
    }
  });

  it('of a key that has its own is that of its sign-ins too', async () => {
    const server = await startTestServer({ env: { RATE_LIMIT_DASHBOARD_MAX: '100' } });
    try {
      const { apiKey } = await makeKey(server, { rateLimitMax: 3 });
      const cookie = await signInWith(server.url, apiKey);
      const first = await supertest(server.url).get('/api/health').set({ cookie }).expect(200);
      assert.equal(first.headers['ratelimit-limit'], '3');
      await supertest(server.url).get('/api/health').set('x-api-key', apiKey).expect(200);
      await supertest(server.url).get('/api/health').set({ cookie }).expect(429);
    } finally {
      await server.stop();
    }
  });

  it('refuses what is too much, says when to come back, and leaves the probes alone', async () => {
    const origin = 'https://desk.example';
    const env = { RATE_LIMIT_MAX: '3', RATE_LIMIT_WINDOW_MINUTES: '1', CORS_ORIGINS: origin };
    const server = await startTestServer({ env });
    try {
      const first = await server.request.get('/api/health').expect(200);
      assert.equal(first.headers['ratelimit-limit'], '3');
      assert.equal(first.headers['ratelimit-remaining'], '2');
      // Whoever tries keys is refused at some time, and shuts out nobody else at the same address.
      for (const key of ['', 'wrong', `wamk_${'x'.repeat(43)}`]) {
        await server.anonymous.get('/api/health').set('x-api-key', key).expect(401);
      }
      await server.anonymous.get('/api/health').set('x-api-key', 'another').expect(429);
      await server.request.get('/api/health').expect(200);
      await server.request.get('/api/health').expect(200);
      const refused = await server.request.get('/api/health').set({ origin }).expect(429);
      assert.equal(refused.headers['access-control-allow-origin'], origin, 'the page may read why');
      assert.equal(refused.body.code, 'rate_limited');
      const seconds = Number(refused.headers['retry-after']);
      assert.ok(seconds > 0 && seconds <= 60, String(seconds));
      assert.match(refused.body.error, new RegExp(`again in ${String(seconds)} seconds`));
      assert.equal(refused.headers['ratelimit-remaining'], '0');
      await server.anonymous.get('/healthz').expect(200);
    } finally {
      await server.stop();
    }
  });

  it('does not believe a caller about its address, unless a proxy is configured', async () => {
    for (const [trust, statuses] of [
      ['0', [200, 429]],
      ['1', [200, 200]],
    ] as const) {
      let written = '';
      const write = (chunk: Buffer, _encoding: string, done: () => void): void => {
        written += chunk.toString();
        done();
      };
      const server = await startTestServer({
        env: { RATE_LIMIT_MAX: '1', TRUST_PROXY: trust },
        replace: { logger: pino({ level: 'warn' }, new Writable({ write })) },
      });
      try {
        const seen: number[] = [];
        for (const address of ['203.0.113.1', '203.0.113.2']) {
          const answer = await server.request.get('/api/health').set('x-forwarded-for', address);
          seen.push(answer.status);
        }
        assert.deepEqual(seen, [...statuses]);
        // Said once, where nobody would find out otherwise.
        assert.equal(written.split('TRUST_PROXY is 0').length - 1, trust === '0' ? 1 : 0);
      } finally {
        await server.stop();
      }
    }
  });
});
