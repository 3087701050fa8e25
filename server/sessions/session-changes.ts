import { isDeepStrictEqual } from 'node:util';
import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import type { Clock } from '../lib/clock.js';
import { type SessionRecord, connectionStatusEvent, sessionUpdatedEvent } from './session.js';
import { type SessionEvent, nextState } from './session-states.js';
import type { SessionsStore } from './sessions-store.js';

/** Moves one stored session through its states. Whatever changes is told in the same transaction, and once. */
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
      return this.write(tx, current, { ...changes, lastActivityAt: this.parts.clock.now(), state });
    });
  }

  /** Changes what is known of the account, in whatever state it is. */
  async change(changes: Partial<SessionRecord>): Promise<void> {
    await this.parts.unitOfWork.run(async (tx) => {
      const current = await this.parts.store.find(this.sessionId, tx);
      if (current) await this.write(tx, current, changes);
    });
  }

  private async write(
    tx: Tx,
    current: SessionRecord,
    changes: Partial<SessionRecord>,
  ): Promise<SessionRecord | undefined> {
    const updatedAt = this.parts.clock.now();
    const updated = await this.parts.store.update(tx, this.sessionId, { ...changes, updatedAt });
    if (updated === undefined) return undefined;
    const told = connectionStatusEvent(updated);
    if (!isDeepStrictEqual(told, connectionStatusEvent(current))) tx.emit(told);
    else if (!isDeepStrictEqual(accountOf(updated), accountOf(current))) tx.emit(sessionUpdatedEvent(updated));
    return updated;
  }
}

/** What people see of the account besides its connection. */
function accountOf({ jid, lid, pushName, phoneNumber, authMethod, platform }: SessionRecord): object {
  return { jid, lid, pushName, phoneNumber, authMethod, platform };
}
