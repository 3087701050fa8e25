import type { PartHealth } from '../contract/monitoring.js';
import { AppError } from '../lib/app-error.js';
import { DeadlineError, withDeadline } from '../lib/deadline.js';
import type { MediaPreparer } from '../media-pool/media-preparer.js';

/** Shorter than a health check may take, so that a busy machine is told from a broken one. */
const lookTimeoutMs = 1_500;

/** What prepares videos, voice notes and moving pictures, if anything does, and how much is being prepared. */
export function mediaHealth(preparer: Pick<MediaPreparer, 'engine' | 'facts'>): () => Promise<PartHealth> {
  return async () => {
    const looking = withDeadline(preparer.engine(), lookTimeoutMs, 'The first media worker');
    const engine = await looking.catch((error: unknown) => {
      if (error instanceof DeadlineError) return undefined;
      if (!(error instanceof AppError)) throw error;
      return { available: false, reason: error.message } as const;
    });
    if (!engine) {
      const message =
        'The machine is so busy that no media worker has started yet: uploads wait. Ask again in a moment.';
      return { status: 'degraded', message, details: { engine: null, ffmpeg: null, ...preparer.facts() } };
    }
    const [name, version] = engine.available ? [engine.engine, engine.version] : [null, null];
    const details = { engine: name, ffmpeg: version, ...preparer.facts() };
    if (engine.available) return { status: 'ok', message: null, details };
    const message = `Videos and voice notes cannot be prepared. ${engine.reason} Pictures and texts go on.`;
    return { status: 'degraded', message, details };
  };
}
