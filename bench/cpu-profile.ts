import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import path from 'node:path';

/** Where the main thread of this process spends its time, as `*.cpuprofile` files for the developer tools of a browser. */
export class CpuProfile {
  private readonly session = new Session();
  private count = 0;

  /** `folder` has to exist. */
  constructor(private readonly folder: string) {
    this.session.connect();
  }

  async start(): Promise<void> {
    await this.session.post('Profiler.enable');
    await this.session.post('Profiler.setSamplingInterval', { interval: 200 });
    await this.session.post('Profiler.start');
  }

  /** Writes what was seen since `start`; the files of one process are numbered. */
  async stop(): Promise<void> {
    const { profile } = await this.session.post('Profiler.stop');
    this.count += 1;
    const name = `${String(process.pid)}-${String(this.count)}.cpuprofile`;
    await writeFile(path.join(this.folder, name), JSON.stringify(profile));
  }
}
