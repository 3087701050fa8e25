import { cpSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { inProject, projectRoot } from './project.mjs';

/** What tests share with others, and is no part of the programs in dist/. */
const alsoUsed = ['public/src'];
/** Plain JavaScript that tests import: from dist/ it is found where it is. */
const linked = ['scripts', 'eslint'];

/**
 * Puts the tests as JavaScript beside the programs in dist/, which have to be built. A run of all tests starts a hundred
 * processes and threads, and loading the sources there takes three times as long.
 */
export async function compileTests() {
  for (const folder of ['test', ...alsoUsed]) rmSync(inProject('dist', folder), { recursive: true, force: true });
  const sources = ['test', ...alsoUsed].flatMap((folder) => filesBelow(folder));
  await build({
    absWorkingDir: projectRoot,
    entryPoints: sources.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts')),
    outdir: 'dist',
    outbase: '.',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
  });
  for (const file of sources.filter((source) => source.startsWith('test') && !source.endsWith('.ts'))) {
    cpSync(inProject(file), inProject('dist', file));
  }
  for (const folder of linked) {
    // Made anew each time: it names the whole path, and the project may have been moved.
    rmSync(inProject('dist', folder), { force: true });
    symlinkSync(inProject(folder), inProject('dist', folder), 'junction');
  }
}

/** @param {string} folder @returns {string[]} relative to the project */
function filesBelow(folder) {
  return readdirSync(inProject(folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(projectRoot, path.join(entry.parentPath ?? entry.path, entry.name)));
}
