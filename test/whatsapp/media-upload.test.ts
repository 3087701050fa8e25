import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { BinaryNode } from '@whiskeysockets/baileys';
import { createLogger } from '../../server/lib/logger.js';
import { type MediaSeal, sealMedia } from '../../server/whatsapp/publishing/media-cipher.js';
import { MediaHosts } from '../../server/whatsapp/publishing/media-hosts.js';
import { type MediaUpload, MediaUploader } from '../../server/whatsapp/publishing/media-upload.js';
import { createTlsIdentity } from '../../simulator/media/tls-identity.js';
import { ShiftedClock } from '../support/shifted-clock.js';
import { makeTempDir } from '../support/temp-dir.js';

type Answer = (response: ServerResponse, request: IncomingMessage, body: Buffer) => unknown;

describe('a file on its way to a media host', function () {
  this.timeout(20_000);
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  let file: string;
  let seal: MediaSeal;
  let server: Server;
  let host: string;
  let agent: Agent;
  let clock: ShiftedClock;
  let ended: AbortController;
  let questions: number;
  /** What WhatsApp says of its hosts; undefined is no answer. */
  let hosts: () => BinaryNode | undefined;
  /** What the host does, one request after another; the last one stays. */
  let answers: Answer[];
  let requests: { url: URL; body: Buffer; headers: IncomingMessage['headers'] }[];

  before(async () => {
    const { key, certificate } = await createTlsIdentity('127.0.0.1');
    server = createServer({ key, cert: certificate }, (request, response) => {
      const url = new URL(request.url ?? '/', `https://${host}`);
      buffer(request).then(
        (body) => {
          requests.push({ url, body, headers: request.headers });
          const answer = answers.length > 1 ? answers.shift() : answers[0];
          answer?.(response, request, body);
        },
        () => undefined,
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    folder = await makeTempDir();
    file = path.join(folder.dir, 'picture.jpg');
    await writeFile(file, Buffer.alloc(5_000, 'bread'));
    seal = await sealMedia(file, 'image');
  });
  after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await folder.remove();
  });
  beforeEach(() => {
    // Trust is for the tests of the whole way.
    agent = new Agent({ rejectUnauthorized: false });
    [clock, ended, questions, answers, requests] = [new ShiftedClock(), new AbortController(), 0, [taken], []];
    hosts = () => mediaConn({ auth: 'a+b', ttl: '300' }, host);
  });
  afterEach(() => agent.destroy());

  const says =
    (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
    (response) =>
      response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  const place = { url: 'https://host/v/x', direct_path: '/v/x' };
  const taken = says(200, place);
  const mediaConn = (attrs: Record<string, string>, ...names: string[]): BinaryNode => {
    const content = names.map((hostname) => ({ tag: 'host', attrs: { hostname } }));
    return { tag: 'iq', attrs: {}, content: [{ tag: 'media_conn', attrs, content }] };
  };
  function uploader(timeoutMs = 15_000): MediaUploader {
    const query = (): Promise<BinaryNode | undefined> => {
      questions += 1;
      return Promise.resolve().then(hosts);
    };
    const socket = { query, generateMessageTag: () => '1' } as never;
    const logger = createLogger({ logLevel: 'silent' });
    const known = new MediaHosts({ socket, clock });
    return new MediaUploader({ hosts: known, agent, ended: ended.signal, logger, timeoutMs });
  }
  const upload = (by = uploader(), kind: 'image' | 'video' | 'voice' = 'image'): Promise<MediaUpload> =>
    by.upload(file, kind, seal);
  async function reason(by?: MediaUploader): Promise<string> {
    const outcome = await upload(by);
    assert.ok(outcome.result === 'failed', JSON.stringify(outcome));
    return outcome.reason;
  }

  it('is named by what it is, with the token, and is whole; where it is then is the answer', async () => {
    for (const [kind, way] of [
      ['image', '/mms/image'],
      ['video', '/mms/video'],
      ['voice', '/mms/audio'],
    ] as const) {
      assert.deepEqual(await upload(undefined, kind), { result: 'uploaded', url: place.url, directPath: '/v/x' });
      const { url, body, headers } = requests.at(-1) ?? assert.fail();
      const token = seal.fileEncSha256.toString('base64url');
      assert.equal(url.pathname, `${way}/${token}`);
      assert.deepEqual(Object.fromEntries(url.searchParams), { auth: 'a+b', token });
      assert.equal(body.length, seal.encryptedBytes);
      assert.deepEqual(
        [headers['content-length'], headers.origin],
        [String(seal.encryptedBytes), 'https://web.whatsapp.com'],
      );
    }
  });

  it('follows a host that sends it elsewhere, three times and no more, and never without encryption', async () => {
    const elsewhere = says(302, '', { location: '/mms/other?x=1' });
    answers = [elsewhere, elsewhere, elsewhere, taken];
    assert.equal((await upload()).result, 'uploaded');
    assert.deepEqual(
      requests.map(({ body }) => body.length),
      Array<number>(4).fill(seal.encryptedBytes),
    );
    assert.equal(requests[3]?.url.pathname, '/mms/other');
    requests = [];
    answers = [elsewhere];
    assert.match(await reason(), /from place to place/);
    assert.equal(requests.length, 4);
    answers = [says(307, '', { location: `http://${host}/mms/other` }), taken];
    requests = [];
    assert.match(await reason(), /without encryption/);
    assert.equal(requests.length, 1);
  });

  it('is not taken by an answer without sense, too long, or by none in time', async () => {
    for (const [answer, expected] of [
      [says(200, '<html>Log in to the network</html>'), /answered 200/],
      [says(200, { url: 'https://host/v/x' }), /answered 200/],
      [says(200, 'null'), /answered 200/],
      [says(302, ''), /answered 302/],
      [says(200, { ...place, more: 'x'.repeat(70_000) }), /too long/],
    ] as const) {
      answers = [answer];
      assert.match(await reason(), expected);
    }
    answers = [() => undefined];
    assert.match(await reason(uploader(1)), /no answer in time/);
  });

  it('is asked for a new token, once, when a host refuses the one that it was given before', async () => {
    for (const status of [401, 403]) {
      [questions, requests] = [0, []];
      const going = uploader();
      answers = [taken];
      await upload(going);
      answers = [says(status, ''), taken];
      assert.equal((await upload(going)).result, 'uploaded');
      assert.deepEqual([questions, requests.length], [2, 3], String(status));
      answers = [says(status, '')];
      assert.match(await reason(going), /token was refused; the upload token was refused/);
      assert.deepEqual([questions, requests.length], [3, 5], String(status));
    }
  });

  it('is tried once more with a new token when a host hangs up on an old one, and not on a new one', async () => {
    const hangsUp: Answer = (_response, request) => request.socket.destroy();
    const going = uploader();
    await upload(going);
    answers = [hangsUp, taken];
    assert.equal((await upload(going)).result, 'uploaded');
    assert.equal(questions, 2);
    answers = [hangsUp];
    [questions, requests] = [0, []];
    await reason(uploader());
    assert.deepEqual([questions, requests.length], [1, 1]);
  });

  it('goes by a token for as long as that is good, by the shorter of its two times', async () => {
    for (const [attrs, seconds] of [
      [{ ttl: '300' }, 300],
      [{ ttl: '300', auth_ttl: '200' }, 200],
      [{ ttl: '100', auth_ttl: '200' }, 100],
      [{ ttl: 'x', auth_ttl: '200' }, 0],
    ] as const) {
      hosts = () => mediaConn({ auth: 'a', ...attrs }, host);
      questions = 0;
      const going = uploader();
      await upload(going);
      clock.advance(Math.max(0, seconds * 1000 - 60_000));
      await upload(going);
      assert.equal(questions, seconds === 0 ? 2 : 1, JSON.stringify(attrs));
      clock.advance(60_000);
      await upload(going);
      assert.equal(questions, seconds === 0 ? 3 : 2, JSON.stringify(attrs));
    }
  });

  it('asks anew for hosts after a failure, whatever that was', async () => {
    const going = uploader();
    answers = [says(500, ''), taken];
    assert.match(await reason(going), /answered 500/);
    assert.equal((await upload(going)).result, 'uploaded');
    assert.equal(questions, 2);
  });

  it('fails, and may be tried again, when WhatsApp does not say where to upload', async () => {
    const going = uploader();
    for (const [answer, expected] of [
      [() => undefined, /did not say where/],
      [() => mediaConn({ ttl: '300' }, host), /names no media host/],
      [() => mediaConn({ auth: 'a', ttl: '300' }), /names no media host/],
      [() => ({ tag: 'iq', attrs: {} }), /names no media host/],
      [
        () => {
          throw new Error('rate-overlimit');
        },
        /did not say where its media hosts are: rate-overlimit/,
      ],
    ] as const) {
      hosts = answer;
      assert.match(await reason(going), expected);
    }
    assert.deepEqual(requests, []);
    hosts = () => mediaConn({ auth: 'a', ttl: '300' }, host);
    assert.equal((await upload(going)).result, 'uploaded');
  });

  it('is given up with the connection, and goes to no other host then', async () => {
    hosts = () => mediaConn({ auth: 'a', ttl: '300' }, host, host);
    answers = [() => ended.abort()];
    assert.deepEqual(await upload(), { result: 'failed', reason: 'the connection was lost', connectionLost: true });
    assert.equal(requests.length, 1);
  });

  it('fails where the file is gone', async () => {
    const gone = await uploader().upload(path.join(folder.dir, 'gone.jpg'), 'image', seal);
    assert.ok(gone.result === 'failed');
    assert.match(gone.reason, /ENOENT/);
  });
});
