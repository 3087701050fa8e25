import assert from 'node:assert/strict';
import sharp from 'sharp';
import type { Failure } from '../../server/contract/errors.js';
import type { Upload, UploadDetails } from '../../server/contract/media.js';
import type { Template } from '../../server/contract/planning/templates.js';
import { makeKey } from '../support/principals.js';
import { upload } from '../support/media-journey.js';
import { ShiftedClock } from '../support/shifted-clock.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

describe('templates', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  const status = { type: 'text', content: '{{account}}: only {{price}}', style: { backgroundColor: 'teal' } };
  const create = async (name: string): Promise<Template> => {
    const { body } = await server.request.post('/api/templates').send({ name, status }).expect(201);
    return (body as { data: Template }).data;
  };

  it('are kept as they were given, and say which values they need', async () => {
    const template = await create('Offer');
    assert.deepEqual(template.status, { ...status, style: { backgroundColor: '#008080' } });
    assert.deepEqual(template.variables, ['price']);
    const { body } = await server.request.get('/api/templates').expect(200);
    assert.deepEqual((body as { data: Template[] }).data, [template]);
  });

  it('have a name of their own, are changed and deleted', async () => {
    const template = await create('Second');
    const other = await create('Third');
    const path = `/api/templates/${template.id}`;
    await server.request.post('/api/templates').send({ name: 'Third', status }).expect(409);
    await server.request.patch(path).send({ name: 'Third' }).expect(409);
    const { body } = await server.request
      .patch(path)
      .send({ status: { type: 'text', content: 'hello' } })
      .expect(200);
    const changed = (body as { data: Template }).data;
    assert.deepEqual(
      [changed.name, changed.status, changed.variables],
      ['Second', { type: 'text', content: 'hello' }, []],
    );
    await server.request
      .patch(path)
      .send({ status: { type: 'text', content: '' } })
      .expect(400);
    await server.request.delete(path).expect(204);
    await server.request.get(path).expect(404);
    await server.request.get(`/api/templates/${other.id}`).expect(200);
  });

  describe('with a picture', function () {
    this.timeout(30_000);
    const picture = (background: string): Promise<Buffer> =>
      sharp({ create: { width: 60, height: 40, channels: 3, background } })
        .jpeg()
        .toBuffer();
    const showing = ({ filename }: Pick<Upload, 'filename'>) => ({ type: 'image', content: filename });
    const save = async (name: string, file: Upload): Promise<Template> => {
      const { body } = await server.request
        .post('/api/templates')
        .send({ name, status: showing(file) })
        .expect(201);
      return (body as { data: Template }).data;
    };

    it('keep it from being deleted for as long as they show it, and let it go then', async () => {
      const [first, second] = [
        await upload(server, 'image', await picture('red')),
        await upload(server, 'image', await picture('blue')),
      ];
      const template = await save('With a picture', first);
      const path = `/api/templates/${template.id}`;
      const { body } = await server.request.get(`${first.url}/details`);
      assert.deepEqual((body as { data: UploadDetails }).data.uses, [
        { kind: 'template', id: template.id, sessionId: null, isWaiting: false },
      ]);
      const refused = await server.request.delete(`${first.url}?force=true`).expect(409);
      assert.match((refused.body as Failure).error, new RegExp(`The template ${template.id} shows this file`));
      await server.request.patch(path).send({ name: 'Renamed' }).expect(200);
      await server.request.delete(first.url).expect(409);
      await server.request
        .patch(path)
        .send({ status: showing(second) })
        .expect(200);
      await server.request.delete(first.url).expect(204);
      await server.request.delete(path).expect(204);
      await server.request.delete(second.url).expect(204);
    });

    it('keep it from being cleaned up as unused', async () => {
      const [kept, unused] = [
        await upload(server, 'image', await picture('red')),
        await upload(server, 'image', await picture('blue')),
      ];
      const template = await save('Kept for long', kept);
      await server.stop({ keepData: true });
      const later = new ShiftedClock();
      later.advance(400 * 24 * 3_600_000);
      server = await startTestServer({ dataDir: server.dataDir, replace: { clock: later } });
      await server.request.get(kept.url).expect(200);
      await server.request.get(unused.url).expect(404);
      await server.request.delete(`/api/templates/${template.id}`).expect(204);
    });

    it('cannot show one that is not there, or that nobody of the organization may see', async () => {
      await server.request.post('/api/organizations').send({ id: 'globex', name: 'globex' }).expect(201);
      const { apiKey } = await makeKey(server, { organizationId: 'globex', capabilities: ['read', 'send'] });
      const file = await upload(server, 'image', await picture('red'));
      const asStranger = (request: ReturnType<typeof server.anonymous.get>) => request.set('x-api-key', apiKey);
      const body = { name: 'Theirs', status: showing(file) };
      await asStranger(server.anonymous.post('/api/templates')).send(body).expect(404);
      await asStranger(server.anonymous.get(file.url)).expect(404);
      const missing = { name: 'Nothing', status: showing({ filename: '1700000000-0123456789abcdef.jpg' }) };
      await server.request.post('/api/templates').send(missing).expect(404);
      // Root sees both, and may not show one to the other either.
      const theirs = await asStranger(server.anonymous.post('/api/templates')).send({ name: 'Theirs', status });
      const path = `/api/templates/${(theirs.body as { data: Template }).data.id}`;
      await server.request
        .patch(path)
        .send({ status: showing(file) })
        .expect(404);
      await asStranger(server.anonymous.get(file.url)).expect(404);
      assert.equal((await save('Ours', file)).status.type, 'image');
    });
  });
});
