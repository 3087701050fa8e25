import { run } from './run.mjs';
import { fail } from './say.mjs';

const oldest = { major: 20, minor: 19 };

/** Ends the command with one clear sentence when Node or npm will not do. */
export function checkRequirements() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < oldest.major || (major === oldest.major && minor < oldest.minor)) {
    fail(
      `Statuscast needs Node.js ${oldest.major}.${oldest.minor} or newer; this is ${process.versions.node}. Get it from https://nodejs.org.`,
    );
  }
}

/** Ends the command with one clear sentence when npm is not there. */
export async function checkNpm() {
  const answer = await run('npm', ['--version'], { quiet: true }).catch(() => ({ code: 1, output: '' }));
  if (answer.code !== 0) {
    fail('npm was not found. It comes with Node.js: install Node.js 20.19 or newer from https://nodejs.org.');
  }
}
