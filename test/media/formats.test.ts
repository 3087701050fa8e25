import assert from 'node:assert/strict';
import sharp from 'sharp';
import type { UploadKind } from '../../server/contract/media.js';
import { type MadeTrack, makeMedia, soundPieces, tone, turned } from '../support/media-files.js';
import { makeTempDir } from '../support/temp-dir.js';
import { fieldInput, pointOf, prepare } from './prepared.js';

/* Every format that is taken: made here where the engine or sharp can make it. */

const bars = (
  encoder: string,
  options: Record<string, string> = {},
  form = 'yuv420p',
  size = '160x120',
): MadeTrack => ({
  source: `testsrc2=size=${size}:rate=10:duration=1,format=${form}`,
  encoder,
  options,
});
const sound = (encoder: string, samples = 1024, form?: string, options: Record<string, string> = {}): MadeTrack => ({
  source: `sine=sample_rate=48000:duration=1,${soundPieces(samples, form)}`,
  encoder,
  options,
});
const made = (format: string, ...tracks: MadeTrack[]) => makeMedia({ format, tracks });

const x264 = bars('libx264', { preset: 'ultrafast' });
const x265 = { preset: 'ultrafast', 'x265-params': 'log-level=none' };
const aac = tone(1);
const opus = sound('libopus', 960, 'sample_fmts=s16:channel_layouts=stereo');
const pcm = sound('pcm_s16le', 1024, 'sample_fmts=s16:channel_layouts=mono');
const vpx = { deadline: 'realtime', 'cpu-used': '8' };

const films: Record<string, () => Promise<Buffer>> = {
  'MP4, H.264 and AAC': () => made('mp4', x264, aac),
  'MOV, HEVC': () => made('mov', bars('libx265', x265), aac),
  'MP4, HEVC in 10 bits': () => made('mp4', bars('libx265', x265, 'yuv420p10le'), aac),
  'MKV, H.264 and FLAC': () => made('matroska', x264, sound('flac', 4608, 'sample_fmts=s16:channel_layouts=stereo')),
  'WebM, VP8 and Vorbis': () => made('webm', bars('libvpx', vpx), sound('libvorbis', 64)),
  'WebM, VP9 and Opus': () => made('webm', bars('libvpx-vp9', vpx), opus),
  // Not made here: SVT-AV1, the only encoder of AV1 in the engine, makes the thread that opens it real-time when it runs
  // as root; that process and its children then take all processors from everybody else.
  'MP4, AV1 and Opus': () => fieldInput('film-av1-opus.mp4'),
  'AVI, MPEG-4 and MP3': () => made('avi', bars('mpeg4'), sound('libmp3lame', 1152)),
  'TS, H.264 and AAC': () => made('mpegts', x264, aac),
  'MPEG, MPEG-2 and MP2': () =>
    made(
      'mpeg',
      bars('mpeg2video', {}, 'yuv420p', '160x120'),
      sound('mp2', 1152, 'sample_fmts=s16:channel_layouts=stereo'),
    ),
  '3GP, MPEG-4 and AAC': () => made('3gp', bars('mpeg4'), aac),
  'without sound': () => made('mp4', x264),
  'with two tracks of sound': () => made('mp4', x264, aac, aac),
  'of odd sides': () => made('matroska', bars('libx264', { preset: 'ultrafast' }, 'yuv444p', '161x121')),
};

const recordings: Record<string, () => Promise<Buffer>> = {
  MP3: () => made('mp3', sound('libmp3lame', 1152)),
  'M4A, AAC': () => made('ipod', aac),
  AAC: () => made('adts', aac),
  'Ogg, Opus': () => made('ogg', opus),
  'Ogg, Vorbis': () => made('ogg', sound('libvorbis', 64)),
  FLAC: () => made('flac', sound('flac', 4608, 'sample_fmts=s16:channel_layouts=stereo')),
  WAV: () => made('wav', pcm),
  'WAV of more than 4 GB': () => makeMedia({ format: 'wav', formatOptions: { rf64: 'always' }, tracks: [pcm] }),
  AIFF: () => made('aiff', sound('pcm_s16be', 1024, 'sample_fmts=s16:channel_layouts=mono')),
  CAF: () => made('caf', pcm),
  AMR: () =>
    Promise.resolve(
      Buffer.concat([Buffer.from('#!AMR\n'), ...Array.from({ length: 50 }, () => Buffer.alloc(32, 0x3c))]),
    ),
  'WebM of a browser': () => made('webm', opus),
  'MKV, sound alone': () => made('matroska', sound('ac3', 1536)),
};

const red = sharp({ create: { width: 64, height: 48, channels: 3, background: '#c03020' } });
const pictures: Record<string, () => Promise<Buffer>> = {
  JPEG: () => red.clone().jpeg().toBuffer(),
  PNG: () => red.clone().png().toBuffer(),
  WebP: () => red.clone().webp().toBuffer(),
  GIF: () => red.clone().gif().toBuffer(),
  AVIF: () => red.clone().avif().toBuffer(),
  TIFF: () => red.clone().tiff().toBuffer(),
  BMP: () =>
    makeMedia({
      format: 'image2pipe',
      tracks: [{ source: 'color=c=0xc03020:s=64x48:d=0.04:r=25,format=bgr24', encoder: 'bmp' }],
    }),
  HEIC: () => fieldInput('picture.heic'),
};

describe('formats', function () {
  this.timeout(60_000);
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  before(async () => {
    folder = await makeTempDir();
  });
  after(() => folder.remove());

  for (const [name, make] of Object.entries(films)) {
    it(`film: ${name}`, async () => {
      const [film] = await prepare(folder.dir, 'video', await make());
      assert.deepEqual([film?.kind, film?.width, film?.height], ['video', 160, 120]);
      assert.ok(Math.abs((film?.durationMs ?? 0) - 1_000) <= 130, String(film?.durationMs));
    });
  }

  for (const [name, make] of Object.entries(recordings)) {
    it(`recording: ${name}`, async () => {
      const [voice] = await prepare(folder.dir, 'audio', await make());
      assert.equal(voice?.kind, 'audio');
      assert.ok(Math.abs(voice.durationMs ?? 0) - 1_000 <= 130, String(voice.durationMs));
      assert.equal(voice.waveform?.length, 64);
    });
  }

  for (const [name, make] of Object.entries(pictures)) {
    it(`picture: ${name}`, async () => {
      const [picture] = await prepare(folder.dir, 'image', await make());
      assert.deepEqual([picture?.kind, picture?.width, picture?.height], ['image', 64, 48]);
      const point = await pointOf(picture?.file ?? null, 0.5, 0.5);
      const expected = [0xc0, 0x30, 0x20];
      assert.ok(
        point.every((value, index) => Math.abs(value - (expected[index] ?? 0)) < 8),
        point.join(),
      );
    });
  }

  for (const [name, matrix, width, height, brightX] of [
    ['a quarter to the right', [0, 1, -1, 0], 120, 160, 0.5],
    ['upside down', [-1, 0, 0, -1], 160, 120, 0.95],
    ['a quarter to the left', [0, -1, 1, 0], 120, 160, 0.5],
    ['as in a mirror', [-1, 0, 0, 1], 160, 120, 0.95],
  ] as const) {
    it(`a film that is turned ${name}`, async () => {
      const left = 'color=c=black:s=160x120:r=10:d=1,drawbox=w=16:h=120:c=white:t=fill,format=yuv420p';
      const [a, b, c, d] = matrix.map((value) => value * 0x10000);
      const film = await made('mp4', { ...x264, source: left });
      const [shown] = await prepare(
        folder.dir,
        'video',
        turned(film, [a ?? 0, b ?? 0, 0, c ?? 0, d ?? 0, 0, 0, 0, 0x40000000]),
      );
      assert.deepEqual([shown?.width, shown?.height], [width, height]);
      if (width > height) assert.ok((await pointOf(shown?.thumbnail ?? null, brightX, 0.5))[0] > 200);
    });
  }

  it('a recording with a cover is a recording', async () => {
    const song = await made('mp3', sound('libmp3lame', 1152));
    const [voice] = await prepare(
      folder.dir,
      'audio',
      Buffer.concat([cover(await red.clone().jpeg().toBuffer()), song]),
    );
    assert.equal(voice?.kind, 'audio');
  });

  const refused: [name: string, kind: UploadKind, bytes: Buffer, sentence: RegExp][] = [
    [
      'an SVG without a heading',
      'image',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
      /a drawing \(SVG\).*PNG/,
    ],
    ['a PDF', 'image', Buffer.from('%PDF-1.7\n%aaaa\n1 0 obj\n'), /a PDF document/],
    [
      'Windows Media',
      'video',
      Buffer.concat([Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex'), Buffer.alloc(200)]),
      /Windows Media.*MP4/,
    ],
    ['RealMedia', 'video', Buffer.concat([Buffer.from('.RMF\0\0\0\x12\0\0'), Buffer.alloc(200)]), /RealMedia/],
    ['Flash video', 'video', Buffer.concat([Buffer.from('FLV\x01\x05\0\0\0\x09'), Buffer.alloc(200)]), /Flash video/],
    ['Photoshop', 'image', Buffer.concat([Buffer.from('8BPS\0\x01'), Buffer.alloc(200)]), /Photoshop/],
    [
      'a text that is called a film',
      'video',
      Buffer.from('Hello, größer\r\n'),
      /This is a text file, .*Post it as text/,
    ],
    ['a page where a picture was', 'image', Buffer.from('\n<!-- x --><!DOCTYPE html><p>404'), /a web page/],
    ['a playlist', 'video', Buffer.from('#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n'), /a playlist \(M3U8\).*MP4/],
    [
      'an archive',
      'image',
      Buffer.concat([Buffer.from('7z\xbc\xaf\x27\x1c', 'latin1'), Buffer.alloc(90)]),
      /archive \(7z\)/,
    ],
    ['a program', 'image', Buffer.concat([Buffer.from('MZ'), Buffer.alloc(200)]), /a program/],
    [
      'Sun audio',
      'audio',
      Buffer.concat([Buffer.from('.snd'), Buffer.alloc(200)]),
      /a Sun audio \(AU\) recording.*MP3/,
    ],
    ['Dolby Digital', 'audio', Buffer.from('0b770000'.padEnd(200, '0'), 'hex'), /Dolby Digital.*MP3/],
    [
      'a Targa picture',
      'image',
      Buffer.from('000002000000000000000000040004001820'.padEnd(200, '1'), 'hex'),
      /a Targa/,
    ],
    ['a bare stream of H.264', 'video', Buffer.from('0000000167640015acd9'.padEnd(200, '1'), 'hex'), /a bare H\.264/],
    [
      'a picture sent as a film',
      'video',
      Buffer.from('GIF89a\x01\0\x01\0\0\0\0'),
      /a picture, which \/api\/upload-image takes/,
    ],
    [
      'a film sent as a picture',
      'image',
      Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom'),
      /a video, which \/api\/upload-video/,
    ],
    ['a TIFF without its end', 'image', Buffer.from('II*\0\xff\xff\0\0', 'latin1'), /damaged or incomplete/],
    ['noise', 'image', Buffer.from([3, 1, 4, 1, 5, 9, 2, 6]), /no file of a kind that is known/],
  ];
  for (const [name, kind, bytes, sentence] of refused) {
    it(`refused by its name: ${name}`, () => assert.rejects(prepare(folder.dir, kind, bytes), sentence));
  }

  it('refused by its name: a film that only a shop can open', async () => {
    const film = await made('mp4', x264);
    film.write('encv', film.indexOf('avc1', film.indexOf('stsd')), 'latin1');
    await assert.rejects(prepare(folder.dir, 'video', film), /protected against copying/);
  });

  it('refused by its name: a film whose packets are encrypted (Common Encryption)', async () => {
    const [encryption_key, encryption_kid] = ['76a6c65c5ea762046bd749a2e632ccbb', 'a7e61c373e219033c21091fa607bf3b8'];
    const formatOptions = { encryption_scheme: 'cenc-aes-ctr', encryption_key, encryption_kid };
    const film = await makeMedia({ format: 'mp4', formatOptions, tracks: [x264] });
    await assert.rejects(prepare(folder.dir, 'video', film), /protected against copying/);
  });

  for (const [encoder, samples, form] of [
    ['mp2', 1152, 's16'],
    ['ac3', 1536, 'fltp'],
  ] as const) {
    it(`a broadcast whose sound goes from one channel to two: ${encoder}`, async () => {
      const part = (channels: string, atSeconds: number): Promise<Buffer> => {
        const pieces = soundPieces(samples, `sample_fmts=${form}:channel_layouts=${channels}`);
        const clock = `asetpts=PTS+${String(atSeconds)}/TB`;
        return made('mpegts', { source: `sine=sample_rate=48000:duration=1,${pieces},${clock}`, encoder });
      };
      const whole = Buffer.concat([await part('mono', 0), await part('stereo', 1)]);
      const [voice] = await prepare(folder.dir, 'audio', whole);
      assert.ok(Math.abs((voice?.durationMs ?? 0) - 2_000) <= 100, String(voice?.durationMs));
    });
  }
});

/** An ID3 tag with a picture, to stand before an MP3. */
function cover(jpeg: Buffer): Buffer {
  const picture = Buffer.concat([Buffer.from('\0image/jpeg\0\x03\0', 'latin1'), jpeg]);
  const frame = Buffer.alloc(10);
  frame.write('APIC', 'latin1');
  frame.writeUInt32BE(picture.length, 4);
  const size = frame.length + picture.length;
  const head = [0x49, 0x44, 0x33, 3, 0, 0, (size >> 21) & 127, (size >> 14) & 127, (size >> 7) & 127, size & 127];
  return Buffer.concat([Buffer.from(head), frame, picture]);
}
