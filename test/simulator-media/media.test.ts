import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { Agent, createServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { existsSync } from 'node:fs';
import {
  DEFAULT_CONNECTION_CONFIG,
  generateWAMessageContent,
  getWAUploadToServer,
  initAuthCreds,
  type AnyMediaMessageContent,
} from '@whiskeysockets/baileys';
import { pino } from 'pino';
import { readStoryContent, type MediaClaim } from '../../simulator/contact/story-content.js';
import { inspectMedia } from '../../simulator/media/inspect.js';
import { decryptMedia, encryptMedia } from '../../simulator/media/media-crypto.js';
import { MediaServer } from '../../simulator/media/media-server.js';
import { StoryMedia } from '../../simulator/media/story-media.js';
import { createTlsIdentity } from '../../simulator/media/tls-identity.js';
import { jpeg, mp4, voiceNote } from './sample-files.js';

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

describe('the simulated media host', function () {
  this.timeout(60_000);
  let server: MediaServer;
  let agent: Agent;
  let phones: StoryMedia;
  let refusals: string[] = [];

  beforeEach(async () => {
    refusals = [];
    server = await MediaServer.start({ onRefusal: (rule, reason) => refusals.push(`${rule}: ${reason}`) });
    agent = new Agent({ ca: server.ca });
    phones = new StoryMedia({ hostname: server.hostname, ca: server.ca });
  });

  afterEach(async () => {
    phones.stop();
    agent.destroy();
    await server.stop();
  });

  function ask(method: string, path: string, body?: Buffer, headers: Record<string, string> = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = httpsRequest(`https://${server.hostname}${path}`, { method, agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
        });
      });
      request.on('error', reject).end(body);
    });
  }

  function uploadPath(file: Buffer, change: { auth?: string; token?: string; pathToken?: string } = {}): string {
    const token = change.token ?? createHash('sha256').update(file).digest('base64url');
    const auth = change.auth ?? server.issueAuth().auth;
    return `/mms/image/${change.pathToken ?? token}?auth=${encodeURIComponent(auth)}&token=${token}`;
  }

  async function uploaded(plain: Buffer): Promise<{ directPath: string; file: Buffer; claim: MediaClaim }> {
    const { file, claim } = await encryptMedia(plain, 'image');
    const answer = await ask('POST', uploadPath(file), file);
    assert.equal(answer.status, 200, answer.body.toString());
    const { direct_path: directPath } = JSON.parse(answer.body.toString()) as { direct_path: string };
    const nothing = { seconds: null, width: null, height: null, thumbnail: null, waveform: null };
    const media: MediaClaim = {
      kind: 'image',
      mimetype: 'image/jpeg',
      url: '',
      directPath,
      ...nothing,
      sizeBytes: claim.sizeBytes,
      mediaKey: Buffer.from(claim.mediaKey),
      fileSha256: Buffer.from(claim.fileSha256),
      fileEncSha256: Buffer.from(claim.fileEncSha256),
    };
    return { directPath, file, claim: media };
  }

  it('gives files back as they came, whole and in ranges', async () => {
    const { directPath, file } = await uploaded(await jpeg());
    assert.deepEqual((await ask('GET', directPath)).body, file);
    const part = await ask('GET', directPath, undefined, { range: 'bytes=10-19' });
    assert.equal(part.status, 206);
    assert.equal(part.headers['content-range'], `bytes 10-19/${file.length}`);
    assert.deepEqual(part.body, file.subarray(10, 20));
    const tail = await ask('GET', directPath, undefined, { range: 'bytes=-5' });
    assert.deepEqual(tail.body, file.subarray(-5));
    const beyond = await ask('GET', directPath, undefined, { range: `bytes=${file.length}-` });
    assert.equal(beyond.status, 416);
    const head = await ask('HEAD', directPath);
    assert.equal(head.headers['content-length'], String(file.length));
  });

  it('refuses uploads with a wrong path, auth, token or size, in words, and stores nothing', async () => {
    const { file } = await encryptMedia(randomBytes(100), 'image');
    const other = randomBytes(32).toString('base64url');
    const expired = server.issueAuth().auth;
    server.expireAuths();
    const cases: [string, Buffer, number, RegExp][] = [
      [`/nowhere/${other}`, file, 404, /media-path/],
      [uploadPath(file, { auth: 'made-up' }), file, 401, /media-auth/],
      [uploadPath(file, { auth: expired }), file, 401, /media-auth/],
      [uploadPath(file, { pathToken: other }), file, 400, /media-token/],
      [uploadPath(file, { token: other }), file, 400, /not the hash/],
      [uploadPath(file.subarray(0, 50)), file.subarray(0, 50), 400, /50 bytes are no encrypted file/],
      [uploadPath(file.subarray(0, 10)), file.subarray(0, 10), 400, /10 bytes/],
    ];
    for (const [path, body, status, words] of cases) {
      const answer = await ask('POST', path, body);
      assert.equal(answer.status, status, path);
      assert.match(refusals.at(-1) ?? '', words);
      assert.equal((JSON.parse(answer.body.toString()) as { url?: string }).url, undefined);
    }
    assert.equal((await ask('DELETE', '/v/x')).status, 405);
  });

  it('does not give out files it does not have, without the signature in the path, or that it forgot', async () => {
    const { directPath } = await uploaded(await jpeg());
    assert.equal((await ask('GET', directPath.split('?')[0] ?? '')).status, 404);
    assert.equal((await ask('GET', '/etc/passwd')).status, 404);
    await server.forget(directPath);
    assert.equal((await ask('GET', directPath)).status, 404);
  });

  it('gives the oldest files up when its space is used', async () => {
    const small = await MediaServer.start({ storeLimitBytes: 3000 });
    const [original, originalAgent] = [server, agent];
    [server, agent] = [small, new Agent({ ca: small.ca })];
    try {
      const first = await uploaded(randomBytes(1000));
      const later = [await uploaded(randomBytes(1000)), await uploaded(randomBytes(1000))];
      assert.equal(small.find(first.directPath), undefined);
      for (const { directPath } of later) assert.ok(small.find(directPath));
    } finally {
      agent.destroy();
      [server, agent] = [original, originalAgent];
      await small.stop();
    }
  });

  it('fails on demand, as often as asked', async () => {
    const { file } = await encryptMedia(randomBytes(100), 'image');
    server.addFault({ on: 'upload', status: 503, times: 2 });
    const statuses = [];
    for (let attempt = 0; attempt < 3; attempt += 1) statuses.push((await ask('POST', uploadPath(file), file)).status);
    assert.deepEqual(statuses, [503, 503, 200]);
  });

  it('deletes everything when it stops', async () => {
    const other = await MediaServer.start();
    assert.equal(existsSync(other.caFile), true);
    await other.stop();
    assert.equal(existsSync(other.caFile), false);
  });

  describe('with Baileys as the sender', () => {
    async function post(content: AnyMediaMessageContent): Promise<MediaClaim> {
      const logger = pino({ level: 'silent' });
      const host = { hostname: server.hostname, maxContentLengthBytes: 100_000_000 };
      const auth = { creds: initAuthCreds(), keys: { get: () => ({}), set: () => undefined } };
      const config = { ...DEFAULT_CONNECTION_CONFIG, auth, customUploadHosts: [], fetchAgent: agent, logger };
      const upload = getWAUploadToServer(config, () =>
        Promise.resolve({ ...server.issueAuth(), ttl: 300, hosts: [host], fetchDate: new Date() }),
      );
      const message = await generateWAMessageContent(content, { upload, logger });
      const read = readStoryContent(message);
      assert.ok('media' in read && read.media, 'reason' in read ? read.reason : '');
      return read.media;
    }

    it('an image is fetched, proved and measured', async () => {
      const claim = await post({ image: await jpeg(640, 480), caption: 'Sea', width: 640, height: 480 });
      const opened = await phones.open(claim);
      assert.ok(opened.ok, opened.ok ? '' : opened.reason);
      assert.deepEqual(opened.problems, []);
      assert.equal(opened.facts.mimetype, 'image/jpeg');
      assert.deepEqual([opened.facts.width, opened.facts.height], [640, 480]);
      assert.ok(opened.thumbnail);
    });

    it('a video is fetched, proved and measured', async () => {
      const claim = await post({ video: await mp4(3), caption: 'Sea', seconds: 3, width: 180, height: 320 });
      const opened = await phones.open(claim);
      assert.ok(opened.ok, opened.ok ? '' : opened.reason);
      assert.deepEqual(opened.problems, []);
      assert.deepEqual([opened.facts.videoCodec, opened.facts.audioCodec], ['avc', 'aac']);
      assert.equal(opened.facts.isFaststart, true);
      assert.equal(Math.round(opened.facts.seconds ?? 0), 3);
    });

    it('a voice note is fetched, proved and measured', async () => {
      const claim = await post({
        audio: await voiceNote(2),
        ptt: true,
        seconds: 2,
        mimetype: 'audio/ogg; codecs=opus',
      });
      assert.equal(claim.kind, 'voice');
      const opened = await phones.open(claim);
      assert.ok(opened.ok, opened.ok ? '' : opened.reason);
      assert.deepEqual(opened.problems, []);
      assert.deepEqual([opened.facts.audioCodec, opened.facts.channels], ['opus', 1]);
    });

    it('a file that contradicts its message is noticed, in words', async () => {
      const wrongSize = await phones.open(await post({ image: await jpeg(640, 480), width: 10, height: 10 }));
      assert.ok(wrongSize.ok);
      assert.match(wrongSize.problems.join(), /640×480, the message says 10×10/);
      const slow = await phones.open(await post({ video: await mp4(3, { isFaststart: false }), seconds: 30 }));
      assert.ok(slow.ok);
      assert.match(slow.problems.join(), /index is at the end/);
      assert.match(slow.problems.join(), /lasts 3\.\d s, the message says 30 s/);
      const notVideo = await phones.open(await post({ video: await jpeg(), seconds: 1 }));
      assert.ok(notVideo.ok);
      assert.match(notVideo.problems.join(), /the file is image\/jpeg, the message says video\/mp4/);
    });
  });

  describe('a phone that opens media', () => {
    it('refuses another key, another file, changed bytes and a wrong length', async () => {
      const { file, claim } = await encryptMedia(randomBytes(3_000_000), 'video');
      const reasonOf = async (changed: Partial<typeof claim>, bytes = file): Promise<string> => {
        const result = await decryptMedia(bytes, { ...claim, ...changed });
        return result.ok ? 'accepted' : result.reason;
      };
      assert.equal(await reasonOf({}), 'accepted');
      assert.match(await reasonOf({ mediaKey: randomBytes(32) }), /MAC/);
      assert.match(await reasonOf({ type: 'image' }), /MAC/);
      assert.match(await reasonOf({ fileEncSha256: randomBytes(32) }), /fileEncSha256/);
      assert.match(await reasonOf({ fileSha256: randomBytes(32) }), /fileSha256/);
      assert.match(await reasonOf({ sizeBytes: 5 }), /3000000 bytes, the message says 5/);
      assert.match(await reasonOf({}, file.subarray(0, 20)), /too short/);
      const changed = Buffer.from(file);
      changed[100] = (changed[100] ?? 0) ^ 1;
      assert.match(await reasonOf({}, changed), /fileEncSha256/);
      const hash = createHash('sha256').update(changed).digest();
      assert.match(await reasonOf({ fileEncSha256: hash }, changed), /MAC/);
    });

    it('says why a download failed, and tries again next time', async () => {
      const { claim } = await uploaded(await jpeg());
      server.addFault({ on: 'download', status: 500, times: 1 });
      const failed = await phones.open(claim);
      assert.match(failed.ok ? '' : failed.reason, /answered 500/);
      assert.equal((await phones.open(claim)).ok, true);
      const elsewhere = await phones.open({ ...claim, directPath: 'https://example.invalid/x' });
      assert.match(elsewhere.ok ? '' : elsewhere.reason, /cannot reach/);
    });

    it('says that a host broke off, or was not there: hosts of its own, because the simulated one does neither', async () => {
      const { claim } = await uploaded(await jpeg());
      const { key, certificate, ca } = await createTlsIdentity('127.0.0.1');
      const host = createServer({ key, cert: certificate }, (_request, response) => {
        response.writeHead(200, { 'content-length': 1000 });
        response.write(Buffer.alloc(10), () => response.destroy());
      });
      await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
      const { port } = host.address() as AddressInfo;
      const others = new StoryMedia({ hostname: `127.0.0.1:${port}`, ca });
      const broken = await others.open(claim);
      assert.match(broken.ok ? '' : broken.reason, /the download broke off: \S+/);
      host.closeAllConnections();
      await new Promise((resolve) => host.close(resolve));
      const gone = await others.open(claim);
      assert.match(gone.ok ? '' : gone.reason, /the download failed: \S+/);
      others.stop();
    });

    it('sees the orientation of a photo and copes with bytes that are nothing', async () => {
      const turned = await inspectMedia(await jpeg(120, 80, 6));
      assert.deepEqual([turned.width, turned.height, turned.orientation], [80, 120, 6]);
      assert.equal((await inspectMedia(randomBytes(50))).mimetype, null);
      const broken = await inspectMedia(Buffer.concat([(await jpeg()).subarray(0, 30), randomBytes(10)]));
      assert.equal(broken.mimetype, 'image/jpeg');
    });
  });
});
