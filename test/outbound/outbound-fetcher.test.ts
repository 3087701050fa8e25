import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import type { ResolveName } from '../../server/outbound/guarded-connector.js';
import { OutboundFetcher, type OutboundFetcherOptions } from '../../server/outbound/outbound-fetcher.js';
import { eventually } from '../support/eventually.js';
import { makeTempDir } from '../support/temp-dir.js';
import { HostileServer } from '../support/hostile-server.js';

const packQuickly = (bytes: Buffer) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
const limits = { organizationId: 'default', maxBytes: 100_000, timeoutMs: 5_000 };

describe('the guarded fetch', () => {
  const server = new HostileServer();
  let folder: { dir: string; remove: () => Promise<void> };
  /** Where names lead, one answer after the other; the last one stays. */
  let names: Map<string, string[][]>;
  let lookups: string[];
  let fetcher: OutboundFetcher;

  before(async () => {
    folder = await makeTempDir();
    await server.start();
  });
  after(async () => {
    await server.stop();
    await folder.remove();
  });
  beforeEach(() => {
    server.forget();
    lookups = [];
    names = new Map([['friend.test', [['127.0.0.1']]]]);
    fetcher = newFetcher();
  });
  afterEach(() => {
    fetcher.stop();
  });

  const resolve: ResolveName = (name) => {
    lookups.push(name);
    const answers = names.get(name);
    const addresses = answers && answers.length > 1 ? answers.shift() : answers?.[0];
    if (!addresses) return Promise.reject(new Error(`no such name: ${name}`));
    return Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
  };
  /** `friend.test` stands for a server of the public internet: it may be reached, and leads wherever it likes. */
  function newFetcher(options: Partial<OutboundFetcherOptions> = {}): OutboundFetcher {
    const allowPrivate = [`friend.test:${String(server.port)}`];
    return new OutboundFetcher({ allowPrivate, userAgent: 'test', resolve, connectTimeoutMs: 500, ...options });
  }
  const at = (place: string): string => `http://friend.test:${String(server.port)}${place}`;
  async function refusalOf(url: string, more: Partial<typeof limits> = {}): Promise<string> {
    const outcome = await fetcher.fetchText(url, { ...limits, ...more });
    return outcome.result === 'refused' ? outcome.reason : `fetched ${outcome.text.slice(0, 40)}`;
  }

  it('reads a page and says where it was and of what type', async () => {
    server.on('/page', (_request, response) => {
      response
        .writeHead(200, { 'content-type': 'text/html; charset=ISO-8859-1' })
        .end(Buffer.from('caf\xe9', 'latin1'));
    });
    const outcome = await fetcher.fetchText(at('/page'), limits);
    assert.deepEqual(outcome, {
      result: 'fetched',
      url: at('/page'),
      contentType: 'text/html; charset=iso-8859-1',
      text: 'café',
    });
  });

  it('refuses everything but http and https, and addresses with a password', async () => {
    for (const url of [
      'file:///etc/passwd',
      'ftp://friend.test/',
      'data:text/plain,hi',
      'javascript:1',
      'http://somebody@friend.test/',
      'nonsense',
      '',
    ]) {
      assert.equal(await refusalOf(url), 'bad_address', url);
    }
    assert.equal(await refusalOf(at('/page').replace('//', '//me:secret@')), 'bad_address');
    assert.equal(server.connections, 0);
  });

  it('refuses private addresses however they are written', async () => {
    const port = String(server.port);
    for (const host of [
      '127.0.0.1',
      '0x7f.1',
      '2130706433',
      '0177.0.0.1',
      '127.1',
      '0.0.0.0',
      '10.0.0.1',
      '169.254.169.254',
      '100.64.0.1',
      '192.168.1.1',
      '224.0.0.1',
      '255.255.255.255',
      '[::1]',
      '[::]',
      '[::ffff:127.0.0.1]',
      '[::127.0.0.1]',
      '[::ffff:7f00:1]',
      '[fe80::1]',
      '[fd00::1]',
      '[ff02::1]',
      '[2002:7f00:1::]',
      '[64:ff9b::7f00:1]',
      '[2001:0:7f00:1::]',
      '[4000::1]',
      '１２７.0.0.1',
    ]) {
      assert.equal(await refusalOf(`http://${host}:${port}/page`), 'private_address', host);
      assert.equal(await refusalOf(`https://${host}:${port}/page`), 'private_address', host);
    }
    assert.deepEqual([server.connections, lookups], [0, []]);
  });

  it('refuses names that lead into a private network, also when only one of their addresses does', async () => {
    names.set('inner.test', [['127.0.0.1']]);
    names.set('mixed.test', [['192.0.2.1', '8.8.8.8', '127.0.0.1']]);
    names.set('mapped.test', [['::ffff:127.0.0.1']]);
    for (const name of ['inner.test', 'mixed.test', 'mapped.test']) {
      assert.equal(await refusalOf(`http://${name}:${String(server.port)}/page`), 'private_address', name);
    }
    assert.equal(await refusalOf('http://localhost/'), 'unreachable', 'the names of this test know no localhost');
    assert.equal(server.connections, 0);
  });

  it('refuses localhost by the names of the system', async () => {
    fetcher = new OutboundFetcher({ allowPrivate: [], userAgent: 'test' });
    assert.equal(await refusalOf(`http://localhost:${String(server.port)}/page`), 'private_address');
    assert.equal(server.connections, 0);
  });

  it('lets an allowed host be reached at the port that is named, also where the address leaves it out', async () => {
    fetcher = newFetcher({ allowPrivate: ['inner.test:443'] });
    names.set('inner.test', [['127.0.0.1']]);
    assert.notEqual(await refusalOf('https://inner.test/'), 'private_address');
    assert.equal(await refusalOf('http://inner.test/'), 'private_address');
  });

  it('looks a name up once per connection, so that an answer that changes afterwards leads nowhere', async () => {
    // Nothing answers at the first address: it is reserved for documents. What counts is that nobody asks twice.
    names.set('rebind.test', [['2001:4860:4860::8888'], ['127.0.0.1']]);
    const url = `http://rebind.test:${String(server.port)}/page`;
    const first = await refusalOf(url);
    assert.ok(first === 'unreachable' || first === 'too_slow', first);
    assert.deepEqual(lookups, ['rebind.test']);
    assert.equal(await refusalOf(url), 'private_address');
    assert.equal(server.connections, 0);
  });

  it('checks a redirect like a first address', async () => {
    const port = String(server.port);
    names.set('inner.test', [['127.0.0.1']]);
    const places: [string, string][] = [
      [`http://127.0.0.1:${port}/page`, 'private_address'],
      [`//[::1]:${port}/page`, 'private_address'],
      ['http://169.254.169.254/latest/meta-data/', 'private_address'],
      [`http://inner.test:${port}/page`, 'private_address'],
      // The allowed name on another port is not allowed.
      ['http://friend.test:1/page', 'private_address'],
      ['file:///etc/passwd', 'bad_address'],
      [`http://me:secret@friend.test:${port}/page`, 'bad_address'],
    ];
    for (const [location, reason] of places) {
      server.on('/away', (_request, response) => response.writeHead(302, { location }).end('elsewhere'));
      server.forget();
      assert.equal(await refusalOf(at('/away')), reason, location);
      assert.deepEqual(server.paths, ['/away']);
    }
  });

  it('follows redirects between allowed places, but not without an end', async () => {
    server.on('/start', (_request, response) => response.writeHead(301, { location: 'middle?x=1' }).end());
    server.on('/middle?x=1', (_request, response) =>
      response.writeHead(307, { location: at('/end') }).end('x'.repeat(50)),
    );
    server.on('/end', (_request, response) => response.end('there'));
    const outcome = await fetcher.fetchText(at('/start'), limits);
    assert.ok(outcome.result === 'fetched');
    assert.deepEqual([outcome.text, outcome.url], ['there', at('/end')]);
    server.on('/round', (_request, response) => response.writeHead(302, { location: '/round' }).end());
    server.forget();
    assert.equal(await refusalOf(at('/round')), 'too_many_redirects');
    assert.equal(server.paths.length, 6);
    for (const status of [302, 303, 308]) {
      server.on('/away', (_request, response) => response.writeHead(status, { location: '/end' }).end());
      assert.equal(await refusalOf(at('/away')), 'fetched there', String(status));
    }
    server.on('/to-letters', (_request, response) => {
      response.writeHead(302, { location: Buffer.from('/größe').toString('latin1') }).end();
    });
    server.on(encodeURI('/größe'), (_request, response) => response.end('letters'));
    assert.equal(await refusalOf(at('/to-letters')), 'fetched letters');
  });

  it('ends bodies that do not end, whether they hurry or trickle', async () => {
    server.on('/flood', (_request, response) => {
      const pour = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384)));
      };
      response.on('drain', pour);
      pour();
    });
    assert.equal(await refusalOf(at('/flood')), 'too_large');
    server.on('/trickle', (_request, response) => {
      const drops = setInterval(() => response.write('.'), 20);
      response.on('close', () => {
        clearInterval(drops);
      });
    });
    assert.equal(await refusalOf(at('/trickle'), { timeoutMs: 200 }), 'too_slow');
    await eventually(() => server.openConnections === 0, { what: 'both connections to be closed' });
  });

  it('does not believe a length, and refuses one that is too large at once', async () => {
    server.on('/boast', (_request, response) => {
      response.writeHead(200, { 'content-length': '999999999' });
      response.write('x');
    });
    assert.equal(await refusalOf(at('/boast')), 'too_large');
    server.on('/short', (request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('x', () => request.socket.destroy());
    });
    assert.notEqual((await refusalOf(at('/short'))).slice(0, 7), 'fetched');
  });

  it('does not wait for headers that come slowly, or never', async () => {
    fetcher = newFetcher({ headersTimeoutMs: 150 });
    const timeoutMs = 1_000_000;
    server.on('/silent', () => undefined);
    assert.equal(await refusalOf(at('/silent'), { timeoutMs }), 'too_slow');
    server.on('/slow', (request) => {
      request.socket.write('HTTP/1.1 200 OK\r\n');
      const drops = setInterval(() => request.socket.write('x-a: b\r\n'), 20);
      request.socket.on('close', () => {
        clearInterval(drops);
      });
    });
    assert.equal(await refusalOf(at('/slow'), { timeoutMs }), 'too_slow');
    server.on('/slow-body', (_request, response) => {
      response.write('headers at once, ');
      setTimeout(() => response.end('the rest later'), 400);
    });
    assert.equal(await refusalOf(at('/slow-body'), { timeoutMs }), 'fetched headers at once, the rest later');
    server.on('/huge', (request) => {
      request.socket.write(`HTTP/1.1 200 OK\r\nx-a: ${'b'.repeat(80_000)}\r\n\r\n`);
    });
    assert.equal(await refusalOf(at('/huge')), 'unreadable');
  });

  it('unpacks what is compressed', async () => {
    const kinds = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync };
    for (const [kind, compress] of Object.entries(kinds)) {
      server.on('/packed', (_request, response) => {
        response.writeHead(200, { 'content-encoding': kind }).end(compress('a page'));
      });
      assert.equal(await refusalOf(at('/packed')), 'fetched a page', kind);
    }
  });

  it('stops at the limit while it unpacks a bomb', async () => {
    const zeros = Buffer.alloc(100_000_000);
    for (const [kind, bomb] of Object.entries({ gzip: gzipSync(zeros, { level: 1 }), br: packQuickly(zeros) })) {
      server.on('/bomb', (_request, response) => response.writeHead(200, { 'content-encoding': kind }).end(bomb));
      const before = process.memoryUsage().rss;
      assert.equal(await refusalOf(at('/bomb')), 'too_large', kind);
      const grownMb = (process.memoryUsage().rss - before) / 1e6;
      assert.ok(grownMb < 60, `${kind} took ${String(grownMb)} MB`);
    }
  });

  it('refuses bodies that are packed twice, broken or cut off', async () => {
    const packed = gzipSync('a page'.repeat(1_000));
    const bodies: [string, Buffer][] = [
      ['gzip, gzip', gzipSync(packed)],
      ['zstd', packed],
      ['gzip', Buffer.from('not packed at all')],
      ['br', Buffer.from('not packed at all')],
      ['gzip', packed.subarray(0, 20)],
    ];
    for (const [kind, body] of bodies) {
      server.on('/broken', (_request, response) => response.writeHead(200, { 'content-encoding': kind }).end(body));
      assert.equal(await refusalOf(at('/broken')), 'unreadable', kind);
    }
  });

  it('cuts a long page where that is asked for', async () => {
    server.on('/long', (_request, response) => response.end('x'.repeat(1_000_000)));
    const outcome = await fetcher.fetchText(at('/long'), { ...limits, maxBytes: 1_000, cut: true });
    assert.ok(outcome.result === 'fetched' && outcome.text === 'x'.repeat(1_000));
    // What is just as long as it may be is not too long.
    server.on('/fits', (_request, response) => response.end('x'.repeat(1_000)));
    assert.equal(await refusalOf(at('/fits'), { maxBytes: 1_000 }), `fetched ${'x'.repeat(40)}`);
    assert.equal(await refusalOf(at('/fits'), { maxBytes: 999 }), 'too_large');
  });

  it('refuses answers that are no success or not of the wanted kind', async () => {
    assert.equal(await refusalOf(at('/missing')), 'not_served');
    server.on('/page', (_request, response) => response.setHeader('content-type', 'text/html').end('<p>'));
    const outcome = await fetcher.fetchBytes(at('/page'), { ...limits, accept: ['image/'] });
    assert.ok(outcome.result === 'refused' && outcome.reason === 'wrong_type');
    assert.match(outcome.message, /^What is at the address is not of a kind/);
  });

  it('writes a file, and leaves none behind when it is refused', async () => {
    const file = path.join(folder.dir, 'picture');
    server.on('/picture', (_request, response) =>
      response.setHeader('content-type', 'image/png').end(Buffer.alloc(50_000, 7)),
    );
    // Of unknown length: some of it is written before it is too much.
    server.on('/flood', (_request, response) => {
      response.write(Buffer.alloc(50_000));
      response.end(Buffer.alloc(450_000));
    });
    const flooded = await fetcher.fetchToFile(at('/flood'), { ...limits, file });
    assert.equal(flooded.result === 'refused' && flooded.reason, 'too_large');
    assert.deepEqual(await readdir(folder.dir), []);
    const outcome = await fetcher.fetchToFile(at('/picture'), { ...limits, file, accept: ['image/', 'video/'] });
    assert.deepEqual(outcome, { result: 'fetched', url: at('/picture'), contentType: 'image/png', sizeBytes: 50_000 });
    assert.equal((await readFile(file)).length, 50_000);
    // A file that is there is not ours to overwrite: that is a mistake of the caller, not of the other side.
    await assert.rejects(fetcher.fetchToFile(at('/picture'), { ...limits, file }), { code: 'EEXIST' });
    assert.equal((await readFile(file)).length, 50_000);
  });

  it('has a few places for each organization, where others wait for a while, and ends all when it is stopped', async () => {
    fetcher = newFetcher({ turns: { atOnce: 3, ofOneAtOnce: 2, waitingOfOne: 1 } });
    server.on('/silent', () => undefined);
    server.on('/page', (_request, response) => response.setHeader('content-type', 'text/html').end('there'));
    const running = [refusalOf(at('/silent')), refusalOf(at('/silent')), refusalOf(at('/silent'))];
    assert.equal(await refusalOf(at('/silent')), 'busy', 'one waits already');
    await eventually(() => server.connections === 2, { what: 'two connections' });
    assert.equal(await refusalOf(at('/page'), { organizationId: 'other' }), 'fetched there');
    fetcher.stop();
    assert.deepEqual(await Promise.all(running), ['busy', 'busy', 'busy']);
    assert.equal(await refusalOf(at('/silent')), 'busy');
    await eventually(() => server.openConnections === 0, { what: 'the connections to be closed' });
  });

  it('leaves a place to others where one organization asks for much', async () => {
    server.on('/silent', () => undefined);
    server.on('/page', (_request, response) => response.setHeader('content-type', 'text/html').end('there'));
    const running = Array.from({ length: 5 }, () => refusalOf(at('/silent'), { timeoutMs: 60_000 }));
    await eventually(() => server.connections === 4, { what: 'the places of one organization' });
    assert.equal(await refusalOf(at('/page'), { organizationId: 'other' }), 'fetched there');
    assert.equal(server.connections, 5);
    fetcher.stop();
    assert.deepEqual(
      await Promise.all(running),
      Array.from({ length: 5 }, () => 'busy'),
    );
  });

  it('leaves nothing behind with whoever asked', async () => {
    const { signal } = new AbortController();
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    for (let count = 0; count < 10; count += 1) await fetcher.fetchText(at('/page'), { ...limits, signal });
    assert.deepEqual(getEventListeners(signal, 'abort'), []);
    assert.ok(timers() < before + 5, 'timers stay');
  });

  it('says what may pass apart from what is wrong with the address', async () => {
    const answers: [number, string][] = [
      [503, 'not_now'],
      [500, 'not_now'],
      [429, 'not_now'],
      [408, 'not_now'],
      [425, 'not_now'],
      [404, 'not_served'],
      [410, 'not_served'],
    ];
    for (const [status, reason] of answers) {
      server.on('/answer', (_request, response) => response.writeHead(status).end());
      assert.equal(await refusalOf(at('/answer')), reason, String(status));
    }
  });

  it('ends when whoever asked goes away', async () => {
    fetcher = newFetcher({ headersTimeoutMs: 600_000 });
    server.on('/silent', () => undefined);
    const gone = new AbortController();
    const outcome = fetcher.fetchText(at('/silent'), { ...limits, timeoutMs: 600_000, signal: gone.signal });
    await eventually(() => server.connections === 1, { what: 'the connection' });
    gone.abort();
    assert.equal((await outcome).result, 'refused');
    await eventually(() => server.openConnections === 0, { what: 'the connection to be closed' });
  });
});
