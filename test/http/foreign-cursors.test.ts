import assert from 'node:assert/strict';
import type { AudienceList } from '../../server/contract/audiences.js';
import type { Failure } from '../../server/contract/errors.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

describe('a cursor of another list', function () {
  this.timeout(30_000);
  let server: TestServer;
  let listId: string;

  before(async () => {
    server = await startTestServer();
    const made = await server.request.post('/api/audiences').send({ name: 'Friends' }).expect(201);
    listId = (made.body as { data: AudienceList }).data.id;
    await server.request
      .post('/api/sessions')
      .send({ sessionId: 'acc1', authMethod: 'qrcode', start: false })
      .expect(201);
  });
  after(() => server.stop());

  const ofTime = Buffer.from('5/a').toString('base64url');
  for (const [path, cursor] of [
    ['/api/keys', 'abc'],
    ['/api/organizations', '01J9ZX8K2QHV0M3T6R7P4N5W8C'],
    ['/api/sessions', 'abc'],
    ['/api/statuses', ofTime],
    ['/api/uploads', 'A_B'],
    ['/api/broadcasts', ofTime],
    ['/api/schedules', ofTime],
    ['/api/templates', ofTime],
    ['/api/drafts', 'abc'],
    ['/api/audiences', ofTime],
    ['/api/audiences/:id/members', '919812345678/'],
    ['/api/tags', 'x'.repeat(51)],
    ['/api/opt-outs', '919812345678'],
    ['/api/sessions/acc1/contacts', ofTime],
    ['/api/sessions/acc1/chats', ofTime],
  ] as const) {
    it(`is refused, not taken for some place in it: ${path}`, async () => {
      const answer = await server.request.get(path.replace(':id', listId)).query({ cursor });
      const { code, error } = answer.body as Failure;
      assert.deepEqual([answer.status, code], [400, 'validation_error']);
      assert.match(error, /^The cursor ".+" is none of this list\. Take it whole from `nextCursor`/);
    });
  }
});
