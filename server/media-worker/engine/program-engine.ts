import { execFile, spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { diskFull } from '../../lib/disk-full.js';
import type { EngineOutcome, EngineRun, MediaEngine } from './engine.js';
import type { MediaFile } from './media-file.js';
import type { ProbedMedia } from './probed-media.js';
import { programArguments } from './program-arguments.js';
import { probeByProgram } from './program-probe.js';
import type { Recipe } from './recipe.js';

const neededEncoders = ['libx264', 'aac', 'libopus'];
/** Older ones lack filters and options that recipes use. */
const oldestVersion = [5, 1] as const;
const lookTimeoutMs = 10_000;
const maxSaidBytes = 16 * 1024;
const install = 'Install it (on Debian and Ubuntu: apt install ffmpeg) or name it in FFMPEG_PATH.';

const execute = promisify(execFile);

/** The program ffmpeg at `program`, with ffprobe beside it. A reason in words where it cannot be used. */
export async function openProgramEngine(program: string): Promise<MediaEngine | { reason: string }> {
  const folder = path.dirname(program);
  const prober =
    program === path.basename(program)
      ? 'ffprobe'
      : path.join(folder, path.basename(program).replace('ffmpeg', 'ffprobe'));
  const options = { timeout: lookTimeoutMs, maxBuffer: 4 * 1024 * 1024 };
  try {
    const { stdout: about } = await execute(program, ['-hide_banner', '-version'], options);
    const { stdout: encoders } = await execute(program, ['-hide_banner', '-encoders'], options);
    const version = /^ffmpeg version (\S+)/.exec(about)?.[1] ?? 'unknown';
    if (isOlder(version))
      return { reason: `The program ffmpeg is of version ${version}; ${oldestVersion.join('.')} or newer is needed.` };
    const missing = neededEncoders.filter((name) => !new RegExp(`^ [A-Z.]{6} ${name} `, 'm').test(encoders));
    if (missing.length > 0) {
      return { reason: `The program ffmpeg has no ${missing.join(' and no ')}. Install a complete one.` };
    }
    await execute(prober, ['-hide_banner', '-version'], options).catch(() => Promise.reject(new Error('ffprobe')));
    return new ProgramEngine(program, prober, version);
  } catch (error) {
    const what =
      error instanceof Error && error.message === 'ffprobe' ? `ffprobe, which belongs beside ffmpeg,` : 'ffmpeg';
    return { reason: `The program ${what} was not found (${what === 'ffmpeg' ? program : prober}). ${install}` };
  }
}

/** Builds of the day are called after their commit: those are taken for new ones. */
function isOlder(version: string): boolean {
  const [, major, minor] = /^n?(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return false;
  return Number(major) < oldestVersion[0] || (Number(major) === oldestVersion[0] && Number(minor) < oldestVersion[1]);
}

/** Run without a shell, at low priority, with limits. */
class ProgramEngine implements MediaEngine {
  readonly name = 'ffmpeg';

  constructor(
    private readonly program: string,
    private readonly prober: string,
    readonly version: string,
  ) {}

  probe(file: MediaFile, signal: AbortSignal): Promise<ProbedMedia | undefined> {
    return probeByProgram(this.prober, file, signal);
  }

  async run(recipe: Recipe, { signal, onTime, onData }: EngineRun): Promise<EngineOutcome> {
    signal.throwIfAborted();
    const child = spawn(this.program, programArguments(recipe), { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
    if (child.pid !== undefined) beNice(child.pid);
    const kill = (): void => void child.kill('SIGKILL');
    signal.addEventListener('abort', kill, { once: true });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-maxSaidBytes);
    });
    const lines = child.stdout && createInterface({ input: child.stdout });
    lines?.on('line', (line) => {
      const micros = /^out_time_us=(\d+)$/.exec(line)?.[1];
      if (micros !== undefined) onTime?.(Number(micros) / 1000);
    });
    child.stdio[3]?.on('data', (chunk: Buffer) => onData?.(chunk));
    try {
      const code = await new Promise<number | null>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', resolve);
      });
      signal.throwIfAborted();
      if (code === 0) return { result: 'done' };
      if (said.includes('No space left on device')) throw diskFull();
      return { result: 'failed', message: said };
    } finally {
      signal.removeEventListener('abort', kill);
      lines?.close();
    }
  }
}

function beNice(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended already, or the system does not allow it: it runs as it is.
  }
}
