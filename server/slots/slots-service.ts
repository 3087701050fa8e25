import type { PostingSlots, PutSlotsBody } from '../contract/planning/plans.js';
import type { Session } from '../contract/sessions.js';
import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import { AppError } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { timestamp, timestampOrNull } from '../lib/timestamp.js';
import { slotTimes } from './slots.js';
import type { SlotsStore } from './slots-store.js';

const shownDays = 7;
/** Slots are looked for this far ahead; whoever planned for all of them gets told. */
const searchedDays = 8 * 7;

export interface UpcomingSlots {
  timeZone: string;
  /** Epoch milliseconds. */
  times: readonly number[];
}

/** The hours of the week in which an account likes to post, and the next one that is free. */
export class SlotsService {
  constructor(
    private readonly store: SlotsStore,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  async get(sessionId: string): Promise<PostingSlots> {
    const record = await this.store.find(sessionId);
    if (!record) return { timeZone: null, slots: [], next: [], nextFreeAt: null };
    const now = this.clock.now().getTime();
    const times = slotTimes(record.slots, record.timeZone, now, searchedDays);
    const taken = new Set(await this.store.takenTimes(sessionId, now, times.at(-1) ?? now));
    const shown = slotTimes(record.slots, record.timeZone, now, shownDays);
    return {
      ...record,
      next: shown.map((at) => ({ at: timestamp(at), isFree: !taken.has(at) })),
      nextFreeAt: timestampOrNull(times.find((at) => !taken.has(at)) ?? null),
    };
  }

  async put(
    session: Pick<Session, 'organizationId' | 'sessionId'>,
    { timeZone, slots }: PutSlotsBody,
  ): Promise<PostingSlots> {
    const unique = [...new Map(slots.map((slot) => [`${slot.weekday} ${slot.time}`, slot])).values()];
    const record = { timeZone, slots: unique };
    // Before it is kept: what cannot be worked out would stand in the way of every look at it.
    slotTimes(unique, timeZone, this.clock.now().getTime(), shownDays);
    await this.unitOfWork.run((tx) => this.store.put(tx, session, record, this.clock.now().getTime()));
    return this.get(session.sessionId);
  }

  /** The coming slots, free or not. Throws `conflict` where there are none. */
  async upcoming(sessionId: string): Promise<UpcomingSlots> {
    const record = await this.store.find(sessionId);
    if (!record || record.slots.length === 0) {
      throw new AppError('conflict', 'This account has no posting slots yet. Add some first.');
    }
    const { slots, timeZone } = record;
    return { timeZone, times: slotTimes(slots, timeZone, this.clock.now().getTime(), searchedDays) };
  }

  /** Inside the transaction that plans for it: the first of these times that is free, for nobody else. Throws `conflict`. */
  async claimFree(tx: Tx, sessionId: string, { times }: UpcomingSlots): Promise<number> {
    await this.store.lock(tx, sessionId);
    const taken = new Set(await this.store.takenTimes(sessionId, times[0] ?? 0, times.at(-1) ?? 0, tx));
    const free = times.find((at) => !taken.has(at));
    if (free === undefined) throw new AppError('conflict', 'All posting slots of the coming weeks are taken.');
    return free;
  }
}
