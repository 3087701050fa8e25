import type { Clock } from '../lib/clock.js';

export interface ShownQr {
  qr: string;
  qrCode: string;
  expiresAt: Date;
  lifeMs: number;
}

export interface ShownPairingCode {
  pairingCode: string;
  phoneNumber: string;
  expiresAt: Date;
}

/** What can be scanned or typed for one session right now. In memory only: it lets anybody link a device. */
export class LinkingCodes {
  private shownQr: ShownQr | undefined;
  private shownPairingCode: ShownPairingCode | undefined;
  private shownFailure: string | undefined;
  private readonly waiting = new Set<() => void>();

  constructor(private readonly clock: Clock) {}

  get qr(): ShownQr | undefined {
    return this.unexpired(this.shownQr);
  }

  get pairingCode(): ShownPairingCode | undefined {
    return this.unexpired(this.shownPairingCode);
  }

  /** Why there will be no code until the session is started again, in words. */
  get failure(): string | undefined {
    return this.shownFailure;
  }

  fail(message: string): void {
    this.clear();
    this.shownFailure = message;
    this.wake();
  }

  showQr(qr: ShownQr): void {
    this.shownQr = qr;
    this.wake();
  }

  showPairingCode(code: ShownPairingCode): void {
    this.shownPairingCode = code;
    this.wake();
  }

  clear(): void {
    this.shownQr = undefined;
    this.shownPairingCode = undefined;
    this.shownFailure = undefined;
    this.wake();
  }

  /** Resolves with what `read` finds, as soon as it finds something; undefined after `timeoutMs`. */
  async waitFor<T>(read: () => T | undefined, timeoutMs: number): Promise<T | undefined> {
    const deadline = performance.now() + timeoutMs;
    for (let found = read(); ; found = read()) {
      const leftMs = deadline - performance.now();
      if (found !== undefined || leftMs <= 0) return found;
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          this.waiting.delete(done);
          resolve();
        };
        const timer = setTimeout(done, leftMs);
        this.waiting.add(done);
      });
    }
  }

  private unexpired<T extends { expiresAt: Date }>(shown: T | undefined): T | undefined {
    return shown !== undefined && shown.expiresAt > this.clock.now() ? shown : undefined;
  }

  private wake(): void {
    for (const done of [...this.waiting]) done();
  }
}
