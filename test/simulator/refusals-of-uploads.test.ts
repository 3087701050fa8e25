import { equal, match, ok } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sha256 } from '../../simulator/crypto/hkdf.js';
import { encryptMedia } from '../../simulator/media/media-crypto.js';
import type { Refusal } from '../../simulator/state/refusal-log.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { askHost, type HostAnswer } from './ask-host.js';
import { linkByQr, type PlainClient } from './plain-client.js';

const maxBytes = 100 * 1024 * 1024;

describe('what the media host refuses', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let client: PlainClient;
  let agent: Agent;
  let hostname: string;
  let file: Buffer;

  before(async () => {
    simulator = await startTestSimulator();
    client = await linkByQr(simulator);
    agent = new Agent({ ca: readFileSync(simulator.mediaCaFile), keepAlive: true });
    hostname = (await client.socket.refreshMediaConn(false)).hosts[0]?.hostname ?? '';
    ({ file } = await encryptMedia(randomBytes(100), 'image'));
  });
  after(async () => {
    await client.close();
    agent.destroy();
    await simulator.stop();
  });
  beforeEach(() => simulator.ask('DELETE', '/admin/refusals'));

  async function uploadPath(body: Buffer, wrong: { auth?: string; token?: string; pathToken?: string } = {}) {
    const token = wrong.token ?? sha256(body).toString('base64url');
    const auth = wrong.auth ?? (await client.socket.refreshMediaConn(true)).auth;
    return `/mms/image/${wrong.pathToken ?? token}?auth=${encodeURIComponent(auth)}&token=${token}`;
  }

  /** Said to the client and to the one who watches, in the same words. */
  async function refused({ status, body }: HostAnswer, expected: number, words: RegExp): Promise<void> {
    equal(status, expected, body);
    match((JSON.parse(body) as { error: string }).error, words);
    const { refusals } = await simulator.ask<{ refusals: Refusal[] }>('GET', '/admin/refusals');
    equal(refusals.length, 1);
    match(refusals[0]?.reason ?? '', words);
  }

  const other = randomBytes(32).toString('base64url');
  const wrong: [what: string, path: () => Promise<string>, status: number, words: RegExp][] = [
    ['a path for nothing known', async () => `/mms/shoe/${other}`, 404, /nothing can be uploaded to \S+/],
    [
      'a made-up auth token',
      () => uploadPath(file, { auth: 'made-up' }),
      401,
      /the upload carries no valid auth token/,
    ],
    [
      'a token that differs from the one in the path',
      () => uploadPath(file, { pathToken: other }),
      400,
      /the token in the path differs from the one in the query/,
    ],
    [
      'a token that is not the hash of the file',
      () => uploadPath(file, { token: other }),
      400,
      /the token is not the hash of the uploaded file/,
    ],
  ];
  for (const [what, path, status, words] of wrong) {
    it(what, async () => {
      await refused(await askHost(hostname, agent, { method: 'POST', path: await path(), body: file }), status, words);
    });
  }

  for (const length of [10, 25, 50]) {
    it(`${length} bytes, which no encryption makes`, async () => {
      const body = file.subarray(0, length);
      const answer = await askHost(hostname, agent, { method: 'POST', path: await uploadPath(body), body });
      await refused(answer, 400, /\d+ bytes are no encrypted file: blocks of 16 and a MAC of 10/);
    });
  }

  it('an upload that announces more than 100 MB, before it is sent', async () => {
    const headers = { 'content-length': String(maxBytes + 1) };
    const path = await uploadPath(file);
    const answer = await new Promise<HostAnswer>((resolve, reject) => {
      const request = httpsRequest(`https://${hostname}${path}`, { method: 'POST', agent, headers }, (response) => {
        response.on('data', (body: Buffer) => {
          resolve({ status: response.statusCode ?? 0, body: body.toString() });
          request.destroy();
        });
      });
      request.on('error', reject);
      request.flushHeaders();
    });
    await refused(answer, 413, /an upload of more than \d+ bytes/);
  });

  it('an upload that turns out to be more than 100 MB, and keeps nothing of it', async () => {
    const path = await uploadPath(file);
    const piece = Buffer.alloc(1024 * 1024);
    const pieces = Array.from({ length: maxBytes / piece.length + 1 }, () => piece);
    const answer = await new Promise<HostAnswer>((resolve, reject) => {
      const request = httpsRequest(`https://${hostname}${path}`, { method: 'POST', agent }, (response) => {
        response.on('data', (body: Buffer) => resolve({ status: response.statusCode ?? 0, body: body.toString() }));
      });
      pipeline(Readable.from(pieces), request).catch(reject);
    });
    await refused(answer, 413, /an upload of more than \d+ bytes/);
  });

  it('other methods than those of the wire', async () => {
    const answer = await askHost(hostname, agent, { method: 'DELETE', path: '/v/x' });
    await refused(answer, 405, /^\S+ is not served/);
  });

  it('to give out a file that it does not have', async () => {
    await refused(await askHost(hostname, agent, { method: 'GET', path: '/v/x' }), 404, /there is no such file/);
  });

  it('what it was asked to refuse, and no more', async () => {
    await simulator.ask('POST', '/admin/media/faults', { on: 'upload', status: 503, times: 1 });
    const path = await uploadPath(file);
    await refused(
      await askHost(hostname, agent, { method: 'POST', path, body: file }),
      503,
      /a failure that was asked for/,
    );
    const answer = await askHost(hostname, agent, { method: 'POST', path, body: file });
    equal(answer.status, 200);
    ok((JSON.parse(answer.body) as { direct_path?: string }).direct_path);
  });
});
