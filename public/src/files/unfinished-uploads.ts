import { defaultOptions } from 'tus-js-client';
import type { PreviousUpload, Upload } from 'tus-js-client';

/** The server has forgotten an unfinished upload by then. */
const forgottenAfterMs = 7 * 24 * 60 * 60_000;

/** Where the library writes down which uploads were begun in this browser: their addresses, and names of files. */
const storage = defaultOptions.urlStorage;

/** What was begun with the same file for the same purpose and is not known to be ready, the latest. */
export async function findUnfinished(upload: Upload, kind: string): Promise<PreviousUpload | undefined> {
  const found = await upload.findPreviousUploads();
  return found
    .filter(({ metadata, uploadUrl }) => metadata['kind'] === kind && uploadUrl !== null)
    .sort((one, other) => Date.parse(other.creationTime) - Date.parse(one.creationTime))[0];
}

/** Choosing the same file again begins a new upload from now on. */
export async function forgetUnfinished(upload: Upload): Promise<void> {
  await forget((await upload.findPreviousUploads()).filter(({ uploadUrl }) => uploadUrl === upload.url));
}

/** Forgets what nobody came back to. */
export async function forgetOldUnfinished(): Promise<void> {
  const before = Date.now() - forgottenAfterMs;
  // A time that cannot be read is as good as none.
  await forget((await storage.findAllUploads()).filter(({ creationTime }) => !(Date.parse(creationTime) > before)));
}

export async function forgetAllUnfinished(): Promise<void> {
  await forget(await storage.findAllUploads());
}

async function forget(uploads: PreviousUpload[]): Promise<void> {
  for (const { urlStorageKey } of uploads) await storage.removeUpload(urlStorageKey);
}
