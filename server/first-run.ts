import { randomBytes } from 'node:crypto';
import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { ConfigError } from './config.js';

/** @returns a new key that may do everything */
export function makeFirstKey(): string {
  return randomBytes(32).toString('base64url');
}

/** The key that a first start made, and where it is kept. */
export interface FirstKey {
  key: string;
  envFile: string;
}

/**
 * Writes the key to the .env file, which only this user may read from then on. What the file says already stays. Rejects
 * with a `ConfigError` where it cannot be written.
 */
export async function writeFirstKey({ key, envFile }: FirstKey): Promise<void> {
  try {
    await replaceEnvFile(envFile, withKey(await readIfThere(envFile), key));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError([
      `API_KEY: None is set, and a new one could not be written to ${envFile} (${reason}). Set one yourself, or let this user write there.`,
    ]);
  }
}

function withKey(before: string, key: string): string {
  const line = `API_KEY=${key}`;
  const emptySetting = /^[ \t]*API_KEY[ \t]*=[ \t]*(""|'')?[ \t]*$/m;
  const separator = before === '' || before.endsWith('\n') ? '' : '\n';
  return emptySetting.test(before) ? before.replace(emptySetting, line) : `${before}${separator}${line}\n`;
}

/** Written beside and renamed, so that a full disk or a kill leaves the old file or the new one, never half of it. */
async function replaceEnvFile(envFile: string, text: string): Promise<void> {
  const draft = `${envFile}.${String(process.pid)}.tmp`;
  await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
  await chmod(draft, 0o600);
  await rename(draft, envFile);
}

async function readIfThere(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return '';
    throw error;
  });
}

/**
 * What is said to people once the server runs, at `url`: the key where it was just made, the dashboard's address once, and
 * how to stop, to whoever sits there. Where nobody does, what is said ends in a log that others read and that is kept: at the
 * first start it says where the key is, and otherwise nothing.
 */
export function greeting(url: string, firstKey: FirstKey | undefined, isTerminal: boolean): string {
  if (!isTerminal) return firstKey === undefined ? '' : inAnOpenPlace(url, firstKey.envFile);
  const lines = [''];
  if (firstKey !== undefined) {
    const { key, envFile } = firstKey;
    lines.push(`This is the first start. Your API key was made and stored in ${envFile}; it is shown only now:`, '');
    lines.push(`  API_KEY    ${key}`);
  }
  // The key follows a "#", which browsers keep to themselves: it reaches no server log and no referrer.
  lines.push(`  Dashboard  ${url}/${firstKey === undefined ? '' : `#key=${firstKey.key}`}`);
  lines.push('  Ctrl-C stops the server.');
  return `${lines.join('\n')}\n\n`;
}

function inAnOpenPlace(url: string, envFile: string): string {
  return [
    `This is the first start. An API key was made and stored in ${envFile}, which only this user may read.`,
    `To see it: grep ^API_KEY= ${inShell(envFile)}`,
    `The dashboard at ${url}/ asks for it.\n`,
  ].join('\n');
}

/** A path as a shell takes it for one word. */
function inShell(file: string): string {
  return /^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
