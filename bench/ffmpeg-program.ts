import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** The program to compare with: the one that FFMPEG_PATH names, or the one on the PATH. */
export const ffmpegProgram = process.env['FFMPEG_PATH'] ?? 'ffmpeg';

/** Whether it is there; where it is not, `progress` hears what to do. */
export async function hasFfmpeg(progress: (line: string) => void): Promise<boolean> {
  try {
    await execute(ffmpegProgram, ['-version']);
    return true;
  } catch {
    progress('There is no program ffmpeg to compare with: name one in FFMPEG_PATH.');
    return false;
  }
}
