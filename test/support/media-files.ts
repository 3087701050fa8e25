import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openEmbeddedEngine } from '../../server/media-worker/engine/embedded-engine.js';
import type { MediaEngine } from '../../server/media-worker/engine/engine.js';
import type { EncodedTrack } from '../../server/media-worker/engine/recipe.js';

/** How a track is made: a source of FFmpeg's filter language, and what packs it. */
export interface MadeTrack {
  /** `testsrc2=size=320x240:rate=15:duration=2`, `sine=duration=2` and the like, with further filters behind commas. */
  source: string;
  encoder: string;
  options?: Readonly<Record<string, string>>;
}

export interface MadeMedia {
  /** A muxer of FFmpeg: `mp4`, `mov`, `webm`, `gif`, `ogg` … */
  format: string;
  formatOptions?: Readonly<Record<string, string>>;
  tracks: readonly MadeTrack[];
}

let engine: Promise<MediaEngine> | undefined;

/** Makes a film, a recording or a moving picture with the engine that comes with the packages: no program is needed. */
export async function makeMedia({ format, formatOptions, tracks }: MadeMedia): Promise<Buffer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'made-media-'));
  const file = path.join(folder, 'made');
  const encoded = tracks.map(({ encoder, options }, index): EncodedTrack => ({
    label: `t${String(index)}`,
    encoder,
    options: options ?? {},
  }));
  const graph = tracks.map(({ source }, index) => `${source}[t${String(index)}]`).join(';');
  try {
    const outcome = await (
      await embeddedEngine()
    ).run(
      { graph, outputs: [{ kind: 'file', path: file, format, options: formatOptions ?? {}, tracks: encoded }] },
      { signal: AbortSignal.timeout(60_000) },
    );
    assert.deepEqual(outcome, { result: 'done' });
    return await readFile(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The engine that comes with the packages; fails where they have none for this machine. */
export async function embeddedEngine(): Promise<MediaEngine> {
  engine ??= openEmbeddedEngine().then((opened) => {
    assert.ok(!('reason' in opened), 'reason' in opened ? opened.reason : '');
    return opened;
  });
  return engine;
}

/** Moving bars with a running number; `filters` are put behind them. */
export function movingPicture(seconds: number, { size = '320x240', rate = 15, filters = '' } = {}): MadeTrack {
  const bars = `testsrc2=size=${size}:rate=${String(rate)}:duration=${String(seconds)}`;
  return {
    source: `${bars}${filters && `,${filters}`},format=yuv420p`,
    encoder: 'libx264',
    options: { preset: 'ultrafast' },
  };
}

/** A steady tone, in pieces that AAC takes. */
export function tone(seconds: number): MadeTrack {
  return { source: `sine=frequency=440:duration=${String(seconds)},${soundPieces(1024)}`, encoder: 'aac' };
}

/** Sound in the form and in the pieces that an encoder takes. */
export function soundPieces(samples: number, form = 'sample_fmts=fltp:channel_layouts=stereo'): string {
  return `aformat=${form},asetnsamples=n=${String(samples)}:p=0`;
}

export interface FilmLook {
  size?: string;
  rate?: number;
  filters?: string;
  hasSound?: boolean;
  /** With the index first. */
  isFaststart?: boolean;
}

/** An MP4 film of moving bars with a tone, or without. */
export function makeFilm(
  seconds: number,
  { hasSound = true, isFaststart = false, ...look }: FilmLook = {},
): Promise<Buffer> {
  return makeMedia({
    format: 'mp4',
    ...(isFaststart && { formatOptions: { movflags: '+faststart' } }),
    tracks: [movingPicture(seconds, look), ...(hasSound ? [tone(seconds)] : [])],
  });
}

/** A moving GIF. */
export function makeGif(seconds: number, { size = '200x150', rate = 10 } = {}): Promise<Buffer> {
  const source = `testsrc2=size=${size}:rate=${String(rate)}:duration=${String(seconds)},format=rgb8`;
  return makeMedia({ format: 'gif', tracks: [{ source, encoder: 'gif' }] });
}

/** A recording in MP3; `isTold` writes its length into its head. */
export function makeSong(seconds: number, { isTold = true } = {}): Promise<Buffer> {
  const source = `sine=frequency=440:duration=${String(seconds)},${soundPieces(1152)}`;
  const formatOptions = { write_xing: isTold ? '1' : '0' };
  return makeMedia({ format: 'mp3', formatOptions, tracks: [{ source, encoder: 'libmp3lame' }] });
}

/** Ogg with Opus, as phones record it. */
export function makeVoiceNote(seconds: number, { channels = 'mono' } = {}): Promise<Buffer> {
  const form = `sample_fmts=s16:sample_rates=48000:channel_layouts=${channels}`;
  const source = `sine=frequency=440:sample_rate=48000:duration=${String(seconds)},${soundPieces(960, form)}`;
  return makeMedia({ format: 'ogg', tracks: [{ source, encoder: 'libopus' }] });
}

/** A film on its side: the display matrix of every track says so (ISO 14496-12, 8.3.2). */
export function turned(film: Buffer, matrix: readonly number[]): Buffer {
  const result = Buffer.from(film);
  for (let at = result.indexOf('tkhd'); at >= 0; at = result.indexOf('tkhd', at + 4)) {
    const behindTimes = at + 8 + (result[at + 4] === 1 ? 32 : 20);
    for (const [index, number] of matrix.entries()) result.writeInt32BE(number, behindTimes + 16 + index * 4);
  }
  return result;
}

/** A quarter turn to the right. */
export const quarterTurn = [0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000] as const;
