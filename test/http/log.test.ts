import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { sampleRoutes } from './sample-routes.js';

describe('the log of requests', () => {
  let server: TestServer;
  let written = '';
  before(async () => {
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        written += chunk.toString();
        done();
      },
    });
    const extraRoutes = sampleRoutes().routes;
    server = await startTestServer({ replace: { extraRoutes, logger: pino({ level: 'debug' }, sink) } });
  });
  after(() => server.stop());
  beforeEach(() => {
    written = '';
  });

  const ways: [what: string, path: string][] = [
    ['as digits', '491701234567'],
    ['with a plus', '+491701234567'],
    ['with an encoded plus', '%2B491701234567'],
    ['with encoded spaces', '%2B49%20170%201234567'],
    ['in brackets and dashes', '(49)170-123-4567'],
    ['with typographic dashes', `49170${encodeURIComponent('\u2011')}1234567`],
    ['encoded twice', '%252B49%2520170%25201234567'],
    ['with underlines', '49_170_1234567'],
    ['with slashes', '49%2F170%2F1234567'],
    ['with marks that no eye sees', `49${encodeURIComponent('\u200e')}170${encodeURIComponent('\u00ad')}1234567`],
    ['in Arabic digits', encodeURIComponent('٤٩١٧٠١٢٣٤٥٦٧')],
  ];
  for (const [what, path] of ways) {
    it(`shows no more of a number than its end: ${what}`, async () => {
      await server.request.get(`/api/sessions/nobody/check-number/${path}`).expect(404);
      assert.match(written, /check-number\/\D*…(4567|٤٥٦٧)"/);
      const digits = written.replace(/\P{Nd}/gu, '');
      assert.ok(!digits.includes('1701234567') && !digits.includes('١٧٠١٢٣٤٥٦٧'), written);
    });
  }

  it('shows no more of a number beside an escape that is none', async () => {
    await server.request.get('/api/sessions/nobody/check-number/49%20170%201234567%').expect(400);
    assert.match(written, /check-number\/…4567%"/);
  });

  it('says what went wrong inside, under the id that the caller got', async () => {
    const { body } = await server.request.get('/api/broken/bug').expect(500);
    const line = written.split('\n').find((text) => text.includes('"msg":"request failed"')) ?? '{}';
    const { level, requestId, err } = JSON.parse(line) as Record<string, unknown>;
    assert.deepEqual([level, requestId], [50, body.requestId]);
    assert.match(JSON.stringify(err), /the secret inner reason/);
  });

  it('is not filled by those who come while there is too much to do', async () => {
    await server.request.get('/api/broken/busy').expect(503);
    const lines = written.trim().split('\n');
    const levels = lines.map((line) => (JSON.parse(line) as { level: number }).level);
    assert.deepEqual(new Set(levels), new Set([20]), written);
  });

  it('says once that a proxy stands in front that the settings know nothing of', async () => {
    for (let count = 0; count < 2; count += 1) {
      await server.request.get('/api/me').set('x-forwarded-for', '192.0.2.1').expect(200);
    }
    assert.equal(written.split('TRUST_PROXY is 0').length, 2);
  });

  it('says which field was refused and not what was in it', async () => {
    const body = { sessionName: 'A', phoneNumber: '12345', secret: 'hunter2 hunter2' };
    await server.request.post('/api/sessions').send(body).expect(400);
    assert.match(written, /"fields":\["phoneNumber","secret"\]/);
    assert.ok(!written.includes('12345') && !written.includes('hunter2'), written);
  });
});
