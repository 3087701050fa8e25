import assert from 'node:assert/strict';
import sharp from 'sharp';
import type { LinkPreviewAnswer } from '../../server/contract/links.js';
import { HostileServer } from '../outbound/hostile-server.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

describe('previews of links', () => {
  const web = new HostileServer();
  let server: TestServer;
  let port: string;

  before(async () => {
    await web.start();
    port = String(web.port);
    server = await startTestServer({ env: { OUTBOUND_ALLOW_PRIVATE: `127.0.0.1:${port}` } });
    const picture = await sharp({ create: { width: 900, height: 600, channels: 4, background: '#1F6F5C80' } })
      .png()
      .toBuffer();
    web.on('/pictures/sun.png', (_request, response) => {
      response.setHeader('content-type', 'image/png').end(picture);
    });
  });
  after(async () => {
    await server.stop();
    await web.stop();
  });
  beforeEach(() => {
    web.forget();
  });

  function serve(place: string, html: string): string {
    web.on(place, (_request, response) => response.setHeader('content-type', 'text/html').end(html));
    return `http://127.0.0.1:${port}${place}`;
  }
  async function preview(url: string): Promise<LinkPreviewAnswer> {
    const { status, body } = await server.request.post('/api/link-preview').send({ url });
    assert.equal(status, 200, JSON.stringify(body));
    return (body as { data: LinkPreviewAnswer }).data;
  }

  it('show title, description and a small picture', async () => {
    const head = '<meta property=og:title content="Sun"><meta property=og:description content="Every day">';
    const url = serve('/offers/sun', `${head}<meta property=og:image content="../pictures/sun.png">`);
    const answer = await preview(url);
    assert.deepEqual([answer.url, answer.reason], [url, null]);
    assert.deepEqual([answer.preview?.title, answer.preview?.description], ['Sun', 'Every day']);
    const [kind, data] = (answer.preview?.thumbnail ?? '').split(',');
    assert.equal(kind, 'data:image/jpeg;base64');
    const jpeg = Buffer.from(data ?? '', 'base64');
    const { format, width, height } = await sharp(jpeg).metadata();
    assert.deepEqual([format, width, height], ['jpeg', 192, 128]);
    assert.ok(jpeg.length < 20_000);
    await preview(url);
    assert.deepEqual(web.paths, ['/offers/sun', '/pictures/sun.png'], 'asked once for both');
  });

  it('go without the picture when it is none, or lies where nobody may look', async () => {
    serve('/drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>');
    for (const image of [
      '/missing.png',
      '/drawing.svg',
      'http://169.254.169.254/x.png',
      'file:///etc/passwd',
      'http://[',
    ]) {
      const answer = await preview(
        serve(`/plain?${image}`, `<title>Plain</title><meta property=og:image content="${image}">`),
      );
      assert.deepEqual(answer.preview, { title: 'Plain', description: null, thumbnail: null }, image);
    }
  });

  it('are left out, with the reason, where there is nothing to show', async () => {
    const reasons: [string, RegExp][] = [
      [`http://127.0.0.1:${port}/missing`, /nothing at the address/],
      [`http://127.0.0.1:${port}/pictures/sun.png`, /not lead to a web page/],
      [serve('/silent', '<p>words'), /says nothing about itself/],
      ['http://127.0.0.1:9/', /private network/],
      ['http://10.0.0.1.', /private network/],
    ];
    for (const [url, reason] of reasons) {
      const answer = await preview(url);
      assert.equal(answer.preview, null);
      assert.match(answer.reason ?? '', reason, url);
    }
  });

  it('are tried again after a failure', async () => {
    const url = `http://127.0.0.1:${port}/later`;
    assert.equal((await preview(url)).preview, null);
    serve('/later', '<title>Here now</title>');
    assert.equal((await preview(url)).preview?.title, 'Here now');
  });

  it('refuse what is no web address, and add what is usually left out', async () => {
    for (const url of [
      '',
      'two words.com',
      'mailto:a@b.de',
      'ftp://a.de',
      'https://me:secret@a.de',
      'javascript:x.y',
      'word',
    ]) {
      const { status, body } = await server.request.post('/api/link-preview').send({ url });
      assert.equal(status, 400, url);
      assert.match((body as { error: string }).error, /Give a web address|characters/);
    }
    assert.equal((await preview(` 127.0.0.1:${port}/x `)).url, `https://127.0.0.1:${port}/x`);
  });
});
