import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { BenchServer } from '../bench-server.js';
import { startProcess, type CallableProcess } from '../child-process.js';
import { medianOf, median, type Measurement } from '../measure.js';
import type { PlainBaileysFleetCalls } from '../plain-baileys-fleet.js';
import type { Result, Scenario } from '../scenario.js';
import type { SimulatorProcess } from '../simulator-process.js';
import type { StatuscastServerCalls } from '../statuscast-server.js';
import type { Subject } from '../subject.js';

/** What both kinds of process answer. */
type MeasuringCalls = Pick<PlainBaileysFleetCalls | StatuscastServerCalls, 'startMeasuring' | 'stopMeasuring'>;

const callTimeoutMs = 60_000;
const fleetTimeoutMs = 15 * 60_000;

interface Start {
  measurement: Measurement;
  /** Until the process answers; a fleet of sockets has nobody to answer. */
  listening?: Measurement;
  memoryBytes: number;
}

/** A process with all accounts connected. */
interface Running {
  start: Start;
  idle(): Promise<Measurement>;
  /** Closes the connection of one account and opens another, so many times. */
  restartOne(times: number): Promise<void>;
  stop(): Promise<void>;
}

interface Side {
  name: Subject['name'];
  /** Links the accounts; what it returns starts a process and waits until all are connected. */
  link(simulator: SimulatorProcess, folder: string, count: number): Promise<() => Promise<Running>>;
}

/** As long as the pause between two signs of life of a connection. */
const idleMs = 30_000;
const restartsOfOne = 200;

/**
 * What do many accounts cost? Each side links them once; then its process ends, a new one starts, and the clock runs until
 * every account is connected. Memory is what the process has more than before it connected. Then nothing happens for a
 * while, and once more after one of the accounts was restarted many times.
 */
export const sessionsScenario: Scenario = {
  name: 'sessions',
  question: 'Many accounts: from the start of the server until all are connected, and idle after that',
  async run({ simulator, accountCount, rounds, progress }) {
    const results: Result[] = [];
    for (const side of [plainSide, statuscastSide]) {
      const folder = await mkdtemp(path.join(os.tmpdir(), 'statuscast-bench-'));
      try {
        progress(`${side.name}: linking ${String(accountCount)} accounts`);
        const launch = await side.link(simulator, folder, accountCount);
        const starts: Start[] = [];
        const idle: Measurement[] = [];
        const idleAfterRestarts: Measurement[] = [];
        for (let round = 1; round <= rounds; round += 1) {
          progress(`${side.name}: start ${String(round)} of ${String(rounds)}`);
          const running = await launch();
          try {
            starts.push(running.start);
            progress(`${side.name}: idle`);
            idle.push(await running.idle());
            progress(`${side.name}: restarting one account ${String(restartsOfOne)} times`);
            await running.restartOne(restartsOfOne);
            idleAfterRestarts.push(await running.idle());
          } finally {
            await running.stop();
          }
        }
        const many = `${String(accountCount)} accounts`;
        const seconds = String(idleMs / 1000);
        const line = (what: string, measurements: Measurement[]): Result => ({
          scenario: 'sessions',
          subject: side.name,
          case: `${many}: ${what}`,
          ...medianOf(measurements),
          rounds: measurements,
        });
        const started = line(
          'connected after a start',
          starts.map(({ measurement }) => measurement),
        );
        const memoryBytes = median(starts.map((start) => start.memoryBytes));
        started.perAccount = { cpuMs: started.cpuMs / accountCount, memoryKb: memoryBytes / 1024 / accountCount };
        const listening = starts.flatMap((start) => start.listening ?? []);
        results.push(
          ...(listening.length > 0 ? [line('listening after a start', listening)] : []),
          started,
          line(`idle for ${seconds} s`, idle),
          line(`idle for ${seconds} s, after one was restarted ${String(restartsOfOne)} times`, idleAfterRestarts),
        );
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }
    return results;
  },
};

/** Of a process that measures itself, while nobody asks anything of it. */
async function measureIdle(child: CallableProcess<MeasuringCalls>): Promise<Measurement> {
  await child.call('startMeasuring', undefined, callTimeoutMs);
  await wait(idleMs);
  return child.call('stopMeasuring', undefined, callTimeoutMs);
}

const plainSide: Side = {
  name: 'plain Baileys',
  async link({ url, control, rootKeyHex }, folder, count) {
    const fleet = { url, control, rootKeyHex, folder, count };
    const launch = (): CallableProcess<PlainBaileysFleetCalls> =>
      startProcess<PlainBaileysFleetCalls>('plain-baileys-fleet', {});
    const linking = launch();
    try {
      await linking.call('link', fleet, fleetTimeoutMs);
    } finally {
      await linking.stop();
    }
    return async () => {
      const child = launch();
      return {
        start: await child.call('connect', fleet, fleetTimeoutMs),
        idle: () => measureIdle(child),
        restartOne: (times) => child.call('restartFirst', { fleet, times }, fleetTimeoutMs),
        stop: () => child.stop(),
      };
    };
  },
};

const statuscastSide: Side = {
  name: 'Statuscast',
  async link(simulator, folder, count) {
    const server = new BenchServer(simulator, folder);
    await mkdir(path.join(folder, 'uploads'));
    const first = await server.launch();
    try {
      const url = await first.call('start', undefined, callTimeoutMs);
      await server.link(url, count);
    } finally {
      await first.stop();
    }
    return async () => {
      const child = await server.launch();
      const memoryBytes = (): Promise<number> => child.call('memoryBytes', undefined, callTimeoutMs);
      const before = await memoryBytes();
      await child.call('startMeasuring', undefined, callTimeoutMs);
      const url = await child.call('start', undefined, callTimeoutMs);
      const listening = await child.call('stopMeasuring', undefined, callTimeoutMs);
      await child.call('startMeasuring', undefined, callTimeoutMs);
      await server.untilConnected(url, count);
      const connecting = await child.call('stopMeasuring', undefined, callTimeoutMs);
      return {
        start: { measurement: together(listening, connecting), listening, memoryBytes: (await memoryBytes()) - before },
        idle: () => measureIdle(child),
        restartOne: async (times) => {
          for (let time = 0; time < times; time += 1) await server.restart(url, 0);
        },
        stop: () => child.stop(),
      };
    };
  },
};

/** Two measurements of one process, the second right after the first. */
function together(one: Measurement, next: Measurement): Measurement {
  return {
    wallMs: one.wallMs + next.wallMs,
    cpuMs: one.cpuMs + next.cpuMs,
    longestBlockMs: Math.max(one.longestBlockMs, next.longestBlockMs),
    peakMemoryMb: next.peakMemoryMb,
  };
}
