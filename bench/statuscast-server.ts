import { createApp } from '../server/app.js';
import { loadConfig } from '../server/config.js';
import { keepHeapSmall } from '../server/lib/heap.js';
import { answerCalls } from './child-process.js';
import { CpuProfile } from './cpu-profile.js';
import { startMeter, type Measurement, type Meter } from './measure.js';

/*
 * The whole server with its SQLite file, as `npm start` runs it; settings come from the environment of this process.
 * It is spoken to over HTTP and Socket.IO; the calls below only measure.
 */

keepHeapSmall();
const app = await createApp(loadConfig(process.env));
let meter: Meter | undefined;
const profileFolder = process.env['PROFILE_FOLDER'];
const profile = profileFolder === undefined ? undefined : new CpuProfile(profileFolder);

const calls = {
  /** Starts listening; answers with the address. */
  start: async (): Promise<string> => {
    await app.start();
    return app.url;
  },
  startMeasuring: async (): Promise<void> => {
    await profile?.start();
    meter = startMeter();
  },
  stopMeasuring: async (): Promise<Measurement> => {
    if (meter === undefined) throw new Error('Nothing is being measured.');
    const measurement = await meter.stop();
    await profile?.stop();
    return measurement;
  },
  /** Memory that this process has of the machine. */
  memoryBytes: (): number => process.memoryUsage().rss,
  pid: (): number => process.pid,
  /** CPU time that this process has used so far. */
  cpuMs: (): number => {
    const cpu = process.cpuUsage();
    return (cpu.user + cpu.system) / 1000;
  },
};
export type StatuscastServerCalls = typeof calls;

answerCalls(calls, () => app.stop());
