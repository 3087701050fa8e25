import { statfs } from 'node:fs/promises';

/** How many bytes may still be written where `dir` is. Infinity where the file system does not say. */
export async function freeDiskBytes(dir: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(dir);
    return bavail * bsize;
  } catch {
    return Infinity;
  }
}
