import type { MediaEngine } from './engine/engine.js';
import type { MediaFile } from './engine/media-file.js';
import type { PictureStream } from './engine/probed-media.js';
import type { Recipe } from './engine/recipe.js';
import { isHighRange, type Peak } from './film-colours.js';

/** So many moments of a film are looked at, evenly over its length. */
const moments = 8;
/** Made so small that a few bright points of noise are not what the film is judged by. */
const width = 64;

/** How bright a film of high dynamic range gets, by a few of its pictures. Throws the signal's reason when it is aborted. */
export async function findPeak(
  engine: MediaEngine,
  file: MediaFile,
  picture: PictureStream,
  span: { fromMs: number; lengthMs: number },
  signal: AbortSignal,
): Promise<Peak> {
  if (!isHighRange(picture)) return undefined;
  let brightest = 0;
  for (let moment = 0; moment < moments; moment += 1) {
    const seekMs = span.fromMs + ((moment + 0.5) / moments) * span.lengthMs;
    const onData = (piece: Buffer): void => {
      brightest = Math.max(brightest, brightestCode(piece));
    };
    await engine.run(lookRecipe(file, picture, seekMs), { signal, onData });
  }
  return nitsOf(brightest, picture.colour.transfer);
}

function lookRecipe(file: MediaFile, { index }: PictureStream, seekMs: number): Recipe {
  const filters = `scale=${String(width)}:-2:flags=area,format=yuv420p10le,extractplanes=y,trim=end_frame=1`;
  return {
    input: { ...file, seekMs },
    graph: `[0:${String(index)}]${filters}[y]`,
    outputs: [{ kind: 'raw', label: 'y', format: 'rawvideo' }],
  };
}

function brightestCode(points: Buffer): number {
  let brightest = 0;
  for (let at = 0; at + 1 < points.length; at += 2) brightest = Math.max(brightest, points.readUInt16LE(at));
  return brightest;
}

/** The light of a grey of 10 bits, black at 64 and full at 940, on the screen it was made for (ITU-R BT.2100, tables 4 and 5). */
export function nitsOf(code: number, transfer: string | undefined): number {
  const signal = Math.min(1, Math.max(0, (code - 64) / 876));
  return transfer === 'arib-std-b67' ? hybridLogGamma(signal) : perceptualQuantizer(signal);
}

function hybridLogGamma(signal: number): number {
  const [a, b, c] = [0.17883277, 0.28466892, 0.55991073];
  const scene = signal <= 0.5 ? signal ** 2 / 3 : (Math.exp((signal - c) / a) + b) / 12;
  return 1000 * scene ** 1.2;
}

function perceptualQuantizer(signal: number): number {
  const [m1, m2] = [2610 / 16384, (2523 / 4096) * 128];
  const [c1, c2, c3] = [3424 / 4096, (2413 / 4096) * 32, (2392 / 4096) * 32];
  const root = signal ** (1 / m2);
  return 10_000 * (Math.max(0, root - c1) / (c2 - c3 * root)) ** (1 / m1);
}
