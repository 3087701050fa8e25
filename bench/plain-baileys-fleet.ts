import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  BufferJSON,
  DisconnectReason,
  makeWASocket,
  WA_CERT_DETAILS,
  type AuthenticationState,
  type SignalDataSet,
  type WASocket,
} from '@whiskeysockets/baileys';
import { pino } from 'pino';
import { answerCalls } from './child-process.js';
import { inTurns } from './in-turns.js';
import { startMeter, type Measurement, type Meter } from './measure.js';
import { memoryAuthState } from './memory-auth-state.js';
import { scanQr } from './simulator-process.js';

/*
 * Many accounts on plain Baileys sockets in one process of its own: the yardstick for a server that restarts. Each
 * account is one JSON file, read at the start and kept in memory: the least that anybody could do.
 */

interface Fleet {
  url: string;
  control: string;
  rootKeyHex: string;
  folder: string;
  count: number;
}

const linkingAtATime = 8;
const sockets = new Set<WASocket>();
/** Of the accounts of the folder, once they are connected. */
const connected: { auth: AuthenticationState; socket: WASocket }[] = [];
let meter: Meter | undefined;
const quiet = pino({ level: 'silent' });

console.info = () => undefined;

const calls = {
  /** Links fresh accounts by QR and writes them to the folder. */
  link: async (fleet: Fleet): Promise<void> => {
    WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(fleet.rootKeyHex, 'hex');
    await inTurns(fleet.count, linkingAtATime, async (index) => {
      const written: SignalDataSet[] = [];
      const auth = memoryAuthState();
      const { set } = auth.keys;
      auth.keys.set = (data) => {
        written.push(data);
        return set(data);
      };
      while ((await connect(auth, fleet)).outcome === 'restart');
      await writeFile(fileOf(fleet, index), JSON.stringify({ creds: auth.creds, written }, BufferJSON.replacer));
    });
  },

  /** Connects the accounts of the folder, all at once, and measures until all are open. */
  connect: async (fleet: Fleet): Promise<{ measurement: Measurement; memoryBytes: number }> => {
    WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(fleet.rootKeyHex, 'hex');
    const before = process.memoryUsage().rss;
    const whole = startMeter();
    await inTurns(fleet.count, fleet.count, async (index) => {
      const stored: unknown = JSON.parse(await readFile(fileOf(fleet, index), 'utf8'), BufferJSON.reviver);
      const { creds, written } = stored as { creds: AuthenticationState['creds']; written: SignalDataSet[] };
      const auth = memoryAuthState();
      Object.assign(auth.creds, creds);
      for (const data of written) await auth.keys.set(data);
      connected[index] = { auth, socket: (await connect(auth, fleet)).socket };
    });
    return { measurement: await whole.stop(), memoryBytes: process.memoryUsage().rss - before };
  },

  /** Closes the first account's socket and opens another, so many times one after the other. */
  restartFirst: async ({ fleet, times }: { fleet: Fleet; times: number }): Promise<void> => {
    for (let time = 0; time < times; time += 1) {
      const first = connected[0];
      if (first === undefined) throw new Error('No account is connected.');
      await first.socket.end(undefined);
      first.socket = (await connect(first.auth, fleet)).socket;
    }
  },

  startMeasuring: (): Promise<void> => {
    meter = startMeter();
    return Promise.resolve();
  },
  stopMeasuring: async (): Promise<Measurement> => {
    if (meter === undefined) throw new Error('Nothing is being measured.');
    return meter.stop();
  },
};
export type PlainBaileysFleetCalls = typeof calls;

function fileOf({ folder }: Fleet, index: number): string {
  return path.join(folder, `${String(index)}.json`);
}

async function connect(
  auth: AuthenticationState,
  { url, control }: Fleet,
): Promise<{ outcome: 'open' | 'restart'; socket: WASocket }> {
  const socket = makeWASocket({
    auth,
    waWebSocketUrl: url,
    logger: quiet,
    // All of them shake hands at once: on two cores the last one waits longer than the 20 s that Baileys gives it.
    connectTimeoutMs: 300_000,
    browser: ['Ubuntu', 'Chrome', '22.04.4'],
    shouldSyncHistoryMessage: () => false,
  });
  sockets.add(socket);
  socket.ev.on('creds.update', (update) => Object.assign(auth.creds, update));
  return new Promise((resolve, reject) => {
    socket.ev.on('connection.update', (update) => {
      if (update.qr !== undefined) scanQr(control, update.qr).catch(reject);
      if (update.connection === 'open') resolve({ outcome: 'open', socket });
      if (update.connection !== 'close') return;
      sockets.delete(socket);
      const { output } = (update.lastDisconnect?.error ?? {}) as { output?: { statusCode?: number } };
      if (output?.statusCode === DisconnectReason.restartRequired) resolve({ outcome: 'restart', socket });
      else reject(update.lastDisconnect?.error ?? new Error('The connection closed.'));
    });
  });
}

answerCalls(calls, async () => {
  await Promise.all([...sockets].map((socket) => socket.end(undefined)));
});
