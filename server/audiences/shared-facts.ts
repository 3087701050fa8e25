import type { Variables } from '../contract/variables.js';
import { numberKey } from '../lib/number-forms.js';
import type { Candidate } from './candidate.js';
import type { CandidatesReportStore } from './candidates-report-store.js';

export interface SharedFacts {
  /** What all of them have in common. */
  shared: Variables;
  /** Of what was asked for, what some have and others have not, or not the same. */
  differing: string[];
}

const peopleAtATime = 1_000;

/**
 * Which of these facts (`name`, and fields of lists) are the same for all of these people. One status has one text for everybody, so
 * nothing else can stand in it.
 */
export async function sharedFacts(
  store: Pick<CandidatesReportStore, 'factsOf'>,
  place: { organizationId: string; listId: string | null },
  people: readonly Candidate[],
  names: readonly string[],
): Promise<SharedFacts> {
  /** undefined: nobody was asked yet; null: they differ. */
  const values = new Map<string, string | null>();
  const seen = new Set<string>();
  const open = (): string[] => names.filter((name) => values.get(name) !== null);
  for (let from = 0; from < people.length && open().length > 0; from += peopleAtATime) {
    const step = people.slice(from, from + peopleAtATime);
    const numbers = step.flatMap(({ phoneNumber }) => phoneNumber ?? []);
    const facts = await store.factsOf(place, numbers);
    for (const { phoneNumber } of step) {
      const known = phoneNumber === null ? undefined : facts.get(numberKey(phoneNumber));
      for (const name of names) {
        const value = known?.get(name) ?? null;
        if (value !== null) seen.add(name);
        if (!values.has(name)) values.set(name, value);
        else if (values.get(name) !== value) values.set(name, null);
      }
    }
  }
  const shared: Variables = {};
  for (const [name, value] of values) if (value !== null) shared[name] = value;
  return { shared, differing: names.filter((name) => seen.has(name) && values.get(name) === null) };
}
