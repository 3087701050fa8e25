import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { eventually } from '../support/eventually.js';
import { makeTempDir } from '../support/temp-dir.js';

describe('a program that a command starts', () => {
  it('ends when the command is killed', async () => {
    const { dir, remove } = await makeTempDir();
    const program = path.join(dir, 'program.mjs');
    const command = path.join(dir, 'command.mjs');
    await writeFile(program, 'setInterval(() => undefined, 1_000);\nprocess.stdout.write(`${process.pid}\\n`);\n');
    const file = JSON.stringify(path.relative(process.cwd(), program));
    const run = JSON.stringify(pathToFileURL(path.resolve('scripts', 'lib', 'run.mjs')).href);
    await writeFile(
      command,
      `const { startProgram } = await import(${run});\nstartProgram(${file}, { stdout: 1, stderr: 2 });\n`,
    );
    const child = spawn(process.execPath, [command], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    assert.equal(isRunning(Number(line)), true);
    child.kill('SIGKILL');
    await eventually(() => assert.equal(isRunning(Number(line)), false), { timeoutMs: 10_000, what: 'its end' });
    await remove();
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
