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
import { startMeter, type Measurement } from './measure.js';
import { memoryAuthState } from './memory-auth-state.js';
import { scanQr } from './simulator-process.js';

/*
 * Baileys as its own examples use it, with nothing of ours around it: the yardstick. It runs in a process of its own,
 * because the server puts faster curve operations beneath Baileys for the whole process.
 */

const ackTimeoutMs = 600_000;
let socket: WASocket | undefined;

// libsignal prints closed sessions, private keys included, and printing is not what is measured.
console.info = () => undefined;

const calls = {
  /** Connects and links by QR; resolves when the account is open. */
  link: async (input: { url: string; control: string; rootKeyHex: string }): Promise<string> => {
    WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(input.rootKeyHex, 'hex');
    const auth = memoryAuthState();
    let outcome = await connect(auth, input);
    while (outcome === 'restart') outcome = await connect(auth, input);
    return jidDecode(auth.creds.me?.id)?.user ?? '';
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
  auth: AuthenticationState,
  input: { url: string; control: string },
): Promise<'open' | 'restart'> {
  const opened = makeWASocket({
    auth,
    waWebSocketUrl: input.url,
    logger: pino({ level: 'silent' }),
    browser: ['Ubuntu', 'Chrome', '22.04.4'],
    shouldSyncHistoryMessage: () => false,
  });
  socket = opened;
  opened.ev.on('creds.update', (update) => Object.assign(auth.creds, update));
  return new Promise((resolve, reject) => {
    opened.ev.on('connection.update', (update) => {
      if (update.qr !== undefined) scanQr(input.control, update.qr).catch(reject);
      if (update.connection === 'open') resolve('open');
      if (update.connection !== 'close') return;
      const { output } = update.lastDisconnect?.error as { output?: { statusCode?: number } };
      if (output?.statusCode === DisconnectReason.restartRequired) resolve('restart');
      else reject(update.lastDisconnect?.error ?? new Error('The connection closed.'));
    });
  });
}

answerCalls(calls, async () => {
  await socket?.end(undefined);
});
