import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inProject, projectRoot } from './project.mjs';
import { runTool } from './run.mjs';
import { elapsed, fail, note } from './say.mjs';

/** @typedef {{ name: string, sources: string[], output: string, make: () => Promise<{ code: number }> }} Target */

/** @type {Target} */
const programs = {
  name: 'server, simulator and benchmarks',
  sources: ['server', 'simulator', 'bench', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'],
  output: 'dist',
  make: async () => {
    const result = await runTool('typescript', ['-p', 'tsconfig.build.json'], { bin: 'tsc' });
    if (result.code === 0) removeOutputsWithoutSource('dist');
    return result;
  },
};

/** @type {Target} */
const dashboard = {
  name: 'dashboard',
  sources: ['public', 'server/contract', 'package-lock.json'],
  output: 'public/dist',
  make: () => runTool('vite', ['build', '--config', 'public/vite.config.ts', '--logLevel', 'warn']),
};

/** @param {string} where file or folder below the root @returns {string[]} files, sorted, without build output */
function filesOf(where) {
  const absolute = inProject(where);
  if (!existsSync(absolute)) return [];
  if (path.extname(where) !== '') return [absolute];
  return readdirSync(absolute, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .filter((file) => !path.relative(absolute, file).startsWith(`dist${path.sep}`))
    .sort();
}

/** @param {string[]} sources @returns {string} changes when any source file does */
function fingerprint(sources) {
  const hash = createHash('sha256');
  for (const file of sources.flatMap(filesOf)) {
    hash.update(path.relative(projectRoot, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

/** A module that was renamed must not live on in the output. @param {string} output */
function removeOutputsWithoutSource(output) {
  for (const file of readdirSync(inProject(output), { recursive: true, withFileTypes: true })) {
    if (!file.isFile() || !file.name.endsWith('.js')) continue;
    const built = path.join(file.parentPath ?? file.path, file.name);
    const source = inProject(path.relative(inProject(output), built)).replace(/\.js$/, '.ts');
    if (!existsSync(source)) rmSync(built);
  }
}

/** @param {Target} target @param {boolean} force */
async function build(target, force) {
  const stampFile = inProject(target.output, '.build-stamp');
  const wanted = fingerprint(target.sources);
  if (!force && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return;
  const startedAt = performance.now();
  note(`Building the ${target.name} …`);
  const result = await target.make();
  if (result.code !== 0) fail(`Building the ${target.name} failed; the reasons are above.`);
  mkdirSync(inProject(target.output), { recursive: true });
  writeFileSync(stampFile, wanted);
  note(`Built the ${target.name} in ${elapsed(startedAt)}.`);
}

/**
 * Builds what changed since the last time.
 * @param {{ force?: boolean }} [options] force builds everything
 */
export async function buildAll(options = {}) {
  await build(programs, options.force === true);
  await build(dashboard, options.force === true);
}

/** Builds the server, the simulator and the benchmarks, but not the dashboard. */
export async function buildPrograms() {
  await build(programs, false);
}
