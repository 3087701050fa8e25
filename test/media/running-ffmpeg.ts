import { readdir, readFile } from 'node:fs/promises';

/** The ffmpegs that run and have this folder in their arguments, by their process ids. */
export async function runningFfmpegs(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (line.includes('ffmpeg') && line.includes(folder)) found.push(pid);
  }
  return found;
}
