import type { AppError } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';

export interface ActiveQr {
  qr: string;
  qrCode: string;
  expiresAt: Date;
  lifeMs: number;
}

export interface ActivePairingCode {
  pairingCode: string;
  phoneNumber: string;
  expiresAt: Date;
}

/** What can be scanned or typed for one session right now. In memory only: it lets anybody link a device. */
export class LinkingCodes {
  private activeQr: ActiveQr | undefined;
  private activePairingCode: ActivePairingCode | undefined;
  private failureMessage: string | undefined;
  private over: AppError | undefined;
  private readonly waiting = new Set<() => void>();

  constructor(private readonly clock: Clock) {}

  get qr(): ActiveQr | undefined {
    return this.unexpired(this.activeQr);
  }

  get pairingCode(): ActivePairingCode | undefined {
    return this.unexpired(this.activePairingCode);
  }

  /** Why there will be no code until the session is started again, in words. */
  get failure(): string | undefined {
    return this.failureMessage;
  }

  fail(message: string): void {
    this.clear();
    this.failureMessage = message;
    this.wake();
  }

  showQr(qr: ActiveQr): void {
    this.activeQr = qr;
    this.wake();
  }

  showPairingCode(code: ActivePairingCode): void {
    this.activePairingCode = code;
    this.wake();
  }

  /** The session is started: there will be codes. */
  begin(): void {
    this.over = undefined;
    this.clear();
  }

  /** There will be no code until the next start, because somebody ended it: whoever waits for one hears of it now. */
  end(error: AppError): void {
    this.clear();
    this.over = error;
    this.wake();
  }

  clear(): void {
    this.activeQr = undefined;
    this.activePairingCode = undefined;
    this.failureMessage = undefined;
    this.wake();
  }

  /**
   * Resolves with what `read` finds, as soon as it finds something; undefined after `timeoutMs`, or when the caller goes
   * away. Rejects with what {@link end} was told.
   */
  async waitFor<T>(read: () => T | undefined, timeoutMs: number, signal?: AbortSignal): Promise<T | undefined> {
    const deadline = performance.now() + timeoutMs;
    for (let found = read(); ; found = read()) {
      if (this.over) throw this.over;
      if (signal?.aborted === true) return undefined;
      const leftMs = deadline - performance.now();
      if (found !== undefined || leftMs <= 0) return found;
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          this.waiting.delete(done);
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, leftMs);
        this.waiting.add(done);
        signal?.addEventListener('abort', done);
      });
    }
  }

  private unexpired<T extends { expiresAt: Date }>(code: T | undefined): T | undefined {
    return code !== undefined && code.expiresAt > this.clock.now() ? code : undefined;
  }

  private wake(): void {
    for (const done of [...this.waiting]) done();
  }
}
