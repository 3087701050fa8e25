import type { Input } from 'mediabunny';
import { withDeadline } from '../lib/deadline.js';

/** What a film or a recording says of itself. */
export interface ProbedMedia {
  hasPicture: boolean;
  hasSound: boolean;
  /** As shown, the rotation applied. */
  width: number | null;
  height: number | null;
  /** Null where only reading all of it would tell. */
  durationMs: number | null;
}

const probeTimeoutMs = 20_000;

/**
 * Undefined when it cannot be read: damaged, incomplete, or nothing that it says it is. `exact` reads all of it to find out
 * how long it is: for what we made ourselves.
 */
export async function probeMedia(path: string, exact = false): Promise<ProbedMedia | undefined> {
  // Only servers that get films and recordings need all of its formats.
  const { ALL_FORMATS, FilePathSource, Input } = await import('mediabunny');
  const input = new Input({ source: new FilePathSource(path), formats: ALL_FORMATS });
  try {
    return await withDeadline(read(input, exact), probeTimeoutMs, 'Looking at a file');
  } catch {
    return undefined;
  } finally {
    input.dispose();
  }
}

async function read(input: Input, exact: boolean): Promise<ProbedMedia> {
  const [video, audio] = [await input.getPrimaryVideoTrack(), await input.getPrimaryAudioTrack()];
  const seconds = exact ? await input.computeDuration() : await input.getDurationFromMetadata();
  return {
    hasPicture: video !== null,
    hasSound: audio !== null,
    width: video && (await video.getDisplayWidth()),
    height: video && (await video.getDisplayHeight()),
    durationMs: seconds === null ? null : Math.round(seconds * 1000),
  };
}
