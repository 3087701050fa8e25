import type { MediaFile } from './media-file.js';
import type { Recipe } from './recipe.js';
import type { ProbedMedia } from './probed-media.js';

export interface EngineRun {
  signal: AbortSignal;
  /** Told how far the result is, in milliseconds of it. */
  onTime?: ((ms: number) => void) | undefined;
  /** Given what a raw output holds, piece by piece. */
  onData?: ((piece: Buffer) => void) | undefined;
}

/** `failed`: the file cannot be read; `message` says why in the engine's words, for the log. */
export type EngineOutcome = { result: 'done' } | { result: 'failed'; message: string };

/** Reads and makes films and recordings. */
export interface MediaEngine {
  readonly name: 'embedded' | 'ffmpeg';
  /** Of the FFmpeg inside. */
  readonly version: string;
  /** Undefined for what cannot be read. Throws the signal's reason when it is aborted. */
  probe(file: MediaFile, signal: AbortSignal): Promise<ProbedMedia | undefined>;
  /** Throws the signal's reason when it is aborted, and `unavailable` when the disk is full. */
  run(recipe: Recipe, run: EngineRun): Promise<EngineOutcome>;
}
