import type { ServerContext } from '../protocol/server-context.js';
import type { Person } from '../state/person.js';
import { ControlError } from './control-server.js';
import type { StoryControls } from './story-controls.js';

const maxOverMs = 24 * 60 * 60 * 1000;
const maxOpenings = 1_000;
/** A multiple of the viewers in one grouped receipt. Takes a few milliseconds. */
const openedPerTurn = 200;

/** `burst` is now; `even` spreads evenly; `natural` is quick at first and then trails off, as with real stories. */
export type ViewCurve = 'burst' | 'even' | 'natural';

export interface ViewPlan {
  /** How many people open it. */
  count?: number | undefined;
  /** Or which share of those who have it, 0 to 1. Everybody when neither is given. */
  share?: number | undefined;
  overMs?: number | undefined;
  curve?: ViewCurve | undefined;
  /** How the receipts look; as the settings say when left out. `participants` puts those who come together into one stanza. */
  shape?: 'single' | 'participants' | undefined;
  kind?: 'read' | 'played' | undefined;
}

/** A plan that is being carried out: who opens the status, and when each of them does, in order. */
interface Opening {
  readonly statusId: string;
  readonly viewers: readonly Person[];
  readonly how: Pick<ViewPlan, 'shape' | 'kind'>;
  /** Milliseconds since 1970. */
  dueAt(index: number): number;
  next: number;
  cancel: () => void;
}

/** Lets people open a status one after the other. */
export class ViewSpreader {
  /** One timer each, however many viewers: the crowd of a large account would leave tens of thousands behind. */
  private readonly openings = new Set<Opening>();

  constructor(
    private readonly context: Pick<ServerContext, 'after' | 'now'>,
    private readonly stories: StoryControls,
  ) {}

  /**
   * Returns how many will open it. The first 200 of those who are due at once have opened it by then; the others
   * follow without keeping anything else waiting.
   */
  spread(
    statusId: string,
    { count, share, overMs = 0, curve = 'natural', shape, kind }: ViewPlan,
  ): { planned: number } {
    if (overMs > maxOverMs) throw new ControlError(400, 'a status is gone after 24 hours');
    if (this.openings.size >= maxOpenings) {
      throw new ControlError(429, `views of ${maxOpenings} statuses are under way already`);
    }
    const people = shuffle(this.stories.holdersOf(statusId));
    const planned = Math.min(people.length, count ?? Math.round(people.length * (share ?? 1)));
    const startAt = this.context.now();
    const opening: Opening = {
      statusId,
      viewers: people.slice(0, planned),
      how: { shape, kind },
      dueAt: (index) => (curve === 'burst' ? startAt : startAt + overMs * portion(curve, (index + 0.5) / planned)),
      next: 0,
      cancel: () => {},
    };
    this.openings.add(opening);
    this.openThoseDue(opening);
    return { planned };
  }

  stop(): void {
    for (const { cancel } of this.openings) cancel();
    this.openings.clear();
  }

  private openThoseDue(opening: Opening): void {
    const { statusId, viewers, how } = opening;
    const now = this.context.now();
    const from = opening.next;
    const limit = Math.min(viewers.length, from + openedPerTurn);
    while (opening.next < limit && opening.dueAt(opening.next) <= now) opening.next += 1;
    if (opening.next > from) this.open(viewers.slice(from, opening.next), statusId, how);
    if (opening.next >= viewers.length) {
      this.openings.delete(opening);
      return;
    }
    const delayMs = Math.max(0, Math.ceil(opening.dueAt(opening.next) - now));
    opening.cancel = this.context.after(delayMs, () => this.openThoseDue(opening));
  }

  private open(people: readonly Person[], statusId: string, how: Opening['how']): void {
    try {
      this.stories.viewTogether(people, statusId, how);
    } catch (error) {
      // Nobody has it any more: people simply do not open it.
      if (!(error instanceof ControlError)) throw error;
    }
  }
}

/** When, between 0 and 1, the share `done` of all viewers has come. */
function portion(curve: ViewCurve, done: number): number {
  if (curve === 'even') return done;
  // Half of them within the first tenth: t = (e^(k·done) - 1) / (e^k - 1) with k chosen for that.
  const steepness = 4.4;
  return (Math.exp(steepness * done) - 1) / (Math.exp(steepness) - 1);
}

function shuffle<T>(values: T[]): T[] {
  for (let index = values.length - 1; index > 0; index--) {
    const other = Math.floor(Math.random() * (index + 1));
    const [a, b] = [values[index], values[other]];
    if (a !== undefined && b !== undefined) [values[index], values[other]] = [b, a];
  }
  return values;
}
