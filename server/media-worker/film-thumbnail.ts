import type { MediaEngine } from './engine/engine.js';
import type { MediaFile } from './engine/media-file.js';
import type { PictureStream } from './engine/probed-media.js';
import { seconds } from './film-recipe.js';
import type { RawPicture } from './prepare-image.js';
import { damaged } from './unreadable.js';

/** Our films show at least ten pictures a second: within this time before a moment there is one. */
const lookBackMs = 250;

/** The last picture of a film of ours at or before a moment of it. */
export async function frameAt(
  engine: MediaEngine,
  file: MediaFile,
  { index, width, height, startMs }: PictureStream,
  atMs: number,
  signal: AbortSignal,
): Promise<RawPicture> {
  const moment = startMs + atMs;
  const span = `trim=start=${seconds(moment - lookBackMs)}:end=${seconds(moment + 1)}`;
  let data: Buffer | undefined;
  const ran = await engine.run(
    {
      input: { ...file, seekMs: Math.max(0, moment - lookBackMs) },
      graph: `[0:${String(index)}]${span},format=rgb24[rgb]`,
      outputs: [{ kind: 'raw', label: 'rgb', format: 'rawvideo' }],
    },
    // Pictures come one after the other in pieces of any size: the last of them is what counts.
    { signal, onData: (piece) => (data = lastOf(data, piece, width * height * 3)) },
  );
  if (ran.result === 'failed') throw damaged('video', ran.message);
  if (data?.length !== width * height * 3) throw damaged('video', 'the result has no picture');
  return { data, width, height };
}

/** The last whole picture, and what follows it of one that is not whole. */
function lastOf(before: Buffer | undefined, piece: Buffer, size: number): Buffer {
  const all = before && before.length % size !== 0 ? Buffer.concat([before, piece]) : piece;
  const rest = all.length % size;
  return rest === 0 ? all.subarray(all.length - size) : all.subarray(Math.max(0, all.length - rest - size));
}
