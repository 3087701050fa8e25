import { DatabaseTrouble, troubleBehind, type TroubleKind } from '../lib/database-trouble.js';
import type { Logger } from '../lib/logger.js';

/** What is known of the database and how long it took to find out. */
export interface DatabaseState {
  /** What is wrong with it now. */
  trouble: DatabaseTrouble | undefined;
  /** Of the last check that went well. */
  latencyMs: number | null;
}

export interface DatabaseWatchParts {
  /** Rejects when the database cannot be used. */
  check: () => Promise<void>;
  logger: Logger;
  /** Milliseconds that only grow. */
  nowMs?: () => number;
}

/** Health, readiness and the log are at most this late, plus what one check takes. */
const everyMs = 5_000;
/** Whoever asks again within this time hears the same. */
const freshForMs = 1_000;

/**
 * Knows whether the database can be used. Statements that fail tell it at once, and a check that writes looks again and again, so
 * that it also learns when all is well. The log has one line for each trouble and one for its end.
 */
export class DatabaseWatch {
  private state: DatabaseState = { trouble: undefined, latencyMs: null };
  /** Since it was last well: one trouble may show itself in several ways, in turn. */
  private readonly told = new Set<TroubleKind>();
  private checkedAtMs = -Infinity;
  private running: Promise<DatabaseState> | undefined;
  private timer: NodeJS.Timeout | undefined;

  private readonly parts: Required<DatabaseWatchParts>;

  constructor(parts: DatabaseWatchParts) {
    this.parts = { nowMs: () => performance.now(), ...parts };
  }

  start(): void {
    this.timer = setInterval(() => void this.look(), everyMs);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** For whoever met trouble. */
  report(trouble: DatabaseTrouble): void {
    if (!this.told.has(trouble.kind)) {
      this.told.add(trouble.kind);
      const { kind, inWords: reason, cause } = trouble;
      const facts = { trouble: kind, reason, cause: cause instanceof Error ? cause.message : undefined };
      this.parts.logger.error(facts, 'the database cannot be used; work goes on when it is well again');
    }
    this.state = { trouble, latencyMs: null };
    this.checkedAtMs = this.parts.nowMs();
  }

  /** How the database is now. Never rejects. */
  async look(): Promise<DatabaseState> {
    if (!this.running && this.parts.nowMs() - this.checkedAtMs < freshForMs) return this.state;
    this.running ??= this.check().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async check(): Promise<DatabaseState> {
    const startedAtMs = this.parts.nowMs();
    try {
      await this.parts.check();
      this.settle(Math.round(this.parts.nowMs() - startedAtMs));
    } catch (error) {
      this.report(troubleBehind(error) ?? unknownTrouble(error));
    }
    return this.state;
  }

  private settle(latencyMs: number): void {
    const { trouble } = this.state;
    if (trouble) this.parts.logger.info({ trouble: trouble.kind }, 'the database works again');
    this.told.clear();
    this.state = { trouble: undefined, latencyMs };
    this.checkedAtMs = this.parts.nowMs();
  }
}

function unknownTrouble(error: unknown): DatabaseTrouble {
  const remedy = 'The log has the details.';
  return new DatabaseTrouble('silent', 'The database fails in an unexpected way. Try again later.', remedy, error);
}
