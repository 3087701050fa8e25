import { open, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { validationError, type AppError } from '../lib/app-error.js';
import { onDisk } from '../lib/disk-full.js';

const unpack = promisify(inflate);

const signatureBytes = 8;
/** Length, type and checksum of a chunk (PNG, third edition, 5.3). */
const chunkOverhead = 12;
const windowBytes = 256 * 1024;
/** The largest colour profiles, of printing presses, have about 3 MB. */
const mostProfileBytes = 8 * 1024 * 1024;
const mostExifBytes = 64 * 1024;
/** No camera and no program writes more of them. */
const mostDropped = 10_000;

/** What the picture, its colours and its movement need. Texts, compressed ones too, histograms and private chunks are not among them. */
const neededAncillary = new Set([
  'tRNS',
  'gAMA',
  'cHRM',
  'sRGB',
  'iCCP',
  'cICP',
  'sBIT',
  'pHYs',
  'eXIf',
  'acTL',
  'fcTL',
  'fdAT',
]);
const onlyOnce = new Set(['gAMA', 'cHRM', 'sRGB', 'iCCP', 'cICP', 'sBIT', 'pHYs', 'eXIf', 'acTL']);

interface Chunk {
  type: string;
  at: number;
  /** Where its content begins, and how long it is. */
  contentAt: number;
  contentBytes: number;
  endsAt: number;
}

interface Range {
  from: number;
  to: number;
}

/**
 * Decoders unpack what a PNG carries besides its picture, and a text of 50 MB of zeros has 50 kB. Answers the file itself when
 * there is nothing of the kind in it, and a copy without it, written to `to`, otherwise; and how many pictures it says to have,
 * or has.
 * What is damaged is left as it is, for the decoder to say so.
 */
export async function cleanPng(from: string, to: string): Promise<{ file: string; frames: number }> {
  const file = await open(from);
  try {
    const { size } = await file.stat();
    const kept: Range[] = [{ from: 0, to: signatureBytes }];
    const seen = new Set<string>();
    let announced = 1;
    let controls = 0;
    let dropped = 0;
    for await (const chunk of chunksOf(file, size)) {
      if (await isNeeded(file, chunk, seen)) extend(kept, chunk);
      else if ((dropped += 1) > mostDropped) throw overloaded();
      if (chunk.type === 'acTL' && chunk.contentBytes >= 4 && !seen.has('acTL'))
        announced = (await readAt(file, chunk.contentAt, 4)).readUInt32BE();
      if (chunk.type === 'fcTL') controls += 1;
      seen.add(chunk.type);
      if (chunk.type === 'IEND') break;
    }
    // Decoders go on for as long as there are pictures, however many were announced.
    const frames = Math.max(announced, controls);
    if (kept.length === 1 && kept[0]?.to === size) return { file: from, frames };
    await onDisk(copy(file, kept, to));
    return { file: to, frames };
  } finally {
    await file.close();
  }
}

async function isNeeded(file: FileHandle, chunk: Chunk, seen: ReadonlySet<string>): Promise<boolean> {
  // A capital letter: no picture without it (PNG, third edition, 5.4).
  if (/^[A-Z]/.test(chunk.type)) return true;
  if (!neededAncillary.has(chunk.type) || (onlyOnce.has(chunk.type) && seen.has(chunk.type))) return false;
  if (chunk.type === 'eXIf') return chunk.contentBytes <= mostExifBytes;
  if (chunk.type !== 'iCCP') return true;
  return (
    chunk.contentBytes <= mostProfileBytes &&
    hasBearableProfile(await readAt(file, chunk.contentAt, chunk.contentBytes))
  );
}

/** Its name, which ends with a zero, the way of compression, of which there is one, and the profile. */
async function hasBearableProfile(content: Buffer): Promise<boolean> {
  const profile = content.subarray(content.indexOf(0) + 2);
  return unpack(profile, { maxOutputLength: mostProfileBytes }).then(
    () => true,
    () => false,
  );
}

function overloaded(): AppError {
  return validationError('image', 'The picture carries too much besides its points. Save it anew and upload that.');
}

async function* chunksOf(file: FileHandle, size: number): AsyncGenerator<Chunk> {
  let window: Buffer = Buffer.alloc(0);
  let windowAt = 0;
  for (let at = signatureBytes; at + chunkOverhead <= size;) {
    if (at < windowAt || at + 8 > windowAt + window.length) {
      window = await readAt(file, at, Math.min(windowBytes, size - at));
      windowAt = at;
    }
    const length = window.readUInt32BE(at - windowAt);
    const type = window.toString('latin1', at - windowAt + 4, at - windowAt + 8);
    const contentAt = at + 8;
    const endsAt = Math.min(size, at + chunkOverhead + length);
    yield { type, at, contentAt, contentBytes: Math.min(length, endsAt - contentAt), endsAt };
    at = endsAt;
  }
}

function extend(kept: Range[], chunk: Chunk): void {
  const last = kept.at(-1);
  if (last?.to === chunk.at) last.to = chunk.endsAt;
  else kept.push({ from: chunk.at, to: chunk.endsAt });
}

async function copy(file: FileHandle, ranges: readonly Range[], to: string): Promise<void> {
  const copied = await open(to, 'wx');
  try {
    for (const { from, to: end } of ranges) {
      for (let at = from; at < end; at += windowBytes)
        await copied.write(await readAt(file, at, Math.min(windowBytes, end - at)));
    }
  } finally {
    await copied.close();
  }
}

async function readAt(file: FileHandle, at: number, bytes: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, at);
  return buffer.subarray(0, bytesRead);
}
