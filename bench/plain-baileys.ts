import {
  DisconnectReason,
  generateMessageIDV2,
  jidDecode,
  makeWASocket,
  WA_CERT_DETAILS,
  type AuthenticationState,
  type WASocket,
} from '@whiskeysockets/baileys';
import { pino } from 'pino';
import { answerCalls } from './child-process.js';
import { startMeter, type Measurement, type Meter } from './measure.js';
import { memoryAuthState } from './memory-auth-state.js';
import { scanQr } from './simulator-process.js';

/*
 * Baileys as its own examples use it, with nothing of ours around it: the yardstick. It runs in a process of its own,
 * because the server puts faster curve operations beneath Baileys for the whole process.
 */

const ackTimeoutMs = 600_000;
let socket: WASocket | undefined;
let auth: AuthenticationState | undefined;
let meter: Meter | undefined;
let heard = new Map<string, number>();
let hearing = { people: Infinity, whenAll: (): void => undefined };

// libsignal prints closed sessions, private keys included, and printing is not what is measured.
console.info = () => undefined;

const calls = {
  /** Connects and links by QR; resolves when the account is open. */
  link: async (input: { url: string; control: string; rootKeyHex: string }): Promise<string> => {
    WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(input.rootKeyHex, 'hex');
    auth = memoryAuthState();
    let outcome = await connect(auth, input);
    while (outcome === 'restart') outcome = await connect(auth, input);
    return jidDecode(auth.creds.me?.id)?.user ?? '';
  },

  /** Ends the connection; the account stays linked. */
  disconnect: async (): Promise<void> => {
    const closing = socket;
    socket = undefined;
    await closing?.end(undefined);
  },

  /** From here on read receipts are counted, and this process is measured. */
  startHearing: (): void => {
    heard = new Map();
    meter = startMeter();
  },

  /** Connects again, and then resolves. */
  reconnect: async (input: { url: string; control: string }): Promise<void> => {
    if (auth === undefined) throw new Error('Not linked yet.');
    await connect(auth, input);
  },

  /** Resolves when so many people's receipts were heard. */
  untilHeard: async (input: {
    people: number;
  }): Promise<{ lastAt: number; arrivedAt: [user: string, at: number][]; measurement: Measurement }> => {
    await new Promise<void>((resolve) => {
      hearing = { people: input.people, whenAll: resolve };
      if (heard.size >= input.people) resolve();
    });
    if (meter === undefined) throw new Error('Nothing is being measured.');
    const measurement = await meter.stop();
    return { lastAt: Math.max(...heard.values()), arrivedAt: [...heard], measurement };
  },

  /** Posts a text to these JIDs and measures until the server's ack. */
  post: async (input: { jids: string[]; text: string }): Promise<{ messageId: string; measurement: Measurement }> => {
    if (socket === undefined) throw new Error('Not linked yet.');
    const messageId = generateMessageIDV2(socket.user?.id);
    const meter = startMeter();
    const ack = socket.waitForMessage<{ attrs: Record<string, string> } | undefined>(messageId, ackTimeoutMs);
    await socket.sendMessage(
      'status@broadcast',
      { text: input.text },
      { messageId, statusJidList: input.jids, backgroundColor: '#1F6F5C', font: 1 },
    );
    const answer = await ack;
    const measurement = await meter.stop();
    if (answer === undefined) throw new Error('The post was not acknowledged in time.');
    if (answer.attrs['error'] !== undefined) throw new Error(`The post was refused: ${answer.attrs['error']}`);
    return { messageId, measurement };
  },

  /** CPU time that this process has used so far. */
  cpuMs: (): number => usedCpuMs(),
};
export type PlainBaileysCalls = typeof calls;

function usedCpuMs(): number {
  const cpu = process.cpuUsage();
  return (cpu.user + cpu.system) / 1000;
}

async function connect(
  credentials: AuthenticationState,
  input: { url: string; control: string },
): Promise<'open' | 'restart'> {
  const opened = makeWASocket({
    auth: credentials,
    waWebSocketUrl: input.url,
    logger: pino({ level: 'silent' }),
    browser: ['Ubuntu', 'Chrome', '22.04.4'],
    shouldSyncHistoryMessage: () => false,
  });
  socket = opened;
  opened.ev.on('creds.update', (update) => Object.assign(credentials.creds, update));
  opened.ev.on('message-receipt.update', (updates) => {
    const now = Date.now();
    for (const { receipt } of updates) {
      const user = jidDecode(receipt.userJid ?? undefined)?.user;
      if (user !== undefined && receipt.readTimestamp && !heard.has(user)) heard.set(user, now);
    }
    if (heard.size >= hearing.people) hearing.whenAll();
  });
  return new Promise((resolve, reject) => {
    opened.ev.on('connection.update', (update) => {
      if (update.qr !== undefined) scanQr(input.control, update.qr).catch(reject);
      if (update.connection === 'open') resolve('open');
      if (update.connection !== 'close' || socket !== opened) return;
      const { output } = update.lastDisconnect?.error as { output?: { statusCode?: number } };
      if (output?.statusCode === DisconnectReason.restartRequired) resolve('restart');
      else reject(update.lastDisconnect?.error ?? new Error('The connection closed.'));
    });
  });
}

answerCalls(calls, async () => {
  await socket?.end(undefined);
});
