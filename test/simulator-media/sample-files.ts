import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';

const run = promisify(execFile);

/** Lets ffmpeg make a file from its test sources. */
export async function ffmpegFile(name: string, args: readonly string[]): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'sample-'));
  try {
    await run('ffmpeg', ['-hide_banner', '-loglevel', 'error', ...args, join(folder, name)]);
    return await readFile(join(folder, name));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function mp4(seconds: number, extra: readonly string[] = ['-movflags', '+faststart']): Promise<Buffer> {
  const picture = ['-f', 'lavfi', '-i', `testsrc=size=180x320:rate=10:duration=${seconds}`];
  const sound = ['-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`];
  const codecs = ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-shortest'];
  return ffmpegFile('video.mp4', [...picture, ...sound, ...codecs, ...extra]);
}

export function voiceNote(seconds: number): Promise<Buffer> {
  const sound = ['-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`];
  return ffmpegFile('voice.ogg', [...sound, '-c:a', 'libopus', '-ac', '1', '-ar', '16000']);
}

export function jpeg(width = 120, height = 80, orientation = 1): Promise<Buffer> {
  const image = sharp({ create: { width, height, channels: 3, background: '#3366cc' } });
  return image.withMetadata({ orientation }).jpeg().toBuffer();
}
