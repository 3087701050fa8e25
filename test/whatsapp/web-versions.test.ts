import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger } from '../../server/lib/logger.js';
import { fetchWebVersion, WebVersions } from '../../server/whatsapp/connection/web-versions.js';
import type { WebVersion } from '../../server/whatsapp/connection/web-version-store.js';
import { SetClock } from '../support/open-services.js';

describe('the version of WhatsApp Web', function () {
  this.timeout(20_000);
  let server: Server;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  before(async () => {
    server = createServer((request, response) => answer(request, response));
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const ask = (signal = AbortSignal.timeout(10_000)) =>
    fetchWebVersion(signal, `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/sw.js`);

  it('is read from the script that browsers get, in whatever pieces it comes', async () => {
    answer = (request, response) => {
      // It knows browsers by these.
      const isBrowser = request.headers['user-agent']?.startsWith('Mozilla/5.0');
      if (!isBrowser || request.headers['sec-fetch-site'] !== 'none') return response.writeHead(400).end('sorry');
      response.write('importScripts();x="{\\"client_rev');
      return response.end('ision\\": 1030123456,"');
    };
    assert.deepEqual(await ask(), [2, 3000, 1_030_123_456]);
  });

  it('is not known by an error, whatever that says, nor by a page without it', async () => {
    const script = '{"client_revision":1030123456}';
    answer = (_request, response) => response.writeHead(503).end(script);
    assert.equal(await ask(), undefined);
    answer = (_request, response) => response.end('<html>Update your browser</html>');
    assert.equal(await ask(), undefined);
  });

  it('is looked for in so much of the answer only, and no longer than it is waited for', async () => {
    answer = (_request, response) => {
      response.write('x'.repeat(9 * 1024 * 1024));
      // Never ends, and what comes behind so much is not read.
      response.write('{"client_revision":1030123456}');
    };
    assert.equal(await ask(), undefined);
    const left = new AbortController();
    answer = () => left.abort(new Error('left'));
    await assert.rejects(ask(left.signal), /left/);
  });
});

describe('a version that WhatsApp refuses', () => {
  const hourMs = 60 * 60_000;

  it('has the newest asked for once an hour, also when the clock was six hours ahead and is put right', async () => {
    const clock = new SetClock(new Date('2026-03-01T16:00:00Z'));
    const packaged: WebVersion = [2, 3000, 1];
    let asked = 0;
    const fetch = (): Promise<undefined> => {
      asked += 1;
      return Promise.resolve(undefined);
    };
    const store = { find: () => Promise.resolve(undefined), save: () => Promise.resolve() };
    const logger = createLogger({ logLevel: 'silent' });
    const versions = new WebVersions({ packaged, store: store as never, fetch, clock, logger });
    const askedSoFar = async (): Promise<number> => {
      assert.equal(await versions.replaceRefused(packaged), false);
      return asked;
    };
    assert.equal(await askedSoFar(), 1);
    clock.advance(hourMs - 1);
    assert.equal(await askedSoFar(), 1);
    clock.advance(1);
    assert.equal(await askedSoFar(), 2);
    clock.advance(-6 * hourMs);
    assert.equal(await askedSoFar(), 3);
    assert.equal(await askedSoFar(), 3);
  });
});
