import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const listTimeoutMs = 5_000;
const endTimeoutMs = 5_000;
const lookEveryMs = 20;

/** Where Linux lists processes; elsewhere `ps` does. */
const processFolder = '/proc';

/**
 * Ends the programs of these names that work on `folder` or what is in it, and resolves when they have ended. A process that
 * is killed cannot end those it started: they may go on, on files that nobody will ever look at.
 */
export async function endPrograms(
  names: readonly string[],
  folder: string,
  { processes = processFolder } = {},
): Promise<void> {
  const deadline = performance.now() + endTimeoutMs;
  for (;;) {
    const running = await programsIn(names, folder, processes);
    if (running.length === 0) return;
    for (const { pid } of running) kill(pid);
    if (performance.now() > deadline) {
      const left = running.map(({ program, pid }) => `${path.basename(program)} (${String(pid)})`).join(', ');
      throw new Error(`Programs of an earlier server do not end: ${left}`);
    }
    await delay(lookEveryMs);
  }
}

async function programsIn(names: readonly string[], folder: string, processes: string): Promise<Program[]> {
  // Arguments end with a zero; as ps shows them, with a blank or the line.
  const endings = [path.sep, '\0', ' '].map((end) => `${folder}${end}`);
  return (await listPrograms(processes)).filter(
    ({ program, line }) =>
      names.includes(path.basename(program)) && endings.some((argument) => `${line} `.includes(argument)),
  );
}

interface Program {
  pid: number;
  program: string;
  line: string;
}

async function listPrograms(processes: string): Promise<Program[]> {
  const pids = await readdir(processes).catch(() => undefined);
  if (!pids?.includes('self')) return listByPs();
  const found: Program[] = [];
  for (const pid of pids.filter((entry) => /^\d+$/.test(entry))) {
    const line = await readFile(`${processes}/${pid}/cmdline`, 'utf8').catch(() => '');
    found.push({ pid: Number(pid), program: line.split('\0')[0] ?? '', line });
  }
  return found;
}

/** Where there is no such folder. */
async function listByPs(): Promise<Program[]> {
  const options = { timeout: listTimeoutMs, maxBuffer: 16 * 1024 * 1024 };
  const { stdout } = await execute('ps', ['-axww', '-o', 'pid=,command='], options);
  return stdout.split('\n').flatMap((entry) => {
    const [, pid, line = ''] = /^\s*(\d+) (.*)$/.exec(entry) ?? [];
    return pid === undefined ? [] : { pid: Number(pid), program: line.split(' ')[0] ?? '', line };
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile, or belongs to somebody else: then it is still there, and the deadline says so.
  }
}
