import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { once } from 'node:events';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { sampleRoutes } from './sample-routes.js';

describe('bad input', () => {
  let server: TestServer;
  const { routes, made } = sampleRoutes();
  before(async () => {
    server = await startTestServer({ env: { BODY_LIMIT_KB: '4' }, replace: { extraRoutes: routes } });
  });
  after(() => server.stop());
  afterEach('nothing was made', () => {
    assert.deepEqual(made, []);
  });

  interface Case {
    what: string;
    method?: 'get' | 'post' | 'delete';
    path?: string;
    body?: string | object;
    headers?: Record<string, string>;
    status: number;
    code: string;
    /** What the sentence must say. */
    says: RegExp;
    fields?: Record<string, RegExp>;
  }
  const post: Pick<Case, 'method' | 'path'> = { method: 'post', path: '/api/things' };
  const invalid = { status: 400, code: 'validation_error' };

  const cases: Case[] = [
    {
      what: 'an unknown field',
      ...post,
      body: { name: 'a', nmae: 1 },
      ...invalid,
      says: /nmae: There is no such field\. Did you mean "name"\?/,
      fields: { nmae: /no such field/ },
    },
    {
      what: 'a wrong type',
      ...post,
      body: { name: 5 },
      ...invalid,
      says: /name: .*text/,
      fields: { name: /text/ },
    },
    {
      what: 'two wrong fields',
      ...post,
      body: { name: '', size: 1.5 },
      ...invalid,
      says: /./,
      fields: { name: /./, size: /./ },
    },
    { what: 'a missing field', ...post, body: {}, ...invalid, says: /name/, fields: { name: /./ } },
    { what: 'no body', ...post, ...invalid, says: /name/, fields: { name: /./ } },
    { what: 'a list for an object', ...post, body: [], ...invalid, says: /body/, fields: { body: /object/ } },
    { what: 'broken JSON', ...post, body: '{"name": ', ...invalid, says: /not valid JSON/ },
    {
      what: 'a bare word for JSON',
      ...post,
      body: '"a"',
      ...invalid,
      says: /body: .*object/,
      fields: { body: /object/ },
    },
    {
      what: 'a null for the body',
      ...post,
      body: 'null',
      ...invalid,
      says: /name: This is missing/,
      fields: { name: /./ },
    },
    {
      what: 'a body over the limit',
      ...post,
      body: { name: 'x'.repeat(5_000) },
      status: 413,
      code: 'payload_too_large',
      says: /^The body is larger than the 4 KB that are accepted here\. Send less at once\.$/,
    },
    {
      what: 'another content type',
      ...post,
      body: 'name=a',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      status: 415,
      code: 'unsupported_media_type',
      says: /application\/json/,
    },
    {
      what: 'an unknown encoding',
      ...post,
      body: '{"name":"a"}',
      headers: { 'content-encoding': 'zip' },
      status: 415,
      code: 'unsupported_media_type',
      says: /encoding/,
    },
    {
      what: 'an unknown charset',
      ...post,
      body: '{"name":"a"}',
      headers: { 'content-type': 'application/json; charset=klingon' },
      status: 415,
      code: 'unsupported_media_type',
      says: /UTF-8/,
    },
    {
      what: 'no key',
      ...post,
      body: { name: 'a' },
      headers: { 'x-api-key': '' },
      status: 401,
      code: 'unauthorized',
      says: /x-api-key/,
    },
    {
      what: 'a wrong key',
      ...post,
      body: { name: 'a' },
      headers: { 'x-api-key': 'wrong' },
      status: 401,
      code: 'unauthorized',
      says: /not valid/,
    },
    {
      what: 'a wrong key before a broken body',
      ...post,
      body: '{',
      headers: { 'x-api-key': 'wrong' },
      status: 401,
      code: 'unauthorized',
      says: /not valid/,
    },
    {
      what: 'an enormous key',
      ...post,
      headers: { 'x-api-key': 'k'.repeat(5_000) },
      status: 401,
      code: 'unauthorized',
      says: /not valid/,
    },
    {
      what: 'an unknown session',
      path: '/api/sessions/nobody/thing',
      status: 404,
      code: 'not_found',
      says: /"nobody" was not found/,
    },
    {
      what: 'a session id that cannot be one',
      path: '/api/sessions/a%20b/thing',
      status: 404,
      code: 'not_found',
      says: /not found/,
    },
    { what: 'a wrong limit', path: '/api/things?limit=0', ...invalid, says: /limit/, fields: { limit: /./ } },
    {
      what: 'a word for a number',
      path: '/api/things?limit=many',
      ...invalid,
      says: /limit: This must be a number\. Given was "many"\.$/,
      fields: { limit: /./ },
    },
    {
      what: 'a parameter given twice',
      path: '/api/things?cursor=a&cursor=b',
      ...invalid,
      says: /^cursor: This is given 2 times\. Give it once\.$/,
      fields: { cursor: /./ },
    },
    {
      what: 'a number given three times',
      path: '/api/things?limit=1&limit=2&limit=3',
      ...invalid,
      says: /^limit: This is given 3 times\. Give it once\.$/,
      fields: { limit: /./ },
    },
    {
      what: 'a number beyond those that count exactly',
      path: '/api/things?limit=9999999999999999999',
      ...invalid,
      says: /^limit: This must be at most \d{2,4}\. Given was "9999999999999999999"\.$/,
      fields: { limit: /./ },
    },
    {
      what: 'nothing for a number',
      path: '/api/things?limit=',
      ...invalid,
      says: /^limit: .* Given was ""\.$/,
      fields: { limit: /./ },
    },
    {
      what: 'a body that is not packed as it says',
      ...post,
      body: '{}',
      headers: { 'content-encoding': 'gzip' },
      ...invalid,
      says: /^The body cannot be unpacked\. .*Content-Encoding/,
    },
    {
      what: 'an unknown address',
      path: '/api/nothing',
      status: 404,
      code: 'not_found',
      says: /nothing at this address/,
    },
    { what: 'an unreadable address', path: '/api/sessions/%E0%A4%A/thing', ...invalid, says: /could not be read/ },
    {
      what: 'half a character in the query',
      path: '/api/things?cursor=%ED%A0%BD',
      ...invalid,
      says: /query has escapes .* no text in UTF-8/,
      fields: { query: /./ },
    },
    {
      what: 'Latin-1 in the query',
      path: '/api/things?cursor=caf%E9',
      ...invalid,
      says: /no text in UTF-8/,
      fields: { query: /./ },
    },
    {
      what: 'another method',
      method: 'delete',
      path: '/api/things',
      status: 405,
      code: 'method_not_allowed',
      says: /POST, GET, HEAD/,
    },
    {
      what: 'a bad idempotency key',
      ...post,
      body: { name: 'a' },
      headers: { 'idempotency-key': 'a b' },
      ...invalid,
      says: /idempotency key/,
    },
  ];

  for (const { what, method = 'get', path = '/', body, headers, status, code, says, fields } of cases) {
    it(`${what}: ${String(status)} ${code}`, async () => {
      const request = server.request[method](path).set({ 'content-type': 'application/json', ...headers });
      const answer = await (body === undefined
        ? request
        : request.send(typeof body === 'string' ? body : JSON.stringify(body)));
      assert.equal(answer.status, status, answer.text);
      assert.match(answer.headers['content-type'] ?? '', /^application\/json/);
      const failure = answer.body as {
        success: boolean;
        error: string;
        code: string;
        requestId: string;
        details?: { fields: Record<string, string> };
      };
      assert.equal(failure.success, false);
      assert.equal(failure.code, code);
      assert.match(failure.error, says);
      assert.equal(failure.requestId, answer.headers['x-request-id']);
      assert.deepEqual(
        Object.keys(failure.details?.fields ?? {}).sort(),
        Object.keys(fields ?? failure.details?.fields ?? {}).sort(),
      );
      for (const [field, sentence] of Object.entries(fields ?? {}))
        assert.match(failure.details?.fields[field] ?? '', sentence);
    });
  }

  it('says how the address may be used when the method is wrong', async () => {
    const answer = await server.request.put('/api/things');
    assert.equal(answer.headers['allow'], 'POST, GET, HEAD');
  });

  it('a body that never ends is cut off at the limit', async () => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /api/things HTTP/1.1\r\nhost: x\r\nx-api-key: ${server.apiKey}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    const chunk = `1000\r\n${'['.repeat(0x1000)}\r\n`;
    socket.write(chunk + chunk);
    const ended = once(socket, 'close');
    let answer = '';
    socket.on('data', (data) => (answer += data.toString()));
    socket.on('error', () => undefined);
    await ended;
    assert.match(answer, /^HTTP\/1\.1 413 /);
  });
});
