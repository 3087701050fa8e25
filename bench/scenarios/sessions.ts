import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { BenchServer } from '../bench-server.js';
import { startProcess, type CallableProcess } from '../child-process.js';
import { medianOf, median, type Measurement } from '../measure.js';
import type { PlainBaileysFleetCalls } from '../plain-baileys-fleet.js';
import type { Result, Scenario } from '../scenario.js';
import type { SimulatorProcess } from '../simulator-process.js';
import type { Subject } from '../subject.js';

const callTimeoutMs = 60_000;
const fleetTimeoutMs = 15 * 60_000;

interface Round {
  measurement: Measurement;
  memoryBytes: number;
}

/**
 * What does a restart cost with many accounts? Each side links them once; then its process ends, a new one starts, and
 * the clock runs until every account is connected. Memory is what the process has more than before it connected.
 */
export const sessionsScenario: Scenario = {
  name: 'sessions',
  question: 'A restart: from the start of the server until every account is connected',
  async run({ simulator, accountCount, rounds, progress }) {
    const results: Result[] = [];
    for (const side of [plainSide, statuscastSide]) {
      const folder = await mkdtemp(path.join(os.tmpdir(), 'statuscast-bench-'));
      try {
        progress(`${side.name}: linking ${String(accountCount)} accounts`);
        const restart = await side.link(simulator, folder, accountCount);
        const taken: Round[] = [];
        for (let round = 1; round <= rounds; round += 1) {
          progress(`${side.name}: restart ${String(round)} of ${String(rounds)}`);
          taken.push(await restart());
        }
        const measurements = taken.map(({ measurement }) => measurement);
        const middle = medianOf(measurements);
        results.push({
          scenario: 'sessions',
          subject: side.name,
          case: `${String(accountCount)} accounts connected after a restart`,
          ...middle,
          rounds: measurements,
          perAccount: {
            cpuMs: middle.cpuMs / accountCount,
            memoryKb: median(taken.map(({ memoryBytes }) => memoryBytes)) / 1024 / accountCount,
          },
        });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }
    return results;
  },
};

interface Side {
  name: Subject['name'];
  /** Links the accounts; what it returns restarts the process, measures, and ends it again. */
  link(simulator: SimulatorProcess, folder: string, count: number): Promise<() => Promise<Round>>;
}

const plainSide: Side = {
  name: 'plain Baileys',
  async link({ url, control, rootKeyHex }, folder, count) {
    const fleet = { url, control, rootKeyHex, folder, count };
    const inProcess = async <T>(work: (child: CallableProcess<PlainBaileysFleetCalls>) => Promise<T>): Promise<T> => {
      const child = startProcess<PlainBaileysFleetCalls>('plain-baileys-fleet', {});
      try {
        return await work(child);
      } finally {
        await child.stop();
      }
    };
    await inProcess((child) => child.call('link', fleet, fleetTimeoutMs));
    return () => inProcess((child) => child.call('connect', fleet, fleetTimeoutMs));
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
      try {
        const before = await child.call('memoryBytes', undefined, callTimeoutMs);
        await child.call('startMeasuring', undefined, callTimeoutMs);
        const url = await child.call('start', undefined, callTimeoutMs);
        await server.untilConnected(url, count);
        const measurement = await child.call('stopMeasuring', undefined, callTimeoutMs);
        return { measurement, memoryBytes: (await child.call('memoryBytes', undefined, callTimeoutMs)) - before };
      } finally {
        await child.stop();
      }
    };
  },
};
