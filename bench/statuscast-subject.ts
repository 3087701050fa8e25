import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { io } from 'socket.io-client';
import type { QrCode, ConnectionStatus } from '../server/contract/sessions.js';
import type { Status } from '../server/contract/statuses.js';
import { startProcess } from './child-process.js';
import { PostOutcomes } from './post-outcomes.js';
import { scanQr } from './simulator-process.js';
import type { StatuscastServerCalls } from './statuscast-server.js';
import type { Subject } from './subject.js';

const callTimeoutMs = 30_000;
const linkTimeoutMs = 60_000;
const postTimeoutMs = 900_000;
const sessionId = 'bench';

/** The whole server on a fresh SQLite file, used as its users do: over HTTP, told by Socket.IO. */
export async function createStatuscast(
  simulator: {
    url: string;
    rootKeyHex: string;
    mediaCaFile: string;
  },
  profileFolder?: string,
): Promise<Subject> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'statuscast-bench-'));
  const apiKey = randomBytes(32).toString('base64url');
  const child = startProcess<StatuscastServerCalls>('statuscast-server', {
    API_KEY: apiKey,
    PORT: '0',
    DATA_DIR: folder,
    UPLOADS_DIR: path.join(folder, 'uploads'),
    LOG_LEVEL: 'warn',
    RATE_LIMIT_MAX: '1000000',
    STATUS_CHUNK_PAUSE_MS: '0',
    POSTING_PACE: 'off',
    WHATSAPP_URL: simulator.url,
    WHATSAPP_ROOT_KEY: simulator.rootKeyHex,
    WHATSAPP_MEDIA_CA_FILE: simulator.mediaCaFile,
    ...(profileFolder === undefined ? {} : { PROFILE_FOLDER: profileFolder }),
  });
  const url = await child.call('start', undefined, callTimeoutMs);
  const socket = io(url, { auth: { apiKey }, transports: ['websocket'] });

  async function api<T>(method: string, route: string, body?: unknown): Promise<T> {
    const response = await fetch(`${url}/api${route}`, {
      method,
      headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(callTimeoutMs),
    });
    const answer = (await response.json()) as { data: T; error?: string };
    if (!response.ok) throw new Error(`${method} ${route}: ${response.status} ${answer.error ?? ''}`);
    return answer.data;
  }

  return {
    name: 'Statuscast',
    link: async ({ control }) => {
      await api('POST', '/sessions', { sessionId, sessionName: 'Benchmark', authMethod: 'qrcode' });
      const { qr } = await untilThere(() => api<QrCode>('GET', `/sessions/${sessionId}/qr`));
      const phoneNumber = await scanQr(control, qr);
      await untilThere(async () => {
        const status = await api<ConnectionStatus>('GET', `/sessions/${sessionId}/connection-status`);
        if (!status.connected) throw new Error(`The session is ${status.state}.`);
      });
      return phoneNumber;
    },
    post: async (contacts, text) => {
      const outcomes = new PostOutcomes(socket);
      await child.call('startMeasuring', undefined, callTimeoutMs);
      const { id } = await api<Status>('POST', `/sessions/${sessionId}/send-status`, {
        type: 'text',
        content: text,
        targetNumbers: contacts.map((contact) => contact.phoneNumber),
      });
      const { state, messageId, error } = await outcomes.of(id, postTimeoutMs);
      const measurement = await child.call('stopMeasuring', undefined, callTimeoutMs);
      if (state !== 'sent') throw new Error(`The post is ${state}: ${error?.message ?? 'no reason given'}`);
      return { messageId, measurement };
    },
    cpuMs: () => child.call('cpuMs', undefined, callTimeoutMs),
    stop: async () => {
      socket.close();
      await child.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Repeats an API call until it succeeds; rejects with its last reason after a minute. */
async function untilThere<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + linkTimeoutMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await wait(100);
    }
  }
}
