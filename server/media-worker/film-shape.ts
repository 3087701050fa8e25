import type { PictureStream } from './engine/probed-media.js';

export interface Size {
  width: number;
  height: number;
}

/** The size that phones send and show at once; a part of a minute stays below 16 MB with these. */
const longSide = 1280;
const shortSide = 720;
const mostPerSecond = 30;
/** A film that hardly moves can be cut and looked at in steps of a tenth of a second. */
const fewestPerSecond = 10;

/** How large a film is shown: its points square, upright, at most 720×1280 either way, with even sides. */
export function shownSize(picture: PictureStream): Size {
  const wide = { width: Math.max(1, picture.width * picture.pixelAspect), height: picture.height };
  const { width, height } = isOnItsSide(picture) ? { width: wide.height, height: wide.width } : wide;
  const box = width >= height ? { width: longSide, height: shortSide } : { width: shortSide, height: longSide };
  const scale = Math.min(1, box.width / width, box.height / height);
  return { width: even(width * scale), height: even(height * scale) };
}

/** The size before it is turned upright. */
export function storedSize(picture: PictureStream, shown: Size): Size {
  return isOnItsSide(picture) ? { width: shown.height, height: shown.width } : shown;
}

/** What turns a film as its display matrix says (ISO 14496-12, 8.5.2 and 6.2.2), in quarters. */
export function turnFilters({ displayMatrix }: PictureStream): string[] {
  if (!displayMatrix) return [];
  const [a = 1, b = 0, , c = 0, d = 1] = displayMatrix;
  const degrees = (Math.round((Math.atan2(b, a) * 180) / Math.PI / 90) * 90 + 360) % 360;
  if (degrees === 90) return [c > 0 ? 'transpose=cclock_flip' : 'transpose=clock'];
  if (degrees === 270) return [c < 0 ? 'transpose=clock_flip' : 'transpose=cclock'];
  if (degrees === 180) return [...(a < 0 ? ['hflip'] : []), ...(d < 0 ? ['vflip'] : [])];
  return d < 0 ? ['vflip'] : [];
}

function isOnItsSide(picture: PictureStream): boolean {
  return turnFilters(picture).some((filter) => filter.startsWith('transpose'));
}

/**
 * How many pictures a second the result has, as FFmpeg reads it: those of the film where they come evenly, every second or
 * third of very many, and several times those of very few.
 */
export function pictureRate({ pictureMs, rate }: PictureStream): { rate: string; isThinned: boolean } {
  if (pictureMs === undefined) return { rate: String(fewestPerSecond), isThinned: false };
  const isEven =
    rate !== undefined && Math.abs((1000 * rate.den) / rate.num - pictureMs) <= Math.max(1, pictureMs * 0.05);
  if (!isEven) return { rate: String(mostPerSecond), isThinned: 1000 / pictureMs > mostPerSecond };
  const perSecond = rate.num / rate.den;
  // 30.01 is 30 with a clock that runs fast.
  const every = Math.max(1, Math.ceil(perSecond / mostPerSecond - 0.01));
  const times = Math.max(1, Math.ceil(fewestPerSecond / perSecond - 0.01));
  return { rate: `${String(rate.num * times)}/${String(rate.den * every)}`, isThinned: every > 1 };
}

function even(side: number): number {
  return Math.max(2, Math.floor(side / 2 + 0.001) * 2);
}
