import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import sharp from 'sharp';
import type { LinkPreviewAnswer } from '../../server/contract/links.js';
import { makeKey } from '../support/principals.js';
import { HostileServer } from '../support/hostile-server.js';
import { eventually } from '../support/eventually.js';
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

  function serve(place: string, html: string, type = 'text/html'): string {
    web.on(place, (_request, response) => response.setHeader('content-type', type).end(html));
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
      [`http://127.0.0.1:${port}/pictures/sun.png`, /leads to a picture, which is posted itself/],
      [serve('/film', 'not much of a film', 'video/mp4'), /leads to a video/],
      [serve('/paper', '%PDF', 'application/pdf'), /not lead to a web page/],
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

  it('bring the cookies along that pages give before they show themselves, and to nobody else', async () => {
    const seen: (string | undefined)[] = [];
    const gate = (place: string, to: string, cookie: string, path = '/') => {
      web.on(place, (request, response) => {
        seen.push(request.headers.cookie);
        if (request.headers.cookie?.includes(cookie) === true) {
          response.setHeader('content-type', 'text/html').end('<title>Behind the gate</title>');
        } else {
          response.setHeader('set-cookie', [
            `${cookie}; Path=${path}; HttpOnly`,
            'x=1; Domain=example.com',
            '=;;',
            'gone=1; Max-Age=0',
          ]);
          response.writeHead(302, { location: to }).end();
        }
      });
      return `http://127.0.0.1:${port}${place}`;
    };
    assert.equal((await preview(gate('/itself', '/itself', 'seen=yes'))).preview?.title, 'Behind the gate');
    gate('/news', '/', 'consent=given');
    assert.equal((await preview(gate('/consent', '/news', 'consent=given'))).preview?.title, 'Behind the gate');
    assert.deepEqual(seen, [undefined, 'seen=yes', undefined, 'consent=given']);
    const narrow = gate('/narrow', '/itself', 'narrow=1', '/elsewhere');
    assert.equal((await preview(narrow)).preview?.title, 'Behind the gate');
    assert.deepEqual(seen.slice(4), [undefined, undefined, 'seen=yes']);
  });

  it('are read below answer headers of 20 kB and more', async () => {
    for (const bytes of [20_000, 50_000]) {
      const place = `/headers/${String(bytes)}`;
      web.on(place, (_request, response) => {
        response.setHeader('content-security-policy', 'x'.repeat(bytes)).setHeader('content-type', 'text/html');
        response.end('<title>Long headers</title>');
      });
      assert.equal((await preview(`http://127.0.0.1:${port}${place}`)).preview?.title, 'Long headers');
    }
  });

  it('take the first picture that is there and is one, whatever its server calls it', async () => {
    const of = sharp({ create: { width: 300, height: 300, channels: 3, background: '#E8A317' } });
    const avif = await of.clone().avif({ effort: 0 }).toBuffer();
    const jpeg = await of.clone().jpeg().toBuffer();
    const pictures: [string, string | undefined, Buffer][] = [
      ['octets', 'application/octet-stream', jpeg],
      ['avif', 'image/avif', avif],
      ['text', 'text/plain', jpeg],
      ['untyped', undefined, avif],
    ];
    for (const [name, type, bytes] of pictures) {
      web.on(`/typed/${name}`, (_request, response) => {
        if (type !== undefined) response.setHeader('content-type', type);
        response.end(bytes);
      });
    }
    const lookAt = async (...images: string[]): Promise<string> => {
      const html = images.map((image) => `<meta property=og:image content="${image}">`).join('');
      const { preview: found } = await preview(serve(`/of?${images.join()}`, `<title>Typed</title>${html}`));
      return (found?.thumbnail ?? 'none').slice(0, 15);
    };
    for (const [name] of pictures) assert.equal(await lookAt(`/typed/${name}`), 'data:image/jpeg', name);
    assert.equal(await lookAt('/gone.png', '/typed/octets'), 'data:image/jpeg');
    assert.equal(await lookAt('http://[', '/plain', '/typed/avif'), 'data:image/jpeg');
    assert.equal(await lookAt('/plain', '/gone.png'), 'none');
  });

  it('look for pictures where the page says that its addresses begin', async () => {
    const head = (base: string) =>
      `<base href="${base}"><title>Based</title><meta property=og:image content="sun.png">`;
    for (const base of ['/pictures/', `http://127.0.0.1:${port}/pictures/`, '../pictures/x.html']) {
      const { preview: found } = await preview(serve(`/deep/${encodeURIComponent(base)}`, head(base)));
      assert.match(found?.thumbnail ?? '', /^data:image/, base);
    }
    const odd = await preview(serve('/pictures/odd', head('data:text/html,x')));
    assert.match(odd.preview?.thumbnail ?? 'none', /^data:image/);
  });

  it('read the letters of a page that names its charset late, in words of its own, or not at all', async () => {
    const late = `<!-- <meta charset=koi8-r> ${'x'.repeat(5_000)} --><meta charset="iso-8859-1"><title>Café Zoë</title>`;
    const pages: [string, string, Buffer][] = [
      ['late', 'text/html', Buffer.from(late, 'latin1')],
      ['no charset', 'text/html', Buffer.from('<title>Café Zoë</title>', 'latin1')],
      [
        'wrong header',
        'text/html; charset=utf-8',
        Buffer.from('<meta charset=latin1><title>Café Zoë</title>', 'latin1'),
      ],
      [
        'in an endless comment',
        'text/html',
        Buffer.from('<title>Café Zoë</title><!-- <meta charset=koi8-r>', 'latin1'),
      ],
      ['UTF-16', 'text/html', Buffer.from('\ufeff<title>Café Zoë</title>', 'utf16le')],
      ['UTF-16 that is none', 'text/html', Buffer.from('<meta charset=utf-16><title>Café Zoë</title>')],
      ['unknown', 'text/html; charset=nonsense', Buffer.from('<title>Café Zoë</title>')],
    ];
    for (const [name, type, bytes] of pages) {
      web.on(`/letters/${name.replaceAll(' ', '-')}`, (_request, response) =>
        response.setHeader('content-type', type).end(bytes),
      );
      const { preview: found } = await preview(`http://127.0.0.1:${port}/letters/${name.replaceAll(' ', '-')}`);
      assert.equal(found?.title, 'Café Zoë', name);
    }
    web.on('/letters/cut', (_request, response) =>
      response.setHeader('content-type', 'text/html').end(`<title>Café Zoë</title>${'é'.repeat(600_000)}`),
    );
    assert.equal((await preview(`http://127.0.0.1:${port}/letters/cut`)).preview?.title, 'Café Zoë');
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
    assert.equal((await preview('\u2068http://[::1]:9/x\u2069\u200b')).url, 'http://[::1]:9/x');
  });

  it('are read in the name of the organization: one that asks for slow pages takes the places of no other', async () => {
    const held: ServerResponse[] = [];
    web.on('/slow', (_request, response) => void held.push(response));
    await server.request.post('/api/organizations').send({ id: 'slow', name: 'Slow' }).expect(201);
    const { apiKey } = await makeKey(server, { organizationId: 'slow' });
    const url = `http://127.0.0.1:${port}/slow`;
    const ask = (query: string) =>
      server.anonymous
        .post('/api/link-preview')
        .set('x-api-key', apiKey)
        .send({ url: `${url}#${query}` });
    const asked = Promise.all(['a', 'b', 'c', 'd'].map(async (query) => ask(query)));
    await eventually(() => held.length === 4, { what: 'the places of one organization to be taken' });
    assert.equal((await preview(serve('/quick', '<title>Quick</title>'))).preview?.title, 'Quick');
    for (const response of held) response.setHeader('content-type', 'text/html').end('<title>Slow</title>');
    assert.deepEqual(
      (await asked).map(({ body }) => (body as { data: LinkPreviewAnswer }).data.preview?.title),
      ['Slow', 'Slow', 'Slow', 'Slow'],
    );
  });
});
