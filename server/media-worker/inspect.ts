import { detectType } from './detect-type.js';
import { inspectFilm } from './inspect-film.js';
import { inspectPicture } from './inspect-picture.js';
import type { Inspected, InspectJob } from './protocol.js';

/**
 * Says what a file is and what preparing it will need, by its header alone: nothing is unpacked. Throws in words for what
 * cannot become what is wanted, and for what is too large to be unpacked.
 */
export async function inspect(job: InspectJob): Promise<Inspected> {
  const type = await detectType(job.from, job.kind, job.sizeBytes);
  if (type.demuxer !== null) return { type, from: job.from, ...(await inspectFilm(job)) };
  return { type, ...(await inspectPicture(job, type.mimeType)) };
}
