import { readdir, readFile } from 'node:fs/promises';

/** What runs and has this folder, or one in it, among its arguments: media workers and their programs, by their process ids. */
export async function runningWorkers(folder: string): Promise<number[]> {
  const found: number[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const [, ...args] = line.split('\0');
    if (args.some((argument) => argument.startsWith(folder))) found.push(Number(pid));
  }
  return found;
}
