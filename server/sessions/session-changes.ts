import { isDeepStrictEqual } from 'node:util';
import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import type { Clock } from '../lib/clock.js';
import { NoLongerOursError } from '../lib/owner-process.js';
import type { Ownership } from './ownership.js';
import { type SessionRecord, connectionStatusEvent, sessionUpdatedEvent } from './session.js';
import { type SessionEvent, nextState } from './session-states.js';
import type { SessionsStore } from './sessions-store.js';

interface SessionChangesParts {
  store: SessionsStore;
  unitOfWork: UnitOfWork;
  ownership: Pick<Ownership, 'isStillOurs'>;
  clock: Clock;
}

/**
 * Moves one stored session through its states, for the process that has it: a process that was frozen learns late what its
 * connection went through, and another one has the session by then. Whatever changes is told in the same transaction, and
 * once.
 */
export class SessionChanges {
  constructor(
    private readonly parts: SessionChangesParts,
    private readonly sessionId: string,
  ) {}

  /**
   * Moves the stored session on and tells of it. Undefined, and nothing changed, where the event means nothing. Rejects
   * with {@link NoLongerOursError}, and nothing changed, when another process has the session by now.
   */
  apply(event: SessionEvent, changes: Partial<SessionRecord> = {}): Promise<SessionRecord | undefined> {
    return this.parts.unitOfWork.run(async (tx) => {
      const current = await this.parts.store.find(this.sessionId, tx);
      const state = current && nextState(current.state, event);
      if (current === undefined || state === undefined) return undefined;
      await this.refuseElsewhereIn(tx);
      if (state === current.state && Object.keys(changes).length === 0) return current;
      return this.write(tx, current, { ...changes, lastActivityAt: this.parts.clock.now(), state });
    });
  }

  /** Changes what is known of the account, in whatever state it is. Rejects as {@link apply} does. */
  async change(changes: Partial<SessionRecord>): Promise<void> {
    await this.parts.unitOfWork.run(async (tx) => {
      const current = await this.parts.store.find(this.sessionId, tx);
      if (current === undefined) return;
      await this.refuseElsewhereIn(tx);
      await this.write(tx, current, changes);
    });
  }

  /** Before what another process would suffer from, such as a connection. Rejects as {@link apply} does. */
  refuseElsewhere(): Promise<void> {
    return this.parts.unitOfWork.run((tx) => this.refuseElsewhereIn(tx));
  }

  private async refuseElsewhereIn(tx: Tx): Promise<void> {
    if (!(await this.parts.ownership.isStillOurs(tx, this.sessionId))) throw new NoLongerOursError();
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
