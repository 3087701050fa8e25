import { existsSync } from 'node:fs';
import { findChromium } from './find-chromium.mjs';
import { run } from './run.mjs';
import { fail, note } from './say.mjs';

const howToGetIt =
  'The tests drive the dashboard in Chromium or Chrome, and none was found. Install one (Debian: apt install chromium; ' +
  'macOS: brew install --cask chromium) or set CHROMIUM_PATH to its program.';

/**
 * @returns {Promise<string>} the path of a Chromium, installed with apt when that is possible. Ends the command with
 * a sentence that says what to do when there is none: the browser tests are never left out silently.
 */
export async function ensureChromium() {
  const found = findChromium();
  if (found !== undefined) return found;
  if (process.env.CHROMIUM_PATH) {
    fail(`CHROMIUM_PATH names ${process.env.CHROMIUM_PATH}, and that is not a program that can be run.`);
  }
  const mayInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (!mayInstall) fail(howToGetIt);
  note('Installing Chromium with apt, for the browser tests; needed once …');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const steps = [['update'], ['install', '-y', '--no-install-recommends', 'chromium']];
  for (const step of steps) {
    const result = await run('apt-get', step, { quiet: true, env });
    if (result.code !== 0) {
      process.stderr.write(result.output);
      fail(howToGetIt);
    }
  }
  return findChromium() ?? fail(howToGetIt);
}
