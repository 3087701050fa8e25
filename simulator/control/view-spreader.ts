import type { ServerContext } from '../protocol/server-context.js';
import type { Person } from '../state/person.js';
import { ControlError } from './control-server.js';
import type { StoryControls } from './story-controls.js';

const MAX_OVER_MS = 24 * 60 * 60 * 1000;

/** `burst` is now; `even` spreads evenly; `natural` is quick at first and then trails off, as with real stories. */
export type ViewCurve = 'burst' | 'even' | 'natural';

export interface ViewPlan {
  /** How many people open it. */
  count?: number | undefined;
  /** Or which share of those who have it, 0 to 1. Everybody when neither is given. */
  share?: number | undefined;
  overMs?: number | undefined;
  curve?: ViewCurve | undefined;
  /** How the receipts of a burst look; as the settings say when left out. `participants` puts many into one stanza. */
  shape?: 'single' | 'participants' | undefined;
  kind?: 'read' | 'played' | undefined;
}

/** Lets people open a status one after the other. */
export class ViewSpreader {
  readonly #context: Pick<ServerContext, 'after'>;
  readonly #stories: StoryControls;
  readonly #cancels = new Set<() => void>();

  constructor(context: Pick<ServerContext, 'after'>, stories: StoryControls) {
    this.#context = context;
    this.#stories = stories;
  }

  /** Returns how many will open it. Views that are due at once have been sent when this returns. */
  spread(
    statusId: string,
    { count, share, overMs = 0, curve = 'natural', shape, kind }: ViewPlan,
  ): { planned: number } {
    if (overMs > MAX_OVER_MS) throw new ControlError(400, 'a status is gone after 24 hours');
    const people = shuffle(this.#stories.holdersOf(statusId));
    const planned = Math.min(people.length, count ?? Math.round(people.length * (share ?? 1)));
    const viewers = people.slice(0, planned);
    if (curve === 'burst' || overMs === 0) {
      this.#stories.viewTogether(viewers, statusId, { shape, kind });
      return { planned };
    }
    viewers.forEach((person, index) => {
      this.#later(overMs * portion(curve, (index + 0.5) / planned), person, statusId, kind);
    });
    return { planned };
  }

  stop(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }

  #later(delayMs: number, person: Person, statusId: string, kind: ViewPlan['kind']): void {
    const cancel = this.#context.after(delayMs, () => {
      this.#cancels.delete(cancel);
      this.#open(person, statusId, kind);
    });
    this.#cancels.add(cancel);
  }

  #open(person: Person, statusId: string, kind: ViewPlan['kind']): void {
    try {
      this.#stories.view(person.phoneNumber, [statusId], { kind });
    } catch (error) {
      // Deleted or viewed in the meantime: the person simply does not open it.
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
