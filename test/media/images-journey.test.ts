import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import type { Success } from '../../server/contract/envelope.js';
import type { Upload } from '../../server/contract/media.js';
import type { Status } from '../../server/contract/statuses.js';
import type { MediaReport } from '../../simulator/control/story-media-routes.js';
import { callApi, linkAccount } from '../support/link-account.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

describe('pictures, from the upload to the phone of a contact', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let server: TestServer;
  let contact: string;

  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
    await linkAccount(server, simulator);
    contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
  });
  after(async () => {
    await server.stop();
    await simulator.stop();
  });

  it('arrives upright, small enough and with its preview', async () => {
    const photo = await sharp({ create: { width: 3000, height: 2000, channels: 3, background: '#3366cc' } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    const response = await server.request.post('/api/upload-image').attach('image', photo, 'Holiday.jpg');
    assert.equal(response.status, 201, JSON.stringify(response.body));
    const upload = (response.body as Success<Upload>).data;
    assert.match(upload.filename, /^\d{10}-[0-9a-z]{16}\.jpg$/);
    assert.deepEqual([upload.width, upload.height, upload.mimeType], [1080, 1620, 'image/jpeg']);

    const body = { type: 'image', content: upload.filename, caption: 'Sea', targetNumbers: [contact] };
    const options = { body, expected: 202, headers: { prefer: 'wait=30' } };
    const { data } = await callApi<Success<Status>>(server, 'POST', '/sessions/acc1/send-status', options);
    assert.equal(data.state, 'sent', JSON.stringify(data.error));
    assert.equal(data.media?.filename, upload.filename);
    await simulator.drain();
    const [story] = simulator.statuses(contact).filter(({ id }) => id === data.messageId);
    assert.deepEqual([story?.type, story?.text, story?.warnings], ['image', 'Sea', []]);
    const report = await simulator.ask<MediaReport>(
      'GET',
      `/admin/contacts/${contact}/statuses/${data.messageId}/media`,
    );
    assert.deepEqual(report.problems, []);
    assert.deepEqual([report.facts.width, report.facts.height, report.facts.orientation], [1080, 1620, 1]);
    assert.ok(report.thumbnail && report.thumbnail.height > 32);
    assert.deepEqual(simulator.refusedRules(), []);
    assert.deepEqual(
      (await readdir(path.join(server.dataDir, 'uploads'))).sort(),
      [
        '.incoming',
        '.replies',
        '.resumable',
        `${upload.filename.replace('.jpg', '')}-thumb.jpg`,
        upload.filename,
      ].sort(),
    );
    const file = await server.request.get(upload.url).set('range', 'bytes=0-1');
    assert.deepEqual([file.status, file.headers['content-type']], [206, 'image/jpeg']);
  });
});
