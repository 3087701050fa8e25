import { existsSync } from 'node:fs';
import { findChromium, findOnPath } from './find-chromium.mjs';
import { run } from './run.mjs';
import { fail, note } from './say.mjs';

/** What the tests need that does not come from npm. @type {{ find: () => string | undefined, debianPackage: string, howToGetIt: string }[]} */
const needed = [
  {
    find: findChromium,
    debianPackage: 'chromium',
    howToGetIt:
      'The tests drive the dashboard in Chromium or Chrome, and none was found. Install one (Debian: apt install chromium; ' +
      'macOS: brew install --cask chromium) or set CHROMIUM_PATH to its program.',
  },
  {
    find: () => findOnPath(['curl']),
    debianPackage: 'curl',
    howToGetIt:
      'The tests run the examples of the README, which use curl, and it was not found. Debian: apt install curl.',
  },
  {
    find: () => findOnPath(['bash']),
    debianPackage: 'bash',
    howToGetIt: 'The tests run the examples of the README with bash, and it was not found. Alpine: apk add bash.',
  },
];

/**
 * Looks for the programs that tests start, and installs what is missing with apt where that is possible. Ends the command
 * with a sentence for each one that is missing still: tests are never left out silently.
 * @returns {Promise<{ chromium: string }>} the path of a Chromium
 */
export async function ensurePrograms() {
  if (process.env.CHROMIUM_PATH && findChromium() === undefined) {
    fail(`CHROMIUM_PATH names ${process.env.CHROMIUM_PATH}, and that is not a program that can be run.`);
  }
  const missing = needed.filter(({ find }) => find() === undefined);
  if (missing.length > 0 && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    await installWithApt(missing.map(({ debianPackage }) => debianPackage));
  }
  const left = missing.filter(({ find }) => find() === undefined);
  if (left.length > 0) fail(left.map(({ howToGetIt }) => howToGetIt).join('\n'));
  return { chromium: /** @type {string} */ (findChromium()) };
}

/** Says what apt says when it cannot. @param {string[]} packages */
async function installWithApt(packages) {
  note(`Installing ${packages.join(', ')} with apt, for the tests; needed once …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const step of [['update'], ['install', '-y', '--no-install-recommends', ...packages]]) {
    const result = await run('apt-get', step, { quiet: true, env }).catch((error) => ({
      code: 1,
      output: `${error}\n`,
    }));
    if (result.code === 0) continue;
    process.stderr.write(result.output);
    return;
  }
}
