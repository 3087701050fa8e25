import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { projectRoot } from '../../server/lib/project-root.js';
import type { Success } from '../../server/contract/envelope.js';
import type { Status } from '../../server/contract/statuses.js';
import { HostileServer } from '../support/hostile-server.js';
import { callApi, linkAccount } from '../support/link-account.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

describe('a link as a status', function () {
  this.timeout(120_000);
  const web = new HostileServer();
  let simulator: TestSimulator;
  let server: TestServer;
  let contact: string;
  let site: string;

  before(async () => {
    await web.start();
    site = `http://127.0.0.1:${String(web.port)}`;
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator, env: { OUTBOUND_ALLOW_PRIVATE: `127.0.0.1:${String(web.port)}` } });
    await linkAccount(server, simulator);
    contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
    const picture = await sharp({ create: { width: 400, height: 400, channels: 3, background: '#1F6F5C' } })
      .png()
      .toBuffer();
    web.on('/sun.png', (_request, response) => response.setHeader('content-type', 'image/png').end(picture));
    const head = '<meta property=og:title content=Sun><meta property=og:description content="Every day">';
    web.on('/offer', (_request, response) => {
      response.setHeader('content-type', 'text/html').end(`${head}<meta property=og:image content=/sun.png>`);
    });
  });
  after(async () => {
    await server.stop();
    await simulator.stop();
    await web.stop();
  });

  /** With the bytes of a picture or a film whose type is told by the server only. */
  function serve(path: string, contentType: string, bytes: Buffer): string {
    web.on(path, (_request, response) => response.setHeader('content-type', contentType).end(bytes));
    return `${site}${path}`;
  }

  async function post(content: string, caption?: string) {
    const body = { type: 'url', content, caption, targetNumbers: [contact] };
    const headers = { prefer: 'wait=20' };
    const path = '/sessions/acc1/send-status';
    const { data } = await callApi<Success<Status>>(server, 'POST', path, { body, headers, expected: 202 });
    assert.equal(data.state, 'sent', JSON.stringify(data.error));
    await simulator.drain();
    const story = simulator.statuses(contact).find(({ id }) => id === data.messageId);
    assert.ok(story);
    return story;
  }

  it('is shown to a contact with title, description and picture', async () => {
    const { text, link } = await post(`${site}/offer`, 'Look at this');
    assert.equal(text, `Look at this\n${site}/offer`);
    assert.deepEqual([link?.url, link?.title, link?.description], [`${site}/offer`, 'Sun', 'Every day']);
    assert.ok(link?.hasThumbnail);
  });

  it('is posted as the picture or the video that its address answers with', async () => {
    const picture = await sharp({ create: { width: 64, height: 48, channels: 3, background: 'gold' } })
      .webp()
      .toBuffer();
    const film = await readFile(
      path.join(projectRoot(), 'test', 'media', 'field-inputs', 'video-one-picture-with-sound.mp4'),
    );
    for (const [address, type] of [
      [`${site}/sun.png`, 'image'],
      [serve('/no-ending?id=7', 'image/webp; charset=binary', picture), 'image'],
      [serve('/film', 'video/mp4', film), 'video'],
    ] as const) {
      const { type: shown, text } = await post(address, 'Look');
      assert.deepEqual([shown, text], [type, 'Look'], address);
    }
  });

  it('stays a link where the picture is none that phones show', async () => {
    const drawing = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>');
    for (const address of [
      serve('/drawing.svg', 'image/svg+xml', drawing),
      serve('/broken.jpg', 'image/jpeg', Buffer.from('not one')),
    ]) {
      const { text } = await post(address, 'Look');
      assert.equal(text, `Look\n${address}`);
    }
  });

  it('goes out without a preview when the page has none to give, or may not be looked at', async () => {
    for (const url of [`${site}/missing`, 'http://10.0.0.1/inner']) {
      const { text, link } = await post(url);
      assert.equal(text, url);
      assert.ok(!link?.title, JSON.stringify(link));
    }
  });
});
