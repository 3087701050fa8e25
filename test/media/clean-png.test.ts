import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { AppError } from '../../server/lib/app-error.js';
import { cleanPng } from '../../server/media-worker/clean-png.js';
import { makeTempDir } from '../support/temp-dir.js';
import {
  chunksOfPng,
  internationalText,
  withChunks,
  zippedProfile,
  zippedText,
  type PngChunk,
} from '../../bench/picture-bombs.js';

describe('what a PNG carries besides its picture', () => {
  let temp: { dir: string; remove: () => Promise<void> };
  let png: Buffer;
  let files = 0;
  before(async () => {
    temp = await makeTempDir();
    const points = { width: 40, height: 30, channels: 4, background: '#1F6F5C80' } as const;
    png = await sharp({ create: points })
      .withIccProfile('p3')
      .withExif({ IFD0: { Copyright: 'us' } })
      .png()
      .toBuffer();
  });
  after(() => temp.remove());

  const typesOf = (bytes: Buffer): string[] => chunksOfPng(bytes).map(({ type }) => type);
  async function clean(bytes: Buffer): Promise<{ bytes: Buffer; isCopy: boolean; frames: number }> {
    const from = path.join(temp.dir, `given-${String((files += 1))}.png`);
    await writeFile(from, bytes);
    const { file, frames } = await cleanPng(from, `${from}.clean`);
    return { bytes: await readFile(file), isCopy: file !== from, frames };
  }

  it('stays where it is small and needed: profile, Exif, gamma', async () => {
    const gamma: PngChunk = { type: 'gAMA', content: Buffer.from([0, 0, 0xb1, 0x8f]) };
    const given = withChunks(png, [gamma]);
    const { bytes, isCopy, frames } = await clean(given);
    assert.deepEqual([isCopy, frames, bytes.equals(given)], [false, 1, true]);
    for (const type of ['iCCP', 'eXIf', 'gAMA']) assert.ok(typesOf(bytes).includes(type), type);
  });

  const baggage: [string, PngChunk][] = [
    ['a compressed text', zippedText(50)],
    ['an international text', internationalText(50)],
    ['a plain text', { type: 'tEXt', content: Buffer.from('Comment\0hello', 'latin1') }],
    ['a chunk that nobody knows', { type: 'prVt', content: Buffer.alloc(100) }],
    ['a palette that is only suggested', { type: 'sPLT', content: Buffer.from('p\0\x08', 'latin1') }],
  ];
  for (const [what, chunk] of baggage)
    it(`goes: ${what}`, async () => {
      const { bytes, isCopy } = await clean(withChunks(png, [chunk, chunk, chunk, chunk]));
      assert.deepEqual([isCopy, bytes.equals(png)], [true, true]);
    });

  it('goes where it unpacks to more than a profile can be, and where it comes a second time', async () => {
    const plain = await sharp(png).png().toBuffer();
    const bomb = await clean(withChunks(plain, [zippedProfile(50)]));
    assert.ok(bomb.bytes.equals(plain));
    const twice = await clean(withChunks(png, [zippedProfile(1), zippedProfile(1)]));
    assert.equal(typesOf(twice.bytes).filter((type) => type === 'iCCP').length, 1);
  });

  it('goes behind the end, too', async () => {
    const { bytes } = await clean(Buffer.concat([png, Buffer.from('<script>alert(1)</script>')]));
    assert.ok(bytes.equals(png));
  });

  it('says how many pictures a moving one has', async () => {
    const control = Buffer.alloc(8);
    control.writeUInt32BE(2_000);
    const { bytes, frames } = await clean(withChunks(png, [{ type: 'acTL', content: control }]));
    assert.equal(frames, 2_000);
    assert.ok(typesOf(bytes).includes('acTL'));
  });

  it('counts the pictures of a moving one that says to have fewer', async () => {
    const announced: PngChunk = { type: 'acTL', content: Buffer.from([0, 0, 0, 2, 0, 0, 0, 0]) };
    const pictures = Array.from({ length: 900 }, (): PngChunk => ({ type: 'fcTL', content: Buffer.alloc(26) }));
    const { frames } = await clean(withChunks(png, [announced, ...pictures]));
    assert.equal(frames, 900);
  });

  it('is refused where there is no end of it', async () => {
    const empty: PngChunk = { type: 'tEXt', content: Buffer.alloc(0) };
    await assert.rejects(
      clean(
        withChunks(
          png,
          Array.from({ length: 10_001 }, () => empty),
        ),
      ),
      (error) => error instanceof AppError && error.code === 'validation_error',
    );
  });

  it('is left as it is where the file breaks off: the decoder says so', async () => {
    const { bytes } = await clean(png.subarray(0, png.length - 30));
    assert.ok(bytes.equals(png.subarray(0, png.length - 30)));
  });
});
