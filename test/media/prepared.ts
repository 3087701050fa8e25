import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import type { UploadKind } from '../../server/contract/media.js';
import { detectType } from '../../server/media-worker/detect-type.js';
import { MediaEngines } from '../../server/media-worker/engine/media-engines.js';
import { prepareFile } from '../../server/media-worker/prepare-file.js';
import type { Prepared } from '../../server/media-worker/prepared.js';
import { createLogger } from '../../server/lib/logger.js';

const engines = new MediaEngines(undefined, createLogger({ logLevel: 'silent' }));
let prepared = 0;

export interface Wanted {
  startMs?: number;
  endMs?: number;
  /** How long a part may be. */
  partMs?: number;
}

/** Makes a file ready as an upload does, in this process and without a server. */
export async function prepare(dir: string, kind: UploadKind, bytes: Buffer, wanted: Wanted = {}): Promise<Prepared[]> {
  prepared += 1;
  const folder = path.join(dir, String(prepared));
  await mkdir(folder);
  const from = path.join(folder, 'original');
  await writeFile(from, bytes);
  const type = await detectType(from, kind, bytes.length);
  const { startMs = 0, endMs, partMs = 60_000 } = wanted;
  const limits = { partMs, longestMs: 600_000, timeoutMs: 60_000 };
  const tools = { engines, limits, signal: AbortSignal.timeout(60_000), tell: () => undefined };
  return prepareFile({ kind, from, folder, type, layout: 'fit', startMs, endMs }, tools);
}

/** Red, green and blue of a point of a thumbnail or a picture; `x` and `y` from 0 to 1. */
export async function pointOf(file: string | null, x: number, y: number): Promise<[number, number, number]> {
  if (file === null) throw new Error('There is no picture.');
  const { data, info } = await sharp(await readFile(file))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const at = (Math.floor(y * (info.height - 1)) * info.width + Math.floor(x * (info.width - 1))) * info.channels;
  return [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
}

export function fieldInput(name: string): Promise<Buffer> {
  return readFile(new URL(`field-inputs/${name}`, import.meta.url));
}
