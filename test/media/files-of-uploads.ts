import type { Upload } from '../../server/contract/media.js';

/** The names of the files that the library shows: those that are posted, and their thumbnails. */
export function filesOfUploads(uploads: readonly Pick<Upload, 'filename' | 'thumbnailUrl' | 'parts'>[]): string[] {
  const names = uploads.flatMap(({ filename, thumbnailUrl, parts }) =>
    [...new Set([filename, ...parts])].flatMap((name) =>
      thumbnailUrl === null ? [name] : [name, name.replace(/\.\w+$/, '-thumb.jpg')],
    ),
  );
  return [...new Set(names)];
}
