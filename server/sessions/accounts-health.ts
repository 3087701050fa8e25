import { maySee, type Principal } from '../access/principal.js';
import type { AccountHealth } from '../contract/monitoring.js';
import type { RunningSessions } from './running-sessions.js';
import type { SessionsStore } from './sessions-store.js';

/** For operators: how accounts work, and how many have not set out yet. */
export class AccountsHealth {
  constructor(
    private readonly store: Pick<SessionsStore, 'listForHealth'>,
    private readonly running: Pick<RunningSessions, 'healthOf' | 'waitingToStart'>,
  ) {}

  /** How the accounts that the principal may see work; at most `limit`, those that are not connected first. */
  async accountsHealth({ organizationId, sessionId }: Principal, limit: number): Promise<AccountHealth[]> {
    const records = await this.store.listForHealth({ organizationId, sessionId }, limit);
    return records.map((record) => ({
      sessionId: record.sessionId,
      state: record.state,
      message: record.lastError?.message ?? null,
      ...this.running.healthOf(record.sessionId),
    }));
  }

  /** How many of the accounts that the principal may see wait in this process for their turn to connect. */
  accountsToStart(principal: Principal): number {
    return this.running.waitingToStart().filter((account) => maySee(principal, account)).length;
  }
}
