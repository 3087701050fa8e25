import { FetchRefusal } from './fetch-refusal.js';

/** The time one fetch may take, in all and for each hop until the headers are there; `signal` aborts when it is over. */
export class FetchDeadlines {
  private readonly controller = new AbortController();
  private readonly total: NodeJS.Timeout;
  private headers: NodeJS.Timeout | undefined;
  private readonly signals: readonly AbortSignal[];
  private readonly leave = (): void => this.controller.abort(new FetchRefusal('busy'));

  /** `signals` of others end it as well. */
  constructor(
    timeoutMs: number,
    private readonly headersTimeoutMs: number,
    signals: readonly (AbortSignal | undefined)[],
  ) {
    this.signals = signals.filter((signal) => signal !== undefined);
    this.total = setTimeout(this.expire, timeoutMs);
    for (const signal of this.signals) {
      if (signal.aborted) this.leave();
      else signal.addEventListener('abort', this.leave);
    }
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  headersExpected(): void {
    clearTimeout(this.headers);
    this.headers = setTimeout(this.expire, this.headersTimeoutMs);
  }

  headersArrived(): void {
    clearTimeout(this.headers);
  }

  stop(): void {
    clearTimeout(this.total);
    clearTimeout(this.headers);
    for (const signal of this.signals) signal.removeEventListener('abort', this.leave);
  }

  private readonly expire = (): void => this.controller.abort(new FetchRefusal('too_slow'));
}
