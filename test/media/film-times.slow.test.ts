import assert from 'node:assert/strict';
import sharp from 'sharp';
import { soundOf } from '../../server/media-worker/engine/probed-media.js';
import { embeddedEngine, makeMedia, movingPicture, tone } from '../support/media-files.js';
import { makeTempDir } from '../support/temp-dir.js';
import { fieldInput, pointOf, prepare } from './prepared.js';

const near = (found: number | null, expected: number, tolerance = 60): void => {
  assert.ok(Math.abs((found ?? 0) - expected) <= tolerance, `${String(found)} instead of ${String(expected)}`);
};
const lengths = (parts: readonly { durationMs: number | null }[]): number[] =>
  parts.map(({ durationMs }) => durationMs ?? 0);

describe('how long films last', function () {
  this.timeout(120_000);
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  before(async () => {
    folder = await makeTempDir();
  });
  after(() => folder.remove());

  /** Bars for a while, a tone for another. */
  const film = (pictures: number, sound: number, rate = 10): Promise<Buffer> =>
    makeMedia({ format: 'mp4', tracks: [movingPicture(pictures, { size: '160x120', rate }), tone(sound)] });

  describe('whose pictures end before the sound', () => {
    it('one picture with a sound of six seconds', async () => {
      const [made] = await prepare(folder.dir, 'video', await fieldInput('video-one-picture-with-sound.mp4'));
      near(made?.durationMs ?? null, 6_000);
    });

    it('pictures that stop after half a second', async () => {
      const input = await fieldInput('video-stops-moving-after-half-a-second.mp4');
      const [made] = await prepare(folder.dir, 'video', input);
      near(made?.durationMs ?? null, 8_000);
    });

    it('a song with one picture that is longer than a part becomes two', async () => {
      const parts = await prepare(folder.dir, 'video', await film(0.1, 9), { partMs: 6_000 });
      assert.equal(parts.length, 2);
      for (const length of lengths(parts)) near(length, 4_500);
    });

    it('a slideshow with a picture every four seconds', async () => {
      const slow = { ...movingPicture(12, { size: '160x120', rate: 0.25 }), options: { preset: 'ultrafast' } };
      const [made] = await prepare(
        folder.dir,
        'video',
        await makeMedia({ format: 'matroska', tracks: [slow, tone(13)] }),
      );
      near(made?.durationMs ?? null, 13_000, 120);
    });

    it('a part is chosen where nothing moves, and shows the last picture before', async () => {
      const grey = {
        ...movingPicture(0.5, { size: '64x64' }),
        source: 'color=c=0x00A000:s=64x64:r=10:d=0.5,format=yuv420p',
      };
      const still = await makeMedia({ format: 'mp4', tracks: [grey, tone(9)] });
      const [made] = await prepare(folder.dir, 'video', still, { startMs: 4_000, endMs: 7_000 });
      near(made?.durationMs ?? null, 3_000);
      const [red, green] = await pointOf(made?.thumbnail ?? null, 0.5, 0.5);
      assert.ok(red < 40 && green > 120, `${String(red)}, ${String(green)}`);
    });
  });

  it('a sound that ends before the pictures is followed by silence', async () => {
    const [made] = await prepare(folder.dir, 'video', await film(4, 1));
    near(made?.durationMs ?? null, 4_000);
    const media = await (
      await embeddedEngine()
    ).probe({ path: made?.file ?? '', demuxer: 'mov' }, AbortSignal.timeout(10_000));
    near((media && soundOf(media))?.endMs ?? null, 4_000);
  });

  it('a clock that begins an hour later is no hour of film, and shows what it shows', async () => {
    const colours =
      'color=c=0xC00000:s=64x64:r=10:d=2,drawbox=w=64:h=64:c=0x00A000:t=fill:enable=gte(t\\,0.5),format=yuv420p';
    const tracks = [
      { ...movingPicture(2), source: `${colours},setpts=PTS+3600/TB` },
      { ...tone(2), source: `${tone(2).source},asetpts=PTS+3600/TB` },
    ];
    for (const format of ['mpegts', 'matroska']) {
      const [made] = await prepare(folder.dir, 'video', await makeMedia({ format, tracks }));
      near(made?.durationMs ?? null, 2_000, 120);
      const [red, green] = await pointOf(made?.thumbnail ?? null, 0.5, 0.5);
      assert.ok(red < 60 && green > 120, `${format}: ${String(red)}, ${String(green)}`);
    }
  });

  it('parts are of equal length, by the length of the whole', async () => {
    const parts = await prepare(folder.dir, 'video', await film(1, 9), { partMs: 4_000 });
    assert.equal(parts.length, 3);
    for (const length of lengths(parts)) near(length, 3_000);
  });

  describe('that are moving pictures, the last one as long as it says', () => {
    it('a GIF of two slides of two seconds', async () => {
      const [made] = await prepare(folder.dir, 'image', await fieldInput('gif-two-slides-2s-each.gif'));
      near(made?.durationMs ?? null, 4_000);
    });

    it('an animated PNG', async () => {
      const [made] = await prepare(folder.dir, 'image', await fieldInput('animated.png'));
      assert.deepEqual([made?.kind, made?.isAnimation], ['video', true]);
    });

    const delays = [300, 500, 1_200];
    const slides = async (): Promise<Buffer> =>
      Buffer.concat(
        await Promise.all(
          ['#c00', '#0c0', '#00c'].map((background) =>
            sharp({ create: { width: 40, height: 40, channels: 3, background } })
              .raw()
              .toBuffer(),
          ),
        ),
      );
    for (const format of ['gif', 'webp'] as const) {
      it(`three slides of different lengths in ${format}`, async () => {
        const raw = { width: 40, height: 120, channels: 3, pageHeight: 40 } as const;
        const bytes = await sharp(await slides(), { raw })
          .toFormat(format, { delay: delays, loop: 0 })
          .toBuffer();
        const [made] = await prepare(folder.dir, 'image', bytes);
        near(made?.durationMs ?? null, 2_000, 40);
      });
    }

    for (const format of ['gif', 'webp'] as const) {
      it(`pictures that hurry are shown as browsers show them, in ${format}`, async () => {
        const raw = { width: 40, height: 120, channels: 3, pageHeight: 40 } as const;
        const bytes = await sharp(await slides(), { raw })
          .toFormat(format, { delay: [10, 10, 0] })
          .toBuffer();
        const [made] = await prepare(folder.dir, 'image', bytes);
        near(made?.durationMs ?? null, 300, 20);
        const [red, green] = await pointOf(made?.thumbnail ?? null, 0.5, 0.5);
        assert.ok(red < 60 && green > 150, `${String(red)}, ${String(green)}`);
      });
    }

    it('an animated PNG of one second, made here', async () => {
      const source = 'testsrc2=size=64x64:rate=4:duration=1,format=rgb24';
      const bytes = await makeMedia({ format: 'apng', tracks: [{ source, encoder: 'apng' }] });
      const [made] = await prepare(folder.dir, 'image', bytes);
      near(made?.durationMs ?? null, 1_000);
    });
  });

  describe('and what their colours are', () => {
    const isWhite = async (file: string | null, x: number, y: number): Promise<void> => {
      const point = await pointOf(file, x, y);
      assert.ok(Math.min(...point) >= 250, point.join(', '));
    };

    it('white of a phone’s film in HLG stays white', async () => {
      const [made] = await prepare(folder.dir, 'video', await fieldInput('video-hlg-four-colours.mov'));
      const corners = await Promise.all(
        [0.125, 0.375, 0.625, 0.875].map((x) => pointOf(made?.thumbnail ?? null, x, 0.5)),
      );
      assert.ok(
        corners.some((point) => Math.min(...point) >= 250),
        JSON.stringify(corners),
      );
      assert.ok(
        corners.some(([red, green, blue]) => red > 200 && green < 90 && blue < 90),
        JSON.stringify(corners),
      );
    });

    /** A grey of this brightness, with the left half in another where one is given. */
    const inHighRange = (code: number, transfer: string, left = code) =>
      makeMedia({
        format: 'mov',
        tracks: [
          {
            source: `color=c=black:s=64x64:r=10:d=0.5,format=yuv420p10le,geq=lum=if(lt(X\\,32)\\,${String(left)}\\,${String(code)}):cb=512:cr=512`,
            encoder: 'libx265',
            options: {
              preset: 'ultrafast',
              'x265-params': 'log-level=none',
              color_primaries: 'bt2020',
              color_trc: transfer,
              colorspace: 'bt2020nc',
              color_range: 'tv',
            },
          },
        ],
      });

    it('dazzle beside white is brighter than it, and both can be told apart', async () => {
      for (const [white, dazzle, transfer] of [
        [573, 723, 'smpte2084'],
        [721, 920, 'arib-std-b67'],
      ] as const) {
        const [made] = await prepare(folder.dir, 'video', await inHighRange(dazzle, transfer, white));
        const [left] = await pointOf(made?.thumbnail ?? null, 0.2, 0.5);
        const [right] = await pointOf(made?.thumbnail ?? null, 0.8, 0.5);
        assert.ok(left > 170 && left + 15 < right && right >= 250, `${String(left)}, ${String(right)}`);
      }
    });

    it('white at 203 nits in PQ, and dazzle at 1,000', async () => {
      for (const code of [573, 723]) {
        const [made] = await prepare(folder.dir, 'video', await inHighRange(code, 'smpte2084'));
        await isWhite(made?.thumbnail ?? null, 0.5, 0.5);
      }
    });

    it('the brightest of HLG, and a grey that stays one', async () => {
      const [bright] = await prepare(folder.dir, 'video', await inHighRange(940, 'arib-std-b67'));
      await isWhite(bright?.thumbnail ?? null, 0.5, 0.5);
      const [dark] = await prepare(folder.dir, 'video', await inHighRange(400, 'arib-std-b67'));
      const [red, green, blue] = await pointOf(dark?.thumbnail ?? null, 0.5, 0.5);
      assert.ok(
        red > 60 && red < 170 && Math.abs(red - green) < 6 && Math.abs(red - blue) < 6,
        [red, green, blue].join(),
      );
    });
  });
});
