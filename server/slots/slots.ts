import { weekdays, type PostingSlot } from '../contract/planning/plans.js';
import { instantOf, localTimeAt } from '../contract/values/local-time.js';

const dayMs = 24 * 60 * 60_000;

/** The slots after `after`, in order, of the coming days. Epoch milliseconds. */
export function slotTimes(slots: readonly PostingSlot[], timeZone: string, after: number, days: number): number[] {
  const today = Date.parse(localTimeAt(after, timeZone).slice(0, 10));
  const times = new Set<number>();
  // From yesterday on: where clocks are moved forward, a slot may be later than its day says.
  for (let day = -1; day <= days; day += 1) {
    const date = new Date(today + day * dayMs);
    const weekday = weekdays[(date.getUTCDay() + 6) % 7];
    for (const slot of slots) {
      if (slot.weekday === weekday) times.add(instantOf(`${date.toISOString().slice(0, 10)}T${slot.time}`, timeZone));
    }
  }
  return [...times].filter((at) => at > after && at <= after + days * dayMs).sort((a, b) => a - b);
}
