import type { EngineOutcome, EngineRun, MediaEngine } from './engine.js';
import type { MediaFile } from './media-file.js';
import type { ProbedMedia } from './probed-media.js';
import type { Recipe } from './recipe.js';

/** The FFmpeg that comes with the packages. Undefined with a reason where there is none for this machine. */
export async function openEmbeddedEngine(): Promise<MediaEngine | { reason: string }> {
  try {
    const { getFFmpegInfo, Log } = await import('node-av/lib');
    const { AV_LOG_QUIET } = await import('node-av/constants');
    Log.setLevel(AV_LOG_QUIET);
    return new EmbeddedEngine(getFFmpegInfo().version);
  } catch (error) {
    return { reason: error instanceof Error ? error.message : 'It cannot be loaded.' };
  }
}

class EmbeddedEngine implements MediaEngine {
  readonly name = 'embedded';

  constructor(readonly version: string) {}

  async probe(file: MediaFile, signal: AbortSignal): Promise<ProbedMedia | undefined> {
    const { probeFile } = await import('./embedded/probe.js');
    return probeFile(file, signal);
  }

  async run(recipe: Recipe, run: EngineRun): Promise<EngineOutcome> {
    const { runRecipe } = await import('./embedded/run.js');
    return runRecipe(recipe, run);
  }
}
