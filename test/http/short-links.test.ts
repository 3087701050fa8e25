import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { securityHeaders } from '../../server/http/security-headers.js';
import { shortLinks } from '../../server/http/short-links.js';

const code = 'AAAAAAAAAAAA';

/** What is answered to these bytes, to the end. */
function talk(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}

describe('requests for short addresses', () => {
  let server: Server;
  let port: number;
  let opened: string[] = [];
  let looked = 0;
  let nowMs = 0;
  const kept = new Map([[code, { target: 'https://müller.example/ä?next=//evil.example#x' }]]);

  before(async () => {
    const app = express();
    app.use(securityHeaders());
    const links = {
      isKept: (one: string) => kept.has(one),
      find: (one: string) => {
        looked += 1;
        const link = kept.get(one);
        if (one === 'ended') return Promise.resolve({ result: 'ended' as const });
        if (one === 'busy') return Promise.resolve({ result: 'unavailable' as const });
        return Promise.resolve(link ? { result: 'found' as const, link } : { result: 'unknown' as const });
      },
      opened: (_link: unknown, { method, address }: { method: string; address: string }) => {
        opened.push(`${method} ${address}`);
      },
    };
    app.use('/l', shortLinks({ links, trustedProxies: 1, nowMs: () => nowMs }));
    server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  after(() => server.close());
  beforeEach(() => {
    opened = [];
    looked = 0;
    nowMs += 120_000;
  });

  const ask = (path: string, { method = 'GET', from = '192.0.2.1' } = {}) =>
    fetch(`http://127.0.0.1:${String(port)}/l/${path}`, {
      method,
      redirect: 'manual',
      headers: { 'x-forwarded-for': from },
    });

  it('are sent on in the letters that a header may have, and nothing is kept of it', async () => {
    const answer = await ask(`${code}?next=https://evil.example&utm_source=x`);
    assert.equal(answer.status, 302);
    assert.equal(answer.headers.get('location'), 'https://xn--mller-kva.example/%C3%A4?next=//evil.example#x');
    assert.deepEqual(
      ['cache-control', 'referrer-policy', 'set-cookie', 'x-robots-tag', 'content-security-policy'].map((name) =>
        Boolean(answer.headers.get(name)),
      ),
      [true, true, false, true, true],
    );
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
    assert.equal(await answer.text(), '');
    await ask(code, { method: 'HEAD' });
    assert.deepEqual(opened, ['GET 192.0.2.1', 'HEAD 192.0.2.1']);
  });

  for (const [path, status] of [
    ['unknown', 404],
    ['ended', 410],
    ['busy', 503],
  ] as const) {
    it(`are told in a page of its own why there is nothing (${String(status)})`, async () => {
      const answer = await ask(path);
      const page = await answer.text();
      assert.equal(answer.status, status);
      assert.match(page, /<html lang="en">.*<h1>[^<]+<\/h1><p>[^<]+<\/p>/);
      const policy = answer.headers.get('content-security-policy') ?? '';
      const [, nonce] = /style-src 'self' 'nonce-([^']+)'/.exec(policy) ?? [];
      assert.ok(
        nonce !== undefined && page.includes(`<style nonce="${nonce}">`) && policy.includes(`default-src 'none'`),
      );
      assert.equal(answer.headers.get('location'), null);
      assert.equal(answer.headers.get('cache-control'), 'no-store');
    });
  }

  it('lead nowhere that they name themselves', async () => {
    for (const path of [
      '/l//evil.example',
      '/l/https://evil.example',
      '/l/javascript:alert(1)',
      `/l/${code}@evil.example`,
      `/l/${code}/../../evil`,
      `/l/${code}%0d%0aLocation:%20https://evil.example`,
      `/l/%41AAAAAAAAAAA%00`,
      '/l/%E0%A4%A',
      '/l/\\evil.example',
      `/l/${'A'.repeat(8_000)}`,
      '/l/',
      '/l',
    ]) {
      const answer = await talk(port, `GET ${path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`);
      assert.match(answer, /^HTTP\/1\.1 (404|400|431) /, path);
      assert.doesNotMatch(answer, /^location:/im, path);
      assert.doesNotMatch(
        answer.slice(answer.indexOf('\r\n\r\n')),
        /evil|alert|AAAA/,
        'nothing of the request is in the page',
      );
    }
    assert.deepEqual(opened, []);
  });

  it('may only ask', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const answer = await ask(code, { method });
      assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'GET, HEAD']);
    }
    assert.deepEqual([looked, opened], [0, []]);
  });

  it('may guess a few times a minute, which keeps nobody from a link in use', async () => {
    const statuses: number[] = [];
    for (let index = 0; index < 300; index += 1) statuses.push((await ask(`guess${String(index)}`)).status);
    assert.deepEqual([statuses.filter((status) => status === 404).length, statuses.at(-1)], [60, 429]);
    assert.equal(looked, 60, 'the database is not asked any more');
    assert.equal((await ask(code)).status, 302);
    assert.equal((await ask('guess', { from: '192.0.2.2' })).status, 404, 'from elsewhere');
    const refused = await ask('guess');
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '60']);
    nowMs += 60_001;
    assert.equal((await ask('guess')).status, 404);
  });
});
