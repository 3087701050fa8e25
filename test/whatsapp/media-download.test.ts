import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { withDeadline } from '../../server/lib/deadline.js';
import { createLogger } from '../../server/lib/logger.js';
import type { FileOutcome, ReplyFile } from '../../server/whatsapp/gateway.js';
import { MediaDownloader } from '../../server/whatsapp/publishing/media-download.js';
import { encryptMedia, type MediaType } from '../../simulator/media/media-crypto.js';
import { createTlsIdentity } from '../../simulator/media/tls-identity.js';
import { makeTempDir } from '../support/temp-dir.js';

type Answer = (response: ServerResponse, request: IncomingMessage) => unknown;

const maxBytes = 100_000;

describe('a file on its way from a media host', function () {
  this.timeout(20_000);
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  const servers: Server[] = [];
  const hosts: string[] = [];
  /** What each host does, and what it was asked for. */
  let answers: Answer[];
  let asked: string[][];
  let agent: Agent;
  let ended: AbortController;
  let isForgotten: boolean;
  let target: string;

  before(async () => {
    folder = await makeTempDir();
    const { key, certificate } = await createTlsIdentity('127.0.0.1');
    for (const nth of [0, 1]) {
      const server = createServer({ key, cert: certificate }, (request, response) => {
        asked[nth]?.push(request.url ?? '');
        answers[nth]?.(response, request);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      servers.push(server);
      hosts.push(`127.0.0.1:${String((server.address() as AddressInfo).port)}`);
    }
  });
  after(async () => {
    for (const server of servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    await folder.remove();
  });
  beforeEach(() => {
    // Trust is for the tests of the whole way.
    agent = new Agent({ rejectUnauthorized: false });
    [ended, isForgotten, asked, answers] = [new AbortController(), false, [[], []], [gone, gone]];
    target = path.join(folder.dir, randomBytes(8).toString('hex'));
  });
  afterEach(() => agent.destroy());

  const gives =
    (body: Buffer, status = 200, headers: Record<string, string> = {}): Answer =>
    (response) =>
      response.writeHead(status, headers).end(body);
  const gone = gives(Buffer.alloc(0), 404);

  /** A file as it lies with WhatsApp, and what a message says of it. */
  async function sent(plain: Buffer, kind: MediaType = 'image', of: Partial<ReplyFile> = {}) {
    const { file: encrypted, claim } = await encryptMedia(plain, kind);
    const { mediaKey, fileSha256, fileEncSha256, sizeBytes } = claim;
    const source: ReplyFile = {
      directPath: '/v/t62/1.enc?oh=1&oe=2',
      mediaKey,
      keysOf: kind === 'app-state' ? 'image' : kind,
      fileSha256,
      fileEncSha256,
      sizeBytes,
      mimeType: null,
      filename: null,
      width: null,
      height: null,
      durationMs: null,
      ...of,
    };
    return { encrypted, source };
  }
  function fetchFile(
    source: ReplyFile,
    { timeoutMs = 10_000, names = hosts, signal = new AbortController().signal } = {},
  ) {
    const known = { names, auth: '', expiresAt: Infinity };
    const mediaHosts = { ask: () => Promise.resolve(known), forget: () => void (isForgotten = true) };
    const logger = createLogger({ logLevel: 'silent' });
    const parts = { hosts: mediaHosts, agent, ended: ended.signal, logger, timeoutMs };
    return new MediaDownloader(parts).fetch(source, { path: target, maxBytes, signal });
  }
  function because(outcome: FileOutcome): string {
    assert.ok(outcome.result === 'not_fetched', JSON.stringify(outcome));
    return `${outcome.because}${outcome.connectionLost ? ', connection lost' : ''}`;
  }

  it('is opened with the keys of its kind, whatever its size, and proved', async () => {
    for (const kind of ['image', 'video', 'audio', 'document'] as const) {
      for (const size of [0, 1, 15, 16, 17, maxBytes]) {
        const plain = randomBytes(size);
        const { encrypted, source } = await sent(plain, kind, size === 17 ? { fileEncSha256: null } : {});
        answers = [gives(encrypted), gone];
        assert.deepEqual(await fetchFile(source), { result: 'fetched', sizeBytes: size });
        assert.ok((await readFile(target)).equals(plain), `${kind} ${String(size)}`);
      }
    }
    assert.deepEqual([asked[0]?.[0], asked[1]], ['/v/t62/1.enc?oh=1&oe=2', []]);
  });

  it('comes also in pieces that cut it anywhere', async () => {
    const plain = randomBytes(40);
    const { encrypted, source } = await sent(plain);
    answers = [
      (response) => {
        const write = (at: number): unknown =>
          at >= encrypted.length ? response.end() : response.write(encrypted.subarray(at, at + 1), () => write(at + 1));
        write(0);
      },
    ];
    assert.deepEqual(await fetchFile(source), { result: 'fetched', sizeBytes: 40 });
    assert.ok((await readFile(target)).equals(plain));
  });

  it('comes from the next host when one has it not, is ill or gives another file', async () => {
    const plain = randomBytes(300);
    const { encrypted, source } = await sent(plain);
    const other = randomBytes(encrypted.length);
    for (const first of [gone, gives(Buffer.from('<html>'), 503), gives(other), gives(encrypted.subarray(0, 50))]) {
      answers = [first, gives(encrypted)];
      assert.deepEqual(await fetchFile(source), { result: 'fetched', sizeBytes: 300 });
      assert.ok((await readFile(target)).equals(plain));
    }
  });

  it('is gone only when no host has it, and not as long as one of them may', async () => {
    const { source } = await sent(randomBytes(10));
    for (const status of [403, 404, 410]) {
      answers = [gives(Buffer.alloc(0), status), gone];
      assert.equal(because(await fetchFile(source)), 'gone');
    }
    assert.equal(isForgotten, false);
    answers = [gives(Buffer.alloc(0), 500), gone];
    assert.equal(because(await fetchFile(source)), 'unreachable');
    assert.equal(isForgotten, true, 'the hosts are asked for anew');
    assert.equal(because(await fetchFile(source, { names: ['127.0.0.1:9'] })), 'unreachable');
  });

  it('is damaged when any of its proofs fails', async () => {
    const plain = randomBytes(100);
    const { encrypted, source } = await sent(plain);
    const broken = Buffer.from(encrypted);
    broken[20] = (broken[20] ?? 0) ^ 1;
    const hashOf = (bytes: Buffer): Uint8Array => createHash('sha256').update(bytes).digest();
    for (const [what, body, of] of [
      ['another file', broken, {}],
      ['a broken seal', broken, { fileEncSha256: hashOf(broken) }],
      ['a broken seal, and no hash', broken, { fileEncSha256: null }],
      ['another content', encrypted, { fileSha256: hashOf(broken) }],
      ['keys of another kind', encrypted, { keysOf: 'video' }],
      ['nothing at all', Buffer.alloc(0), { fileEncSha256: null }],
      ['less than a seal', Buffer.alloc(5), { fileEncSha256: null }],
    ] as const) {
      answers = [gives(body), gives(body)];
      assert.equal(because(await fetchFile({ ...source, ...of })), 'damaged', what);
    }
  });

  it('that is larger than it may be ends at the limit, announced or not', async () => {
    const { encrypted, source } = await sent(randomBytes(maxBytes + 1));
    let onClose = (): void => undefined;
    const closed = new Promise<void>((resolve) => (onClose = resolve));
    const endless: Answer = (response) => {
      response.on('close', onClose);
      const write = (): void => {
        if (!response.destroyed) response.write(Buffer.alloc(50_000), () => setImmediate(write));
      };
      write();
    };
    for (const answer of [gives(encrypted), gives(encrypted, 200, { 'content-length': '999999999' }), endless]) {
      answers = [answer, gone];
      assert.equal(because(await fetchFile({ ...source, sizeBytes: 10 })), 'too_large');
      const written = await stat(target).then(
        ({ size }) => size,
        () => 0,
      );
      assert.ok(written <= maxBytes + 16, String(written));
    }
    await withDeadline(closed, 10_000, 'for the host to be left');
    assert.deepEqual(asked[1], [], 'no other host is asked');
  });

  it('waits for no host that is silent, from the beginning or in the middle, or far too slow', async () => {
    const { encrypted, source } = await sent(randomBytes(200));
    const silent: Answer = () => undefined;
    const halfway: Answer = (response) => response.writeHead(200).write(encrypted.subarray(0, 100));
    const slow: Answer = (response) => {
      const again = setInterval(() => response.write(Buffer.alloc(1)), 20);
      response.on('close', () => clearInterval(again));
    };
    for (const answer of [silent, halfway, slow]) {
      answers = [answer, gone];
      assert.equal(because(await fetchFile(source, { timeoutMs: 60 })), 'unreachable');
    }
  });

  it('is never fetched from anywhere else, whatever the message or a host says', async () => {
    const { encrypted, source } = await sent(randomBytes(10));
    const [first = '', second = ''] = hosts;
    answers = [gives(Buffer.alloc(0), 302, { location: `https://${second}/v/x` }), gives(encrypted)];
    assert.equal(because(await fetchFile(source, { names: [first] })), 'unreachable');
    for (const directPath of [
      `//${second}/v/x`,
      `/\\${second}/v/x`,
      `@${second}/v/x`,
      `.evil.example:1/x`,
      `:1@${second}/x`,
    ]) {
      answers = [gone, gives(encrypted)];
      const outcome = await fetchFile({ ...source, directPath }, { names: [first] });
      assert.notEqual(outcome.result, 'fetched', directPath);
    }
    assert.deepEqual(asked[1], []);
  });

  it('ends with the connection, and when it is not wanted any more', async () => {
    const { source } = await sent(randomBytes(10));
    const stopping = new AbortController();
    answers = [() => stopping.abort(), gone];
    assert.equal(because(await fetchFile(source, { signal: stopping.signal })), 'unreachable, connection lost');
    answers = [() => ended.abort(), gone];
    assert.equal(because(await fetchFile(source)), 'unreachable, connection lost');
    assert.deepEqual(asked[1], []);
  });

  it('that cannot be written is no fault of the host', async () => {
    const { encrypted, source } = await sent(randomBytes(10));
    answers = [gives(encrypted), gone];
    await writeFile(path.join(folder.dir, 'file'), '');
    target = path.join(folder.dir, 'file', 'below');
    await assert.rejects(fetchFile(source), /ENOTDIR/);
  });
});
