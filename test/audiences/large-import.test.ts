import assert from 'node:assert/strict';
import type { Success } from '../../server/contract/envelope.js';
import type { AudienceList, ImportReport } from '../../server/contract/audiences.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { callApi } from '../statuses/link-account.js';

const rows = 50_000;

describe('a large list of people', function () {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  const newList = async (name: string) => {
    const options = { body: { name }, expected: 201 };
    return (await callApi<Success<AudienceList>>(server, 'POST', '/audiences', options)).data;
  };

  it('of 50,000 rows is imported in one request, and the server answers others meanwhile', async () => {
    const { id } = await newList('Everybody');
    const line = (index: number) => `+49 151 ${String(10_000_000 + index)},Customer number ${String(index)},vip;berlin`;
    const csv = ['phone,name,tags', ...Array.from({ length: rows }, (_, index) => line(index))].join('\n');
    assert.ok(csv.length > 2_000_000);
    let isDone = false;
    const importing = callApi<Success<ImportReport>>(server, 'POST', `/audiences/${id}/import`, { body: { csv } });
    void importing.finally(() => (isDone = true));
    let answered = 0;
    while (!isDone) {
      await callApi(server, 'GET', '/sessions');
      answered += 1;
    }
    const { data } = await importing;
    assert.deepEqual([data.added, data.badCount, data.memberCount], [rows, 0, rows]);
    assert.ok(answered > 1, String(answered));
  });

  it('is refused in words when it has more people than a list may have, or is too large', async () => {
    const { id } = await newList('Too many');
    const numbers = Array.from({ length: rows + 1 }, (_, index) => `49151${String(10_000_000 + index)}`);
    const path = `/audiences/${id}/import`;
    const many = await callApi<{ error: string }>(server, 'POST', path, {
      body: { csv: numbers.join('\n') },
      expected: 400,
    });
    assert.match(many.error, /50000|50,000/);
    await callApi(server, 'POST', path, { body: { csv: 'x'.repeat(8 * 1024 * 1024) }, expected: 413 });
    await callApi(server, 'POST', '/audiences', { body: { name: 'x'.repeat(1024 * 1024) }, expected: 413 });
  });
});
