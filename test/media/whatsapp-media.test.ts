import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import path from 'node:path';
import type { BinaryNode } from '@whiskeysockets/baileys';
import { systemClock } from '../../server/lib/clock.js';
import { createLogger } from '../../server/lib/logger.js';
import { encodeContent } from '../../server/whatsapp/publishing/encode-content.js';
import type { ImageContent } from '../../server/whatsapp/gateway.js';
import { encryptedMedia, sealMedia } from '../../server/whatsapp/publishing/media-cipher.js';
import { MediaHosts } from '../../server/whatsapp/publishing/media-hosts.js';
import { MediaUploader, type MediaUpload } from '../../server/whatsapp/publishing/media-upload.js';
import { StatusMedia } from '../../server/whatsapp/publishing/status-media.js';
import { decryptMedia } from '../../simulator/media/media-crypto.js';
import { MediaServer } from '../../simulator/media/media-server.js';
import { ShiftedClock } from '../support/shifted-clock.js';
import { makeTempDir } from '../support/temp-dir.js';

describe('files for WhatsApp', () => {
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  let file: string;
  const bytes = Buffer.from(Array.from({ length: 200_000 }, (_none, index) => index % 251));
  beforeEach(async () => {
    folder = await makeTempDir();
    file = path.join(folder.dir, 'picture.jpg');
    await writeFile(file, bytes);
  });
  afterEach(() => folder.remove());

  async function encrypted(mediaKey: Buffer): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of encryptedMedia(file, 'image', mediaKey)) pieces.push(piece as Buffer);
    return Buffer.concat(pieces);
  }

  it('are encrypted as the simulated phone decrypts them, with the hashes that were told before', async () => {
    const seal = await sealMedia(file, 'image');
    const whole = await encrypted(seal.mediaKey);
    assert.equal(whole.length, seal.encryptedBytes);
    assert.ok(createHash('sha256').update(whole).digest().equals(seal.fileEncSha256));
    const opened = await decryptMedia(whole, { ...seal, type: 'image' });
    assert.ok(opened.ok && opened.plain.equals(bytes));
    assert.deepEqual(await sealMedia(file, 'image', seal.mediaKey), seal, 'the same key gives the same bytes');
  });

  describe('on their way to several hosts', () => {
    let hosts: MediaServer[];
    let agent: Agent;
    beforeEach(async () => {
      hosts = [await MediaServer.start(), await MediaServer.start()];
      // Both have an authority of one name, which OpenSSL cannot tell apart. Trust is for the tests of the whole way.
      agent = new Agent({ rejectUnauthorized: false });
    });
    afterEach(async () => {
      agent.destroy();
      for (const host of hosts) await host.stop();
    });

    let questions: number;

    /** WhatsApp gives a new token with every answer; `auth` is what it gives instead of a good one. */
    function uploader(
      timeoutMs = 5_000,
      names = hosts.map(({ hostname }) => hostname),
      auth = (): string => hosts.at(-1)?.issueAuth().auth ?? '',
    ): MediaUploader {
      questions = 0;
      const answer = (): BinaryNode => ({
        tag: 'iq',
        attrs: {},
        content: [
          {
            tag: 'media_conn',
            attrs: { auth: auth(), ttl: '300' },
            content: names.map((hostname) => ({ tag: 'host', attrs: { hostname } })),
          },
        ],
      });
      const query = async () => {
        questions += 1;
        return answer();
      };
      const socket = { query, generateMessageTag: () => '1' } as never;
      const logger = createLogger({ logLevel: 'silent' });
      return new MediaUploader({
        hosts: new MediaHosts({ socket, clock: systemClock }),
        agent,
        logger,
        timeoutMs,
        ended: new AbortController().signal,
      });
    }

    it('go to the next one when the first fails or is not there', async () => {
      const seal = await sealMedia(file, 'image');
      hosts[0]?.addFault({ on: 'upload', status: 500, times: 1 });
      const first = await uploader().upload(file, 'image', seal);
      assert.ok(first.result === 'uploaded' && hosts[1]?.find(first.directPath), JSON.stringify(first));
      const names = ['127.0.0.1:9', hosts[1]?.hostname ?? ''];
      assert.equal((await uploader(5_000, names).upload(file, 'image', seal)).result, 'uploaded');
    });

    it('get a new token when a host does not take theirs any more, once', async () => {
      const seal = await sealMedia(file, 'image');
      const names = [hosts.at(-1)?.hostname ?? ''];
      const going = uploader(5_000, names);
      assert.equal((await going.upload(file, 'image', seal)).result, 'uploaded');
      assert.equal((await going.upload(file, 'image', seal)).result, 'uploaded');
      assert.equal(questions, 1, 'a token is good for more than one file');
      hosts.at(-1)?.expireAuths();
      const again = await going.upload(file, 'image', seal);
      assert.equal(again.result, 'uploaded', JSON.stringify(again));
      assert.equal(questions, 2);
      const refused = uploader(5_000, names, () => 'never good');
      const failed = await refused.upload(file, 'image', seal);
      assert.ok(failed.result === 'failed');
      assert.ok(questions <= 2, 'a token that is just given is not asked for again and again');
    });

    it('say why when no host takes them', async () => {
      const seal = await sealMedia(file, 'image');
      for (const host of hosts) host.addFault({ on: 'upload', status: 507, times: 9 });
      const failed = await uploader().upload(file, 'image', seal);
      assert.ok(failed.result === 'failed');
      assert.match(failed.reason, /127\.0\.0\.1:\d+: it answered 507; 127\.0\.0\.1:\d+: it answered 507/);
      assert.equal(failed.connectionLost, false);
    });
  });

  describe('in a message that was made before', () => {
    const uploaded: string[] = [];
    let directPath: string;
    let media: StatusMedia;
    let content: ImageContent;
    let clock: ShiftedClock;
    beforeEach(() => {
      uploaded.length = 0;
      directPath = '/v/t62.7118-24/first';
      clock = new ShiftedClock();
      const upload = async (): Promise<MediaUpload> => {
        uploaded.push(directPath);
        return { result: 'uploaded', url: `https://host${directPath}`, directPath };
      };
      media = new StatusMedia({ upload }, clock);
      const look = { width: 1, height: 1, thumbnail: Buffer.from('x'), caption: null };
      content = { type: 'image', file: { path: file, mimeType: 'image/jpeg' }, ...look };
    });

    async function made(kept?: Buffer) {
      const result = await media.messageOf(content, kept);
      assert.ok('message' in result);
      const { imageMessage } = result.message;
      assert.ok(imageMessage);
      return { ...result, imageMessage, payload: encodeContent(result.message) };
    }

    it('are not uploaded again while their address lasts', async () => {
      const first = await made();
      clock.advance(18 * 3_600_000);
      const again = await made(first.payload);
      assert.deepEqual([again.isRenewed, again.imageMessage.directPath, uploaded.length], [false, directPath, 1]);
    });

    it('are uploaded again when it has ended, under the same key and with the same hashes', async () => {
      const first = await made();
      clock.advance(21 * 3_600_000);
      directPath = '/v/t62.7118-24/second';
      const again = await made(first.payload);
      assert.deepEqual([again.isRenewed, again.imageMessage.directPath], [true, directPath]);
      for (const part of ['mediaKey', 'fileSha256', 'fileEncSha256'] as const) {
        assert.deepEqual(
          Buffer.from(again.imageMessage[part] ?? []),
          Buffer.from(first.imageMessage[part] ?? []),
          part,
        );
      }
    });

    it('are uploaded again when the address itself says that it has ended', async () => {
      const endsAt = Math.floor(Date.now() / 1000) + 5 * 3_600;
      directPath = `/v/t62.7118-24/first?ccb=11-4&oh=x&oe=${endsAt.toString(16).toUpperCase()}&_nc_sid=1`;
      const first = await made();
      clock.advance(3 * 3_600_000);
      assert.equal((await made(first.payload)).isRenewed, false);
      clock.advance(3 * 3_600_000);
      assert.equal((await made(first.payload)).isRenewed, true);
    });

    it('are told to be gone when they are', async () => {
      await folder.remove();
      const gone = await media.messageOf(content, undefined);
      assert.ok('result' in gone);
      assert.deepEqual([gone.result, gone.upload], ['not_sent', 'file_gone']);
    });
  });
});
