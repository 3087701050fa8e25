import type { MediaFile } from './media-file.js';

/**
 * How one file becomes others, as data: any engine follows it, an embedded FFmpeg as well as the program.
 */
export interface Recipe {
  /** Undefined where the graph makes everything itself, from sources such as `testsrc2`. */
  input?: RecipeInput | undefined;
  /**
   * A filter graph in FFmpeg's language, on the clock of the file. Streams of the input are named by their number (`[0:2]`),
   * its results by the labels that the outputs name.
   */
  graph: string;
  outputs: readonly Output[];
}

export interface RecipeInput extends MediaFile {
  /** On the clock of the file. Reading begins at the key picture at or before it, so that the graph gets what is earlier too. */
  seekMs?: number | undefined;
}

export type Output = FileOutput | RawOutput;

export interface FileOutput {
  kind: 'file';
  path: string;
  /** A muxer of FFmpeg. */
  format: string;
  options?: Readonly<Record<string, string>>;
  tracks: readonly EncodedTrack[];
}

export interface EncodedTrack {
  /** A result of the graph, without brackets. Sound comes in the pieces that the encoder takes. */
  label: string;
  encoder: string;
  options: Readonly<Record<string, string>>;
}

/** Samples or points as they are, given to the caller. At most one in a recipe. */
export interface RawOutput {
  kind: 'raw';
  label: string;
  /** `s16le`: sound of one channel. `rawvideo`: pictures in the form that the graph gives them. */
  format: 's16le' | 'rawvideo';
}

/** So many points may one picture of a film have: 8K. A hostile file asks for more. */
export const maxPicturePoints = 8192 * 4352;
/** Of each decoder and encoder: a conversion is one of several on a small machine. */
export const codecThreads = 2;
