import { readdir, readFile } from 'node:fs/promises';

/** What programs that this process started used, as Linux tells it (proc(5)); elsewhere nothing is known of them. */
export interface ProgramUsage {
  /** User and system time of those that have ended. */
  cpuMs: number;
  /** The most memory that one of those that were seen running ever had of the machine. */
  peakMemoryMb: number;
}

/** The kernel counts in hundredths of a second, whatever the processor's clock is. */
const tickMs = 10;
const lookEveryMs = 20;

/** Watches the programs of this process until `stop`, which tells what they used since. */
export function watchPrograms(): { stop(): Promise<ProgramUsage> } {
  let peakMemoryMb = 0;
  const before = endedTicks();
  const look = setInterval(() => {
    void peakOfChildren().then((peak) => {
      peakMemoryMb = Math.max(peakMemoryMb, peak);
    });
  }, lookEveryMs);
  return {
    async stop() {
      clearInterval(look);
      return { cpuMs: ((await endedTicks()) - (await before)) * tickMs, peakMemoryMb };
    },
  };
}

async function endedTicks(): Promise<number> {
  const stat = await readFile('/proc/self/stat', 'utf8').catch(() => '');
  // The name of the program may hold spaces and brackets; what follows is numbers.
  const numbers = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(numbers[13] ?? 0) + Number(numbers[14] ?? 0);
}

async function peakOfChildren(): Promise<number> {
  const threads = await readdir('/proc/self/task').catch(() => []);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/self/task/${thread}/children`, 'utf8').catch(() => '')),
  );
  const peaks = await Promise.all(
    lists
      .flatMap((list) => list.split(' ').filter(Boolean))
      .map(async (pid) => {
        const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
        return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
      }),
  );
  return Math.max(0, ...peaks);
}
