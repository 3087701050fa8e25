import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { failureSchema, type Failure } from '../../server/contract/errors.js';
import { makeTempDir } from '../support/temp-dir.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { sampleRoutes } from './sample-routes.js';

describe('every failure', () => {
  let server: TestServer;
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  before(async () => {
    folder = await makeTempDir();
    await mkdir(path.join(folder.dir, 'assets'));
    await writeFile(path.join(folder.dir, 'index.html'), '<p>the dashboard</p>');
    await writeFile(path.join(folder.dir, 'assets', 'app.js'), '1;');
    server = await startTestServer({ replace: { dashboardDir: folder.dir, extraRoutes: sampleRoutes().routes } });
  });
  after(async () => {
    await server.stop();
    await folder.remove();
  });

  /** What the server says to these bytes, until it closes the connection. */
  async function sayOnce(bytes: string): Promise<string> {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.on('data', (data) => (answer += data.toString()));
    socket.on('error', () => undefined);
    socket.write(bytes);
    await once(socket, 'close');
    return answer;
  }

  async function sayRaw(bytes: string): Promise<{ status: number; head: string; failure: Failure }> {
    const answer = await sayOnce(bytes);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    return { status: Number(head.split(' ')[1]), head, failure: failureSchema.parse(JSON.parse(body)) };
  }

  const unreadable: [what: string, bytes: string, status: number, code: string][] = [
    [
      'headers of 20 kB',
      `GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'a'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
    [
      'a cookie of 17 kB',
      `GET /api/me HTTP/1.1\r\nhost: x\r\ncookie: ${'a'.repeat(17_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
    ['what is no HTTP', 'EHLO example.com\r\n\r\n', 400, 'validation_error'],
    ['TLS at the plain port', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'validation_error'],
    [
      'two lengths',
      'GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
      400,
      'validation_error',
    ],
    ['no host', 'GET /api/me HTTP/1.1\r\nconnection: close\r\n\r\n', 400, 'validation_error'],
  ];
  for (const [what, bytes, status, code] of unreadable) {
    it(`of ${what} is ${String(status)} in the envelope`, async () => {
      const answer = await sayRaw(bytes);
      assert.equal(answer.status, status, answer.head);
      assert.equal(answer.failure.code, code);
      assert.match(answer.head, /content-type: application\/json/i);
      assert.match(answer.head, new RegExp(`x-request-id: ${answer.failure.requestId}`, 'i'));
    });
  }

  it('does not come of an expectation that is not known', async () => {
    const raw = await sayOnce('GET /healthz HTTP/1.1\r\nhost: x\r\nexpect: 200-ok\r\nconnection: close\r\n\r\n');
    assert.match(raw, /^HTTP\/1\.1 200 /);
  });

  const addresses: [address: string, accept: string, status: number][] = [
    ['/metrics', '*/*', 404],
    ['/metrics', 'text/html', 404],
    ['/api/metrics', '*/*', 404],
    ['/nothing', '*/*', 404],
    ['/nothing', 'application/json', 404],
    ['/.env', 'text/html', 404],
    ['/posts/%E0%A4%A', '*/*', 400],
    ['/assets/%E0%A4%A', '*/*', 400],
    ['/api/%E0%A4%A', '*/*', 404],
    ['/api/sessions/%00/thing', '*/*', 400],
    ['/api/sessions/%E0%A4%A/thing', '*/*', 400],
  ];
  for (const [address, accept, status] of addresses) {
    it(`of ${address} for ${accept} is ${String(status)} in the envelope`, async () => {
      const answer = await server.request.get(address).set('accept', accept).expect(status);
      assert.equal(failureSchema.parse(answer.body).code, status === 404 ? 'not_found' : 'validation_error');
    });
  }

  it('leaves the pages of the dashboard alone', async () => {
    for (const address of ['/', '/posts/a/b', '/nothing']) {
      const page = await server.anonymous.get(address).set('accept', 'text/html,*/*;q=0.8').expect(200);
      assert.match(page.text, /the dashboard/);
    }
    await server.anonymous.get('/').expect(200);
  });

  it('of a range beyond a file is 416 in the envelope', async () => {
    const answer = await server.anonymous.get('/assets/app.js').set('range', 'bytes=100-').expect(416);
    assert.equal(failureSchema.parse(answer.body).code, 'range_not_satisfiable');
    const { headers: ofTheFile } = await server.anonymous.get('/assets/app.js').expect(200);
    assert.notEqual(answer.headers['etag'], ofTheFile['etag']);
    assert.equal(answer.headers['last-modified'], undefined);
    assert.equal(answer.headers['cache-control'], 'no-store');
  });

  it('of a missing or wrong key says how to bring one', async () => {
    const none = await server.anonymous.get('/api/me').expect(401);
    assert.equal(none.headers['www-authenticate'], 'Bearer realm="Statuscast"');
    const wrong = await server.anonymous.get('/api/me').set('x-api-key', 'no').expect(401);
    assert.equal(wrong.headers['www-authenticate'], 'Bearer realm="Statuscast", error="invalid_token"');
  });
});

describe('answers over the wire', () => {
  let server: TestServer;
  let withSamples: TestServer;
  before(async () => {
    server = await startTestServer();
    withSamples = await startTestServer({ replace: { extraRoutes: sampleRoutes().routes } });
  });
  after(async () => {
    await server.stop();
    await withSamples.stop();
  });

  it('say where what was made can be read', async () => {
    const made = await withSamples.request.post('/api/things').send({ name: 'a' }).expect(201);
    assert.equal(made.headers['location'], '/api/things/1');
    const repeat = () =>
      withSamples.request.post('/api/things').set('idempotency-key', 'k').send({ name: 'b' }).expect(201);
    assert.equal((await repeat()).headers['location'], '/api/things/2');
    assert.equal((await repeat()).headers['location'], '/api/things/2');
  });

  it('are compressed for those who can read that, and left as they are for others', async () => {
    for (const encoding of ['gzip', 'br']) {
      const answer = await server.request.get('/api/openapi.json').set('accept-encoding', encoding).expect(200);
      assert.equal(answer.headers['content-encoding'], encoding);
      assert.match(answer.headers['vary'] ?? '', /accept-encoding/i);
    }
    const plain = await server.request.get('/api/openapi.json').set('accept-encoding', 'identity').expect(200);
    assert.equal(plain.headers['content-encoding'], undefined);
    const small = await server.request.get('/api/me').set('accept-encoding', 'gzip').expect(200);
    assert.equal(small.headers['content-encoding'], undefined);
  });

  it('are not sent again to those who have them', async () => {
    for (const address of ['/api/openapi.json', '/api/sessions', '/api/me']) {
      const first = await server.request.get(address).expect(200);
      const etag = first.headers['etag'] ?? '';
      const again = await server.request.get(address).set('if-none-match', etag).expect(304);
      assert.equal(again.text, '');
    }
    const changed = await server.request.get('/api/sessions');
    await server.request
      .post('/api/sessions')
      .send({ sessionName: 'A', authMethod: 'qrcode', start: false })
      .expect(201);
    await server.request
      .get('/api/sessions')
      .set('if-none-match', changed.headers['etag'] ?? '')
      .expect(200);
  });
});
