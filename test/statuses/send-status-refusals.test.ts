import assert from 'node:assert/strict';
import type { Failure } from '../../server/contract/errors.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { callApi, linkAccount } from '../support/link-account.js';

const path = '/api/sessions/acc1/send-status';
const good = { type: 'text', content: 'hello' };

const cases: { name: string; body: unknown; field: string; sentence: RegExp }[] = [
  { name: 'an unknown field', body: { ...good, colour: 'red' }, field: '', sentence: /colour/ },
  { name: 'a wrong type', body: { ...good, content: 5 }, field: 'content', sentence: /./ },
  { name: 'no content', body: { type: 'text' }, field: 'content', sentence: /./ },
  { name: 'content of blanks', body: { ...good, content: ' \n' }, field: 'content', sentence: /Write something/ },
  { name: 'an unknown kind', body: { ...good, type: 'hologram' }, field: 'type', sentence: /text/ },
  {
    name: 'a number with letters',
    body: { ...good, targetNumbers: '49170abc' },
    field: 'targetNumbers',
    sentence: /digits/,
  },
  {
    name: 'a number that is too short',
    body: { ...good, targetNumbers: ['12345'] },
    field: 'targetNumbers',
    sentence: /10 to 15 digits/,
  },
  {
    name: 'numbers that are no text',
    body: { ...good, targetNumbers: [491700000001] },
    field: 'targetNumbers',
    sentence: /./,
  },
  {
    name: 'a colour that one can see through',
    body: { ...good, style: { backgroundColor: '#ff000080' } },
    field: 'style.backgroundColor',
    sentence: /#RRGGBB/,
  },
  { name: 'an unknown font', body: { ...good, style: { font: 'comic-sans' } }, field: 'style.font', sentence: /./ },
  { name: 'an unknown part of the style', body: { ...good, style: { size: 3 } }, field: 'style', sentence: /size/ },
  {
    name: '701 characters',
    body: { ...good, content: '👩‍👩‍👧'.repeat(701) },
    field: 'content',
    sentence: /700 characters; this has 701.* split it into 2 statuses/,
  },
  { name: 'no object at all', body: [], field: '', sentence: /./ },
];

describe('what send-status refuses', function () {
  this.timeout(30_000);
  let simulator: TestSimulator;
  let server: TestServer;

  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
    await linkAccount(server, simulator);
  });

  after(async () => {
    await server.stop();
    await simulator.stop();
  });

  afterEach('nothing was created', async () => {
    const { meta } = await callApi<{ meta: { total: number } }>(server, 'GET', '/statuses');
    assert.equal(meta.total, 0);
  });

  function assertFailure(body: unknown, code: string): Failure {
    const failure = body as Failure;
    assert.equal(failure.success, false);
    assert.equal(failure.code, code);
    assert.match(failure.error, /^(\S+( in \S+)?: )?[A-Z].*[.!]$/, 'a sentence');
    assert.doesNotMatch(failure.error, /Invalid input|received/);
    assert.ok(failure.requestId);
    return failure;
  }

  for (const { name, body, field, sentence } of cases) {
    it(`refuses ${name} with 400 and says what is wrong`, async () => {
      const response = await server.request.post(path).send(body as object);
      assert.equal(response.status, 400, JSON.stringify(response.body));
      const failure = assertFailure(response.body, 'validation_error');
      const fields = Object.entries(failure.details?.['fields'] as Record<string, string>);
      const found = fields.find(([at]) => at === field || at.startsWith(`${field}.`));
      assert.ok(found ?? field === '', `no word about "${field}" in ${JSON.stringify(fields)}`);
      assert.match(JSON.stringify(found ?? fields), sentence);
    });
  }

  it('takes 700 characters as a reader counts them', async () => {
    const other = await startTestServer({ simulator });
    try {
      await linkAccount(other, simulator, 'acc2');
      const body = { type: 'text', content: '👩‍👩‍👧'.repeat(700) };
      await callApi(other, 'POST', '/sessions/acc2/send-status', { body, expected: 202 });
    } finally {
      await other.stop();
    }
  });

  it('answers 404 for a session that does not exist', async () => {
    const response = await server.request.post('/api/sessions/nobody/send-status').send(good);
    assert.equal(response.status, 404);
    assertFailure(response.body, 'not_found');
  });

  it('answers 401 without a key and with a wrong one', async () => {
    for (const request of [server.anonymous.post(path), server.anonymous.post(path).set('x-api-key', 'wrong')]) {
      const response = await request.send(good);
      assert.equal(response.status, 401);
      assertFailure(response.body, 'unauthorized');
    }
  });

  it('answers 409 and says what to do for a session that was never linked', async () => {
    const body = { sessionId: 'fresh', sessionName: 'Fresh', authMethod: 'qrcode', start: false };
    await callApi(server, 'POST', '/sessions', { body, expected: 201 });
    const response = await server.request.post('/api/sessions/fresh/send-status').send(good);
    assert.equal(response.status, 409);
    assert.match(assertFailure(response.body, 'not_connected').error, /Link it/);
  });

  it('answers 404 for a status of another session, and for one that does not exist', async () => {
    for (const method of ['get', 'delete'] as const) {
      const response = await server.request[method]('/api/sessions/acc1/statuses/01J9ZX8K2QHV0M3T6R7P4N5W8C');
      assert.equal(response.status, 404);
      assertFailure(response.body, 'not_found');
    }
  });

  it('refuses a cursor that it did not make', async () => {
    const response = await server.request.get('/api/statuses?cursor=abc');
    assert.equal(response.status, 400);
    assertFailure(response.body, 'validation_error');
  });
});
