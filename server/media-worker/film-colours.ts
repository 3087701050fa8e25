import type { PictureStream } from './engine/probed-media.js';
import { type Size, storedSize } from './film-shape.js';

/** The brightest that a film gets, in nits; undefined for films without high dynamic range. */
export type Peak = number | undefined;

/** What is white in a film of high dynamic range (ITU-R BT.2408, 3.2). */
const whiteNits = 203;
const highRange = ['arib-std-b67', 'smpte2084'];
/** What phones without wide gamut show as it is. */
const plainPrimaries = [undefined, 'bt709', 'smpte170m', 'bt470bg'];

export function isHighRange({ colour }: PictureStream): boolean {
  return colour.transfer !== undefined && highRange.includes(colour.transfer);
}

/** Makes a film as large as it is shown, before it is turned, in the colours that every phone shows. */
export function colourFilters(picture: PictureStream, shown: Size, peak: Peak): string[] {
  const { width, height } = storedSize(picture, shown);
  const size = `scale=${String(width)}:${String(height)}`;
  if (isHighRange(picture)) return [size, 'format=yuv420p10le', ...toneMapping(picture, peak)];
  if (!plainPrimaries.includes(picture.colour.primaries)) return [size, `zscale=${wideGamut(picture)}`];
  return [`${size}:out_range=tv`];
}

/** Tags of the result, as options of its encoder. */
export function resultColour(picture: PictureStream): Record<string, string> {
  const { primaries, transfer } = picture.colour;
  if (isHighRange(picture) || !plainPrimaries.includes(primaries)) {
    return { color_primaries: 'bt709', color_trc: 'bt709', colorspace: 'bt709', color_range: 'tv' };
  }
  return {
    ...(primaries && { color_primaries: primaries }),
    ...(transfer && { color_trc: transfer }),
    color_range: 'tv',
  };
}

/** White stays white, and what is brighter than white is drawn together below it: nothing is lost but dazzle. */
function toneMapping({ colour }: PictureStream, peak: Peak): string[] {
  const { transfer = 'smpte2084', primaries = 'bt2020', matrix = 'bt2020nc' } = colour;
  const brightest = Math.max(1, (peak ?? whiteNits) / whiteNits);
  const curve = brightest > 1 ? `mobius:param=0.5:peak=${brightest.toFixed(4)}` : 'clip';
  return [
    `zscale=tin=${transfer}:pin=${primaries}:min=${matrix}:t=linear:npl=${String(whiteNits)}`,
    'format=gbrpf32le',
    'zscale=p=bt709',
    `tonemap=${curve}:desat=0`,
    'zscale=t=bt709:m=bt709:r=tv:d=ordered',
  ];
}

function wideGamut({ colour: { primaries = 'bt2020', matrix, transfer } }: PictureStream): string {
  const from = `pin=${primaries}:min=${matrix ?? (primaries === 'bt2020' ? 'bt2020nc' : 'bt709')}:tin=${transfer ?? 'bt709'}`;
  return `${from}:p=bt709:m=bt709:t=bt709:r=tv`;
}
