import { realpathSync } from 'node:fs';
import { inProject, readJson } from './project.mjs';

/**
 * What Node is given to run a part of the tests with mocha.
 * @param {import('./test-parts.mjs').Part} part
 * @param {{ isCompiled: boolean, isColored: boolean, resultFile: string }} options isCompiled takes the tests of dist/, else the
 * sources are run; resultFile gets the outcome
 * @returns {string[]}
 */
export function mochaArguments({ specs, ignored }, { isCompiled, isColored, resultFile }) {
  /** For the sources. @type {{ require: [string], timeout: number }} */
  const { require: hooks, timeout } = readJson(inProject('.mocharc.json'));
  const fileOf = isCompiled ? compiledFile : (/** @type {string} */ file) => file;
  return [
    // Tests leave much behind soon; with room for it the collector runs less often.
    '--max-semi-space-size=64',
    ...(isCompiled ? ['--enable-source-maps'] : ['--import', 'tsx']),
    // Not mocha's command: it would start a second Node, which lives on when the first is killed. And not by a symbolic link,
    // which node_modules may be: it does nothing then.
    realpathSync(inProject('node_modules', 'mocha', 'lib', 'cli', 'cli.js')),
    '--reporter',
    inProject('scripts', 'lib', 'test-reporter.cjs'),
    '--reporter-option',
    `resultFile=${resultFile}`,
    '--forbid-only',
    ...(isColored ? ['--color'] : []),
    ...(isCompiled
      ? ['--no-config', '--require', compiledFile(hooks[0]), '--extension', 'js', '--timeout', `${timeout}`]
      : []),
    ...ignored.flatMap((pattern) => ['--ignore', fileOf(pattern)]),
    ...specs.map(fileOf),
  ];
}

/** @param {string} file a test, or a pattern of tests */
function compiledFile(file) {
  return `dist/${file.replace(/\.ts$/, '.js')}`;
}
