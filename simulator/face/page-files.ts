import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface PageFile {
  contentType: string;
  content: Buffer;
}

const files: Readonly<Record<string, { name: string; contentType: string }>> = {
  '/': { name: 'index.html', contentType: 'text/html; charset=utf-8' },
  '/face/icon.svg': { name: 'icon.svg', contentType: 'image/svg+xml' },
  '/face/style.css': { name: 'style.css', contentType: 'text/css; charset=utf-8' },
  ...Object.fromEntries(
    ['main', 'simulator-api', 'phone-list', 'phone-screen', 'story-viewer', 'media-player', 'link-dialog', 'dom'].map(
      (name) => [`/face/${name}.js`, { name: `${name}.js`, contentType: 'text/javascript; charset=utf-8' }],
    ),
  ),
};

const fonts: Readonly<Record<string, string>> = {
  '/face/fonts/norican.woff2': '@fontsource/norican/files/norican-latin-400-normal.woff2',
  '/face/fonts/patrick-hand.woff2': '@fontsource/patrick-hand/files/patrick-hand-latin-400-normal.woff2',
  '/face/fonts/calistoga.woff2': '@fontsource/calistoga/files/calistoga-latin-400-normal.woff2',
  '/face/fonts/exo-2.woff2': '@fontsource/exo-2/files/exo-2-latin-800-normal.woff2',
  '/face/fonts/courier-prime.woff2': '@fontsource/courier-prime/files/courier-prime-latin-700-normal.woff2',
};

/** The page's files by their path on the server; undefined for everything else. Without the font packages, phones fall back to system fonts. */
export async function readPageFile(path: string): Promise<PageFile | undefined> {
  const file = Object.hasOwn(files, path) ? files[path] : undefined;
  if (file) return { contentType: file.contentType, content: await readFile(join(pageFolder(), file.name)) };
  const font = Object.hasOwn(fonts, path) ? fonts[path] : undefined;
  if (font === undefined) return undefined;
  try {
    const content = await readFile(createRequire(import.meta.url).resolve(font));
    return { contentType: 'font/woff2', content };
  } catch {
    return undefined;
  }
}

/** The compiler copies no pages, so they are read from the sources also when the compiled simulator runs. */
function pageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('the project folder was not found above the simulator');
    folder = parent;
  }
  return join(folder, 'simulator', 'face', 'page');
}
