import type { PartHealth } from '../contract/monitoring.js';
import type { MediaEngines } from '../media-worker/engine/media-engines.js';

/** What prepares videos, voice notes and moving pictures, if anything does. */
export function mediaHealth(engines: Pick<MediaEngines, 'look'>): () => Promise<PartHealth> {
  return async () => {
    const state = await engines.look();
    return state.available
      ? { status: 'ok', message: null, details: { engine: state.engine, ffmpeg: state.version } }
      : {
          status: 'degraded',
          message: `Videos and voice notes cannot be prepared. ${state.reason} Pictures and texts go on.`,
          details: { engine: null, ffmpeg: null },
        };
  };
}
