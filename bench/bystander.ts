import { io, type Socket } from 'socket.io-client';
import type { CreatedApiKey, Organization } from '../server/contract/access.js';
import type { QrCode, Session } from '../server/contract/sessions.js';
import type { Status } from '../server/contract/statuses.js';
import { PostOutcomes } from './post-outcomes.js';

/** A server under attack, with the root key. */
export interface AttackedServer {
  url: string;
  apiKey: string;
}

/** The bystander's phone, and whom its posts are for. */
export interface BystanderPhone {
  scanQr: (qr: string) => Promise<unknown>;
  targetNumbers: readonly string[];
}

const timeoutMs = 30_000;
const pollIntervalMs = 50;
const sessionId = 'bystander';

/**
 * Somebody of another organization than the attacker's, who has an account, posts with it, reads, is connected by Socket.IO all
 * the while, and comes back with new connections. Nothing of that may fail: whatever does is kept as a sentence.
 */
export class Bystander {
  /** What went wrong, in order: what was done, and what became of it. */
  readonly errors: string[] = [];
  /** How long each came to take, whatever became of it. */
  readonly readsMs: number[] = [];
  readonly postsMs: number[] = [];
  readonly handshakesMs: number[] = [];
  private readonly socket: Socket;
  private readonly outcomes: PostOutcomes;
  private isLeaving = false;

  private constructor(
    private readonly server: AttackedServer,
    private readonly targetNumbers: readonly string[],
  ) {
    this.socket = this.newSocket();
    this.outcomes = new PostOutcomes(this.socket);
    this.socket.on('disconnect', (reason) => {
      if (!this.isLeaving) this.errors.push(`the live connection ended: ${reason}`);
    });
    this.socket.on('connect_error', (error) => this.errors.push(`the live connection was refused: ${error.message}`));
  }

  /** Makes an organization with a key and a linked account, and connects. Rejects when any of it fails. */
  static async settleIn(server: AttackedServer, { scanQr, targetNumbers }: BystanderPhone): Promise<Bystander> {
    const { id: organizationId } = await ask<Organization>(server, 'POST', '/organizations', { name: 'Bystanders' });
    const capabilities = ['read', 'send', 'manage'];
    const keyWanted = { name: 'bystander', organizationId, capabilities, rateLimitMax: 1_000_000 };
    const { apiKey } = await ask<CreatedApiKey>(server, 'POST', '/keys', keyWanted);
    const own = { url: server.url, apiKey };
    await ask(own, 'POST', '/sessions', { sessionId, sessionName: 'Bystander', authMethod: 'qrcode' });
    const { qr } = await ask<QrCode>(own, 'GET', `/sessions/${sessionId}/qr`);
    await scanQr(qr);
    await untilConnected(own);
    const bystander = new Bystander(own, targetNumbers);
    await connected(bystander.socket);
    return bystander;
  }

  /** One read, one post that arrives, one new connection, at the same time. Never rejects. */
  async round(): Promise<void> {
    await Promise.all([this.read(), this.post(), this.comeBack()]);
  }

  /**
   * Rounds without a pause while something goes on, and one more once that is over. Settles as `work` does. What went wrong
   * is in `errors`.
   */
  async meanwhile<T>(work: () => Promise<T>): Promise<T> {
    const over = new AbortController();
    const working = work().finally(() => {
      over.abort();
    });
    const rounds = (async () => {
      do await this.round();
      while (!over.signal.aborted);
      await this.round();
    })();
    const [outcome] = await Promise.allSettled([working, rounds]);
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }

  read(): Promise<void> {
    return this.attempt('reading', this.readsMs, () =>
      ask(this.server, 'GET', `/sessions/${sessionId}/statuses?limit=5`),
    );
  }

  /** Accepted, sent, and told by Socket.IO. */
  post(content: object = { type: 'text', content: 'Still here' }): Promise<void> {
    return this.attempt('posting', this.postsMs, async () => {
      const body = { ...content, targetNumbers: this.targetNumbers };
      const { id } = await ask<Status>(this.server, 'POST', `/sessions/${sessionId}/send-status`, body);
      if (!this.socket.connected) throw new Error('without the live connection nobody tells what becomes of it');
      const { state, error } = await this.outcomes.of(id, timeoutMs);
      if (state !== 'sent') throw new Error(`it is ${state}: ${error?.message ?? 'no reason given'}`);
    });
  }

  /** As a page that is opened anew. */
  comeBack(): Promise<void> {
    return this.attempt('connecting', this.handshakesMs, async () => {
      const socket = this.newSocket();
      try {
        await connected(socket);
      } finally {
        socket.disconnect();
      }
    });
  }

  /** Idempotent. */
  leave(): void {
    this.isLeaving = true;
    this.socket.disconnect();
  }

  private async attempt(what: string, tookMs: number[], work: () => Promise<unknown>): Promise<void> {
    const startedAt = performance.now();
    try {
      await work();
    } catch (error) {
      this.errors.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      tookMs.push(performance.now() - startedAt);
    }
  }

  private newSocket(): Socket {
    const { url, apiKey } = this.server;
    const options = { transports: ['websocket'], reconnection: false, forceNew: true, timeout: timeoutMs };
    return io(url, { ...options, auth: { apiKey } });
  }
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.connected) resolve();
    socket.once('connect', resolve).once('connect_error', reject);
  });
}

async function untilConnected(server: AttackedServer): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const { state } = await ask<Session>(server, 'GET', `/sessions/${sessionId}`);
    if (state === 'connected') return;
    if (performance.now() > deadline) throw new Error(`The bystander's account is ${state}.`);
    await new Promise((resolve) => setTimeout(resolve, pollIntervalMs));
  }
}

/** @throws Error with the server's own words for an answer that is no success */
async function ask<T>(server: AttackedServer, method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${server.url}/api${path}`, {
    method,
    headers: { 'x-api-key': server.apiKey, 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const answer = (await response.json()) as { data: T; error?: string };
  if (!response.ok) throw new Error(`${method} ${path}: ${String(response.status)} ${answer.error ?? ''}`);
  return answer.data;
}
