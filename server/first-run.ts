import { randomBytes } from 'node:crypto';
import { chmod, readFile, rename, writeFile } from 'node:fs/promises';

/**
 * Makes the key that may do everything and writes it to the .env file, which only this user may read from then on.
 * What the file says already stays. Returns the key.
 */
export async function writeFirstKey(envFile: string): Promise<string> {
  const key = randomBytes(32).toString('base64url');
  const before = await readFile(envFile, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return '';
    throw error;
  });
  const line = `API_KEY=${key}`;
  const emptySetting = /^[ \t]*API_KEY[ \t]*=[ \t]*(""|'')?[ \t]*$/m;
  const separator = before === '' || before.endsWith('\n') ? '' : '\n';
  const after = emptySetting.test(before) ? before.replace(emptySetting, line) : `${before}${separator}${line}\n`;
  // Written beside and renamed, so that a full disk or a kill leaves the old file or the new one, never half of it.
  const draft = `${envFile}.${String(process.pid)}.tmp`;
  await writeFile(draft, after, { mode: 0o600, flag: 'wx' });
  await chmod(draft, 0o600);
  await rename(draft, envFile);
  return key;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
