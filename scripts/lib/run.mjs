import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { inProject, projectRoot, readJson } from './project.mjs';

/** How long a program may take to end after it was asked to, before it is killed. */
const stopTimeoutMs = 15_000;

/** Ends these when this process ends for whatever reason. @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * Runs a program to its end, its output going straight to ours. SIGINT and SIGTERM reach it, once each.
 * @param {string} command @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, quiet?: boolean }} [options] quiet keeps the output back, for `output`
 * @returns {Promise<{ code: number, output: string }>} the exit code (128 + signal number when killed)
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? projectRoot,
      env: options.env ?? process.env,
      stdio: options.quiet === true ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32' && command === 'npm',
    });
    running.add(child);
    let output = '';
    child.stdout?.on('data', (chunk) => (output += String(chunk)));
    child.stderr?.on('data', (chunk) => (output += String(chunk)));
    const ignoreInterrupt = () => undefined; // the terminal sends it to the child as well
    const forwardTerminate = () => child.kill('SIGTERM');
    process.on('SIGINT', ignoreInterrupt);
    process.on('SIGTERM', forwardTerminate);
    const finish = () => {
      running.delete(child);
      process.off('SIGINT', ignoreInterrupt);
      process.off('SIGTERM', forwardTerminate);
    };
    child.on('error', (error) => {
      finish();
      reject(error);
    });
    child.on('close', (code, signal) => {
      finish();
      resolve({ code: code ?? (signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : 1), output });
    });
  });
}

/**
 * Starts one of our own programs beside this one. It gets its own process group, so that Ctrl-C reaches only this
 * process, which then stops everything in order; and it stops by itself when this process dies.
 * @param {string} file JavaScript file below the project's root
 * @param {{ args?: string[], env?: NodeJS.ProcessEnv, cwd?: string, nodeArgs?: string[], stdout: 'pipe' | number, stderr: number | 'inherit' }} options
 */
export function startProgram(file, options) {
  const child = spawn(
    process.execPath,
    [
      '--enable-source-maps',
      '--import',
      new URL('./stop-with-parent.mjs', import.meta.url).href,
      ...(options.nodeArgs ?? []),
      inProject(file),
      ...(options.args ?? []),
    ],
    {
      cwd: options.cwd ?? projectRoot,
      env: options.env ?? process.env,
      stdio: ['ignore', options.stdout, options.stderr, 'ipc'],
      detached: process.platform !== 'win32',
    },
  );
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/**
 * Asks a program to stop and waits until it has; kills it when it does not answer.
 * @param {import('node:child_process').ChildProcess | undefined} child
 * @returns {Promise<boolean>} false when it had to be killed
 */
export function stopProgram(child) {
  return new Promise((resolve) => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) {
      resolve(true);
      return;
    }
    let killed = false;
    const deadline = setTimeout(() => {
      killed = true;
      child.kill('SIGKILL');
    }, stopTimeoutMs);
    child.once('exit', () => {
      clearTimeout(deadline);
      resolve(!killed);
    });
    child.kill('SIGTERM');
  });
}

const requireFromProject = createRequire(inProject('package.json'));

/** @param {string} packageName @param {string} [binName] @returns {string} the JavaScript file behind a package's command */
export function binOf(packageName, binName = packageName) {
  const manifestFile = inProject('node_modules', packageName, 'package.json');
  const manifest = readJson(manifestFile) ?? requireFromProject(`${packageName}/package.json`);
  const bin = typeof manifest.bin === 'string' ? manifest.bin : manifest.bin[binName];
  // Some programs do nothing when they are started through a symbolic link, which node_modules may be.
  return realpathSync(path.join(path.dirname(manifestFile), bin));
}

/** Runs a command of an installed package with this Node. @param {string} packageName @param {string[]} args @param {Parameters<typeof run>[2] & { bin?: string }} [options] */
export function runTool(packageName, args, options = {}) {
  return run(process.execPath, [binOf(packageName, options.bin), ...args], options);
}
