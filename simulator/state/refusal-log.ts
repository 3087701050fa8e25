import type { Log } from '../lib/log.js';

const maxEntries = 1000;

/** Something that a client, a phone or a contact did not accept. */
export interface Refusal {
  at: string;
  /** Who sent it: a device's address, or what is known of a connection that has none yet. */
  from: string;
  /** A short name of the rule, for tests and counting. */
  rule: string;
  /** What was wrong, in words. */
  reason: string;
}

/** The last thousand refusals, in words, and as many warnings; each one is also logged. */
export class RefusalLog {
  private entries: Refusal[] = [];
  private keptWarnings: Refusal[] = [];
  private total = 0;

  constructor(private readonly log: Log) {}

  record(from: string, rule: string, reason: string): void {
    this.total += 1;
    this.entries.push({ at: new Date().toISOString(), from, rule, reason });
    if (this.entries.length > maxEntries) this.entries = this.entries.slice(-maxEntries / 2);
    this.log('warn', 'refused', { from, rule, reason });
  }

  /** What was taken although no other known client sends it so. */
  warn(from: string, rule: string, reason: string): void {
    this.keptWarnings.push({ at: new Date().toISOString(), from, rule, reason });
    if (this.keptWarnings.length > maxEntries) this.keptWarnings = this.keptWarnings.slice(-maxEntries / 2);
    this.log('info', 'taken with a warning', { from, rule, reason });
  }

  warnings(): Refusal[] {
    return [...this.keptWarnings];
  }

  list(): { total: number; refusals: Refusal[] } {
    return { total: this.total, refusals: [...this.entries] };
  }

  clear(): void {
    this.entries = [];
    this.keptWarnings = [];
    this.total = 0;
  }
}
