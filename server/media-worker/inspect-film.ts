import type { Input } from 'mediabunny';
import { withDeadline } from '../lib/deadline.js';
import type { Inspected, InspectJob } from './protocol.js';

const probeTimeoutMs = 10_000;
const million = 1_000_000;
/** What a phone films. */
const usualPixels = 1920 * 1080;
/** Of all decoded pictures that are held at a time, for reference and while they are made smaller, for each of their points. */
const bytesPerPixel = 36;
/** What encoding takes: the size that comes out is always about the same. */
const encoderBytes = 160 * million;
/** Slower than films are: what is this large may last this long, whatever its header says. */
const leastBytesPerSecond = 500_000;
const leastTimeMs = 60_000;
const longestTimeMs = 60 * 60_000;
/** So many times as long as it plays may a film of the usual size take. */
const timesItsLength = 5;

/** What a film or a recording will need, by its header; of what says nothing, what it may need at most. */
export async function inspectFilm(job: Omit<InspectJob, 'folder'>): Promise<Pick<Inspected, 'memoryBytes' | 'timeMs'>> {
  const { pixels, durationMs } = await readHeader(job.from);
  const wholeMs = Math.max(durationMs ?? job.longestMs, (job.sizeBytes / leastBytesPerSecond) * 1000);
  const lengthMs = Math.min(Math.max(0, Math.min(job.endMs ?? wholeMs, wholeMs) - job.startMs), job.longestMs);
  if (job.kind === 'audio') return { memoryBytes: encoderBytes, timeMs: leastTimeMs + lengthMs };
  const size = Math.max(1, pixels / usualPixels);
  return {
    memoryBytes: encoderBytes + pixels * bytesPerPixel,
    // What lies before the part that is wanted has to be gone through, too.
    timeMs: Math.min(longestTimeMs, leastTimeMs + job.startMs + lengthMs * timesItsLength * size),
  };
}

async function readHeader(file: string): Promise<{ pixels: number; durationMs: number | undefined }> {
  const { ALL_FORMATS, FilePathSource, Input } = await import('mediabunny');
  const input = new Input({ source: new FilePathSource(file), formats: ALL_FORMATS });
  try {
    return await withDeadline(read(input), probeTimeoutMs, 'Reading the header of a film');
  } catch {
    return { pixels: usualPixels, durationMs: undefined };
  } finally {
    input.dispose();
  }
}

async function read(input: Input): Promise<{ pixels: number; durationMs: number | undefined }> {
  const video = await input.getPrimaryVideoTrack();
  const seconds = await input.getDurationFromMetadata();
  const pixels = video ? (await video.getCodedWidth()) * (await video.getCodedHeight()) : usualPixels;
  return { pixels, durationMs: seconds === null ? undefined : Math.round(seconds * 1000) };
}
