import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { QrCode, Session } from '../server/contract/sessions.js';
import { startProcess, type CallableProcess } from './child-process.js';
import { inTurns } from './in-turns.js';
import { scanQr, type SimulatorProcess } from './simulator-process.js';
import type { StatuscastServerCalls } from './statuscast-server.js';

const callTimeoutMs = 60_000;
const connectedTimeoutMs = 15 * 60_000;
const linkingAtATime = 8;
const pollIntervalMs = 100;

interface Answer<T> {
  data: T;
  meta?: { nextCursor: string | null };
}

/** The session id of the account with this number; they count from 0. */
export const accountId = (index: number): string => `acc${String(index)}`;

/** Years of views are put in at once, to be read: what a server does with those that are too old is another question. */
const keepEverything = { KEEP_VIEWERS_DAYS: '0', KEEP_POSTS_DAYS: '0', KEEP_REPLIES_DAYS: '0' };

/** The whole server on one folder, as often as it is launched. */
export class BenchServer {
  readonly apiKey = randomBytes(32).toString('base64url');

  constructor(
    private readonly simulator: SimulatorProcess,
    private readonly folder: string,
    private readonly profileFolder?: string,
    private readonly settings: Readonly<Record<string, string>> = {},
  ) {}

  async launch(): Promise<CallableProcess<StatuscastServerCalls>> {
    const child = startProcess<StatuscastServerCalls>('statuscast-server', {
      API_KEY: this.apiKey,
      PORT: '0',
      DATA_DIR: this.folder,
      UPLOADS_DIR: path.join(this.folder, 'uploads'),
      LOG_LEVEL: 'error',
      RATE_LIMIT_MAX: '1000000',
      POSTING_PACE: 'off',
      STATUS_CHUNK_PAUSE_MS: '0',
      ...keepEverything,
      WHATSAPP_URL: this.simulator.url,
      WHATSAPP_ROOT_KEY: this.simulator.rootKeyHex,
      WHATSAPP_MEDIA_CA_FILE: this.simulator.mediaCaFile,
      ...(this.profileFolder === undefined ? {} : { PROFILE_FOLDER: this.profileFolder }),
      ...this.settings,
    });
    // Answers once the program is loaded: what is measured begins after that, on both sides.
    await child.call('cpuMs', undefined, callTimeoutMs);
    return child;
  }

  async api<T>(url: string, method: string, route: string, body?: unknown): Promise<T> {
    return (await this.apiAnswer<T>(url, method, route, body)).data;
  }

  /** The same with what stands beside the data. */
  async apiAnswer<T>(url: string, method: string, route: string, body?: unknown): Promise<Answer<T>> {
    const response = await fetch(`${url}/api${route}`, {
      method,
      headers: { 'x-api-key': this.apiKey, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(callTimeoutMs),
    });
    const answer = (await response.json()) as Answer<T> & { error?: string };
    if (!response.ok) throw new Error(`${method} ${route}: ${String(response.status)} ${answer.error ?? ''}`);
    return answer;
  }

  /** Links fresh accounts, named by `accountId` from `first` on; resolves when all of them are connected. */
  async link(url: string, count: number, first = 0): Promise<void> {
    await inTurns(count, linkingAtATime, async (index) => {
      const sessionId = accountId(first + index);
      await this.api(url, 'POST', '/sessions', { sessionId, sessionName: sessionId, authMethod: 'qrcode' });
      const { qr } = await this.api<QrCode>(url, 'GET', `/sessions/${sessionId}/qr`);
      await scanQr(this.simulator.control, qr);
    });
    await this.untilConnected(url, count, first);
  }

  /** Restarts the account with this number; resolves when it is connected again. */
  async restart(url: string, index: number): Promise<void> {
    await this.api(url, 'POST', `/sessions/${accountId(index)}/restart`);
    await this.untilOneIsConnected(url, index, performance.now() + connectedTimeoutMs);
  }

  /** Asks for one after the other, the last one first, so that asking costs the server little. */
  async untilConnected(url: string, count: number, first = 0): Promise<void> {
    const deadline = performance.now() + connectedTimeoutMs;
    for (let index = first + count - 1; index >= first; index -= 1)
      await this.untilOneIsConnected(url, index, deadline);
  }

  private async untilOneIsConnected(url: string, index: number, deadline: number): Promise<void> {
    for (;;) {
      const { state, lastError } = await this.api<Session>(url, 'GET', `/sessions/${accountId(index)}`);
      if (state === 'connected') return;
      if (performance.now() > deadline || state === 'failed' || state === 'logged_out') {
        throw new Error(`${accountId(index)} is ${state}: ${lastError?.message ?? 'no reason'}`);
      }
      await wait(pollIntervalMs);
    }
  }
}
