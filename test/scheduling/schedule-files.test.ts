import assert from 'node:assert/strict';
import sharp from 'sharp';
import type { Schedule } from '../../server/contract/planning/schedules.js';
import { makeKey } from '../support/principals.js';
import { upload } from '../support/media-journey.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

describe('schedules with a file', () => {
  let server: TestServer;
  let stranger: string;
  const asStranger = (request: ReturnType<TestServer['anonymous']['get']>) => request.set('x-api-key', stranger);

  before(async () => {
    server = await startTestServer();
    await server.request.post('/api/organizations').send({ id: 'globex', name: 'globex' }).expect(201);
    ({ apiKey: stranger } = await makeKey(server, {
      organizationId: 'globex',
      capabilities: ['read', 'send', 'manage'],
    }));
    const session = { sessionId: 'theirs', sessionName: 'Theirs', authMethod: 'qrcode', start: false };
    await asStranger(server.anonymous.post('/api/sessions')).send(session).expect(201);
  });
  after(() => server.stop());

  it('cannot name one of another organization, neither at first nor later, and so show it to nobody', async () => {
    const bytes = await sharp({ create: { width: 40, height: 60, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const file = await upload(server, 'image', bytes);
    const schedules = '/api/sessions/theirs/schedules';
    const body = (status: object) => ({
      status,
      timeZone: 'Asia/Kolkata',
      rule: 'FREQ=DAILY',
      startsAt: '2099-01-01T09:00',
    });
    const showing = { type: 'image', content: file.filename };
    await asStranger(server.anonymous.post(schedules)).send(body(showing)).expect(404);
    const answer = await asStranger(server.anonymous.post(schedules))
      .send(body({ type: 'text', content: 'Theirs' }))
      .expect(201);
    const { id } = (answer.body as { data: Schedule }).data;
    await asStranger(server.anonymous.patch(`${schedules}/${id}`))
      .send({ status: showing })
      .expect(404);
    // Root sees both, and may not show one to the other either.
    await server.request.post(schedules).send(body(showing)).expect(404);
    await server.request.patch(`${schedules}/${id}`).send({ status: showing }).expect(404);
    await asStranger(server.anonymous.get(file.url)).expect(404);
    const { body: kept } = await asStranger(server.anonymous.get(`${schedules}/${id}`)).expect(200);
    assert.equal((kept as { data: Schedule }).data.status.type, 'text');
  });
});
