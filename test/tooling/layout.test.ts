import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

type Imports = ReadonlyMap<string, readonly string[]>;

const mostFilesInAFolder = 30;

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => path.join(folder, file));
}

/** What each file imports of its own tree, types too. */
function importsOf(files: readonly string[]): Imports {
  const known = new Set(files);
  return new Map(
    files.map((file) => {
      const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
      const targets = importedFiles.flatMap(({ fileName }) => {
        const stem = path.join(path.dirname(file), fileName.replace(/\.js$/, ''));
        return [`${stem}.ts`, `${stem}.tsx`].filter((target) => known.has(target));
      });
      return [file, targets];
    }),
  );
}

/** One way from a file back to itself; undefined when there is none. */
function circleIn(imports: Imports): string[] | undefined {
  const done = new Set<string>();
  const walk = (file: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const target of imports.get(file) ?? []) {
      const circle = walk(target, [...way, file]);
      if (circle !== undefined) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const circle = walk(file, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

describe('files that import each other in a circle', () => {
  for (const [root, first] of [
    ['server', 'main.ts'],
    [path.join('public', 'src'), path.join('app', 'main.tsx')],
    ['simulator', 'main.ts'],
  ] as const) {
    it(`are nowhere in ${root}`, () => {
      assert.ok(existsSync(path.join(root, first)));
      assert.equal(circleIn(importsOf(sourceFiles(root)))?.join(' → '), undefined);
    });
  }

  it('would be noticed', () => {
    const imports = new Map([
      ['a', ['b', 'c']],
      ['b', []],
      ['c', ['d']],
      ['d', ['c']],
    ]);
    assert.deepEqual(circleIn(imports), ['c', 'd', 'c']);
  });
});

/** It grows by one with each change of the schema, and nobody looks for anything in it but by number. */
const migrations = path.join('server', 'db', 'migrations');

describe('a folder in which one has to search', () => {
  for (const root of ['server', path.join('public', 'src'), 'simulator']) {
    it(`is nowhere in ${root}`, () => {
      const counts = new Map<string, number>();
      for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
        if (entry.isFile()) counts.set(entry.parentPath, (counts.get(entry.parentPath) ?? 0) + 1);
      }
      counts.delete(migrations);
      assert.ok(counts.size > 0);
      assert.deepEqual(
        [...counts].filter(([, count]) => count > mostFilesInAFolder),
        [],
      );
    });
  }
});

describe('what puts the server together', () => {
  it('is short enough to be read at once', () => {
    const lines = readFileSync(path.join('server', 'app.ts'), 'utf8').split('\n');
    const first = lines.findIndex((line) => line.startsWith('export async function createApp('));
    const last = lines.indexOf('}', first);
    assert.ok(first > 0 && last > first);
    assert.ok(last - first < 130, `createApp has ${String(last - first + 1)} lines.`);
  });
});
