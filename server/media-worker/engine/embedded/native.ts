import { FFmpegError } from 'node-av/lib';
import { AVERROR_ENOSPC, AV_NOPTS_VALUE } from 'node-av/constants';
import { diskFull } from '../../../lib/disk-full.js';

/** FFmpeg could not do a step. */
export class NativeError extends Error {
  override readonly name = 'NativeError';

  constructor(step: string, code: number) {
    super(`${step}: ${FFmpegError.strerror(code)}`);
  }
}

/** Throws for an answer below zero: `unavailable` when the disk is full, {@link NativeError} otherwise. */
export function check(code: number, step: string): number {
  if (code === AVERROR_ENOSPC) throw diskFull();
  if (code < 0) throw new NativeError(step, code);
  return code;
}

export function present<T>(found: T | null | undefined, step: string): T {
  if (found === null || found === undefined) throw new Error(`${step}: there is none`);
  return found;
}

export interface TimeBase {
  num: number;
  den: number;
}

/** Undefined where the file gives no time. */
export function toMs(time: bigint, { num, den }: TimeBase): number | undefined {
  return time === AV_NOPTS_VALUE || den === 0 ? undefined : (Number(time) * 1000 * num) / den;
}

/** Frees what was taken, the last first. */
export class Cleanup {
  private readonly steps: (() => void)[] = [];

  add<T>(thing: T, free: (thing: T) => void): T {
    this.steps.push(() => free(thing));
    return thing;
  }

  run(): void {
    for (const step of this.steps.splice(0).reverse()) step();
  }
}

interface HasOptions {
  setOption(name: string, value: string): number;
}

/** Sets options one by one: the dictionaries of the binding are freed twice where FFmpeg takes entries out of them. */
export function setOptions(target: HasOptions, options: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(options))
    check(target.setOption(name, value), `the option ${name}=${value}`);
}
