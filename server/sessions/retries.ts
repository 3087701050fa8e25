import { troubleBehind } from '../lib/database-trouble.js';

/** How soon is tried again what the database could not take. */
const troublePauseMs = 3_000;

type Work = () => Promise<unknown>;

/** The one thing that an account does by itself after a while: the newest replaces the one before. */
export class Retries {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    /** Has work done as the account does everything by itself; `failure` is for the log. */
    private readonly start: (failure: string, work: () => Promise<void>) => void,
    private readonly isOver: () => boolean,
  ) {}

  /** Does this after a pause, and again as long as the database is in trouble. */
  after(pauseMs: number, failure: string, work: Work): void {
    this.cancel();
    this.timer = setTimeout(() => {
      this.start(failure, () => this.do(work));
    }, pauseMs);
    this.timer.unref();
  }

  /** Does this now; where the database is in trouble, again later. Rejects for whatever else goes wrong. */
  async do(work: Work): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.willDo(work, error)) throw error;
    }
  }

  /** Whether `work` is done again later because of this error. */
  willDo(work: Work, error: unknown): boolean {
    if (troubleBehind(error) === undefined || this.isOver()) return false;
    this.after(troublePauseMs, 'what the database had not taken failed', work);
    return true;
  }

  cancel(): void {
    clearTimeout(this.timer);
  }
}
