import type { PartHealth } from '../contract/monitoring.js';
import type { Ffmpeg } from '../media-worker/ffmpeg.js';

/** Whether videos and voice notes can be prepared. */
export function mediaHealth(ffmpeg: Pick<Ffmpeg, 'look'>): () => Promise<PartHealth> {
  return async () => {
    const state = await ffmpeg.look();
    return state.available
      ? { status: 'ok', message: null, details: { ffmpeg: state.version } }
      : {
          status: 'degraded',
          message: `Videos and voice notes cannot be prepared. ${state.reason} Pictures and texts go on.`,
          details: { ffmpeg: null },
        };
  };
}
