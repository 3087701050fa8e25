import { AppError } from './app-error.js';

/** Says in words that the disk is full; other errors stay what they are. */
export async function onDisk<T>(step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (error) {
    throw isDiskFull(error) ? diskFull(error) : error;
  }
}

export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

export function diskFull(cause?: unknown): AppError {
  return new AppError(
    'unavailable',
    'The disk of the server is full, so the file could not be kept. Make room there and upload it again.',
    { cause },
  );
}
