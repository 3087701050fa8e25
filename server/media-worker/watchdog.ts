import { writeSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { endProcess } from './end-process.js';
import { lastWordsDescriptor, type LastWord, type TaskLimits } from './protocol.js';

/*
 * Runs in a thread of its own, so that it sees to the end of the process also while a decoder keeps the main thread: when
 * the task takes more than it may, and when the server is gone.
 */

/** What to look at while a task is done. */
export interface Watch {
  limits: TaskLimits;
  /** False where a program of the system does the work, whose computing is not this process's. */
  worksItself: boolean;
}

const lookEveryMs = 50;

const serverPid = process.ppid;
let watched: (Watch & { startedAt: number; restBytes: number; restCpuMs: number }) | undefined;
let timer: NodeJS.Timeout | undefined;

parentPort?.on('message', (watch: Watch | null) => {
  clearInterval(timer);
  watched = watch
    ? { ...watch, startedAt: performance.now(), restBytes: process.memoryUsage.rss(), restCpuMs: cpuMs() }
    : undefined;
  // Between tasks the main thread is free to hear that the server is gone.
  if (watched) timer = setInterval(look, lookEveryMs);
  parentPort?.postMessage('watching');
});

function look(): void {
  if (process.ppid !== serverPid) endProcess();
  if (watched === undefined) return;
  const { limits, startedAt, restBytes, restCpuMs, worksItself } = watched;
  const usedMs = worksItself ? cpuMs() - restCpuMs : null;
  if (process.memoryUsage.rss() > restBytes + limits.memoryBytes) end({ reason: 'memory', cpuMs: usedMs });
  if (performance.now() > startedAt + limits.timeMs) end({ reason: 'time', cpuMs: usedMs });
}

function end(word: LastWord): void {
  try {
    writeSync(lastWordsDescriptor, JSON.stringify(word));
  } catch {
    // The server is gone and hears nothing any more.
  }
  endProcess();
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
