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

/**
 * What is said to people once the server runs, at `url`: the key where it was just made, the dashboard's address once, and
 * how to stop, to whoever sits there. A log collector gets nothing but log lines, except at the first start.
 */
export function greeting(
  url: string,
  firstKey: { key: string; envFile: string } | undefined,
  isTerminal: boolean,
): string {
  if (firstKey === undefined && !isTerminal) return '';
  const lines = [''];
  if (firstKey !== undefined) {
    const { key, envFile } = firstKey;
    lines.push(`This is the first start. Your API key was made and stored in ${envFile}; it is shown only now:`, '');
    lines.push(`  API_KEY    ${key}`);
  }
  // The key follows a "#", which browsers keep to themselves: it reaches no server log and no referrer.
  lines.push(`  Dashboard  ${url}/${firstKey === undefined ? '' : `#key=${firstKey.key}`}`);
  if (isTerminal) lines.push('  Ctrl-C stops the server.');
  return `${lines.join('\n')}\n\n`;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
