import { setTimeout as pause } from 'node:timers/promises';
import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import type { PeopleService } from '../people/people-service.js';
import type { PeopleScope } from '../people/person.js';
import type { ViewChange } from '../viewers/view.js';
import { sumsOfChanges } from './activity.js';
import type { ActivityStore } from './activity-store.js';

/** So many are looked up at once; each is counted in a transaction of its own. */
const lookedUpAtOnce = 50;
/** Counting one status may take a tenth of a second; at least as long others have the database to themselves. */
const shortestRestMs = 20;

/** Keeps the sums of what people did: with every change, and once for what was stored before there were any. */
export class ActivityRecorder {
  private readonly stopping = new AbortController();

  constructor(
    private readonly parts: { store: ActivityStore; people: Pick<PeopleService, 'lock'>; unitOfWork: UnitOfWork },
  ) {}

  /** In the transaction that counts. */
  async record(tx: Tx, scope: PeopleScope, changes: readonly ViewChange[]): Promise<void> {
    const sums = sumsOfChanges(changes);
    if (sums.length > 0) await this.parts.store.add(tx, scope, sums);
  }

  /** Counts what has no sums yet, the newest posts first, one after the other with rests. Ends early once it is stopped. */
  async catchUp(): Promise<void> {
    const { store, people, unitOfWork } = this.parts;
    for (;;) {
      const uncounted = await store.listUncounted(lookedUpAtOnce);
      if (uncounted.length === 0) return;
      for (const { sessionId, statusId } of uncounted) {
        if (this.stopping.signal.aborted) return;
        const begun = performance.now();
        await unitOfWork.run(async (tx) => {
          // Receipts of the account wait for this lock, and it waits for theirs.
          const scope = await people.lock(tx, sessionId);
          if (scope) await store.countAnew(tx, scope, statusId);
        });
        await this.rest(Math.max(shortestRestMs, performance.now() - begun));
      }
    }
  }

  stop(): void {
    this.stopping.abort();
  }

  private async rest(ms: number): Promise<void> {
    try {
      await pause(ms, undefined, { signal: this.stopping.signal });
    } catch (error) {
      if (!this.stopping.signal.aborted) throw error;
    }
  }
}
