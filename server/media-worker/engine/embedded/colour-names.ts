import type { CodecParameters } from 'node-av/lib';
import type { Colour } from '../probed-media.js';

/* Numbers of ITU-T H.273 (its tables 2, 3 and 4) and FFmpeg's names for them. */
const primaries: Readonly<Record<number, string>> = {
  1: 'bt709',
  5: 'bt470bg',
  6: 'smpte170m',
  9: 'bt2020',
  11: 'smpte431',
  12: 'smpte432',
};
const transfers: Readonly<Record<number, string>> = {
  1: 'bt709',
  4: 'gamma22',
  5: 'gamma28',
  6: 'smpte170m',
  13: 'iec61966-2-1',
  14: 'bt2020-10',
  15: 'bt2020-12',
  16: 'smpte2084',
  18: 'arib-std-b67',
};
const matrices: Readonly<Record<number, string>> = {
  1: 'bt709',
  5: 'bt470bg',
  6: 'smpte170m',
  9: 'bt2020nc',
};

export function colourOf({ colorPrimaries, colorTrc, colorSpace }: CodecParameters): Colour {
  return { primaries: primaries[colorPrimaries], transfer: transfers[colorTrc], matrix: matrices[colorSpace] };
}
