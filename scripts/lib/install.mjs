import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { inProject, readJson } from './project.mjs';
import { checkNpm } from './requirements.mjs';
import { run } from './run.mjs';
import { elapsed, fail, note, sayRegularly } from './say.mjs';

const stampFile = inProject('node_modules', '.statuscast-stamp');

/** The lock file and the machine it was installed for: native parts do not travel. */
function wantedStamp() {
  const lock = readFileSync(inProject('package-lock.json'));
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}`;
}

/** Whether somebody ran npm by hand and everything that package-lock.json names is there. */
function installedByHand() {
  const wanted = readJson(inProject('package-lock.json'))?.packages;
  const present = readJson(inProject('node_modules', '.package-lock.json'))?.packages;
  if (wanted === undefined || present === undefined) return false;
  return Object.entries(wanted).every(
    ([where, entry]) => where === '' || entry.optional === true || present[where]?.version === entry.version,
  );
}

/** The packages that are here and whose install scripts may run. */
function packagesWithScripts() {
  /** @type {Record<string, boolean>} */
  const allowed = readJson(inProject('package.json'))?.allowScripts ?? {};
  return Object.keys(allowed).filter((name) => allowed[name] && existsSync(inProject('node_modules', name)));
}

/**
 * Installs the packages when node_modules is missing or package-lock.json changed since the last time.
 * Ends the command with npm's own output and a sentence when that fails.
 */
export async function installPackages() {
  const wanted = wantedStamp();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return;
  const isByHand = installedByHand();
  if (isByHand && existsSync(inProject('node_modules', 'sqlite3', 'build', 'Release', 'node_sqlite3.node'))) {
    writeFileSync(stampFile, wanted);
    return;
  }
  await checkNpm();
  const fresh = !existsSync(inProject('node_modules'));
  const startedAt = performance.now();
  if (!isByHand) {
    note(
      fresh ? 'Installing packages (npm ci); needed once.' : 'The packages changed: installing them again (npm ci).',
    );
    // Before version 11 npm knows nothing of `allowScripts`: it runs the scripts of all packages or of none.
    await npm('ci', '--include=dev', '--ignore-scripts');
  }
  note('The SQLite driver may be compiled for this machine: that takes a minute or two.');
  await npm('rebuild', '--ignore-scripts=false', ...packagesWithScripts());
  writeFileSync(stampFile, wanted);
  note(`Packages installed in ${elapsed(startedAt)}.`);
}

/** @param {string[]} args */
async function npm(...args) {
  const stopSaying = sayRegularly((seconds) => `  still installing, ${seconds} s`, 15);
  const options = ['--no-progress', '--no-fund', '--no-audit', '--loglevel=error'];
  const result = await run('npm', [...args, ...options], { quiet: true });
  stopSaying();
  if (result.code === 0) return;
  process.stderr.write(result.output);
  fail(
    result.output.includes('sqlite3')
      ? 'Installing stopped at sqlite3. Where no ready-made file can be fetched it is compiled, which needs python3, make and a C++ compiler (Debian, Ubuntu: apt install python3 make g++; macOS: xcode-select --install).'
      : 'Installing the packages failed; npm says why above. Is this machine online?',
  );
}
