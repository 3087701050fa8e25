import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';

/** How long the answers to one request took, over and over. */
export interface AnswerTimes {
  count: number;
  p50Ms: number;
  p90Ms: number;
  p95Ms: number;
  p99Ms: number;
  maxMs: number;
}

/** What one piece of work cost the process that did it. */
export interface Measurement {
  wallMs: number;
  /** User and system time of the whole process, worker threads included. */
  cpuMs: number;
  /** The longest time for which the event loop answered nobody. */
  longestBlockMs: number;
  /** The most memory that the process ever had of the machine, until the end of the measurement. */
  peakMemoryMb: number;
}

export interface Meter {
  /** Ends the measurement. */
  stop(): Promise<Measurement>;
}

/** Starts to measure this process. */
export function startMeter(): Meter {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const cpuAtStart = process.cpuUsage();
  const startedAt = performance.now();
  return {
    async stop() {
      const wallMs = performance.now() - startedAt;
      const cpu = process.cpuUsage(cpuAtStart);
      // A block that ends with the work is seen only when the loop has turned once more.
      await wait(5);
      delay.disable();
      return {
        wallMs,
        cpuMs: (cpu.user + cpu.system) / 1000,
        longestBlockMs: delay.max / 1e6,
        peakMemoryMb: process.resourceUsage().maxRSS / 1024,
      };
    },
  };
}

/**
 * The smallest of the values that at least this share of them, above 0 and up to 1, does not exceed (nearest rank).
 * Throws for an empty list.
 */
export function percentile(values: readonly number[], share: number): number {
  const value = [...values].sort((a, b) => a - b)[Math.ceil(share * values.length) - 1];
  if (value === undefined) throw new Error('There is no percentile of nothing.');
  return value;
}

/** How long answers took, summed up. Throws when there were none. */
export function answerTimesOf(timesMs: readonly number[]): AnswerTimes {
  return {
    count: timesMs.length,
    p50Ms: percentile(timesMs, 0.5),
    p90Ms: percentile(timesMs, 0.9),
    p95Ms: percentile(timesMs, 0.95),
    p99Ms: percentile(timesMs, 0.99),
    maxMs: percentile(timesMs, 1),
  };
}

/** The middle value; the mean of the two middle ones for an even count. Throws for an empty list. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new Error('There is no median of nothing.');
  return (upper + lower) / 2;
}

/** The median of each value of several measurements. */
export function medianOf(measurements: readonly Measurement[]): Measurement {
  return {
    wallMs: median(measurements.map((measurement) => measurement.wallMs)),
    cpuMs: median(measurements.map((measurement) => measurement.cpuMs)),
    longestBlockMs: median(measurements.map((measurement) => measurement.longestBlockMs)),
    peakMemoryMb: median(measurements.map((measurement) => measurement.peakMemoryMb)),
  };
}
