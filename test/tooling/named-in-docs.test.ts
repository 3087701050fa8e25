import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isEventName } from '../../server/contract/events.js';

const roots = ['bench', 'docs', 'eslint', 'public', 'scripts', 'server', 'simulator', 'test'];
const built = /(^|\/)(node_modules|dist)\//;

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name).split(path.sep).join('/'))
    .filter((file) => !built.test(file));
}

const files = [
  ...readdirSync('.', { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? entry.name : [])),
].concat(roots.flatMap(filesBelow));
const folders = new Set(
  files.flatMap((file) => file.split('/').map((_part, at, parts) => parts.slice(0, at).join('/'))),
);
const pages = files.filter((file) => /^(README|CONTRIBUTING)\.md$|^docs\/(?!generated\/).*\.md$/.test(file));

/** A name that stands for any: `x-store.ts` in a description of what features have. */
const isExample = (name: string): boolean => /(^|\/)(x[-.]|NNNN-)/.test(name);
/** The reader of README saves an example under this name. */
const readersOwn = new Set(['events.mjs']);

const isOurFolder = (name: string): boolean => name !== '' && (folders.has(name) || folders.has(`server/${name}`));

/** Whether a name in a page is that of a file or a folder of ours, by how it looks. */
function isPath(name: string): boolean {
  if (!/^[\w.*-]+(\/[\w.*-]+)*\/?$/.test(name) || isExample(name) || readersOwn.has(name)) return false;
  const [first = '', ...rest] = name.split('/');
  return /\.(tsx?|mjs|js|json|md|css)$/.test(name) || (rest.length > 0 && isOurFolder(first));
}

/** From the root, from `server` or `public/src`, or from the page's own folder; a name alone is that of a file anywhere. */
function isThere(page: string, name: string): boolean {
  const pattern = name.replace(/\/$/, '').replaceAll('.', '\\.').replaceAll('*', '[^/]*');
  const places = name.includes('/')
    ? ['', 'server/', 'public/src/', `${path.posix.dirname(page)}/`].join('|')
    : '(?:.*/)?';
  const wanted = new RegExp(`^(?:${places})${pattern}$`);
  return files.some((file) => wanted.test(file)) || [...folders].some((folder) => wanted.test(folder));
}

function anchorsOf(page: string): string[] {
  const headings = readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

function codeIn(page: string): string[] {
  const prose = readFileSync(page, 'utf8').replace(/^```.*?^```$/gms, '');
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
}

/** The folders and files that the tree of the architecture names, from the root. */
function namesInTree(tree: string): string[] {
  const above: { indent: number; folder: string }[] = [];
  return tree.split('\n').flatMap((line) => {
    const [, indent = '', names] = /^( *)((?:[\w./-]+(?:\/|\.ts)(?: |$))+)/.exec(line) ?? [];
    if (names === undefined) return [];
    while ((above.at(-1)?.indent ?? -1) >= indent.length) above.pop();
    const folder = above.at(-1)?.folder ?? '';
    const found = names
      .trim()
      .split(' ')
      .map((name) => `${folder}${name}`);
    above.push({ indent: indent.length, folder: found[0] ?? '' });
    return found;
  });
}

describe('what the pages name', () => {
  it('is there: every file and folder', () => {
    const missing = pages.flatMap((page) =>
      codeIn(page)
        .filter((name) => isPath(name) && !isThere(page, name))
        .map((name) => `${page}: ${name}`),
    );
    assert.deepEqual(missing, []);
  });

  it('is there: every page and heading that a link leads to', () => {
    const broken = pages.flatMap((page) =>
      [...readFileSync(page, 'utf8').matchAll(/\]\((?!\w+:)([^)#\s]*)#?([^)\s]*)\)/g)]
        .filter(([, target = '', heading = '']) => {
          const file = target === '' ? page : path.join(path.dirname(page), target);
          return !existsSync(file) || (heading !== '' && !anchorsOf(file).includes(heading));
        })
        .map(([link]) => `${page}: ${link}`),
    );
    assert.deepEqual(broken, []);
  });

  it('is there: every member of a class', () => {
    const sources = files.filter((file) => file.endsWith('.ts')).map((file) => readFileSync(file, 'utf8'));
    const named = pages.flatMap(codeIn).flatMap((code) => {
      const [, name, member] = /^([A-Z]\w+(?:Service|Store|Queue|Publisher))(?:\.(\w+))?$/.exec(code) ?? [];
      return name === undefined ? [] : [{ code, name, member }];
    });
    assert.ok(named.length > 5);
    const missing = named.filter(
      ({ name, member }) =>
        !sources.some(
          (source) =>
            new RegExp(`\\bclass ${name}\\b`).test(source) &&
            (member === undefined || new RegExp(`^  (?:async )?${member}\\b`, 'm').test(source)),
        ),
    );
    assert.deepEqual(
      missing.map(({ code }) => code),
      [],
    );
  });

  it('is there: every event to which an example listens', () => {
    const own = new Set(['connect', 'connect_error', 'disconnect']);
    const named = [...readFileSync('README.md', 'utf8').matchAll(/socket\.on\('([\w-]+)'/g)].map(
      ([, name = '']) => name,
    );
    assert.ok(named.length > 5);
    assert.deepEqual(
      named.filter((name) => !own.has(name) && !isEventName(name)),
      [],
    );
  });

  it('is the whole tree of folders of the server and the dashboard', () => {
    const [, tree = ''] = /^## The tree\n\n```\n(.*?)^```$/ms.exec(readFileSync('docs/architecture.md', 'utf8')) ?? [];
    const named = namesInTree(tree);
    assert.deepEqual(
      named.filter((name) => !existsSync(name)),
      [],
    );
    const unnamed = [...folders].filter(
      (folder) => /^(server|public\/src)\/[^/]+$/.test(folder) && !named.includes(`${folder}/`),
    );
    assert.deepEqual(unnamed, []);
  });

  it('would be noticed when it is not', () => {
    const page = 'docs/architecture.md';
    for (const name of [
      'server/gone/gone.ts',
      'gone.ts',
      'statuses/gone.ts',
      'media-worker/gone-*.ts',
      'server/gone',
    ]) {
      assert.ok(isPath(name) && !isThere(page, name), name);
    }
    for (const name of [
      'server/app.ts',
      'app.ts',
      'media-worker/prepare-*.ts',
      'generated/openapi.json',
      'server/db',
    ]) {
      assert.ok(isPath(name) && isThere(page, name), name);
    }
    for (const name of ['x-store.ts', 'image/png', 'Asia/Kolkata', '@mediabunny/server', 'npm test']) {
      assert.ok(!isPath(name), name);
    }
    assert.deepEqual(namesInTree('a/\n  b.ts   what\n  c/ d/   what\n    e/  what\n          of it (f.ts)\ng/  what'), [
      ...['a/', 'a/b.ts', 'a/c/', 'a/d/', 'a/c/e/', 'g/'],
    ]);
  });
});
