import { weekdays } from '../../../../server/contract/planning/plans.js';
import type { PostingSlot, Weekday } from '../../../../server/contract/planning/plans.js';

function isSame(a: PostingSlot, b: PostingSlot): boolean {
  return a.weekday === b.weekday && a.time === b.time;
}

/** The slots with a time on some days more, each once, in the order of the week. */
export function addSlots(slots: readonly PostingSlot[], days: readonly Weekday[], time: string): PostingSlot[] {
  const added = days
    .map((weekday) => ({ weekday, time }))
    .filter((slot) => !slots.some((known) => isSame(known, slot)));
  return [...slots, ...added].sort(
    (a, b) => weekdays.indexOf(a.weekday) - weekdays.indexOf(b.weekday) || a.time.localeCompare(b.time),
  );
}

export function withoutSlot(slots: readonly PostingSlot[], removed: PostingSlot): PostingSlot[] {
  return slots.filter((slot) => !isSame(slot, removed));
}
