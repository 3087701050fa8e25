import { colourFilters, type Peak, resultColour } from './film-colours.js';
import { pictureRate, shownSize, turnFilters } from './film-shape.js';
import { holdUpHurried } from './engine/stream-clock.js';
import type { Recipe } from './engine/recipe.js';
import type { PictureStream, SoundStream } from './engine/probed-media.js';

/** One file of a film: which streams, from when to when. */
export interface FilmPlan {
  file: { path: string; demuxer: string };
  picture: PictureStream;
  sound: SoundStream | undefined;
  /** Its pictures are shown as long as browsers show those of a GIF. */
  isAnimation: boolean;
  /** On the clock of the file. */
  fromMs: number;
  lengthMs: number;
  peak: Peak;
  to: string;
}

const soundBitsPerSecond = 96_000;
const soundRate = 44_100;
/** What AAC takes at a time. */
const soundPiece = 1_024;
const mostBits = 15 * 1024 * 1024 * 8;
const mostBitsPerSecond = 4_000_000;

/**
 * An MP4 that phones play at once: H.264 and AAC, the index first, with a silent track where there is no sound. Pictures come
 * at an even pace from the first to the last moment: before the first and behind the last one they stand still, as they do
 * wherever the film does not move.
 */
export function filmRecipe(plan: FilmPlan): Recipe {
  const { file, picture, sound, fromMs, lengthMs, to } = plan;
  const beginsLater = fromMs > Math.min(picture.startMs, sound?.startMs ?? Infinity);
  const bits = Math.floor(Math.min(mostBitsPerSecond, mostBits / (lengthMs / 1000)) - soundBitsPerSecond);
  const rate = { crf: '24', maxrate: String(bits), bufsize: String(bits * 2) };
  const form = { preset: 'veryfast', profile: 'high', level: '4.0', ...resultColour(picture) };
  return {
    // A cover belongs to the whole recording and is the first thing in it.
    input: { ...file, seekMs: beginsLater && !picture.isCover ? fromMs : undefined },
    graph: `${pictureChain(plan)};${soundChain(plan)}`,
    outputs: [
      {
        kind: 'file',
        path: to,
        format: 'mp4',
        options: { movflags: '+faststart' },
        tracks: [
          { label: 'v', encoder: 'libx264', options: { ...form, ...rate } },
          { label: 'a', encoder: 'aac', options: { b: String(soundBitsPerSecond) } },
        ],
      },
    ],
  };
}

function pictureChain({ picture, isAnimation, fromMs, lengthMs, peak }: FilmPlan): string {
  const { rate, isThinned } = pictureRate(picture);
  // Where the first picture comes too late it is shown from the beginning; the last one counts, however short it is said to be.
  const isLate = !picture.isCover && picture.startMs > fromMs;
  const pace = `fps=fps=${rate}:eof_action=pass${isLate ? ':start_time=0' : ''}`;
  const shape = [
    ...colourFilters(picture, shownSize(picture), peak),
    ...turnFilters(picture),
    'setsar=1',
    'format=yuv420p',
  ];
  const filters = [
    ...(isAnimation && picture.hurriedMs > 0 ? [holdUpHurried] : []),
    picture.isCover ? 'setpts=PTS-STARTPTS' : `setpts=PTS-${seconds(fromMs)}/TB`,
    // What is left out need not be made smaller, and what is shown again is made smaller once.
    ...(isThinned ? [pace, ...shape] : [...shape, pace]),
    'tpad=stop=-1:stop_mode=clone',
    `trim=start=0:end=${seconds(lengthMs)}`,
  ];
  return `[0:${String(picture.index)}]${filters.join(',')}[v]`;
}

function soundChain({ sound, fromMs, lengthMs }: FilmPlan): string {
  const end = [`atrim=end=${seconds(lengthMs)}`, `asetnsamples=n=${String(soundPiece)}:p=0`];
  if (!sound) {
    const silence = `anullsrc=channel_layout=stereo:sample_rate=${String(soundRate)}`;
    return `${[silence, 'aformat=sample_fmts=fltp', ...end].join(',')}[a]`;
  }
  const filters = [
    `asetpts=PTS-${seconds(fromMs)}/TB`,
    `aresample=${String(soundRate)}:async=1:first_pts=0`,
    'aformat=sample_fmts=fltp:channel_layouts=stereo',
    'apad',
    ...end,
  ];
  return `[0:${String(sound.index)}]${filters.join(',')}[a]`;
}

export function seconds(ms: number): string {
  return (ms / 1000).toFixed(6);
}
