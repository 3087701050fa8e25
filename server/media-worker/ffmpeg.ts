import { execFile, spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { AppError } from '../lib/app-error.js';
import { diskFull } from '../lib/disk-full.js';
import type { Logger } from '../lib/logger.js';
import { endPrograms } from './leftover-programs.js';

/** What the system's ffmpeg can do for us. */
export type FfmpegState = { available: true; path: string; version: string } | { available: false; reason: string };

export interface FfmpegRun {
  args: readonly string[];
  signal: AbortSignal;
  timeoutMs: number;
  /** Told how far it is, in milliseconds of the result. */
  onTime?: (ms: number) => void;
  /** Given what it writes to its output, where `args` send something to `pipe:3`. */
  onData?: (chunk: Buffer) => void;
}

/** `failed`: it could not read what it was given; `message` is what it said, for the log. */
export type FfmpegOutcome = { result: 'done' } | { result: 'failed'; message: string };

const neededEncoders = ['libx264', 'aac', 'libopus'];
const lookTimeoutMs = 10_000;
const lookAgainAfterMs = 60_000;
const maxSaidBytes = 16 * 1024;
/** So far may one block of memory grow that a hostile file asks for. */
const maxAllocBytes = 512 * 1024 * 1024;
const install = 'Install it (on Debian and Ubuntu: apt install ffmpeg) or name it in FFMPEG_PATH.';

const execute = promisify(execFile);

/** The system's ffmpeg, run without a shell, at low priority, with limits. */
export class Ffmpeg {
  private state: FfmpegState = { available: false, reason: 'It was not looked for yet.' };
  private lookedAt = -Infinity;

  constructor(
    private readonly path: string,
    private readonly logger: Logger,
  ) {}

  /** Looks whether it is there and has what is needed. What was missing is looked for again after a minute. */
  async look(): Promise<FfmpegState> {
    if (this.state.available || performance.now() - this.lookedAt < lookAgainAfterMs) return this.state;
    this.lookedAt = performance.now();
    this.state = await this.examine();
    return this.state;
  }

  /** Ends what an earlier server left running on files in `folder`: killed itself, it could not. */
  async endLeftovers(folder: string): Promise<void> {
    try {
      await endPrograms(this.path, folder);
    } catch (error) {
      this.logger.warn({ err: error, folder }, 'an earlier conversion may still run');
    }
  }

  /** Throws `unavailable` in words where videos and voice notes cannot be prepared. */
  requireAvailable(): void {
    if (this.state.available) return;
    void this.look();
    throw new AppError(
      'unavailable',
      `Videos and voice notes cannot be prepared on this server. ${this.state.reason} Pictures and texts go on.`,
    );
  }

  /** Throws the signal's reason when it is aborted, and `unavailable` when the disk is full. */
  async run({ args, signal, timeoutMs, onTime, onData }: FfmpegRun): Promise<FfmpegOutcome> {
    if (!this.state.available) this.requireAvailable();
    const either = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    either.throwIfAborted();
    const child = spawn(this.path, [...commonArgs, ...args], { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
    if (child.pid !== undefined) beNice(child.pid);
    const kill = (): void => void child.kill('SIGKILL');
    either.addEventListener('abort', kill, { once: true });
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
      if (either.aborted) return { result: 'failed', message: 'it took too long' };
      if (code === 0) return { result: 'done' };
      if (said.includes('No space left on device')) throw diskFull();
      this.logger.debug({ code, said }, 'ffmpeg could not read a file');
      return { result: 'failed', message: said };
    } finally {
      either.removeEventListener('abort', kill);
      lines?.close();
    }
  }

  private async examine(): Promise<FfmpegState> {
    try {
      const options = { timeout: lookTimeoutMs, maxBuffer: 4 * 1024 * 1024 };
      const { stdout: about } = await execute(this.path, ['-hide_banner', '-version'], options);
      const { stdout: encoders } = await execute(this.path, ['-hide_banner', '-encoders'], options);
      const missing = neededEncoders.filter((name) => !new RegExp(`^ [A-Z.]{6} ${name} `, 'm').test(encoders));
      if (missing.length > 0) {
        return { available: false, reason: `ffmpeg has no ${missing.join(' and no ')}. Install a complete one.` };
      }
      return { available: true, path: this.path, version: /^ffmpeg version (\S+)/.exec(about)?.[1] ?? 'unknown' };
    } catch (error) {
      this.logger.warn({ err: error, path: this.path }, 'ffmpeg cannot be used');
      return { available: false, reason: `The program ffmpeg was not found. ${install}` };
    }
  }
}

const commonArgs = [
  ...['-hide_banner', '-nostdin', '-y', '-loglevel', 'error'],
  ...['-nostats', '-progress', 'pipe:1'],
  ...['-max_alloc', String(maxAllocBytes)],
  ...['-protocol_whitelist', 'file,pipe'],
];

function beNice(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended already, or the system does not allow it: it runs as it is.
  }
}
