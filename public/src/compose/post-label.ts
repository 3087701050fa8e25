import type { Draft } from '../draft/draft.js';
import { formatNumber, peopleCount } from '../lib/format.js';

/** What the button that posts says: what happens, and for how many. `people` is null where it is not known. */
export function postLabel(when: Draft['when'], accounts: number, people: number | null): string {
  const verb = { now: 'Post', later: 'Schedule', slot: 'Schedule', repeat: 'Start repeating' }[when];
  if (accounts > 1) return `${verb} on ${formatNumber(accounts)} accounts`;
  if (people === null || people === 0 || when === 'repeat') return verb;
  return `${verb} ${when === 'now' ? 'to' : 'for'} ${peopleCount(people)}`;
}
