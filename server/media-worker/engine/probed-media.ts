/** What a film or a recording is, as its packets say. */
export interface ProbedMedia {
  /** In the order of the file. */
  streams: readonly ProbedStream[];
}

export type ProbedStream = PictureStream | SoundStream;

interface StreamFacts {
  index: number;
  /** FFmpeg's name. */
  codec: string;
  isDecodable: boolean;
  /** Enough of it could be read to know its form. */
  isWhole: boolean;
  /** Only the shop that sold it can open it. */
  isProtected: boolean;
  isDefault: boolean;
  /** On the clock of the file. Of the first packet and behind the last: what its header says is not asked. */
  startMs: number;
  endMs: number;
}

export interface PictureStream extends StreamFacts {
  kind: 'picture';
  /** The cover of a recording or the pictures of its chapters: not a film. */
  isCover: boolean;
  /** As stored. */
  width: number;
  height: number;
  /** How wide a point is for its height. */
  pixelAspect: number;
  /** How it is turned to be shown: the nine numbers of the display matrix, or undefined for upright. */
  displayMatrix: readonly number[] | undefined;
  colour: Colour;
  /** The time between two pictures, the middle one of all. Undefined for fewer than two. */
  pictureMs: number | undefined;
  /** Pictures in a second, as FFmpeg guesses from their times. */
  rate: Fraction | undefined;
  pictures: number;
  /** By how much longer a moving picture lasts in browsers, which hold up what hurries. */
  hurriedMs: number;
}

/** FFmpeg's names; undefined where the file says nothing. */
export interface Colour {
  primaries: string | undefined;
  transfer: string | undefined;
  matrix: string | undefined;
}

export interface Fraction {
  num: number;
  den: number;
}

export interface SoundStream extends StreamFacts {
  kind: 'sound';
}

/** The film of a file: the one that players show. */
export function pictureOf(media: ProbedMedia): PictureStream | undefined {
  return best(media.streams.filter((stream) => stream.kind === 'picture').filter(({ isCover }) => !isCover));
}

export function coverOf(media: ProbedMedia): PictureStream | undefined {
  return best(media.streams.filter((stream) => stream.kind === 'picture').filter(({ isCover }) => isCover));
}

/** The sound of a file: the track that players play. */
export function soundOf(media: ProbedMedia): SoundStream | undefined {
  return best(media.streams.filter((stream) => stream.kind === 'sound'));
}

function best<T extends StreamFacts>(streams: readonly T[]): T | undefined {
  const readable = streams.filter(({ isDecodable, isWhole, isProtected }) => isDecodable && isWhole && !isProtected);
  return readable.find(({ isDefault }) => isDefault) ?? readable[0];
}

/** Sample entries of films and sound that only a licence opens (ISO 14496-12, 8.12, and those of iTunes). */
const protectedTags = ['drms', 'drmi', 'encv', 'enca', 'drmt'];

export function isProtectedTag(tag: string): boolean {
  return protectedTags.includes(tag);
}
