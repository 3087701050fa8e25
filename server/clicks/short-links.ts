import { isWebAddress } from '../contract/statuses.js';
import { withDeadline } from '../lib/deadline.js';
import { isCode } from '../links/short-addresses.js';
import type { TrackedLink } from './click.js';
import type { ClicksReportStore } from './clicks-report-store.js';

export type FoundLink =
  | { result: 'found'; link: TrackedLink }
  /** Its status was taken back. */
  | { result: 'ended' }
  | { result: 'unknown' }
  /** The database does not answer, and what it leads to is not remembered. */
  | { result: 'unavailable' };

interface Kept {
  found: FoundLink;
  freshUntilMs: number;
}

const maxKept = 10_000;
/** After that it is asked again: its status may have been taken back. */
const freshForMs = 10_000;
/** What is remembered is better than a page that nobody waits for. */
const patienceMs = 250;
const longestMs = 5_000;
/** Each waits for a connection to the database. */
const maxAsking = 200;

/**
 * Where short addresses lead. Those that were asked for last are remembered, also while the database is slow or cannot be used. An
 * address that is not one is not looked for.
 */
export class ShortLinks {
  /** Who was asked for last comes last. */
  private readonly kept = new Map<string, Kept>();
  private readonly asking = new Map<string, Promise<FoundLink>>();

  constructor(
    private readonly store: Pick<ClicksReportStore, 'find'>,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Whether it is known without looking. */
  isKept(code: string): boolean {
    return this.kept.has(code);
  }

  /** Never rejects. */
  async find(code: string): Promise<FoundLink> {
    if (!isCode(code)) return { result: 'unknown' };
    const known = this.kept.get(code);
    if (known) {
      this.kept.delete(code);
      this.kept.set(code, known);
      if (known.freshUntilMs > this.nowMs()) return known.found;
    }
    const asked = this.ask(code);
    if (!asked) return known?.found ?? { result: 'unavailable' };
    try {
      return await withDeadline(asked, known ? patienceMs : longestMs, 'Looking for a short address');
    } catch {
      return known?.found ?? { result: 'unavailable' };
    }
  }

  /** Undefined when too many are asked for. */
  private ask(code: string): Promise<FoundLink> | undefined {
    const running = this.asking.get(code);
    if (running || this.asking.size >= maxAsking) return running;
    const asked = this.look(code).finally(() => this.asking.delete(code));
    this.asking.set(code, asked);
    return asked;
  }

  private async look(code: string): Promise<FoundLink> {
    const row = await this.store.find(code);
    const found = foundOf(row);
    this.kept.delete(code);
    if (found.result === 'unknown') return found;
    this.kept.set(code, { found, freshUntilMs: this.nowMs() + freshForMs });
    const [oldest] = this.kept.keys();
    if (this.kept.size > maxKept && oldest !== undefined) this.kept.delete(oldest);
    return found;
  }
}

function foundOf(row: Awaited<ReturnType<ClicksReportStore['find']>>): FoundLink {
  if (!row || !isWebAddress(row.target)) return { result: 'unknown' };
  const { isTakenBack, ...link } = row;
  return isTakenBack ? { result: 'ended' } : { result: 'found', link };
}
