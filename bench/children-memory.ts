import { readdir, readFile } from 'node:fs/promises';

const intervalMs = 100;

/** Watches how much memory the processes that another one has started have of the machine, all of them together. */
export class ChildrenMemory {
  private peakKb = 0;
  private isClosed = false;
  private readonly watching: Promise<void>;

  constructor(private readonly parentPid: number) {
    this.watching = this.watch();
  }

  /** Watches no more. @returns the most there was, in MB */
  async stop(): Promise<number> {
    this.isClosed = true;
    await this.watching;
    return this.peakKb / 1024;
  }

  private async watch(): Promise<void> {
    while (!this.isClosed) {
      this.peakKb = Math.max(this.peakKb, await childrenKb(this.parentPid));
      await new Promise((resolve) => setTimeout(resolve, intervalMs));
    }
  }
}

async function childrenKb(parentPid: number): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const sizes = await Promise.all(
    pids.map(async (pid) => {
      // It may have ended meanwhile.
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      const read = (name: string): number => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? 0);
      return read('PPid') === parentPid ? read('VmRSS') : 0;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
