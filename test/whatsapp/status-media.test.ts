import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { encodeContent } from '../../server/whatsapp/publishing/encode-content.js';
import type { MediaContent } from '../../server/whatsapp/gateway.js';
import {
  encryptedMedia,
  type MediaKind,
  type MediaSeal,
  sealMedia,
} from '../../server/whatsapp/publishing/media-cipher.js';
import type { MediaUpload } from '../../server/whatsapp/publishing/media-upload.js';
import { StatusMedia } from '../../server/whatsapp/publishing/status-media.js';
import { decryptMedia } from '../../simulator/media/media-crypto.js';
import { ShiftedClock } from '../support/shifted-clock.js';
import { makeTempDir } from '../support/temp-dir.js';

const hourMs = 3_600_000;
const kinds: readonly MediaKind[] = ['image', 'video', 'voice'];

describe('the file of a status', () => {
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  let file: string;
  beforeEach(async () => {
    folder = await makeTempDir();
    file = path.join(folder.dir, 'file');
    await writeFile(file, Buffer.alloc(100_000, 'bread'));
  });
  afterEach(() => folder.remove());

  it('opens for phones, whatever its kind and its length', async () => {
    for (const [sizeBytes, kind] of [
      [1, 'image'],
      [15, 'video'],
      [16, 'voice'],
      [65_536, 'image'],
      [200_001, 'voice'],
    ] as const) {
      const plain = Buffer.from(Array.from({ length: sizeBytes }, (_none, index) => index % 251));
      await writeFile(file, plain);
      const seal = await sealMedia(file, kind);
      const whole = await buffer(encryptedMedia(file, kind, seal.mediaKey));
      assert.deepEqual([seal.sizeBytes, seal.encryptedBytes], [sizeBytes, whole.length]);
      assert.deepEqual(createHash('sha256').update(plain).digest(), seal.fileSha256);
      const opened = await decryptMedia(whole, { ...seal, type: kind === 'voice' ? 'audio' : kind });
      assert.ok(opened.ok && opened.plain.equals(plain), `${kind} of ${String(sizeBytes)} bytes`);
    }
    const [one, other] = [await sealMedia(file, 'image'), await sealMedia(file, 'image')];
    assert.notDeepEqual(one.mediaKey, other.mediaKey, 'every file has a key of its own');
    await assert.rejects(sealMedia(path.join(folder.dir, 'gone'), 'image'), /ENOENT/);
  });

  describe('and its message', () => {
    let clock: ShiftedClock;
    let uploads: { kind: MediaKind; seal: MediaSeal }[];
    let answer: MediaUpload;
    let media: StatusMedia;
    beforeEach(() => {
      clock = new ShiftedClock();
      uploads = [];
      answer = { result: 'uploaded', url: 'https://host/first', directPath: '/first' };
      media = new StatusMedia(
        {
          upload: (_path, kind, seal) => {
            uploads.push({ kind, seal });
            return Promise.resolve(answer);
          },
        },
        clock,
      );
    });
    function contentOf(kind: MediaKind, where = file): MediaContent {
      const picture = { width: 1, height: 1, thumbnail: Buffer.from('x'), caption: null };
      const at = { path: where, mimeType: 'x/y' };
      if (kind === 'image') return { type: 'image', file: at, ...picture };
      if (kind === 'video') return { type: 'video', file: at, ...picture, durationMs: 1_000, isAnimation: false };
      return { type: 'voice', file: at, durationMs: 1_000, waveform: Buffer.alloc(64), backgroundColor: '#000000' };
    }
    async function made(kind: MediaKind, kept?: Buffer) {
      const result = await media.messageOf(contentOf(kind), kept);
      assert.ok('message' in result);
      const { imageMessage, videoMessage, audioMessage } = result.message;
      const part = { image: imageMessage, video: videoMessage, voice: audioMessage }[kind];
      assert.ok(part);
      return { isRenewed: result.isRenewed, part, payload: encodeContent(result.message) };
    }

    for (const kind of kinds) {
      it(`is one for all attempts, until the place of the ${kind} is about to end; then the same file is put elsewhere`, async () => {
        const { part, payload } = await made(kind);
        assert.deepEqual(
          uploads.map((one) => one.kind),
          [kind],
        );
        const [first = assert.fail()] = uploads;
        assert.deepEqual(Buffer.from(part.mediaKey ?? []), first.seal.mediaKey);
        clock.advance(19 * hourMs - 60_000);
        const kept = await made(kind, payload);
        assert.deepEqual([kept.isRenewed, kept.part.url, uploads.length], [false, 'https://host/first', 1]);
        answer = { result: 'uploaded', url: 'https://host/second', directPath: '/second' };
        clock.advance(60_000);
        const renewed = await made(kind, payload);
        assert.deepEqual(
          [renewed.isRenewed, renewed.part.url, renewed.part.directPath],
          [true, 'https://host/second', '/second'],
        );
        // Whoever has the message of before opens the file of now.
        assert.deepEqual(uploads[1]?.seal, first.seal);
        assert.deepEqual(Buffer.from(renewed.part.fileEncSha256 ?? []), first.seal.fileEncSha256);
      });
    }

    it('goes by the end that the place itself names, an hour before', async () => {
      const endsAt = (hours: number): string => Math.floor(Date.now() / 1000 + hours * 3_600).toString(16);
      for (const [hours, isRenewed] of [
        [0.9, true],
        [1.1, false],
        [40, false],
      ] as const) {
        answer = { result: 'uploaded', url: 'https://host/x', directPath: `/x?oe=${endsAt(hours)}` };
        const { payload } = await made('image');
        assert.equal((await made('image', payload)).isRenewed, isRenewed, `${String(hours)} hours`);
      }
    });

    it('is none where the hosts do not take the file, and says whether the connection was lost', async () => {
      for (const connectionLost of [true, false]) {
        answer = { result: 'failed', reason: 'it answered 507', connectionLost };
        const failed = await media.messageOf(contentOf('image'), undefined);
        assert.deepEqual(failed, {
          result: 'not_sent',
          reason: 'it answered 507',
          upload: 'refused',
          connectionLost,
        });
      }
    });

    it('is none where there is no such file, or a folder; what is with the hosts needs none', async () => {
      const { payload } = await made('image');
      await mkdir(path.join(folder.dir, 'folder'));
      for (const where of ['gone', 'folder']) {
        const failed = await media.messageOf(contentOf('image', path.join(folder.dir, where)), undefined);
        assert.ok('result' in failed && failed.upload === 'file_gone');
        const kept = await media.messageOf(contentOf('image', path.join(folder.dir, where)), payload);
        assert.ok('message' in kept && !kept.isRenewed);
      }
      assert.equal(uploads.length, 1);
    });
  });
});
