import type { PostingSlots, PutSlotsBody } from '../contract/plans.js';
import type { Session } from '../contract/sessions.js';
import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import { AppError } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { slotTimes } from './slots.js';
import type { SlotsStore } from './slots-store.js';
import { timestamp, timestampOrNull } from './status.js';

const shownDays = 7;
/** Slots are looked for this far ahead; whoever planned for all of them gets told. */
const searchedDays = 8 * 7;

/** The slot was free when it was looked for, and is not any more. */
export class SlotTaken extends Error {
  override readonly name = 'SlotTaken';
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
    await this.unitOfWork.run((tx) => this.store.put(tx, session, record, this.clock.now().getTime()));
    return this.get(session.sessionId);
  }

  /** The next free slot, in epoch milliseconds. Throws `conflict` when there is none in the coming weeks. */
  async findFree(sessionId: string): Promise<number> {
    const { nextFreeAt, slots } = await this.get(sessionId);
    if (nextFreeAt !== null) return Date.parse(nextFreeAt);
    const why =
      slots.length === 0
        ? 'This account has no posting slots yet. Add some first.'
        : 'All posting slots of the coming weeks are taken.';
    throw new AppError('conflict', why);
  }

  /** Inside the transaction that plans for a slot: throws {@link SlotTaken} when somebody was quicker. */
  async take(tx: Tx, sessionId: string, at: number): Promise<void> {
    await this.store.lock(tx, sessionId);
    if ((await this.store.takenTimes(sessionId, at, at, tx)).length > 0) throw new SlotTaken();
  }
}
