import type { UnitOfWork } from '../db/unit-of-work.js';
import type { Clock } from '../lib/clock.js';
import { type SessionRecord, connectionStatusEvent } from './session.js';
import { type SessionEvent, nextState } from './session-states.js';
import type { SessionsStore } from './sessions-store.js';

/** Moves one stored session through its states. Whatever changes is told in the same transaction. */
export class SessionChanges {
  constructor(
    private readonly parts: { store: SessionsStore; unitOfWork: UnitOfWork; clock: Clock },
    private readonly sessionId: string,
  ) {}

  /** Moves the stored session on and tells of it. Undefined, and nothing changed, where the event means nothing. */
  apply(event: SessionEvent, changes: Partial<SessionRecord> = {}): Promise<SessionRecord | undefined> {
    return this.parts.unitOfWork.run(async (tx) => {
      const current = await this.parts.store.find(this.sessionId, tx);
      const state = current && nextState(current.state, event);
      if (current === undefined || state === undefined) return undefined;
      if (state === current.state && Object.keys(changes).length === 0) return current;
      const now = this.parts.clock.now();
      const times = { updatedAt: now, lastActivityAt: now };
      const updated = await this.parts.store.update(tx, this.sessionId, { ...changes, ...times, state });
      if (updated) tx.emit(connectionStatusEvent(updated));
      return updated;
    });
  }

  /** Changes what is known of the account, in whatever state it is. */
  async change(changes: Partial<SessionRecord>): Promise<void> {
    await this.parts.unitOfWork.run(async (tx) => {
      const updatedAt = this.parts.clock.now();
      const updated = await this.parts.store.update(tx, this.sessionId, { ...changes, updatedAt });
      if (updated) tx.emit(connectionStatusEvent(updated));
    });
  }
}
