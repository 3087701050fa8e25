import type { SessionHealth } from '../contract/sessions.js';
import type { GatewayConnection } from '../whatsapp/gateway.js';

/** How well an account works, over all the connections it has had since the server started. In memory only. */
export class SessionHealthRecord {
  private connection: GatewayConnection | undefined;
  private timesOpened = 0;
  private decryptFailuresBefore = 0;
  private lastEventAtBefore: Date | null = null;
  private lastAckAtBefore: Date | null = null;

  /** From now on this connection is the account's. */
  follow(connection: GatewayConnection): void {
    this.leave();
    this.connection = connection;
  }

  opened(): void {
    this.timesOpened += 1;
  }

  /** The connection is over; what it counted stays. */
  leave(): void {
    const { lastEventAt, lastAckAt, decryptFailures } = this.current();
    this.connection = undefined;
    this.lastEventAtBefore = lastEventAt;
    this.lastAckAtBefore = lastAckAt;
    this.decryptFailuresBefore = decryptFailures;
  }

  read(): SessionHealth {
    const { lastEventAt, lastAckAt, ...numbers } = this.current();
    return {
      ...numbers,
      lastEventAt: lastEventAt?.toISOString() ?? null,
      lastAckAt: lastAckAt?.toISOString() ?? null,
    };
  }

  private current() {
    const now = this.connection?.health();
    return {
      lastEventAt: now?.lastEventAt ?? this.lastEventAtBefore,
      lastAckAt: now?.lastAckAt ?? this.lastAckAtBefore,
      reconnects: Math.max(0, this.timesOpened - 1),
      decryptFailures: this.decryptFailuresBefore + (now?.decryptFailures ?? 0),
      pendingOfflineItems: now?.pendingOfflineItems ?? 0,
    };
  }
}

/** Of a session that this process has not run. */
export const noHealth: SessionHealth = {
  lastEventAt: null,
  lastAckAt: null,
  reconnects: 0,
  decryptFailures: 0,
  pendingOfflineItems: 0,
};
