import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { answerCalls } from './child-process.js';
import { ffmpegProgram } from './ffmpeg-program.js';
import { startMeter, type Measurement } from './measure.js';

/* What a few lines with sharp and ffmpeg would do, without looking at what they are given. */

const execute = promisify(execFile);

const calls = {
  picture: ({ from, to }: { from: string; to: string }): Promise<Measurement> =>
    measured(async () => {
      const upright = sharp(from).autoOrient().resize(1080, 1920, { fit: 'inside', withoutEnlargement: true });
      await upright.jpeg({ quality: 85 }).toFile(`${to}.jpg`);
      await sharp(`${to}.jpg`).resize(320).jpeg({ quality: 75 }).toFile(`${to}-thumb.jpg`);
    }),
  video: ({ from, to }: { from: string; to: string }): Promise<Measurement> =>
    measured(async () => {
      const scale =
        "scale=w='if(gte(iw,ih),1280,720)':h='if(gte(iw,ih),720,1280)':force_original_aspect_ratio=decrease";
      const box = `${scale}:force_divisible_by=2`;
      await execute(ffmpegProgram, [
        ...['-nostdin', '-y', '-loglevel', 'error', '-i', from, '-vf', box, '-pix_fmt', 'yuv420p', '-fpsmax', '30'],
        ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '24', '-c:a', 'aac', '-movflags', '+faststart'],
        `${to}.mp4`,
      ]);
      const frame = ['-ss', '1', '-i', `${to}.mp4`, '-frames:v', '1', `${to}-thumb.jpg`];
      await execute(ffmpegProgram, ['-nostdin', '-y', '-loglevel', 'error', ...frame]);
    }),
};
export type PlainToolsCalls = typeof calls;

async function measured(work: () => Promise<void>): Promise<Measurement> {
  const meter = startMeter();
  await work();
  return meter.stop();
}

answerCalls(calls, () => Promise.resolve());
