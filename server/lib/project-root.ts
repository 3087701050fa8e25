import { existsSync } from 'node:fs';
import path from 'node:path';

/** The folder with package.json, found from this file upwards: the same from the sources and from the build. */
export function projectRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, 'package.json'))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error('package.json was not found above the server.');
    folder = parent;
  }
  return folder;
}
