import { io, type Socket } from 'socket.io-client';
import type { Status } from '../server/contract/statuses.js';
import { PostOutcomes } from './post-outcomes.js';
import { ask, askTimeoutMs, settleTenant, type KeyedServer } from './tenant.js';

/** The bystander's phone, and whom its posts are for. */
export interface BystanderPhone {
  scanQr: (qr: string) => Promise<unknown>;
  targetNumbers: readonly string[];
}

/** Also the name of its organization and of its key. */
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
    private readonly server: KeyedServer,
    private readonly targetNumbers: readonly string[],
  ) {
    this.socket = this.newSocket();
    this.outcomes = new PostOutcomes(this.socket);
    this.socket.on('disconnect', (reason) => {
      if (!this.isLeaving) this.errors.push(`the live connection ended: ${reason}`);
    });
    this.socket.on('connect_error', (error) => this.errors.push(`the live connection was refused: ${error.message}`));
  }

  /** Makes an organization with a key and a linked account, and connects. `server`: under attack, with the root key. Rejects when any of it fails. */
  static async settleIn(server: KeyedServer, { scanQr, targetNumbers }: BystanderPhone): Promise<Bystander> {
    const own = await settleTenant(server, sessionId, scanQr);
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
    const working = work().finally(() => over.abort());
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
      const { state, error } = await this.outcomes.of(id, askTimeoutMs);
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

  /** Forgets what it met so far. */
  forget(): void {
    for (const list of [this.errors, this.readsMs, this.postsMs, this.handshakesMs]) list.length = 0;
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
    const options = { transports: ['websocket'], reconnection: false, forceNew: true, timeout: askTimeoutMs };
    return io(url, { ...options, auth: { apiKey } });
  }
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.connected) resolve();
    socket.once('connect', resolve).once('connect_error', reject);
  });
}
