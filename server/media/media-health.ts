import type { PartHealth } from '../contract/monitoring.js';
import { AppError } from '../lib/app-error.js';
import type { MediaPreparer } from '../media-pool/media-preparer.js';

/** What prepares videos, voice notes and moving pictures, if anything does, and how much is being prepared. */
export function mediaHealth(preparer: Pick<MediaPreparer, 'engine' | 'facts'>): () => Promise<PartHealth> {
  return async () => {
    const engine = await preparer.engine().catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error;
      return { available: false, reason: error.message } as const;
    });
    const [name, version] = engine.available ? [engine.engine, engine.version] : [null, null];
    const details = { engine: name, ffmpeg: version, ...preparer.facts() };
    if (engine.available) return { status: 'ok', message: null, details };
    const message = `Videos and voice notes cannot be prepared. ${engine.reason} Pictures and texts go on.`;
    return { status: 'degraded', message, details };
  };
}
