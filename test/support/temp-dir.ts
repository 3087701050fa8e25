import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A new empty folder and the function that removes it with all its contents. */
export async function makeTempDir(): Promise<{ dir: string; remove: () => Promise<void> }> {
  const dir = await mkdtemp(path.join(tmpdir(), 'statuscast-test-'));
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}
