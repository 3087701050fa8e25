import assert from 'node:assert/strict';
import type { Template } from '../../server/contract/templates.js';
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
});
