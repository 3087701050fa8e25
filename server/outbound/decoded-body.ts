import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { FetchRefusal } from './fetch-refusal.js';

/** The content encodings that a request asks for. Not `deflate`, by which servers mean one of two things. */
export const acceptedEncodings = 'gzip, br';

/** The body without its compression. More than one layer is refused: nobody serves that in good faith. */
export function decodedBody(body: Readable, contentEncoding: string): Readable {
  const encoding = contentEncoding.trim().toLowerCase();
  if (encoding === '' || encoding === 'identity') return body;
  const decoder = decoderOf(encoding);
  if (!decoder) throw new FetchRefusal('unreadable');
  return pipeline(body, decoder, () => {
    // The reader of the decoder gets the failure; this only keeps it from being thrown twice.
  });
}

function decoderOf(encoding: string) {
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip();
  if (encoding === 'deflate') return createInflate();
  return encoding === 'br' ? createBrotliDecompress() : undefined;
}

/**
 * Reads a body piece by piece, never more than `maxBytes` after decompression, whatever the headers promised. What is
 * beyond ends it: with a refusal, or, with `cut`, quietly.
 */
export async function* limitedTo(
  body: Readable,
  { maxBytes, cut = false }: { maxBytes: number; cut?: boolean },
): AsyncGenerator<Buffer> {
  let readBytes = 0;
  for await (const piece of body) {
    const bytes = Buffer.isBuffer(piece) ? piece : Buffer.from(piece as Uint8Array);
    readBytes += bytes.length;
    if (readBytes > maxBytes) {
      if (!cut) throw new FetchRefusal('too_large');
      yield bytes.subarray(0, bytes.length - (readBytes - maxBytes));
      return;
    }
    yield bytes;
  }
}
